/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What senders have said beyond their rate, to be carried out later: the newest message of each
 * value, changes of a value added up, any other message, over UDP once; in the order in which each
 * came last. Main thread. A zeroed table is empty. It keeps a copy of what it takes in: at
 * most LATE_BYTES_MAX for each sender, and it allocates only for senders that have something in it.
 */
#ifndef XENJACK_LATE_H
#define XENJACK_LATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "osc/server/socket_peer.h"

/* As many as have a rate of their own (osc/server/rate.h). */
#define LATE_SOURCES_MAX 64u
/* Every level of a full rig's streams that a surface may show, some 300 messages. */
#define LATE_BYTES_MAX 24576u

struct late_source {
	struct socket_peer peer;
	size_t size;
	uint8_t data[LATE_BYTES_MAX]; /* records, the next one first */
};

struct late_table {
	struct late_source *sources[LATE_SOURCES_MAX];
	unsigned count;
};

/* Whether something of this sender's is waiting: what it sends now must not overtake that. */
bool late_has(const struct late_table *table, const struct socket_peer *peer);

/* Takes in a packet's messages. Returns how many of them are lost for want of room, or -errno. */
int late_put(struct late_table *table, const struct socket_peer *peer, const void *data,
	     size_t size);

/*
 * Removes the next message of the n-th sender that has one, writes it to `message`, at most
 * PACKET_IN_MAX bytes, and its sender to `peer`. Returns its size. A sender's place is free with
 * its last message; the last sender moves there.
 */
size_t late_take(struct late_table *table, unsigned n, struct socket_peer *peer, void *message);

/* Forgets what the n-th sender has said. */
void late_drop(struct late_table *table, unsigned n);

/* Whether a packet more from a sender might not fit. */
bool late_is_full(const struct late_table *table, const struct socket_peer *peer);

/* Forgets what a sender has said. */
void late_forget(struct late_table *table, const struct socket_peer *peer);

/* Forgets everything. */
void late_finish(struct late_table *table);

#endif
