/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits of messages per second, from one source and from all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "osc/server/rate.h"

#define S INT64_C(1000000000)

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
	rate_init(&rate, 200, 300, 5 * S);
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
	rate_init(&rate, 200, 300, 0);
	for (unsigned ms = 0; ms < 10000; ms++) {
		taken += rate_take(&rate, 7, ms * (S / 1000));
	}
	assert_int_equal(taken, 300 + 1999);
}

static void test_debt(void **state)
{
	struct rate rate;

	(void)state;
	rate_init(&rate, 100, 10, 0);
	assert_int_equal(rate_wait_ns(&rate, 1, 0), 0);
	rate_charge(&rate, 1, 110, 0);
	assert_int_equal(rate_wait_ns(&rate, 1, 0), S + S / 100);
	assert_false(rate_take(&rate, 1, S + S / 100 - 1));
	assert_true(rate_take(&rate, 1, S + S / 100));
	assert_int_equal(rate_wait_ns(&rate, 1, S + S / 100), S / 100);
}

/* Any number of sources together get no more than the total limit. */
static void test_many(void **state)
{
	struct rate rate;
	unsigned taken = 0;

	(void)state;
	rate_init(&rate, 10, 100, 0);
	for (uint64_t source = 0; source < 1000; source++) {
		taken += take(&rate, source, 50, 0);
	}
	assert_int_equal(taken, 100 * RATE_SHARES);
	assert_int_equal(take(&rate, 5000, 50, 1), 0);
	assert_int_equal(take(&rate, 5000, 50, S / 10), 10 * RATE_SHARES / 10);
}

/* With the table full, further sources share a bucket; those in the table are unaffected. */
static void test_full_table(void **state)
{
	struct rate rate;

	(void)state;
	rate_init(&rate, 10, 10, 0);
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
		cmocka_unit_test(test_full_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
