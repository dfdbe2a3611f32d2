/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much of the JACK cycle guests' resampling may take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "xen/resample_share.h"

#define PERCENT 10000u

static struct resample_limit limit;
static struct resample_share shares[8];

static int set_up(void **state)
{
	(void)state;
	limit = (struct resample_limit){ .percent = 20 };
	for (unsigned i = 0; i < 8; i++) {
		shares[i] = (struct resample_share){ 0 };
	}
	return 0;
}

static enum resample_result take(unsigned i, uint32_t domid, uint32_t ppm)
{
	return resample_share_take(&shares[i], &limit, domid, ppm);
}

static void test_of_a_guest(void **state)
{
	(void)state;
	assert_int_equal(take(0, 3, 12 * PERCENT), RESAMPLE_TAKEN);
	assert_int_equal(take(1, 3, 8 * PERCENT + 1), RESAMPLE_GUEST);
	assert_int_equal(take(1, 3, 8 * PERCENT), RESAMPLE_TAKEN);
	assert_int_equal(take(2, 3, 1), RESAMPLE_GUEST);
	/* Another guest does not pay. */
	assert_int_equal(take(2, 4, 20 * PERCENT), RESAMPLE_TAKEN);
	resample_share_drop(&shares[0]);
	assert_int_equal(take(3, 3, 12 * PERCENT), RESAMPLE_TAKEN);
}

static void test_of_all_guests(void **state)
{
	(void)state;
	assert_int_equal(take(0, 3, 20 * PERCENT), RESAMPLE_TAKEN);
	assert_int_equal(take(1, 4, 20 * PERCENT), RESAMPLE_TAKEN);
	assert_int_equal(take(2, 5, 10 * PERCENT + 1), RESAMPLE_ALL);
	assert_int_equal(take(2, 5, 10 * PERCENT), RESAMPLE_TAKEN);
	assert_int_equal(take(3, 6, 1), RESAMPLE_ALL);
}

/* A guest that may have more than half a cycle may have it. */
static void test_of_one_guest_with_much(void **state)
{
	(void)state;
	limit.percent = 80;
	assert_int_equal(resample_share_of_all(&limit), 80);
	assert_int_equal(take(0, 3, 80 * PERCENT), RESAMPLE_TAKEN);
	assert_int_equal(take(1, 4, 1), RESAMPLE_ALL);
}

/* What is taken anew is given back first, also if it is then refused. */
static void test_taken_anew(void **state)
{
	(void)state;
	assert_int_equal(take(0, 3, 20 * PERCENT), RESAMPLE_TAKEN);
	assert_int_equal(take(0, 3, 15 * PERCENT), RESAMPLE_TAKEN);
	assert_int_equal(take(1, 3, 5 * PERCENT), RESAMPLE_TAKEN);
	assert_int_equal(take(0, 3, 16 * PERCENT), RESAMPLE_GUEST);
	assert_int_equal(take(2, 3, 15 * PERCENT), RESAMPLE_TAKEN);
}

/* In any order, and twice. */
static void test_dropped(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		assert_int_equal(take(i, i, 1), RESAMPLE_TAKEN);
	}
	for (unsigned i = 0; i < 8; i++) {
		resample_share_drop(&shares[(i * 3) % 8]);
		resample_share_drop(&shares[(i * 3) % 8]);
	}
	assert_null(limit.shares);
}

/* Sums of the largest estimates do not overflow. */
static void test_large(void **state)
{
	(void)state;
	limit.percent = 100;
	assert_int_equal(take(0, 3, 100 * PERCENT), RESAMPLE_TAKEN);
	assert_int_equal(take(1, 3, UINT32_MAX), RESAMPLE_GUEST);
	assert_int_equal(take(1, 3, UINT32_MAX - 100 * PERCENT + 1), RESAMPLE_GUEST);
	/* A lower limit from now on. */
	limit.percent = 0;
	assert_int_equal(take(1, 5, 1), RESAMPLE_GUEST);
	limit.percent = 1;
	assert_int_equal(take(1, 4, 1), RESAMPLE_ALL);
}

#define TEST(name) cmocka_unit_test_setup(test_##name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(of_a_guest), TEST(of_all_guests), TEST(of_one_guest_with_much),
		TEST(taken_anew), TEST(dropped),       TEST(large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
