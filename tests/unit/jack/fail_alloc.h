/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes allocations fail on demand, and counts live ones to detect leaks. For programs linked with
 * --wrap of malloc and friends (tests/meson.build); allocations of shared libraries are not
 * included. One thread.
 */
#ifndef XENJACK_TEST_FAIL_ALLOC_H
#define XENJACK_TEST_FAIL_ALLOC_H

#include <stdbool.h>

/* Makes the n-th allocation from now fail, once; 0 is the next one, UINT_MAX none. */
void fail_alloc_at(unsigned n);

/* Whether it has failed. */
bool fail_alloc_failed(void);

/* The number of live allocations. */
unsigned fail_alloc_live(void);

#endif
