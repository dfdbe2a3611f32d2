/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A connection, over TCP or the Unix socket, and what it has not read yet. ctl; for the set's files
 * only. The set owns it from its acceptance on; it is freed by the reaper, so that whoever is using
 * it may end it at any time.
 */
#ifndef XENJACK_SOCKET_LINK_H
#define XENJACK_SOCKET_LINK_H

#include "osc/socket.h"

struct socket_link {
	ev_io in, out;
	ev_timer pause; /* until the rate lets it go on */
	struct socket_set *set;
	struct socket_peer peer;
	int fd;
	bool doomed; /* ended; the reaper will come */
	bool spoken; /* a whole packet has come */
	struct frame_reader reader;
	/* A record a packet: its size (32 bits), its bytes as they are sent. */
	size_t head, tail, sent; /* of the first record sent bytes have left */
	size_t room;
	uint8_t *queue;
};

/* Takes the next connection of a listener. -errno of accept, or 0. */
int socket_link_accept(struct socket_listener *listener);

/* Queues a packet and sends what goes. */
int socket_link_send(struct socket_link *link, const void *data, size_t size);

/* Stops it and closes it at once; the reaper tells, and frees it. */
void socket_link_doom(struct socket_link *link);

/* Frees it at once; accepts NULL. */
void socket_link_destroy(struct socket_link *link);

/* A datagram of this size, as it came, is in the set's buffer. */
void socket_datagram(struct socket_listener *listener, const union socket_address *address,
		     size_t size);

/* Now, for the rates. */
int64_t socket_now_ns(void);

#endif
