/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The wiring: a device on the bus becomes a card, io serves it, jack shows it; and back, in the
 * opposite order. ctl. The hypervisor and the loop are the caller's and outlive the daemon.
 */
#ifndef XENJACK_DAEMON_H
#define XENJACK_DAEMON_H

#include <ev.h>

#include "jack/client.h"
#include "osc/server.h"
#include "src/config.h"
#include "xen/hv.h"
#include "xen/probe.h"

struct daemon_options {
	struct client_options jack;
	struct probe_limits limits;
	struct server_options osc;   /* without what is the daemon's to fill in */
	unsigned cards;		     /* a guest */
	uint32_t requests;	     /* a guest and second */
	uint32_t rate_hz;	     /* assumed until a JACK server was seen */
	uint32_t period_frames;	     /* likewise */
	const struct config *config; /* what it says about each guest */
	int state_dir;		     /* of what is remembered; -1: nowhere */
	int run_dir;		     /* where cards are kept over a restart; -1: nowhere */
};

struct daemon;

/* Starts the threads and looks for guests. NULL and errno; the reason is logged. */
struct daemon *daemon_create(struct ev_loop *loop, struct hv *hv,
			     const struct daemon_options *options);

/*
 * Takes over what can change while it runs: limits, requests, rules and their default; and what
 * `config` says, which the caller has changed in place, for cards that come from now on.
 */
void daemon_reload(struct daemon *daemon, const struct daemon_options *options);

/* Begins the end: lets every card go, then calls ev_break on the loop. */
void daemon_leave(struct daemon *daemon);

/* Stops the threads and frees everything; accepts NULL. */
void daemon_destroy(struct daemon *daemon);

#endif
