/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Token buckets on a clock of the test's. */
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
	budget_init(&pool, 1000, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	budget_finish(&pool);
	assert_null(pool.budgets);
	return 0;
}

static bool has_token(struct budget *budget, int64_t now_ns)
{
	return budget_state(budget, now_ns) != BUDGET_NO_REQUESTS;
}

/* Takes single tokens until there are none; returns how many. */
static uint32_t drain(struct budget *budget, int64_t now_ns)
{
	uint32_t count = 0;

	while (has_token(budget, now_ns)) {
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
	/* Taken from at odd times, it gives the full rate: rounding loses nothing. */
	for (int64_t t = 7 * S; t <= 17 * S; t += 777777) {
		total += drain(budget, t);
	}
	assert_in_range(total, 9999, 10000);
	/* Never more than the burst at once, however long it was unused. */
	assert_int_equal(drain(budget, INT64_MAX), 100);
}

static void test_slow_and_fast(void **state)
{
	struct budget *budget;

	(void)state;
	budget_limit(&pool, 100);
	budget = budget_hold(&pool, 5, 0);
	assert_int_equal(drain(budget, 0), 64);
	assert_int_equal(drain(budget, 9 * MS), 0);
	assert_int_equal(drain(budget, 10 * MS), 1);
	budget_drop(budget);
	budget_finish(&pool);
	budget_limit(&pool, 1000000);
	budget = budget_hold(&pool, 5, 0);
	assert_int_equal(drain(budget, 0), 100000);
	assert_int_equal(drain(budget, 1000), 1);
	budget_drop(budget);
}

/* Tokens that a turn took beyond the limit are paid back first. */
static void test_debt(void **state)
{
	struct budget *budget = budget_hold(&pool, 5, 0);

	(void)state;
	assert_int_equal(drain(budget, 0), 100);
	assert_true(has_token(budget, 1 * MS));
	budget_spend(budget, 32);
	assert_false(has_token(budget, 31 * MS));
	assert_true(has_token(budget, 33 * MS));
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

/* Works for 10 s whenever that is allowed; returns how long each worked. */
static void work_on(struct budget *const *budgets, unsigned count, int64_t *worked_ns)
{
	for (int64_t now_ns = 0, unit_ns = MS; now_ns < 10 * S; now_ns += unit_ns) {
		for (unsigned i = 0; i < count; i++) {
			if (budget_state(budgets[i], now_ns) >= BUDGET_SPARE) {
				worked_ns[i] += unit_ns;
				now_ns += unit_ns;
				budget_work(budgets[i], unit_ns);
			}
		}
	}
}

/* One guest, or all guests together, get half of the time. */
static void test_half_of_the_time(void **state)
{
	struct budget *budgets[5];

	(void)state;
	for (unsigned count = 1; count <= 5; count += 4) {
		int64_t worked_ns[5] = { 0 }, all_ns = 0;

		for (unsigned i = 0; i < count; i++) {
			budgets[i] = budget_hold(&pool, i, 0);
		}
		work_on(budgets, count, worked_ns);
		for (unsigned i = 0; i < count; i++) {
			/* No share is lost to the others, who took all that was spare. */
			assert_true(worked_ns[i] >= 5 * S / count - 20 * MS);
			all_ns += worked_ns[i];
			budget_drop(budgets[i]);
		}
		assert_in_range(all_ns, 5 * S, 5 * S + 2 * BUDGET_BURST_NS + 5 * MS);
		budget_finish(&pool);
		budget_init(&pool, 1000, 0);
	}
}

/* A guest's own time is there however much the others have used; what it leaves is spare. */
static void test_own_time(void **state)
{
	struct budget *greedy = budget_hold(&pool, 5, 0), *modest = budget_hold(&pool, 6, 0);

	(void)state;
	assert_int_equal(budget_state(greedy, 0), BUDGET_OWN);
	/* Its first bucket was for one guest. */
	budget_work(greedy, BUDGET_BURST_NS / 2);
	assert_int_equal(budget_state(greedy, 0), BUDGET_SPARE);
	budget_work(greedy, BUDGET_BURST_NS / 2);
	assert_int_equal(budget_state(greedy, 0), BUDGET_NO_TIME);
	assert_int_equal(budget_state(modest, 0), BUDGET_OWN);
	budget_work(modest, BUDGET_BURST_NS / 2);
	assert_int_equal(budget_state(modest, 0), BUDGET_NO_TIME);
	/* A quarter of the time is each guest's own, and spare time left no debt in that. */
	assert_int_equal(budget_state(greedy, 3), BUDGET_NO_TIME);
	assert_int_equal(budget_state(greedy, 4), BUDGET_OWN);
	budget_work(greedy, 2);
	assert_int_equal(budget_state(greedy, 4), BUDGET_NO_TIME);
	assert_int_equal(budget_state(greedy, 8), BUDGET_NO_TIME);
	assert_int_equal(budget_state(greedy, 12), BUDGET_OWN);
	/* Half of the time fills the pool. */
	assert_int_equal(budget_state(modest, 4), BUDGET_OWN);
	budget_work(modest, 1);
	assert_int_equal(budget_state(modest, 7), BUDGET_NO_TIME);
	budget_drop(modest);
	/* A guest that has gone leaves its share to the others. */
	assert_int_equal(pool.guests, 1);
	assert_int_equal(budget_state(greedy, 10 * S), BUDGET_OWN);
	assert_int_equal(greedy->own.left_ns, BUDGET_BURST_NS);
	/* Gone with its share used up, it finds it so when it is back. */
	budget_work(greedy, BUDGET_BURST_NS);
	budget_drop(greedy);
	assert_int_equal(pool.guests, 0);
	greedy = budget_hold(&pool, 5, 10 * S);
	assert_int_equal(pool.guests, 1);
	assert_int_equal(budget_state(greedy, 10 * S), BUDGET_NO_TIME);
	budget_drop(greedy);
}

/* A new limit applies to existing buckets, too. */
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

/* Reconnecting a card brings no new tokens; after a long absence the bucket is full. */
static void test_connecting_anew(void **state)
{
	struct budget *budget = budget_hold(&pool, 5, 0);

	(void)state;
	assert_int_equal(drain(budget, 0), 100);
	budget->told[BUDGET_NO_REQUESTS] = true;
	budget_drop(budget);
	budget = budget_hold(&pool, 5, 10 * MS);
	assert_int_equal(drain(budget, 10 * MS), 10);
	assert_true(budget->told[BUDGET_NO_REQUESTS]);
	budget_drop(budget);
	budget = budget_hold(&pool, 5, 10 * S);
	assert_int_equal(drain(budget, 10 * S), 100);
	assert_false(budget->told[BUDGET_NO_REQUESTS]);
	budget_drop(budget);
	/* A full bucket without an owner is freed when another one is needed. */
	budget = budget_hold(&pool, 6, 20 * S);
	assert_ptr_equal(pool.budgets, budget);
	assert_null(budget->next);
	budget_drop(budget);
}

/* What was worked elsewhere is owed, up to a limit: then it comes in before anything else does. */
static void test_owed(void **state)
{
	struct budget *budget = budget_hold(&pool, 5, 0);

	(void)state;
	budget_owe(budget, BUDGET_BURST_NS + 10);
	budget_owe(budget, 10);
	assert_int_equal(budget->own.left_ns, -20);
	assert_int_equal(pool.time.left_ns, -20);
	/* Half of the time comes in. */
	assert_int_equal(budget_state(budget, 40), BUDGET_NO_TIME);
	assert_int_equal(budget_state(budget, 42), BUDGET_OWN);
	budget_owe(budget, 100 * S);
	assert_int_equal(budget->own.left_ns, -BUDGET_DEBT_NS);
	assert_int_equal(pool.time.left_ns, -BUDGET_DEBT_NS);
	budget_drop(budget);
}

/* What was worked for nobody is taken from all alike; a burst of it is owed. */
static void test_for_all(void **state)
{
	struct budget *budget = budget_hold(&pool, 5, 0), *other = budget_hold(&pool, 6, 0);

	(void)state;
	budget_state(budget, 0);
	budget_work_for_all(&pool, 1 * MS);
	assert_int_equal(budget_state(budget, 0), BUDGET_OWN);
	assert_int_equal(budget->own.left_ns, BUDGET_BURST_NS / 2 - MS / 2);
	assert_int_equal(pool.time.left_ns, BUDGET_BURST_NS - MS);
	/* As much comes in meanwhile: of a share, a quarter of the time. */
	budget_work_for_all(&pool, 1 * MS);
	budget_state(budget, 2 * MS);
	assert_int_equal(budget->own.left_ns, BUDGET_BURST_NS / 2 - MS / 2);
	/* A guest that has been away for long owes nothing for it. */
	budget_work_for_all(&pool, 10 * S);
	assert_int_equal(budget_state(other, 100 * S), BUDGET_OWN);
	assert_int_equal(other->own.left_ns, BUDGET_BURST_NS / 2);
	budget_work_for_all(&pool, 100 * S);
	budget_state(other, 100 * S);
	assert_int_equal(other->own.left_ns, -BUDGET_BURST_NS / 2);
	assert_int_equal(pool.time.left_ns, -BUDGET_BURST_NS);
	budget_owe(other, 1 * S);
	budget_work_for_all(&pool, 1 * S);
	budget_state(other, 100 * S);
	assert_int_equal(other->own.left_ns, -BUDGET_DEBT_NS);
	budget_drop(budget);
	budget_drop(other);
}

#define BUDGET(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUDGET(test_burst),	    BUDGET(test_rate),
		BUDGET(test_slow_and_fast), BUDGET(test_debt),
		BUDGET(test_cards_share),   BUDGET(test_connecting_anew),
		BUDGET(test_other_limit),   BUDGET(test_half_of_the_time),
		BUDGET(test_own_time),	    BUDGET(test_owed),
		BUDGET(test_for_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
