/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Senders to remote control: where a packet came from and where its answer goes. A peer is a value;
 * it stays one when its connection has ended. Any thread. Addresses and ports are in network order.
 */
#ifndef XENJACK_SOCKET_PEER_H
#define XENJACK_SOCKET_PEER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum socket_kind { SOCKET_UDP, SOCKET_TCP, SOCKET_UNIX, SOCKET_KINDS };

union socket_address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

struct socket_peer {
	enum socket_kind kind;
	bool local;		      /* on this host */
	uid_t uid;		      /* of a Unix socket's peer, else -1 */
	uint64_t link;		      /* a connection's number, never reused; 0: UDP */
	unsigned listener;	      /* UDP: which one sends the answer */
	union socket_address address; /* unset for the Unix socket */
};

/* Whether both are the same sender. */
bool socket_same(const struct socket_peer *a, const struct socket_peer *b);

/* A peer's name for log lines: an address and port, or a user. */
void socket_name(const struct socket_peer *peer, char *text, size_t size);

/* The port of an address, in network order. */
in_port_t socket_peer_port(const union socket_address *address);

/* Whether two addresses are the same, ports included. */
bool socket_peer_same_address(const union socket_address *a, const union socket_address *b);

#endif
