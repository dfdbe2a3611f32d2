/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's only clock for waiting, which never goes back, and a thread's working time. Any
 * thread.
 */
#ifndef XENJACK_CLOCK_H
#define XENJACK_CLOCK_H

#include <stdint.h>

#define CLOCK_NS_PER_S INT64_C(1000000000)

/* CLOCK_MONOTONIC in ns; without a system call. */
int64_t clock_now_ns(void);

/* The processor time that the calling thread has used, in ns. */
int64_t clock_worked_ns(void);

#endif
