/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/server/socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "osc/server/socket_link.h"
#include "src/base/clock.h"

#define NS_PER_S INT64_C(1000000000)

static void on_reap(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct socket_set *set = timer->data;

	(void)loop;
	(void)events;
	for (unsigned i = 0; i < SOCKET_LINKS_MAX; i++) {
		struct socket_link *link = set->links[i];

		if (link && link->doomed) {
			set->links[i] = NULL;
			if (set->options.gone) {
				set->options.gone(set->options.arg, &link->peer);
			}
			socket_link_destroy(link);
		}
	}
}

void socket_init(struct socket_set *set, const struct socket_options *options)
{
	int64_t now_ns = clock_now_ns();

	memset(set, 0, sizeof(*set));
	set->options = *options;
	rate_init(&set->datagrams, options->per_s, options->burst, now_ns);
	rate_init(&set->streams, options->per_s, options->burst, now_ns);
	ev_timer_init(&set->reaper, on_reap, 0.0, 0.0);
	set->reaper.data = set;
}

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

/* An answer to ourselves would loop for ever, one to port 0 would go nowhere. */
static bool is_own(const struct socket_set *set, const struct socket_peer *peer)
{
	if (!socket_peer_port(&peer->address)) {
		return true;
	}
	for (unsigned i = 0; i < set->count; i++) {
		const struct socket_listener *listener = &set->listeners[i];

		if (listener->kind == SOCKET_UDP &&
		    socket_peer_port(&listener->address) == socket_peer_port(&peer->address) &&
		    (peer->local || socket_peer_same_address(&listener->address, &peer->address))) {
			return true;
		}
	}
	return false;
}

void socket_datagram(struct socket_listener *listener, const union socket_address *address,
		     size_t size)
{
	struct socket_set *set = listener->set;
	struct socket_peer peer = { .kind = SOCKET_UDP,
				    .uid = (uid_t)-1,
				    .local = allow_is_local(&address->any),
				    .listener = (unsigned)(listener - set->listeners),
				    .address = *address };

	if (!peer.local && !(set->options.allow && allow_has(set->options.allow, &address->any))) {
		set->counters.stranger++;
	} else if (is_own(set, &peer)) {
		set->counters.own++;
	} else if (!rate_take(&set->datagrams, source(&peer), clock_now_ns())) {
		set->counters.limited++;
	} else if (size > FRAME_PACKET_MAX) {
		set->counters.oversize++;
	} else {
		set->counters.packets++;
		set->options.packet(set->options.arg, &peer, set->buffer, size);
	}
}

void socket_set_rate(struct socket_set *set, uint32_t per_s, uint32_t burst)
{
	int64_t now_ns = clock_now_ns();

	set->options.per_s = per_s;
	set->options.burst = burst;
	rate_init(&set->datagrams, per_s, burst, now_ns);
	rate_init(&set->streams, per_s, burst, now_ns);
}

void socket_expel(struct socket_set *set)
{
	for (unsigned i = 0; i < SOCKET_LINKS_MAX; i++) {
		struct socket_link *link = set->links[i];

		if (link && !link->peer.local &&
		    !(set->options.allow &&
		      allow_has(set->options.allow, &link->peer.address.any))) {
			socket_link_doom(link);
		}
	}
}

void socket_charge(struct socket_set *set, const struct socket_peer *peer, uint32_t more)
{
	struct rate *rate = peer->kind == SOCKET_UDP ? &set->datagrams : &set->streams;

	rate_charge(rate, source(peer), more, clock_now_ns());
}

static int send_datagram(struct socket_set *set, const struct socket_peer *peer, const void *data,
			 size_t size)
{
	socklen_t length = peer->address.any.sa_family == AF_INET ? sizeof(peer->address.in)
								  : sizeof(peer->address.in6);

	if (sendto(set->listeners[peer->listener].fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL,
		   &peer->address.any, length) < 0) {
		set->counters.unsent++;
		return -EAGAIN;
	}
	return 0;
}

int socket_send(struct socket_set *set, const struct socket_peer *peer, const void *data,
		size_t size)
{
	if (size > FRAME_PACKET_MAX) {
		return -EMSGSIZE;
	}
	if (peer->kind == SOCKET_UDP) {
		return send_datagram(set, peer, data, size);
	}
	for (unsigned i = 0; i < SOCKET_LINKS_MAX; i++) {
		struct socket_link *link = set->links[i];

		if (link && link->peer.link == peer->link && !link->doomed) {
			return socket_link_send(link, data, size);
		}
	}
	return -ENOTCONN;
}
