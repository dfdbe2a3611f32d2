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

static bool is_proved(const struct socket_peer *peer)
{
	return peer->local || peer->kind != SOCKET_UDP;
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

	if (is_proved(peer)) {
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

static bool may_have_meters(struct server *server, const struct tree_call *call,
			    unsigned cookie_index)
{
	int32_t cookie = cookie_of(server, call->peer);

	return is_proved(call->peer) || (cookie && number_or(call, cookie_index, 0) == cookie);
}

/* --- subscriptions */

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

static int grant(struct server *server, const struct tree_call *call, unsigned topics,
		 int32_t lease_s)
{
	unsigned before = lease_topics(&server->leases, call->peer, clock_now_ns());

	if (!topics) {
		return 0;
	}
	/* Flush pending changes first: a new subscriber asks for the current values itself. */
	if (topics & ~before & LEASE_BIT(LEASE_PARAMS)) {
		server_tell_dirty(server);
	}
	return lease_grant(&server->leases, call->peer, topics, lease_s, clock_now_ns());
}

/* The lease to report; 0: it lasts as long as the connection. */
static int32_t told_lease_s(const struct socket_peer *peer, int32_t lease_s)
{
	return peer->kind == SOCKET_UDP ? lease_clamp_s(lease_s) : 0;
}

static int subscribe(struct server *server, const struct tree_call *call)
{
	unsigned topics = lease_parse_topics(packet_text(call->message, 0));
	unsigned before = lease_topics(&server->leases, call->peer, clock_now_ns());
	int32_t lease_s = number_or(call, 1, LEASE_S_DEFAULT);
	char text[LEASE_TEXT_MAX + 1];
	struct pattern every;
	int err;

	if (!topics) {
		return -EINVAL;
	}
	if ((topics & LEASE_BIT(LEASE_METERS)) && !may_have_meters(server, call, 2)) {
		topics &= ~LEASE_BIT(LEASE_METERS);
	}
	err = grant(server, call, topics, lease_s);
	if (err) {
		return err;
	}
	if (topics & ~before & LEASE_BIT(LEASE_METERS)) {
		(void)pattern_parse(&every, "/*");
		watch(server, call->peer, &every, METERS_MS);
	}
	lease_write_topics(topics, text, sizeof(text));
	tree_reply(call, "sii", text, told_lease_s(call->peer, lease_s),
		   cookie_of(server, call->peer));
	return 0;
}

static int subscribe_meters(struct server *server, const struct tree_call *call)
{
	const char *id = packet_text(call->message, 0);
	int32_t interval_ms = number_or(call, 1, METERS_MS);
	int32_t lease_s = number_or(call, 2, LEASE_S_DEFAULT);
	bool may = may_have_meters(server, call, 3);
	bool had = lease_topics(&server->leases, call->peer, clock_now_ns()) &
		   LEASE_BIT(LEASE_METERS);
	char text[PATTERN_LENGTH_MAX + 1];
	struct pattern pattern;
	int err;

	if ((size_t)snprintf(text, sizeof(text), "/%s", id) >= sizeof(text)) {
		return -ENAMETOOLONG;
	}
	err = pattern_parse(&pattern, text);
	err = err || !may ? err : grant(server, call, LEASE_BIT(LEASE_METERS), lease_s);
	if (err) {
		return err;
	}
	if (may && !(had && watches(server, call->peer, &pattern, interval_ms))) {
		watch(server, call->peer, &pattern, interval_ms);
	}
	/* Without the proof, the answer has an empty pattern and the cookie to send. */
	tree_reply(call, "siii", may ? id : "", interval_ms, told_lease_s(call->peer, lease_s),
		   cookie_of(server, call->peer));
	return 0;
}

static int unsubscribe(struct server *server, const struct tree_call *call)
{
	unsigned topics = call->count ? lease_parse_topics(packet_text(call->message, 0)) : ~0u;

	if (!topics) {
		return -EINVAL;
	}
	lease_revoke(&server->leases, call->peer, topics);
	tree_reply(call, "s", call->count ? packet_text(call->message, 0) : "all");
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
	default:
		err = grant(server, call, LEASE_REMOTE, LEASE_S_DEFAULT);
		break;
	}
	server_settle(server);
	return err;
}
