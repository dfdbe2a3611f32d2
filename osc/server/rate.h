/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rate limit of incoming messages: a token bucket for each source, and one for all together, since
 * sources are easily forged. Main thread. The table of buckets has a fixed size; sources that find
 * no place in it share one bucket. The caller passes the time, in ns of a monotonic clock. Nothing
 * fails.
 */
#ifndef XENJACK_RATE_H
#define XENJACK_RATE_H

#include <stdbool.h>
#include <stdint.h>

/* Four times the subscribers. */
#define RATE_SOURCES_MAX 64u

struct rate_limits {
	uint32_t per_s, burst; /* of one source: burst tokens at once, then per_s a second */
	uint32_t shares;       /* of all together, in multiples of one source's */
};

struct rate_bucket {
	uint64_t source;
	int64_t credit;	   /* in 10^-9 tokens; a debt must be paid before the next token */
	int64_t filled_ns; /* when it was last filled */
	bool used;
	bool told; /* that it is limited; until it is full again */
};

struct rate {
	struct rate_limits limits;
	struct rate_bucket all, others;		      /* others: sources without a place */
	struct rate_bucket buckets[RATE_SOURCES_MAX]; /* a full one may change its source */
};

/* Full buckets. Each limit is at least 1. */
void rate_init(struct rate *rate, const struct rate_limits *limits, int64_t now_ns);

/* Takes a token for a source (any unique number), if it and all together have one. */
bool rate_take(struct rate *rate, uint64_t source, int64_t now_ns);

/* Takes tokens, even into debt: the packet was more work than it seemed. */
void rate_charge(struct rate *rate, uint64_t source, uint32_t tokens, int64_t now_ns);

/* Whether the source is to be told that it is limited: once until its bucket is full again. */
bool rate_tell(struct rate *rate, uint64_t source, int64_t now_ns);

/* How long until the source has a token; 0: it has one. */
int64_t rate_wait_ns(struct rate *rate, uint64_t source, int64_t now_ns);

#endif
