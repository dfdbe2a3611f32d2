/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the proofs share. Each is a program that CBMC examines for all values of nondet_...() at
 * once: no PROVE may fail, and nothing in the product's code that it runs may overflow where C does
 * not define it, divide by zero, or leave an object. A proof includes the product's source file,
 * for its static functions, and defines what that calls. Its first comment states its bounds;
 * without one, a number has its full width.
 */
#ifndef TESTS_PROOF_H
#define TESTS_PROOF_H

#include <stdbool.h>
#include <stdint.h>

/* Any value: CBMC knows no body for them. */
bool nondet_bool(void);
uint8_t nondet_u8(void);
uint32_t nondet_u32(void);
uint64_t nondet_u64(void);

/* CBMC's own words. */
#define ASSUME(condition) __CPROVER_assume(condition)
#define PROVE(condition) __CPROVER_assert(condition, #condition)

#endif
