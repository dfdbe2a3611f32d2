/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When JACK works out the latencies of all its ports anew: whenever a card's streams have become
 * others, but at most so often, since guests decide when they open and close. The jack thread,
 * which owns it. Nothing fails.
 */
#ifndef XENJACK_CLIENT_LATENCY_H
#define XENJACK_CLIENT_LATENCY_H

#include <ev.h>

#include "jack/client_pair.h"

struct client_latency {
	struct ev_loop *loop;
	struct client_server *server;
	ev_timer timer; /* runs while something has changed */
};

/* The server may be there or not. */
void client_latency_init(struct client_latency *latency, struct ev_loop *loop,
			 struct client_server *server);

/* Something has changed: JACK asks every client soon, or when a freewheel has ended. */
void client_latency_renew(struct client_latency *latency);

/* Accepts a zeroed one. */
void client_latency_finish(struct client_latency *latency);

#endif
