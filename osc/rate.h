/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much may come in: a bucket of tokens a source, and one for all together, since sources are
 * easily invented. ctl. Buckets lie in a table of fixed size; sources that find no place in it
 * share one. The caller brings the time, in ns of a clock that never goes back. Nothing fails.
 */
#ifndef XENJACK_RATE_H
#define XENJACK_RATE_H

#include <stdbool.h>
#include <stdint.h>

/* More than four times the subscribers. */
#define RATE_SOURCES_MAX 64u
/* What all together get in a second, in sources' shares: 16 subscribers, and some others. */
#define RATE_SHARES 20u

struct rate_bucket {
	uint64_t source;
	int64_t credit;	   /* in 10^-9 tokens; a debt is paid before there is another token */
	int64_t filled_ns; /* when it was last filled */
	bool used;
};

struct rate {
	uint32_t per_s, burst;			      /* of one source */
	struct rate_bucket all, others;		      /* others: who finds no place */
	struct rate_bucket buckets[RATE_SOURCES_MAX]; /* one that is full may be another's */
};

/* Full buckets: burst tokens at once, then per_s a second. Both at least 1. */
void rate_init(struct rate *rate, uint32_t per_s, uint32_t burst, int64_t now_ns);

/* Takes a token for a source (any number that is its own) if it has one and all together have. */
bool rate_take(struct rate *rate, uint64_t source, int64_t now_ns);

/* Takes tokens, whether there are any or not: what came was more than it looked like. */
void rate_charge(struct rate *rate, uint64_t source, uint32_t tokens, int64_t now_ns);

/* How long until the source has a token; 0: it has. */
int64_t rate_wait_ns(struct rate *rate, uint64_t source, int64_t now_ns);

#endif
