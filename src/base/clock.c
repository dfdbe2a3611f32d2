/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/clock.h"

#include <time.h>

static int64_t read_ns(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return now.tv_sec * CLOCK_NS_PER_S + now.tv_nsec;
}

int64_t clock_now_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

int64_t clock_worked_ns(void)
{
	return read_ns(CLOCK_THREAD_CPUTIME_ID);
}
