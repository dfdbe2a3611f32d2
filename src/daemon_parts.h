/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon's own, shared by its files. ctl. */
#ifndef XENJACK_DAEMON_PARTS_H
#define XENJACK_DAEMON_PARTS_H

#include "src/console.h"
#include "src/daemon.h"
#include "src/roster.h"
#include "src/worker.h"
#include "xen/bus.h"

struct daemon {
	struct daemon_options options;
	struct ev_loop *loop;
	struct hv *hv;
	struct bus *bus;
	bool leaving; /* what is let go of is the next daemon's */
	struct mailbox from_io, from_jack;
	struct worker io, jack;
	struct sndif *sndif;
	struct client_pool *pool;
	struct roster roster;
	struct desk desk;
	struct console console;
	struct server *server;
	struct route_rules *rules; /* sent to jack, MAIL_RULED has not come */
	bool rules_due;		   /* and there are newer ones */
	uint32_t rate_hz;	   /* JACK's, or assumed */
	bool store_lost;	   /* has been logged */
	bool read_only;		   /* of front ends' configuration: has been logged */
	uint64_t dropped;	   /* log lines of io and jack, as last reported */
	ev_timer report;
};

static inline void daemon_post(struct worker *worker, enum mail_verb verb, struct card *card, int a,
			       int b)
{
	mail_send(&worker->inbox, &(struct mail){ .verb = verb, .card = card, .a = a, .b = b });
}

/* Says where a device's rates are not JACK's. */
void daemon_compare(const struct daemon *daemon, const struct bus_device *device);

/* Looks for guests; in daemon_bus.c. 0 or -errno. */
int daemon_start_bus(struct daemon *daemon);

#endif
