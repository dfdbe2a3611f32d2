/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/server/socket_peer.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

bool socket_peer_same_address(const union socket_address *a, const union socket_address *b)
{
	if (a->any.sa_family != b->any.sa_family) {
		return false;
	}
	if (a->any.sa_family == AF_INET) {
		return a->in.sin_port == b->in.sin_port &&
		       a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
	}
	return a->in6.sin6_port == b->in6.sin6_port &&
	       a->in6.sin6_scope_id == b->in6.sin6_scope_id &&
	       memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof(a->in6.sin6_addr)) == 0;
}

in_port_t socket_peer_port(const union socket_address *address)
{
	return address->any.sa_family == AF_INET ? address->in.sin_port : address->in6.sin6_port;
}

bool socket_same(const struct socket_peer *a, const struct socket_peer *b)
{
	if (a->kind != b->kind) {
		return false;
	}
	return a->kind == SOCKET_UDP ? a->listener == b->listener &&
					       socket_peer_same_address(&a->address, &b->address)
				     : a->link == b->link;
}

void socket_name(const struct socket_peer *peer, char *text, size_t size)
{
	char address[INET6_ADDRSTRLEN] = "?";

	if (peer->kind == SOCKET_UNIX) {
		snprintf(text, size, "a program of user %ld", (long)(int)peer->uid);
		return;
	}
	inet_ntop(peer->address.any.sa_family,
		  peer->address.any.sa_family == AF_INET
			  ? (const void *)&peer->address.in.sin_addr
			  : (const void *)&peer->address.in6.sin6_addr,
		  address, sizeof(address));
	snprintf(text, size, "%s port %u", address, ntohs(socket_peer_port(&peer->address)));
}
