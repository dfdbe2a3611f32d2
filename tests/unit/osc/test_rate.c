/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits of messages per second, from one source and from all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "osc/server/rate.h"

#define S INT64_C(1000000000)
#define SHARES 20u

static unsigned take(struct rate *rate, uint64_t source, unsigned tries, int64_t now_ns)
{
	unsigned taken = 0;

	for (unsigned i = 0; i < tries; i++) {
		taken += rate_take(rate, source, now_ns);
	}
	return taken;
}

static void test_one(void **state)
{
	struct rate rate;

	(void)state;
	rate_init(&rate, &(struct rate_limits){ 200, 300, SHARES }, 5 * S);
	assert_int_equal(take(&rate, 1, 1000, 5 * S), 300);
	assert_int_equal(take(&rate, 1, 1000, 5 * S + S / 2), 100);
	assert_int_equal(take(&rate, 2, 1000, 5 * S + S / 2), 300);
	/* No more than a burst, however long the pause. */
	assert_int_equal(take(&rate, 1, 1000, INT64_MAX - 1), 300);
}

/* Ten seconds of 1000 a second. */
static void test_flood(void **state)
{
	struct rate rate;
	unsigned taken = 0;

	(void)state;
	rate_init(&rate, &(struct rate_limits){ 200, 300, SHARES }, 0);
	for (unsigned ms = 0; ms < 10000; ms++) {
		taken += rate_take(&rate, 7, ms * (S / 1000));
	}
	assert_int_equal(taken, 300 + 1999);
}

static void test_debt(void **state)
{
	struct rate rate;

	(void)state;
	rate_init(&rate, &(struct rate_limits){ 100, 10, SHARES }, 0);
	assert_int_equal(rate_wait_ns(&rate, 1, 0), 0);
	rate_charge(&rate, 1, 110, 0);
	assert_int_equal(rate_wait_ns(&rate, 1, 0), S + S / 100);
	assert_false(rate_take(&rate, 1, S + S / 100 - 1));
	assert_true(rate_take(&rate, 1, S + S / 100));
	assert_int_equal(rate_wait_ns(&rate, 1, S + S / 100), S / 100);
}

/* Whoever exceeds its rate is told once, until it has sent nothing for long enough. */
static void test_told(void **state)
{
	struct rate rate;

	(void)state;
	rate_init(&rate, &(struct rate_limits){ 10, 10, SHARES }, 0);
	assert_int_equal(take(&rate, 1, 20, 0), 10);
	assert_true(rate_tell(&rate, 1, 0));
	assert_false(rate_tell(&rate, 1, 0));
	assert_int_equal(take(&rate, 1, 20, S / 2), 5);
	assert_false(rate_tell(&rate, 1, S / 2));
	/* Another source has not heard it. */
	assert_true(rate_tell(&rate, 2, S / 2));
	assert_int_equal(take(&rate, 1, 20, 2 * S), 10);
	assert_true(rate_tell(&rate, 1, 2 * S));
}

/* The largest limits that a configuration can set fit 64 bits. */
static void test_largest(void **state)
{
	struct rate rate;

	(void)state;
	rate_init(&rate, &(struct rate_limits){ 5000000, 20000000, 2 }, 0);
	assert_int_equal(take(&rate, 1, 1000, INT64_MAX / 2), 1000);
	rate_charge(&rate, 1, 20000000, INT64_MAX / 2);
	assert_int_equal(rate_wait_ns(&rate, 1, INT64_MAX / 2), (1000 + 1) * (S / 5000000));
}

/* Any number of sources together get no more than the total limit. */
static void test_many(void **state)
{
	struct rate rate;
	unsigned taken = 0;

	(void)state;
	rate_init(&rate, &(struct rate_limits){ 10, 100, SHARES }, 0);
	for (uint64_t source = 0; source < 1000; source++) {
		taken += take(&rate, source, 50, 0);
	}
	assert_int_equal(taken, 100 * SHARES);
	assert_int_equal(take(&rate, 5000, 50, 1), 0);
	assert_int_equal(take(&rate, 5000, 50, S / 10), 10 * SHARES / 10);
}

/* With the table full, further sources share a bucket; those in the table are unaffected. */
static void test_full_table(void **state)
{
	struct rate rate;

	(void)state;
	rate_init(&rate, &(struct rate_limits){ 10, 10, SHARES }, 0);
	for (uint64_t source = 0; source < RATE_SOURCES_MAX; source++) {
		assert_true(rate_take(&rate, source, 0));
	}
	assert_int_equal(take(&rate, 100, 6, 0), 6);
	assert_int_equal(take(&rate, 101, 6, 0), 4);
	assert_int_equal(take(&rate, 3, 20, 0), 9);
	/* A tenth of a second later, the others have sent nothing, and their places are free. */
	assert_int_equal(take(&rate, 102, 20, S / 10), 10);
	assert_int_equal(take(&rate, 103, 20, S / 10), 10);
	assert_int_equal(take(&rate, 3, 20, S / 10), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one),	   cmocka_unit_test(test_flood),
		cmocka_unit_test(test_debt),	   cmocka_unit_test(test_many),
		cmocka_unit_test(test_full_table), cmocka_unit_test(test_told),
		cmocka_unit_test(test_largest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
