/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A clock under the test's control, for single-threaded programs: when the loop would wait for a
 * timer, the clock jumps there at once. Replaces libc's clock_gettime and epoll_wait, with which
 * libev reads the time and waits. Cannot fail.
 */
#ifndef XENJACK_TEST_FAKE_TIME_H
#define XENJACK_TEST_FAKE_TIME_H

#include <stdint.h>

/* The time of every clock. */
uint64_t fake_time_ms(void);

/* Advance the clock without running the loop. */
void fake_time_pass_ms(uint64_t ms);
void fake_time_pass_ns(uint64_t ns);

#endif
