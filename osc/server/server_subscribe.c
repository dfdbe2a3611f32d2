/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "osc/server/server_parts.h"
#include "src/base/clock.h"

/* The default interval, as on X32. */
#define METERS_MS 50
#define NS_PER_MS INT64_C(1000000)

static int32_t number_or(const struct tree_call *call, unsigned index, int32_t standard)
{
	int32_t number = standard;

	if (index < call->count) {
		(void)packet_integer(call->message, index, &number);
	}
	return number;
}

/* --- proof of a sender's address */

static bool is_proved(const struct server *server, const struct socket_peer *peer)
{
	return peer->kind != SOCKET_UDP || allow_has(&server->trusted, &peer->address.any);
}

/* The oldest cookie whose peer is not a subscriber, or NULL. */
static struct server_cookie *next_cookie(struct server *server)
{
	for (unsigned i = 0; i < SERVER_COOKIES; i++) {
		struct server_cookie *cookie =
			&server->cookies[server->next_cookie++ % SERVER_COOKIES];

		if (!cookie->number ||
		    !lease_topics(&server->leases, &cookie->peer, clock_now_ns())) {
			return cookie;
		}
	}
	return NULL;
}

/*
 * Meters are far more traffic than the message that asks for them, and a datagram's sender can be
 * forged. So a remote peer must first prove, by a cookie, that it has received an answer from us.
 * 0: no proof is needed, or no cookie is available.
 */
static int32_t cookie_of(struct server *server, const struct socket_peer *peer)
{
	struct server_cookie *cookie;

	if (is_proved(server, peer)) {
		return 0;
	}
	for (unsigned i = 0; i < SERVER_COOKIES; i++) {
		cookie = &server->cookies[i];
		if (cookie->number && socket_same(&cookie->peer, peer)) {
			return cookie->number;
		}
	}
	cookie = next_cookie(server);
	if (!cookie) {
		return 0;
	}
	cookie->peer = *peer;
	if (getrandom(&cookie->number, sizeof(cookie->number), GRND_NONBLOCK) !=
	    (ssize_t)sizeof(cookie->number)) {
		cookie->number = 0;
	}
	cookie->number &= INT32_MAX;
	return cookie->number;
}

/* Whether the peer that gets them has asked for them. */
static bool may_have_meters(struct server *server, const struct tree_call *call,
			    unsigned cookie_index)
{
	int32_t cookie = cookie_of(server, call->peer);

	return is_proved(server, call->peer) ||
	       (cookie && number_or(call, cookie_index, 0) == cookie);
}

/* --- subscriptions */

/* A subscription by one peer for another: itself, or another port of its address. */
struct request {
	struct server *server;
	const struct tree_call *by;
	struct tree_call call; /* as if it came from `peer`, answered there */
	struct socket_peer peer;
	struct server_sink sink;
	struct packet_batch out;
};

/* Below, there are services that surfaces do not run. */
#define PORT_MIN 1024

/* 0; -EINVAL: the sender has no other ports, or that one is ours; -ERANGE: no surface's. */
static int begin(struct request *request, const struct tree_call *by, unsigned port_index)
{
	struct server *server = by->tree->arg;
	int32_t number = number_or(by, port_index, 0);
	in_port_t port = htons((uint16_t)number);
	bool other = number;

	request->server = server;
	request->by = by;
	request->call = *by;
	request->peer = *by->peer;
	if (other && by->peer->kind != SOCKET_UDP) {
		return -EINVAL;
	}
	if (other && number < PORT_MIN) {
		return -ERANGE;
	}
	if (other && by->peer->address.any.sa_family == AF_INET) {
		request->peer.address.in.sin_port = port;
	} else if (other) {
		request->peer.address.in6.sin6_port = port;
	}
	if (other && socket_is_own(&server->sockets, &request->peer)) {
		return -EINVAL;
	}
	request->sink = (struct server_sink){ server, &request->peer, .payer = by->peer };
	server_begin(&request->out, &request->sink);
	request->call.peer = &request->peer;
	request->call.out = other ? &request->out : by->out;
	return 0;
}

