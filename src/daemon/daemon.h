/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Joins bus, io, jack, mixer and OSC server. A device on the bus becomes a card, io serves it, jack
 * gives it ports; on detach, the same in the opposite order. Main thread. The caller owns the
 * hypervisor and the loop, which must outlive the daemon.
 */
#ifndef XENJACK_DAEMON_H
#define XENJACK_DAEMON_H

#include <ev.h>

#include "jack/client.h"
#include "osc/server/server.h"
#include "src/daemon/card_limits.h"
#include "src/daemon/config.h"
#include "xen/hv.h"
#include "xen/probe.h"

struct statefile_dir;

struct daemon_options {
	struct client_options jack;
	struct probe_limits limits;
	struct server_options osc; /* the daemon fills in mixer and version */
	unsigned cards;		   /* per guest */
	struct card_limits card_limits;
	uint32_t requests;	     /* per guest and second */
	uint32_t resample_percent;   /* of a JACK cycle, per guest */
	uint32_t rate_hz;	     /* assumed until a JACK server is up */
	uint32_t period_frames;	     /* same */
	const struct config *config; /* for the options of each guest */
	struct statefile_dir *state; /* for levels and connections; NULL: none */
	int run_dir;		     /* for the handover to the next daemon; -1: none */
};

struct daemon;

/* Starts the threads and begins to look for guests. NULL and errno on failure, which is logged. */
struct daemon *daemon_create(struct ev_loop *loop, struct hv *hv,
			     const struct daemon_options *options);

/*
 * Applies options that can change while the daemon runs: limits, requests, rules and their default,
 * OSC. New cards get the guest options of `config`, which the caller has changed in place.
 */
void daemon_reload(struct daemon *daemon, const struct daemon_options *options);

/*
 * Begins to shut down: leaves every card to the next daemon, then calls ev_break on the loop. Cards
 * are served for 10 s at most until libjack answers and JACK does not freewheel.
 */
void daemon_leave(struct daemon *daemon);

/*
 * Saves the state, stops the threads and frees everything; accepts NULL. Returns false if a thread
 * hangs. Then the state is saved, the rest stays, and the process must leave by _exit.
 */
bool daemon_destroy(struct daemon *daemon);

#endif
