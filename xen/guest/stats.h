/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A histogram of request times: percentiles and the maximum. One thread writes it. Times are in ns;
 * percentiles are accurate to one part in 16. Never fails.
 */
#ifndef XENJACK_GUEST_STATS_H
#define XENJACK_GUEST_STATS_H

#include <stdint.h>

/* 16 steps for each of 60 powers of two, starting at 16 ns. */
#define STATS_STEPS 16u
#define STATS_BUCKETS (STATS_STEPS * 61u)

struct stats {
	uint64_t count, max_ns;
	uint32_t buckets[STATS_BUCKETS];
};

/* CLOCK_MONOTONIC in ns. */
int64_t stats_now_ns(void);

void stats_add(struct stats *stats, int64_t ns);

/* The time that `percent` of all do not exceed; 0 if there are none. */
uint64_t stats_percentile(const struct stats *stats, unsigned percent);

#endif
