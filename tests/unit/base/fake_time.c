/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/base/fake_time.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MS_NS 1000000u

static uint64_t now_ns = 1000 * MS_NS;

uint64_t fake_time_ms(void)
{
	return now_ns / MS_NS;
}

void fake_time_pass_ms(uint64_t ms)
{
	fake_time_pass_ns(ms * MS_NS);
}

void fake_time_pass_ns(uint64_t ns)
{
	now_ns += ns;
}

int clock_gettime(clockid_t id, struct timespec *now)
{
	(void)id;
	/* libev fires a timer only after its time: the clock must move past it. */
	now_ns++;
	now->tv_sec = (time_t)(now_ns / (1000 * MS_NS));
	now->tv_nsec = (long)(now_ns % (1000 * MS_NS));
	return 0;
}

/* Without a timer only an event can end the wait: really wait for it. */
int epoll_wait(int fd, struct epoll_event *events, int max, int timeout_ms)
{
	long count = syscall(SYS_epoll_pwait, fd, events, max, timeout_ms < 0 ? -1 : 0, NULL,
			     _NSIG / 8);

	if (count == 0 && timeout_ms > 0) {
		fake_time_pass_ms((uint64_t)timeout_ms);
	}
	return (int)count;
}
