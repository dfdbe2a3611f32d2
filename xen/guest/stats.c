/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/guest/stats.h"

#include <time.h>

int64_t stats_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Below 16, each value has its own bucket; above, the leading bit and the next four select one. */
static unsigned bucket_of(uint64_t ns)
{
	unsigned power;

	if (ns < STATS_STEPS) {
		return (unsigned)ns;
	}
	power = 63u - (unsigned)__builtin_clzll(ns);
	return (power - 3) * STATS_STEPS + (unsigned)(ns >> (power - 4) & (STATS_STEPS - 1));
}

/* The largest value that falls into a bucket. */
static uint64_t bucket_end(unsigned bucket)
{
	unsigned power = bucket / STATS_STEPS + 3;

	if (bucket < STATS_STEPS) {
		return bucket;
	}
	return (((uint64_t)STATS_STEPS + bucket % STATS_STEPS + 1) << (power - 4)) - 1;
}

void stats_add(struct stats *stats, int64_t ns)
{
	uint64_t value = ns < 0 ? 0 : (uint64_t)ns;

	stats->count++;
	stats->buckets[bucket_of(value)]++;
	if (value > stats->max_ns) {
		stats->max_ns = value;
	}
}

uint64_t stats_percentile(const struct stats *stats, unsigned percent)
{
	uint64_t below = 0, wanted = (stats->count * percent + 99) / 100;
	unsigned i;

	for (i = 0; i < STATS_BUCKETS && stats->count > 0; i++) {
		below += stats->buckets[i];
		if (below >= wanted) {
			return bucket_end(i) < stats->max_ns ? bucket_end(i) : stats->max_ns;
		}
	}
	return 0;
}
