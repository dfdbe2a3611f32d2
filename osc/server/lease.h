/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Subscribers, the topics they want, and for how long. Over UDP, a subscriber must renew each topic
 * before its lease ends; a connection's lease ends with the connection. Main thread. A table is the
 * caller's and allocates nothing; a subscriber's lease keeps its place in it until it is freed. The
 * caller passes the time, in ns of a monotonic clock. Errors are -errno.
 */
#ifndef XENJACK_LEASE_H
#define XENJACK_LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "osc/server/socket.h"

/* Over UDP and TCP, which any local user may use: twice as many as other mixers serve. */
#define LEASE_COUNT_INET 16u
/* With those on the Unix socket, for which the difference is reserved. */
#define LEASE_COUNT_MAX 24u
#define LEASE_S_MIN 2
#define LEASE_S_DEFAULT 10
/* A sender's address can be forged: this is how long that can hurt the address's owner. */
#define LEASE_S_MAX 60

/* Length of all topics' names, with commas between them. */
#define LEASE_TEXT_MAX 63

/* In the order of osc/proto/topic.h. */
enum lease_topic {
	LEASE_PARAMS,	 /* gain, mute … of streams */
	LEASE_STREAMS,	 /* streams that come, go, start and stop */
	LEASE_PORTS,	 /* ports that come, go and are connected */
	LEASE_JACK,	 /* the server, its period, its xruns */
	LEASE_STATS,	 /* counters */
	LEASE_METERS,	 /* peak and RMS */
	LEASE_HEARTBEAT, /* once a second */
	LEASE_ECHO,	 /* the subscriber's own changes of params, too */
	LEASE_TOPICS,
};

#define LEASE_BIT(topic) (1u << (topic))
/* "all": every topic but ECHO, which only modifies PARAMS. */
#define LEASE_ALL (LEASE_BIT(LEASE_ECHO) - 1u)
/* What /xremote subscribes to. */
#define LEASE_REMOTE                                                                   \
	(LEASE_BIT(LEASE_PARAMS) | LEASE_BIT(LEASE_STREAMS) | LEASE_BIT(LEASE_PORTS) | \
	 LEASE_BIT(LEASE_JACK))

struct lease {
	bool used;
	struct socket_peer peer; /* where everything goes */
	struct socket_peer from; /* who asked last: the same, or another port of its address */
	int64_t ends_ns[LEASE_TOPICS]; /* INT64_MIN: not subscribed */
	int32_t seq;		       /* number of the last event sent to it: a gap shows a loss */
};

struct lease_table {
	unsigned long expired; /* subscribers that did not renew */
	struct lease leases[LEASE_COUNT_MAX];
};

/* The bits of a list of names such as "params,meters"; 0: an unknown name, or none. */
unsigned lease_parse_topics(const char *text);

/* Writes the topics' names in that form. */
void lease_write_topics(unsigned topics, char *text, size_t size);

/* Limits a lease to the permitted seconds. */
int32_t lease_clamp_s(int32_t lease_s);

/*
 * Grants a peer topics for lease_s from now, or renews them, as `from` has asked; it keeps its
 * other topics. -EUSERS: too many subscribers.
 */
int lease_grant(struct lease_table *table, const struct socket_peer *peer,
		const struct socket_peer *from, unsigned topics, int32_t lease_s, int64_t now_ns);

/* Revokes a peer's topics; its lease ends with the last one. */
void lease_revoke(struct lease_table *table, const struct socket_peer *peer, unsigned topics);

/* Whether a lease is a peer's own, at whatever port it has it. */
bool lease_is_of(const struct lease *lease, const struct socket_peer *peer);

/* The lease of a peer, or NULL. */
struct lease *lease_find(struct lease_table *table, const struct socket_peer *peer);

/* Frees the leases that have ended. */
void lease_expire(struct lease_table *table, int64_t now_ns);

/* The topics that a peer has now. */
unsigned lease_topics(const struct lease_table *table, const struct socket_peer *peer,
		      int64_t now_ns);

/* The next subscriber of a topic after this one (NULL: the first), or NULL. */
struct lease *lease_next(struct lease_table *table, struct lease *after, enum lease_topic topic,
			 int64_t now_ns);

/* The sequence number of its next event: 1, 2 … and, after 2^31 - 1, 1 again. */
int32_t lease_number(struct lease *lease);

#endif
