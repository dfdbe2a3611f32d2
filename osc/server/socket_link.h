/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A connection, over TCP or the Unix socket, with its send queue. Main thread; for the files of
 * socket.h only. The set owns it once accepted. The reaper frees it, so that any function that uses
 * it may end it at any time.
 */
#ifndef XENJACK_SOCKET_LINK_H
#define XENJACK_SOCKET_LINK_H

#include "osc/server/socket.h"

struct socket_link {
	ev_io in, out;
	ev_timer pause; /* until the rate permits reading */
	struct socket_set *set;
	struct socket_peer peer;
	int fd;
	bool ended;  /* by its peer, but something that it has said is late */
	bool doomed; /* ended; the reaper will free it */
	bool spoken; /* it has sent a whole packet */
	struct frame_reader reader;
	/* One record per packet: its size (32 bits), then its bytes as sent. */
	size_t head, tail, sent; /* sent: bytes already sent of the first record */
	size_t room;
	uint8_t *queue;
};

/* Accepts a listener's next connection. 0, or accept's -errno. */
int socket_link_accept(struct socket_listener *listener);

/* Queues a packet and sends what can be sent at once. */
int socket_link_send(struct socket_link *link, const void *data, size_t size);

/* Closes it at once; the reaper calls gone and frees it later. */
void socket_link_doom(struct socket_link *link);

/* Frees it at once; accepts NULL. */
void socket_link_destroy(struct socket_link *link);

/* Takes a token of a peer's, if it has one. */
bool socket_rate_take(struct socket_set *set, const struct socket_peer *peer);

/* How long until it has one; 0: now. */
int64_t socket_rate_wait_ns(struct socket_set *set, const struct socket_peer *peer);

/* Prepares what is late. */
void socket_late_init(struct socket_set *set);

/*
 * Keeps a packet of a peer that is beyond its rate, to be handled later; returns whether it did. If
 * not, the packet is to be handled now, and counted already.
 */
bool socket_late_keep(struct socket_set *set, const struct socket_peer *peer, const void *data,
		      size_t size);

/* Tells a peer, unless it has been told, that it has exceeded its rate. */
void socket_limit(struct socket_set *set, const struct socket_peer *peer);

/* Takes the datagram in the set's buffer; size is as received, even if it was cut. */
void socket_datagram(struct socket_listener *listener, const union socket_address *address,
		     size_t size);

#endif
