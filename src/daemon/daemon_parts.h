/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to daemon*.c. Main thread. */
#ifndef XENJACK_DAEMON_PARTS_H
#define XENJACK_DAEMON_PARTS_H

#include "src/base/worker.h"
#include "src/daemon/cards.h"
#include "src/daemon/daemon.h"
#include "src/mixer/mixer_link.h"
#include "xen/bus.h"

struct daemon {
	struct daemon_options options;
	struct ev_loop *loop;
	struct hv *hv;
	struct bus *bus;
	bool leaving; /* cards are left to the next daemon */
	enum {
		DAEMON_RUNS,
		DAEMON_WAITS,	/* for jack to be ready */
		DAEMON_LETS_GO, /* of its cards */
		DAEMON_LEFT,	/* no card is left */
	} stage;
	bool jack_ready;	/* MSG_READY was received */
	ev_timer leaving_timer; /* limits a stage of leaving */
	struct msgq from_io, from_jack;
	struct worker io, jack;
	struct sndif *sndif;
	struct client_pool *pool;
	struct cards cards;
	struct mixer mixer;
	struct mixer_link link;
	struct server *server;
	struct route_rules *rules; /* sent to jack, which has not yet answered MSG_RULED */
	bool rules_due;		   /* newer rules are waiting to be sent */
	uint32_t rate_hz;	   /* JACK's, or assumed */
	bool store_lost;	   /* the loss has been logged */
	bool read_only;		   /* no write access to front ends' configuration: logged */
	uint64_t dropped;	   /* log lines of io and jack, as last logged */
	ev_timer report;
};

static inline void daemon_post(struct worker *worker, enum msg_type type, struct card *card, int a,
			       int b)
{
	const struct msg msg = card_msg(card, type, a, b);

	msgq_send(&worker->inbox, &msg);
}

/* Logs where a device's rates do not match JACK's. */
void daemon_compare(const struct daemon *daemon, const struct bus_device *device);

/* Begins to look for guests; in daemon_bus.c. Returns 0 or -errno. */
int daemon_start_bus(struct daemon *daemon);

#endif
