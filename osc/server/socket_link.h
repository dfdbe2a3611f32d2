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

/* The port of an address, in network order. */
in_port_t socket_peer_port(const union socket_address *address);

/* Whether two addresses are the same, ports included. */
bool socket_peer_same_address(const union socket_address *a, const union socket_address *b);

/* Takes the datagram in the set's buffer; size is as received, even if it was cut. */
void socket_datagram(struct socket_listener *listener, const union socket_address *address,
		     size_t size);

#endif
