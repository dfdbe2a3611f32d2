/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ports that came in a freewheel: part of jack/routes. The graph that JACK puts back behind it does
 * not know them, and jackd 1.9.21 ends itself when one is connected, whosever it is. The jack
 * thread. Ports are libjack's pointers, which stand for a number that the next port may get.
 */
#ifndef XENJACK_ROUTES_BARRED_H
#define XENJACK_ROUTES_BARRED_H

#include "jack/graph.h"

struct routes_barred {
	const void **ports;
	unsigned count;
};

bool routes_barred_has(const struct routes_barred *barred, const void *port);

/* Takes a port in; best effort. */
void routes_barred_add(struct routes_barred *barred, const void *port);

void routes_barred_remove(struct routes_barred *barred, const void *port);

/*
 * Behind a freewheel: those that are barred and still there, and those that were not there before.
 * That a port came is told only when its client gets active, which may be later.
 */
void routes_barred_renew(struct routes_barred *barred, jack_client_t *client,
			 const struct graph *before, const struct graph *now);

/* Forgets all. */
void routes_barred_finish(struct routes_barred *barred);

#endif
