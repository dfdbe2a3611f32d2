/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ports registered during a freewheel; part of jack/routes. The graph that JACK restores after it
 * lacks them, and jackd 1.9.21 terminates when such a port is connected, whoever owns it. Jack
 * thread only. Ports are libjack's pointers, which stand for a port number that may be reused.
 */
#ifndef XENJACK_ROUTES_QUARANTINE_H
#define XENJACK_ROUTES_QUARANTINE_H

#include "jack/graph.h"

struct routes_quarantine {
	const void **ports;
	unsigned count;
};

bool routes_quarantine_has(const struct routes_quarantine *quarantine, const void *port);

void routes_quarantine_remove(struct routes_quarantine *quarantine, const void *port);

/*
 * Call it after a freewheel: keeps quarantined ports that still exist, and adds those that did not
 * exist before. Both graphs are identified, because a name or a handle may have passed to another
 * port. Events are not enough, because a port is notified only when its client becomes active,
 * which may be later. Returns 0, or -ENOMEM, or -ENOENT if a port of `now` no longer exists;
 * nothing has changed then, and nothing may be connected.
 */
int routes_quarantine_renew(struct routes_quarantine *quarantine, const struct graph *before,
			    const struct graph *now);

/* Removes all ports. */
void routes_quarantine_finish(struct routes_quarantine *quarantine);

#endif
