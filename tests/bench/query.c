/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one HW_PARAM_QUERY costs the io thread, which answers as many as a guest's budget allows. */
#include <stdio.h>
#include <time.h>

#include "xen/query.h"

#define ROUNDS 100000u

static double answer_ns(const struct query_limits *limits)
{
	struct timespec begin, end;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
	for (unsigned n = 0; n < ROUNDS; n++) {
		struct xensnd_query_hw_param space = {
			.formats = UINT64_MAX,
			.rates = { 0, UINT32_MAX },
			.channels = { 0, UINT32_MAX },
			.buffer = { n % 1000, UINT32_MAX },
			.period = { 0, UINT32_MAX },
		};

		query_narrow(&space, limits);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	return ((double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec)) /
	       ROUNDS;
}

int main(void)
{
	static const uint32_t channels[] = { 1, 2, 8, 64 };

	for (unsigned i = 0; i < sizeof(channels) / sizeof(*channels); i++) {
		for (int resample = 0; resample < 2; resample++) {
			const struct query_limits limits = { 48000, 256, channels[i], 4u << 20,
							     resample };

			printf("%u channels, %s: %.0f ns per answer\n", channels[i],
			       resample ? "all rates" : "one rate", answer_ns(&limits));
		}
	}
	return 0;
}
