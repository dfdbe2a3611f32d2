/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who wants to be told what, and for how long: subscribers by topics. A datagram's sender has to
 * ask again before its lease ends, for each topic; a connection's ends with it. ctl. A table is the
 * caller's, without memory of its own; a lease in it is its subscriber's until it is free. The
 * caller brings the time, in ns of a clock that never goes back. -errno.
 */
#ifndef XENJACK_LEASE_H
#define XENJACK_LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "osc/socket.h"

/* Twice what other mixers serve. */
#define LEASE_COUNT_MAX 16u
#define LEASE_S_MIN 2
#define LEASE_S_DEFAULT 10
/* A sender's address can be forged: this is how long that can hurt somebody. */
#define LEASE_S_MAX 60

/* All topics' names, with commas. */
#define LEASE_TEXT_MAX 63

enum lease_topic {
	LEASE_PARAMS,	 /* gain, mute … of streams */
	LEASE_STREAMS,	 /* that come, go, start and stop */
	LEASE_PORTS,	 /* that come, go and are connected */
	LEASE_JACK,	 /* the server, its period, its xruns */
	LEASE_STATS,	 /* counters */
	LEASE_METERS,	 /* peaks */
	LEASE_HEARTBEAT, /* once a second */
	LEASE_ECHO,	 /* one's own changes of params, too */
	LEASE_TOPICS,
};

#define LEASE_BIT(topic) (1u << (topic))
/* "all": what there is to see; not ECHO, which is a way to see it. */
#define LEASE_ALL (LEASE_BIT(LEASE_ECHO) - 1u)
/* What "/xremote" asks for. */
#define LEASE_REMOTE                                                                   \
	(LEASE_BIT(LEASE_PARAMS) | LEASE_BIT(LEASE_STREAMS) | LEASE_BIT(LEASE_PORTS) | \
	 LEASE_BIT(LEASE_JACK))

struct lease {
	bool used;
	struct socket_peer peer;
	int64_t ends_ns[LEASE_TOPICS]; /* INT64_MIN: never asked for */
	int32_t seq;		       /* of the last event sent to it: gaps show what was lost */
};

struct lease_table {
	unsigned long expired; /* subscribers that did not ask again */
	struct lease leases[LEASE_COUNT_MAX];
};

/* A list of names, "params,meters": their bits; 0: a name is unknown, or there is none. */
unsigned lease_parse_topics(const char *text);

/* Writes their names in that form. */
void lease_write_topics(unsigned topics, char *text, size_t size);

/* What a lease of this many seconds is cut to. */
int32_t lease_clamp_s(int32_t lease_s);

/*
 * Gives a peer topics, for lease_s from now, or renews them; it keeps the others that it has.
 * -EUSERS: there are too many subscribers.
 */
int lease_grant(struct lease_table *table, const struct socket_peer *peer, unsigned topics,
		int32_t lease_s, int64_t now_ns);

/* Takes topics from a peer; the last one ends its lease. */
void lease_revoke(struct lease_table *table, const struct socket_peer *peer, unsigned topics);

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

/* The number of its next event: 1, 2 … and after 2^31 - 1 again 1. */
int32_t lease_number(struct lease *lease);

#endif
