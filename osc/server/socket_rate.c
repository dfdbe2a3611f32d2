/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/server/socket_link.h"
#include "src/base/clock.h"

/* FNV-1a, over the parts that distinguish one sender from another. */
static uint64_t hash(const void *data, size_t size, uint64_t sum)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < size; i++) {
		sum = (sum ^ bytes[i]) * UINT64_C(0x100000001b3);
	}
	return sum;
}

/* The key of a peer in the rate tables. */
static uint64_t source(const struct socket_peer *peer)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	if (peer->kind != SOCKET_UDP) {
		return peer->link;
	}
	if (peer->address.any.sa_family == AF_INET) {
		sum = hash(&peer->address.in.sin_addr, sizeof(peer->address.in.sin_addr), sum);
		return hash(&peer->address.in.sin_port, sizeof(peer->address.in.sin_port), sum);
	}
	sum = hash(&peer->address.in6.sin6_addr, sizeof(peer->address.in6.sin6_addr), sum);
	return hash(&peer->address.in6.sin6_port, sizeof(peer->address.in6.sin6_port), sum);
}

static struct rate *rate_of(struct socket_set *set, const struct socket_peer *peer)
{
	return &set->rates[peer->local][peer->kind];
}

void socket_limit(struct socket_set *set, const struct socket_peer *peer)
{
	if (set->options.limited && rate_tell(rate_of(set, peer), source(peer), clock_now_ns())) {
		set->options.limited(set->options.arg, peer);
	}
}

bool socket_rate_take(struct socket_set *set, const struct socket_peer *peer)
{
	return rate_take(rate_of(set, peer), source(peer), clock_now_ns());
}

int64_t socket_rate_wait_ns(struct socket_set *set, const struct socket_peer *peer)
{
	return rate_wait_ns(rate_of(set, peer), source(peer), clock_now_ns());
}

void socket_charge(struct socket_set *set, const struct socket_peer *peer, uint32_t more)
{
	rate_charge(rate_of(set, peer), source(peer), more, clock_now_ns());
}

void socket_set_rates(struct socket_set *set, const struct rate_limits *far,
		      const struct rate_limits *near)
{
	int64_t now_ns = clock_now_ns();

	for (unsigned kind = 0; kind < SOCKET_KINDS; kind++) {
		rate_init(&set->rates[false][kind], far, now_ns);
		rate_init(&set->rates[true][kind], near, now_ns);
	}
}
