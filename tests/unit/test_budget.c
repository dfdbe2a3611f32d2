/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Buckets of tokens on a clock of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "xen/budget.h"

#define S INT64_C(1000000000)
#define MS INT64_C(1000000)

static struct budget_pool pool;

static int setup(void **state)
{
	(void)state;
	pool = (struct budget_pool){ .per_s = 1000 };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	budget_finish(&pool);
	assert_null(pool.budgets);
	return 0;
}

/* How many single tokens there are just now. */
static uint32_t drain(struct budget *budget, int64_t now_ns)
{
	uint32_t count = 0;

	while (budget_ready(budget, now_ns)) {
		budget_spend(budget, 1);
		count++;
	}
	return count;
}

static void test_burst(void **state)
{
	(void)state;
	assert_int_equal(budget_burst(100), 64);
	assert_int_equal(budget_burst(1000), 100);
	assert_int_equal(budget_burst(1000000), 100000);
}

static void test_rate(void **state)
{
	struct budget *budget = budget_hold(&pool, 5, 7 * S);
	uint32_t total = 0;

	(void)state;
	assert_int_equal(drain(budget, 7 * S), 100);
	/* Asked at odd times, it gives what it has to, and nothing is lost in rounding. */
	for (int64_t t = 7 * S; t <= 17 * S; t += 777777) {
		total += drain(budget, t);
	}
	assert_in_range(total, 9999, 10000);
	/* Never more than the burst at once, however long it was left alone. */
	assert_int_equal(drain(budget, INT64_MAX), 100);
}

static void test_slow_and_fast(void **state)
{
	struct budget *budget;

	(void)state;
	pool.per_s = 100;
	budget = budget_hold(&pool, 5, 0);
	assert_int_equal(drain(budget, 0), 64);
	assert_int_equal(drain(budget, 9 * MS), 0);
	assert_int_equal(drain(budget, 10 * MS), 1);
	budget_drop(budget);
	budget_finish(&pool);
	pool.per_s = 1000000;
	budget = budget_hold(&pool, 5, 0);
	assert_int_equal(drain(budget, 0), 100000);
	assert_int_equal(drain(budget, 1000), 1);
	budget_drop(budget);
}

/* What a turn took too much is paid back first. */
static void test_debt(void **state)
{
	struct budget *budget = budget_hold(&pool, 5, 0);

	(void)state;
	assert_int_equal(drain(budget, 0), 100);
	assert_true(budget_ready(budget, 1 * MS));
	budget_spend(budget, 32);
	assert_false(budget_ready(budget, 31 * MS));
	assert_true(budget_ready(budget, 33 * MS));
	budget_drop(budget);
}

static void test_cards_share(void **state)
{
	struct budget *first = budget_hold(&pool, 5, 0), *second = budget_hold(&pool, 5, 0);
	struct budget *other = budget_hold(&pool, 6, 0);

	(void)state;
	assert_ptr_equal(first, second);
	assert_ptr_not_equal(first, other);
	assert_int_equal(drain(first, 0), 100);
	assert_int_equal(drain(other, 0), 100);
	budget_drop(first);
	budget_drop(second);
	budget_drop(other);
	budget_drop(NULL);
}

/* Time costs as many tokens as come in twice as much of it: who works all the while gets half. */
static void test_time(void **state)
{
	struct budget *budget = budget_hold(&pool, 5, 0);
	int64_t now_ns = 0, worked_ns = 0;

	(void)state;
	assert_int_equal(drain(budget, 0), 100);
	for (; now_ns < 10 * S; now_ns += MS) {
		if (budget_ready(budget, now_ns)) {
			now_ns += 20 * MS;
			worked_ns += 20 * MS;
			budget_spend_ns(budget, 20 * MS);
		}
	}
	assert_in_range(worked_ns, 9 * S / 2, 11 * S / 2);
	budget_drop(budget);
}

/* Another limit is the buckets' that are there, too. */
static void test_other_limit(void **state)
{
	struct budget *budget = budget_hold(&pool, 5, 0);

	(void)state;
	budget_limit(&pool, 100);
	assert_int_equal(drain(budget, 0), 64);
	assert_int_equal(drain(budget, 20 * MS), 2);
	budget_limit(&pool, 2000);
	assert_int_equal(drain(budget, 21 * MS), 2);
	assert_int_equal(drain(budget, 10 * S), 200);
	budget_drop(budget);
}

/* A card that goes and comes brings no new tokens; one that has been away for long finds it full.
 */
static void test_connecting_anew(void **state)
{
	struct budget *budget = budget_hold(&pool, 5, 0);

	(void)state;
	assert_int_equal(drain(budget, 0), 100);
	budget->told = true;
	budget_drop(budget);
	budget = budget_hold(&pool, 5, 10 * MS);
	assert_int_equal(drain(budget, 10 * MS), 10);
	assert_true(budget->told);
	budget_drop(budget);
	budget = budget_hold(&pool, 5, 10 * S);
	assert_int_equal(drain(budget, 10 * S), 100);
	assert_false(budget->told);
	budget_drop(budget);
	/* What is full and nobody's is gone as soon as somebody comes. */
	budget = budget_hold(&pool, 6, 20 * S);
	assert_ptr_equal(pool.budgets, budget);
	assert_null(budget->next);
	budget_drop(budget);
}

#define BUDGET(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUDGET(test_burst),	  BUDGET(test_rate),	    BUDGET(test_slow_and_fast),
		BUDGET(test_debt),	  BUDGET(test_cards_share), BUDGET(test_connecting_anew),
		BUDGET(test_other_limit), BUDGET(test_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
