/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/server/lease.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "osc/proto/topic.h"

#define NS_PER_S INT64_C(1000000000)

_Static_assert((unsigned)LEASE_TOPICS == (unsigned)TOPIC_ALL, "a bit for each topic but all");

static unsigned parse_topic(const char *text, size_t length)
{
	for (unsigned i = 0; i < TOPIC_COUNT; i++) {
		const char *name = topic_at((enum topic_name)i)->name;

		if (strlen(name) == length && memcmp(name, text, length) == 0) {
			return i == TOPIC_ALL ? LEASE_ALL : LEASE_BIT(i);
		}
	}
	return 0;
}

unsigned lease_parse_topics(const char *text)
{
	unsigned topics = 0;

	for (;; text++) {
		size_t length = strcspn(text, ",");
		unsigned one = parse_topic(text, length);

		if (!one) {
			return 0;
		}
		topics |= one;
		text += length;
		if (!*text) {
			return topics;
		}
	}
}

void lease_write_topics(unsigned topics, char *text, size_t size)
{
	size_t length = 0;

	*text = '\0';
	for (unsigned i = 0; i < LEASE_TOPICS && length < size; i++) {
		if (topics & LEASE_BIT(i)) {
			length += (size_t)snprintf(text + length, size - length, "%s%s",
						   length ? "," : "",
						   topic_at((enum topic_name)i)->name);
		}
	}
}

int32_t lease_clamp_s(int32_t lease_s)
{
	if (lease_s < LEASE_S_MIN) {
		return LEASE_S_MIN;
	}
	return lease_s > LEASE_S_MAX ? LEASE_S_MAX : lease_s;
}

struct lease *lease_find(struct lease_table *table, const struct socket_peer *peer)
{
	for (unsigned i = 0; i < LEASE_COUNT_MAX; i++) {
		struct lease *lease = &table->leases[i];

		if (lease->used && socket_same(&lease->peer, peer)) {
			return lease;
		}
	}
	return NULL;
}

/* Whether there may be one more subscriber of this kind. */
static bool has_room(const struct lease_table *table, const struct socket_peer *peer)
{
	unsigned inet = 0;

	for (unsigned i = 0; i < LEASE_COUNT_MAX; i++) {
		inet += table->leases[i].used && table->leases[i].peer.kind != SOCKET_UNIX;
	}
	return peer->kind == SOCKET_UNIX || inet < LEASE_COUNT_INET;
}

static struct lease *create(struct lease_table *table, const struct socket_peer *peer)
{
	if (!has_room(table, peer)) {
		return NULL;
	}
	for (unsigned i = 0; i < LEASE_COUNT_MAX; i++) {
		struct lease *lease = &table->leases[i];

		if (!lease->used) {
			*lease = (struct lease){ .used = true, .peer = *peer };
			for (unsigned topic = 0; topic < LEASE_TOPICS; topic++) {
				lease->ends_ns[topic] = INT64_MIN;
			}
			return lease;
		}
	}
	return NULL;
}

bool lease_is_of(const struct lease *lease, const struct socket_peer *peer)
{
	return lease->used && (socket_same(&lease->peer, peer) || socket_same(&lease->from, peer));
}

int lease_grant(struct lease_table *table, const struct socket_peer *peer,
		const struct socket_peer *from, unsigned topics, int32_t lease_s, int64_t now_ns)
{
	int64_t ends_ns = peer->kind == SOCKET_UDP ? now_ns + lease_clamp_s(lease_s) * NS_PER_S
						   : INT64_MAX;
	struct lease *lease;

	lease_expire(table, now_ns);
	lease = lease_find(table, peer);
	lease = lease ? lease : create(table, peer);
	if (!lease) {
		return -EUSERS;
	}
	lease->from = *from;
	for (unsigned topic = 0; topic < LEASE_TOPICS; topic++) {
		if (topics & LEASE_BIT(topic)) {
			lease->ends_ns[topic] = ends_ns;
		}
	}
	return 0;
}

static unsigned live_topics(const struct lease *lease, int64_t now_ns)
{
	unsigned topics = 0;

	for (unsigned topic = 0; topic < LEASE_TOPICS; topic++) {
		if (lease->ends_ns[topic] > now_ns) {
			topics |= LEASE_BIT(topic);
		}
	}
	return topics;
}

void lease_revoke(struct lease_table *table, const struct socket_peer *peer, unsigned topics)
{
	struct lease *lease = lease_find(table, peer);
	bool used = false;

	if (!lease) {
		return;
	}
	for (unsigned topic = 0; topic < LEASE_TOPICS; topic++) {
		if (topics & LEASE_BIT(topic)) {
			lease->ends_ns[topic] = INT64_MIN;
		}
		used |= lease->ends_ns[topic] != INT64_MIN;
	}
	lease->used = used;
}

void lease_expire(struct lease_table *table, int64_t now_ns)
{
	for (unsigned i = 0; i < LEASE_COUNT_MAX; i++) {
		struct lease *lease = &table->leases[i];

		if (lease->used && !live_topics(lease, now_ns)) {
			lease->used = false;
			table->expired++;
		}
	}
}

unsigned lease_topics(const struct lease_table *table, const struct socket_peer *peer,
		      int64_t now_ns)
{
	for (unsigned i = 0; i < LEASE_COUNT_MAX; i++) {
		const struct lease *lease = &table->leases[i];

		if (lease->used && socket_same(&lease->peer, peer)) {
			return live_topics(lease, now_ns);
		}
	}
	return 0;
}

struct lease *lease_next(struct lease_table *table, struct lease *after, enum lease_topic topic,
			 int64_t now_ns)
{
	struct lease *lease = after ? after + 1 : table->leases;

	for (; lease < table->leases + LEASE_COUNT_MAX; lease++) {
		if (lease->used && lease->ends_ns[topic] > now_ns) {
			return lease;
		}
	}
	return NULL;
}

int32_t lease_number(struct lease *lease)
{
	lease->seq = lease->seq == INT32_MAX ? 1 : lease->seq + 1;
	return lease->seq;
}
