/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/server/server_parts.h"
#include "src/base/clock.h"

void server_send(void *sink, const void *data, size_t size)
{
	const struct server_sink *to = sink;

	/* A failure is counted there; a subscriber notices it by the sequence numbers. */
	(void)socket_send(&to->server->sockets, to->peer, data, size);
	/* A remote address may be forged: what its owner receives is limited, too. */
	if (to->payer && !to->payer->local) {
		socket_charge(&to->server->sockets, to->payer, 1);
	}
}

/* A number in each packet of values shows the loss of the one before. */
static void number(struct packet_batch *batch)
{
	const struct server_sink *to = batch->arg;
	struct lease *lease = lease_find(&to->server->leases, to->peer);

	if (lease) {
		(void)packet_put(batch, "/event/params", "i", lease_number(lease));
	}
}

void server_begin(struct packet_batch *batch, struct server_sink *sink)
{
	packet_begin(batch, server_send, sink);
	batch->prefix = tree_prefix(&sink->server->tree, sink->peer);
}

void server_begin_values(struct packet_batch *batch, struct server_sink *sink)
{
	server_begin(batch, sink);
	/* A connection loses nothing. */
	batch->opens = sink->peer->kind == SOCKET_UDP ? number : NULL;
}

void server_settle(struct server *server)
{
	int64_t now_ns = clock_now_ns();
	bool watched = lease_next(&server->leases, NULL, LEASE_METERS, now_ns);
	bool asked = server->asked_ns && now_ns - server->asked_ns < SERVER_ASKED_NS;
	bool subscribed = false;

	for (unsigned i = 0; i < LEASE_COUNT_MAX; i++) {
		subscribed |= server->leases.leases[i].used;
	}
	if (server->subscribed != subscribed) {
		server->subscribed = subscribed;
		mixer_want_events(server->mixer, subscribed);
	}
	if (server->metered != (watched || asked)) {
		server->metered = !server->metered;
		mixer_want_meters(server->mixer, server->metered);
	}
	if (watched && !ev_is_active(&server->meter)) {
		/* From the loop: the answer to the subscription goes out first. */
		ev_timer_set(&server->meter, 0.0, 0.0);
		ev_timer_start(server->loop, &server->meter);
	} else if (!watched) {
		ev_timer_stop(server->loop, &server->meter);
	}
	if ((subscribed || server->metered) && !ev_is_active(&server->beat)) {
		ev_timer_again(server->loop, &server->beat);
	} else if (!subscribed && !server->metered) {
		ev_timer_stop(server->loop, &server->beat);
	}
}