/* Sends all values where the subscription goes, after its answer. Returns how many. */
static unsigned send_all(struct server *server, const struct socket_peer *peer,
			 const struct tree_call *by)
{
	struct server_sink sink = { server, peer, .payer = by->peer };
	struct packet_batch batch;
	unsigned count;

	server_begin_values(&batch, &sink);
	count = server_put_all(server, &batch);
	packet_flush(&batch);
	by->tree->calls += count;
	return count;
}

/* Whoever begins to subscribe to params is sent what there is. */
static void finish(struct request *request, unsigned before)
{
	const struct server *server = request->server;
	unsigned now = lease_topics(&server->leases, &request->peer, clock_now_ns());

	packet_flush(request->call.out);
	if (now & ~before & LEASE_BIT(LEASE_PARAMS)) {
		(void)send_all(request->server, &request->peer, request->by);
	}
}

static unsigned place_of(struct server *server, const struct socket_peer *peer)
{
	return (unsigned)(lease_find(&server->leases, peer) - server->leases.leases);
}

/* The first levels come after an interval: until then, nothing has been measured. */
static void watch(struct server *server, const struct socket_peer *peer,
		  const struct pattern *pattern, int32_t interval_ms)
{
	unsigned place = place_of(server, peer);
	int64_t interval_ns = interval_ms * NS_PER_MS;

	server->watches[place] = (struct server_watch){
		.pattern = *pattern,
		.interval_ns = interval_ns,
		.due_ns = clock_now_ns() + interval_ns,
	};
	server_levels_reset(server, place);
	/* server_settle starts it again at once, whenever the others are due. */
	ev_timer_stop(server->loop, &server->meter);
}

/* Whether it watches that already: renewing interrupts nothing. */
static bool watches(struct server *server, const struct socket_peer *peer,
		    const struct pattern *pattern, int32_t interval_ms)
{
	const struct server_watch *current = &server->watches[place_of(server, peer)];

	return !strcmp(current->pattern.text, pattern->text) &&
	       current->interval_ns == interval_ms * NS_PER_MS;
}

static int grant(struct request *request, unsigned topics, int32_t lease_s)
{
	struct server *server = request->server;
	const struct socket_peer *peer = &request->peer;
	unsigned before = lease_topics(&server->leases, peer, clock_now_ns());

	if (!topics) {
		return 0;
	}
	/* Flush pending changes first: a new subscriber is sent all values. */
	if (topics & ~before & LEASE_BIT(LEASE_PARAMS)) {
		server_tell_dirty(server);
	}
	return lease_grant(&server->leases, peer, request->by->peer, topics, lease_s,
			   clock_now_ns());
}

/* The lease to report; 0: it lasts as long as the connection. */
static int32_t told_lease_s(const struct socket_peer *peer, int32_t lease_s)
{
	return peer->kind == SOCKET_UDP ? lease_clamp_s(lease_s) : 0;
}

static int subscribe(struct server *server, const struct tree_call *by)
{
	unsigned wanted = lease_parse_topics(packet_text(by->message, 0)), topics = wanted, before;
	int32_t lease_s = number_or(by, 1, LEASE_S_DEFAULT);
	char text[LEASE_TEXT_MAX + 1], refused[LEASE_TEXT_MAX + 1];
	struct request request;
	struct pattern every;
	int err = begin(&request, by, 3);

	if (err || !wanted) {
		return err ? err : -EINVAL;
	}
	before = lease_topics(&server->leases, &request.peer, clock_now_ns());
	if ((topics & LEASE_BIT(LEASE_METERS)) && !may_have_meters(server, &request.call, 2)) {
		topics &= ~LEASE_BIT(LEASE_METERS);
	}
	err = grant(&request, topics, lease_s);
	if (err) {
		return err;
	}
	if (topics & ~before & LEASE_BIT(LEASE_METERS)) {
		(void)pattern_parse(&every, "/*");
		watch(server, &request.peer, &every, METERS_MS);
	}
	lease_write_topics(topics, text, sizeof(text));
	lease_write_topics(wanted & ~topics, refused, sizeof(refused));
	tree_reply(&request.call, "sisi", text, told_lease_s(by->peer, lease_s), refused,
		   cookie_of(server, &request.peer));
	finish(&request, before);
	return 0;
}

