/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/server/rate.h"

#include <stddef.h>

#define NS_PER_S INT64_C(1000000000)
#define TOKEN NS_PER_S /* so that each nanosecond adds per_s to the credit */

/* Refills a bucket with this many sources' tokens. Returns whether it is full. */
static bool fill(struct rate_bucket *bucket, const struct rate_limits *limits, uint32_t shares,
		 int64_t now_ns)
{
	int64_t per_s = (int64_t)limits->per_s * shares;
	int64_t full = (int64_t)limits->burst * shares * TOKEN;
	/* Compared as a time: the product below might not fit 64 bits after a long pause. */
	int64_t debt_ns = (full - bucket->credit) / per_s;

	if (now_ns - bucket->filled_ns > debt_ns) {
		bucket->credit = full;
	} else {
		bucket->credit += (now_ns - bucket->filled_ns) * per_s;
	}
	bucket->filled_ns = now_ns;
	bucket->told &= bucket->credit != full;
	return bucket->credit == full;
}

void rate_init(struct rate *rate, const struct rate_limits *limits, int64_t now_ns)
{
	*rate = (struct rate){ .limits = *limits };
	rate->all.credit = (int64_t)limits->burst * limits->shares * TOKEN;
	rate->others.credit = limits->burst * TOKEN;
	rate->all.filled_ns = rate->others.filled_ns = now_ns;
}

/* The source's bucket, refilled. Another source's full bucket is as good as a new one. */
static struct rate_bucket *find(struct rate *rate, uint64_t source, int64_t now_ns)
{
	struct rate_bucket *place = NULL;

	for (unsigned i = 0; i < RATE_SOURCES_MAX; i++) {
		struct rate_bucket *bucket = &rate->buckets[i];
		bool full = !bucket->used || fill(bucket, &rate->limits, 1, now_ns);

		if (bucket->used && bucket->source == source) {
			return bucket;
		}
		if (full && !place) {
			place = bucket;
		}
	}
	if (!place) {
		fill(&rate->others, &rate->limits, 1, now_ns);
		return &rate->others;
	}
	*place = (struct rate_bucket){ source, rate->limits.burst * TOKEN, now_ns, true, false };
	return place;
}

static void fill_all(struct rate *rate, int64_t now_ns)
{
	fill(&rate->all, &rate->limits, rate->limits.shares, now_ns);
}

bool rate_take(struct rate *rate, uint64_t source, int64_t now_ns)
{
	struct rate_bucket *bucket = find(rate, source, now_ns);

	fill_all(rate, now_ns);
	if (bucket->credit < TOKEN || rate->all.credit < TOKEN) {
		return false;
	}
	bucket->credit -= TOKEN;
	rate->all.credit -= TOKEN;
	return true;
}

void rate_charge(struct rate *rate, uint64_t source, uint32_t tokens, int64_t now_ns)
{
	find(rate, source, now_ns)->credit -= tokens * TOKEN;
	fill_all(rate, now_ns);
	rate->all.credit -= tokens * TOKEN;
}

bool rate_tell(struct rate *rate, uint64_t source, int64_t now_ns)
{
	struct rate_bucket *bucket = find(rate, source, now_ns);
	bool told = bucket->told;

	bucket->told = true;
	return !told;
}

static int64_t wait_ns(const struct rate_bucket *bucket, int64_t per_s)
{
	int64_t missing = TOKEN - bucket->credit;

	return missing > 0 ? (missing + per_s - 1) / per_s : 0;
}

int64_t rate_wait_ns(struct rate *rate, uint64_t source, int64_t now_ns)
{
	const struct rate_bucket *bucket = find(rate, source, now_ns);
	int64_t own, all;

	fill_all(rate, now_ns);
	own = wait_ns(bucket, rate->limits.per_s);
	all = wait_ns(&rate->all, (int64_t)rate->limits.per_s * rate->limits.shares);
	return own > all ? own : all;
}
