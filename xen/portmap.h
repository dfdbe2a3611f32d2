/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which wire a local event channel port belongs to. io. Ports are small numbers that the hypervisor
 * hands out; the wires stay their owner's. Only portmap_set fails, by -ENOMEM.
 */
#ifndef XENJACK_PORTMAP_H
#define XENJACK_PORTMAP_H

struct wire;

struct portmap {
	struct wire **wires;
	unsigned count;
};

/* Says whose a port is. Returns 0 or -ENOMEM. */
int portmap_set(struct portmap *map, int port, struct wire *wire);

/* Whose a port is; NULL for one that is nobody's, whatever its number. */
struct wire *portmap_get(const struct portmap *map, int port);

/* Makes a port nobody's, if it is this wire's. */
void portmap_clear(struct portmap *map, int port, const struct wire *wire);

/* Frees what it holds; accepts a zeroed one. */
void portmap_finish(struct portmap *map);

#endif
