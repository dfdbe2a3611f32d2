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
/* The rate of all together, in multiples of one source's: 16 subscribers and a few others. */
#define RATE_SHARES 20u

struct rate_bucket {
	uint64_t source;
	int64_t credit;	   /* in 10^-9 tokens; a debt must be paid before the next token */
	int64_t filled_ns; /* when it was last filled */
	bool used;
};

struct rate {
	uint32_t per_s, burst;			      /* of one source */
	struct rate_bucket all, others;		      /* others: sources without a place */
	struct rate_bucket buckets[RATE_SOURCES_MAX]; /* a full one may change its source */
};

/* Full buckets: burst tokens at once, then per_s a second. Both at least 1. */
void rate_init(struct rate *rate, uint32_t per_s, uint32_t burst, int64_t now_ns);

/* Takes a token for a source (any unique number), if it and all together have one. */
bool rate_take(struct rate *rate, uint64_t source, int64_t now_ns);

/* Takes tokens, even into debt: the packet was more work than it seemed. */
void rate_charge(struct rate *rate, uint64_t source, uint32_t tokens, int64_t now_ns);

/* How long until the source has a token; 0: it has one. */
int64_t rate_wait_ns(struct rate *rate, uint64_t source, int64_t now_ns);

#endif
