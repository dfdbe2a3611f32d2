/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "osc/server/socket_link.h"

/* Limit of late messages per wake-up: they must not monopolise the main loop. */
#define TURN 32u
/* The shortest time to wait for a token: more often would be work for nothing. */
#define CATCH_UP_NS INT64_C(1000000)

/* Handles the n-th late sender's next message if its rate permits. Returns how long it waits. */
static int64_t catch_up(struct socket_set *set, unsigned n)
{
	const struct socket_peer *late = &set->late.sources[n]->peer;
	uint8_t message[FRAME_PACKET_MAX];
	struct socket_peer peer;
	size_t size;

	if (!socket_rate_take(set, late)) {
		return socket_rate_wait_ns(set, late);
	}
	size = late_take(&set->late, n, &peer, message);
	set->counters.packets++;
	set->options.packet(set->options.arg, &peer, message, size);
	return 0;
}

/* One message of each late sender in turn, and when it goes on. */
static void on_catch_up(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct socket_set *set = timer->data;
	int64_t wait_ns = 0;

	(void)events;
	for (unsigned done = 0; done < TURN && !wait_ns && set->late.count;) {
		wait_ns = INT64_MAX;
		/* Backwards: a sender's place is taken by the last one. */
		for (unsigned n = set->late.count; n--;) {
			int64_t one_ns = catch_up(set, n);

			done += !one_ns;
			wait_ns = one_ns < wait_ns ? one_ns : wait_ns;
		}
	}
	if (set->late.count) {
		wait_ns = wait_ns < CATCH_UP_NS ? CATCH_UP_NS : wait_ns;
		ev_timer_set(timer, (double)wait_ns * 1e-9, 0.0);
		ev_timer_start(loop, timer);
	}
}

void socket_late_init(struct socket_set *set)
{
	ev_timer_init(&set->catch_up, on_catch_up, 0.0, 0.0);
	set->catch_up.data = set;
}

/* A connection's packet is never lost: what cannot be kept is handled, and the connection waits. */
static bool put(struct socket_set *set, const struct socket_peer *peer, const void *data,
		size_t size)
{
	int lost = late_put(&set->late, peer, data, size);

	if (peer->kind != SOCKET_UDP && lost) {
		socket_charge(set, peer, 1);
		return false;
	}
	set->counters.limited += peer->kind == SOCKET_UDP;
	set->counters.lost += lost > 0 ? (unsigned long)lost : 0;
	return true;
}

bool socket_late_keep(struct socket_set *set, const struct socket_peer *peer, const void *data,
		      size_t size)
{
	bool kept;

	if (!late_has(&set->late, peer) && socket_rate_take(set, peer)) {
		return false;
	}
	kept = put(set, peer, data, size);
	if (set->late.count && !ev_is_active(&set->catch_up)) {
		ev_timer_set(&set->catch_up, (double)CATCH_UP_NS * 1e-9, 0.0);
		ev_timer_start(set->options.loop, &set->catch_up);
	}
	socket_limit(set, peer);
	return kept;
}
