/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maps local event-channel ports to stream rings. io thread. The hypervisor hands out small
 * numbers, so the map is an array. It does not own the stream rings. Only portmap_set can fail.
 */
#ifndef XENJACK_PORTMAP_H
#define XENJACK_PORTMAP_H

struct stream_ring;

struct portmap {
	struct stream_ring **rings;
	unsigned count;
};

/* Assigns a port to a stream ring. Returns 0 or -ENOMEM. */
int portmap_set(struct portmap *map, int port, struct stream_ring *ring);

/* A port's stream ring; NULL for any number without one. */
struct stream_ring *portmap_get(const struct portmap *map, int port);

/* Removes a port's entry if it is this stream ring's. */
void portmap_clear(struct portmap *map, int port, const struct stream_ring *ring);

/* Frees the map; accepts a zeroed one. */
void portmap_finish(struct portmap *map);

#endif
