/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/server/rate.h"

#include <stddef.h>

#define NS_PER_S INT64_C(1000000000)
#define TOKEN NS_PER_S /* so that each nanosecond adds per_s to the credit */

/* Refills a bucket. Returns whether it is full. */
static bool fill(struct rate_bucket *bucket, uint32_t per_s, uint32_t burst, int64_t now_ns)
{
	int64_t full = burst * TOKEN;
	/* Compared as a time: the product below might not fit 64 bits after a long pause. */
	int64_t debt_ns = (full - bucket->credit) / per_s;

	if (now_ns - bucket->filled_ns > debt_ns) {
		bucket->credit = full;
	} else {
		bucket->credit += (now_ns - bucket->filled_ns) * per_s;
	}
	bucket->filled_ns = now_ns;
	return bucket->credit == full;
}

void rate_init(struct rate *rate, uint32_t per_s, uint32_t burst, int64_t now_ns)
{
	*rate = (struct rate){ .per_s = per_s, .burst = burst };
	rate->all.credit = burst * RATE_SHARES * TOKEN;
	rate->others.credit = burst * TOKEN;
	rate->all.filled_ns = rate->others.filled_ns = now_ns;
}

/* The source's bucket, refilled. Another source's full bucket is as good as a new one. */
static struct rate_bucket *find(struct rate *rate, uint64_t source, int64_t now_ns)
{
	struct rate_bucket *place = NULL;

	for (unsigned i = 0; i < RATE_SOURCES_MAX; i++) {
		struct rate_bucket *bucket = &rate->buckets[i];
		bool full = !bucket->used || fill(bucket, rate->per_s, rate->burst, now_ns);

		if (bucket->used && bucket->source == source) {
			return bucket;
		}
		if (full && !place) {
			place = bucket;
		}
	}
	if (!place) {
		fill(&rate->others, rate->per_s, rate->burst, now_ns);
		return &rate->others;
	}
	*place = (struct rate_bucket){ source, rate->burst * TOKEN, now_ns, true };
	return place;
}

static void fill_all(struct rate *rate, int64_t now_ns)
{
	fill(&rate->all, rate->per_s * RATE_SHARES, rate->burst * RATE_SHARES, now_ns);
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

int64_t rate_wait_ns(struct rate *rate, uint64_t source, int64_t now_ns)
{
	const struct rate_bucket *bucket = find(rate, source, now_ns);
	int64_t own, all;

	fill_all(rate, now_ns);
	own = TOKEN - bucket->credit;
	all = TOKEN - rate->all.credit;
	own = own > 0 ? (own + rate->per_s - 1) / rate->per_s : 0;
	all = all > 0 ? (all + rate->per_s * RATE_SHARES - 1) / (rate->per_s * RATE_SHARES) : 0;
	return own > all ? own : all;
}