static int subscribe_meters(struct server *server, const struct tree_call *by)
{
	const char *id = packet_text(by->message, 0);
	int32_t interval_ms = number_or(by, 1, METERS_MS);
	int32_t lease_s = number_or(by, 2, LEASE_S_DEFAULT);
	char text[PATTERN_LENGTH_MAX + 1];
	struct request request;
	struct pattern pattern;
	unsigned before;
	bool may;
	int err = begin(&request, by, 4);

	if (!err && (size_t)snprintf(text, sizeof(text), "/%s", id) >= sizeof(text)) {
		err = -ENAMETOOLONG;
	}
	err = err ? err : pattern_parse(&pattern, text);
	if (err) {
		return err;
	}
	before = lease_topics(&server->leases, &request.peer, clock_now_ns());
	may = may_have_meters(server, &request.call, 3);
	err = may ? grant(&request, LEASE_BIT(LEASE_METERS), lease_s) : 0;
	if (err) {
		return err;
	}
	if (may && !((before & LEASE_BIT(LEASE_METERS)) &&
		     watches(server, &request.peer, &pattern, interval_ms))) {
		watch(server, &request.peer, &pattern, interval_ms);
	}
	tree_reply(&request.call, "siisi", may ? id : "", interval_ms,
		   told_lease_s(by->peer, lease_s), may ? "" : id,
		   cookie_of(server, &request.peer));
	finish(&request, before);
	return 0;
}

static int xremote(struct server *server, const struct tree_call *by)
{
	unsigned before = lease_topics(&server->leases, by->peer, clock_now_ns());
	struct request request;
	int err = begin(&request, by, by->count);

	err = err ? err : grant(&request, LEASE_REMOTE, LEASE_S_DEFAULT);
	if (!err) {
		finish(&request, before);
	}
	return err;
}

static int unsubscribe(struct server *server, const struct tree_call *call)
{
	unsigned topics = call->count ? lease_parse_topics(packet_text(call->message, 0)) : ~0u;

	if (!topics) {
		return -EINVAL;
	}
	for (unsigned i = 0; i < LEASE_COUNT_MAX; i++) {
		struct lease *lease = &server->leases.leases[i];

		if (lease_is_of(lease, call->peer)) {
			lease_revoke(&server->leases, &lease->peer, topics);
		}
	}
	tree_reply(call, "s", call->count ? packet_text(call->message, 0) : "all");
	return 0;
}

static int refresh(struct server *server, const struct tree_call *call)
{
	unsigned count = 0;
	bool subscribed = false;

	for (unsigned i = 0; i < LEASE_COUNT_MAX; i++) {
		const struct lease *lease = &server->leases.leases[i];

		if (lease_is_of(lease, call->peer)) {
			subscribed = true;
			count = send_all(server, &lease->peer, call);
			server_levels_reset(server, i);
		}
	}
	if (!subscribed) {
		count = send_all(server, call->peer, call);
	}
	tree_reply(call, "i", (int32_t)count);
	return 0;
}

int server_subscribe(const struct tree_call *call)
{
	struct server *server = call->tree->arg;
	int err;

	switch (call->name) {
	case TABLE_SUBSCRIBE:
		err = subscribe(server, call);
		break;
	case TABLE_SUBSCRIBE_METERS:
		err = subscribe_meters(server, call);
		break;
	case TABLE_UNSUBSCRIBE:
		err = unsubscribe(server, call);
		break;
	case TABLE_REFRESH:
		err = refresh(server, call);
		break;
	case TABLE_CLIENTS:
		err = server_clients(call);
		break;
	default:
		err = xremote(server, call);
		break;
	}
	server_settle(server);
	return err;
}
