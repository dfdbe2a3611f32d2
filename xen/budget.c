/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/budget.h"

#include <stdlib.h>

#define NS_PER_S INT64_C(1000000000)
#define TOKEN NS_PER_S /* one nanosecond then adds per_s to the credit */
/* Two rings of 32 requests. */
#define BURST_MIN 64u
/* The guests get half of the thread's time: a nanosecond of work takes two to come in. */
#define NS_PER_WORK 2

uint32_t budget_burst(uint32_t per_s)
{
	return per_s / 10 > BURST_MIN ? per_s / 10 : BURST_MIN;
}

/*
 * Lets time flow in, a nanosecond in `slower`, and out what all guests paid for meanwhile; returns
 * whether the bucket is full then.
 */
static bool flow(struct budget_bucket *bucket, int64_t slower, int64_t paid_ns, int64_t full_ns,
		 int64_t now_ns)
{
	int64_t gain_ns = (now_ns - bucket->filled_ns) / slower;
	int64_t left_ns = bucket->left_ns + gain_ns - paid_ns;

	if (left_ns >= full_ns) {
		bucket->left_ns = full_ns;
		bucket->filled_ns = now_ns;
		return true;
	}
	/* A guest may have left more to be owed. */
	if (left_ns < -full_ns && paid_ns > gain_ns) {
		left_ns = bucket->left_ns < -full_ns ? bucket->left_ns : -full_ns;
	}
	bucket->left_ns = left_ns;
	/* Without the remainder, which counts next time. */
	bucket->filled_ns += gain_ns * slower;
	return false;
}

static bool fill_own(struct budget *budget, int64_t now_ns)
{
	struct budget_pool *pool = budget->pool;
	int64_t guests = pool->guests ? pool->guests : 1;
	int64_t paid_ns = (pool->for_all_ns - budget->for_all_ns) / guests;

	budget->for_all_ns += paid_ns * guests;
	return flow(&budget->own, NS_PER_WORK * guests, paid_ns, BUDGET_BURST_NS / guests, now_ns);
}

static bool fill_tokens(struct budget *budget, int64_t now_ns)
{
	uint32_t per_s = budget->pool->per_s;
	int64_t full = budget_burst(per_s) * TOKEN;
	/* Time until full, in ns: below it, the product that follows fits into 64 bits. */
	int64_t debt = (full - budget->credit) / per_s;

	if (now_ns - budget->filled_ns > debt) {
		budget->credit = full;
	} else {
		budget->credit += (now_ns - budget->filled_ns) * per_s;
	}
	budget->filled_ns = now_ns;
	return budget->credit == full;
}

/* Frees full buckets without holders: a new one would be identical. */
static void purge(struct budget_pool *pool, int64_t now_ns)
{
	struct budget **link = &pool->budgets;

	while (*link) {
		struct budget *budget = *link;

		if (!budget->holders && fill_tokens(budget, now_ns) && fill_own(budget, now_ns)) {
			*link = budget->next;
			free(budget);
		} else {
			link = &budget->next;
		}
	}
}

void budget_init(struct budget_pool *pool, uint32_t per_s, int64_t now_ns)
{
	*pool = (struct budget_pool){ .per_s = per_s, .time = { BUDGET_BURST_NS, now_ns } };
}

void budget_limit(struct budget_pool *pool, uint32_t per_s)
{
	int64_t full = budget_burst(per_s) * TOKEN;

	pool->per_s = per_s;
	for (struct budget *budget = pool->budgets; budget; budget = budget->next) {
		budget->credit = budget->credit < full ? budget->credit : full;
		budget->told[BUDGET_NO_REQUESTS] = false;
	}
}

struct budget *budget_hold(struct budget_pool *pool, uint32_t domid, int64_t now_ns)
{
	struct budget *budget;

	purge(pool, now_ns);
	for (budget = pool->budgets; budget; budget = budget->next) {
		if (budget->domid == domid) {
			pool->guests += !budget->holders;
			budget->holders++;
			return budget;
		}
	}
	budget = calloc(1, sizeof(*budget));
	if (!budget) {
		return NULL;
	}
	pool->guests++;
	budget->pool = pool;
	budget->domid = domid;
	budget->holders = 1;
	budget->credit = budget_burst(pool->per_s) * TOKEN;
	budget->filled_ns = now_ns;
	budget->own = (struct budget_bucket){ BUDGET_BURST_NS / pool->guests, now_ns };
	budget->for_all_ns = pool->for_all_ns;
	budget->next = pool->budgets;
	pool->budgets = budget;
	return budget;
}

void budget_drop(struct budget *budget)
{
	if (budget) {
		budget->holders--;
		budget->pool->guests -= !budget->holders;
	}
}

enum budget_state budget_state(struct budget *budget, int64_t now_ns)
{
	struct budget_bucket *time = &budget->pool->time;

	fill_tokens(budget, now_ns);
	fill_own(budget, now_ns);
	flow(time, NS_PER_WORK, 0, BUDGET_BURST_NS, now_ns);
	if (budget->credit < TOKEN) {
		return BUDGET_NO_REQUESTS;
	}
	if (budget->own.left_ns > 0) {
		return BUDGET_OWN;
	}
	return time->left_ns > 0 ? BUDGET_SPARE : BUDGET_NO_TIME;
}

void budget_spend(struct budget *budget, uint32_t tokens)
{
	budget->credit -= tokens * TOKEN;
}

void budget_work(struct budget *budget, int64_t ns)
{
	/* Spare time costs the share nothing: the guest gets it on top. */
	if (budget->own.left_ns > 0) {
		budget->own.left_ns -= ns;
	}
	budget->pool->time.left_ns -= ns;
}

static void owe(struct budget_bucket *bucket, int64_t ns, int64_t most_ns)
{
	int64_t left_ns = bucket->left_ns - ns;

	bucket->left_ns = left_ns > -most_ns ? left_ns : -most_ns;
}

void budget_work_for_all(struct budget_pool *pool, int64_t ns)
{
	pool->for_all_ns += ns;
	/* A guest may have left more to be owed. */
	if (pool->time.left_ns > -BUDGET_BURST_NS) {
		owe(&pool->time, ns, BUDGET_BURST_NS);
	}
}

void budget_owe(struct budget *budget, int64_t ns)
{
	owe(&budget->own, ns, BUDGET_DEBT_NS);
	owe(&budget->pool->time, ns, BUDGET_DEBT_NS);
}

void budget_finish(struct budget_pool *pool)
{
	while (pool->budgets) {
		struct budget *budget = pool->budgets;

		pool->budgets = budget->next;
		free(budget);
	}
}
