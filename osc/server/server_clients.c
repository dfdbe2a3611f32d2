/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>

#include "osc/server/server_parts.h"
#include "src/base/clock.h"

static const char *transport(const struct socket_peer *peer)
{
	static const char *const names[SOCKET_KINDS] = {
		[SOCKET_UDP] = "udp",
		[SOCKET_TCP] = "tcp",
		[SOCKET_UNIX] = "unix",
	};

	return names[peer->kind];
}

/* Until its last topic ends, rounded up; 0: it ends with the connection. */
static int32_t left_s(const struct lease *lease, int64_t now_ns)
{
	int64_t ends_ns = now_ns;

	for (unsigned topic = 0; topic < LEASE_TOPICS; topic++) {
		ends_ns = lease->ends_ns[topic] > ends_ns ? lease->ends_ns[topic] : ends_ns;
	}
	return lease->peer.kind == SOCKET_UDP
		       ? (int32_t)((ends_ns - now_ns + CLOCK_NS_PER_S - 1) / CLOCK_NS_PER_S)
		       : 0;
}

int server_clients(const struct tree_call *call)
{
	struct server *server = call->tree->arg;
	int64_t now_ns = clock_now_ns();
	int32_t count = 0;

	for (unsigned i = 0; i < LEASE_COUNT_MAX; i++) {
		const struct lease *lease = &server->leases.leases[i];
		unsigned topics = lease->used ? lease_topics(&server->leases, &lease->peer, now_ns)
					      : 0;
		char name[80], text[LEASE_TEXT_MAX + 1];

		if (topics) {
			socket_name(&lease->peer, name, sizeof(name));
			lease_write_topics(topics, text, sizeof(text));
			tree_reply(call, "ssssi", "item", transport(&lease->peer), name, text,
				   left_s(lease, now_ns));
			count++;
		}
	}
	tree_reply(call, "si", "end", count);
	return 0;
}
