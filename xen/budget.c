/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/budget.h"

#include <stdlib.h>

#define NS_PER_S INT64_C(1000000000)
#define TOKEN NS_PER_S /* so that a nanosecond brings as much credit as tokens come in a second */
/* Two rings of 32. */
#define BURST_MIN 64u

uint32_t budget_burst(uint32_t per_s)
{
	return per_s / 10 > BURST_MIN ? per_s / 10 : BURST_MIN;
}

static bool fill(struct budget *budget, int64_t now_ns)
{
	int64_t full = budget_burst(budget->per_s) * TOKEN;
	/* The rest of it within what a product of 64 bits holds. */
	int64_t debt = (full - budget->credit) / budget->per_s;

	if (now_ns - budget->filled_ns > debt) {
		budget->credit = full;
	} else {
		budget->credit += (now_ns - budget->filled_ns) * budget->per_s;
	}
	budget->filled_ns = now_ns;
	return budget->credit == full;
}

/* Frees what nobody holds and what a new one would not differ from. */
static void purge(struct budget_pool *pool, int64_t now_ns)
{
	struct budget **link = &pool->budgets;

	while (*link) {
		struct budget *budget = *link;

		if (!budget->holders && fill(budget, now_ns)) {
			*link = budget->next;
			free(budget);
		} else {
			link = &budget->next;
		}
	}
}

void budget_limit(struct budget_pool *pool, uint32_t per_s)
{
	int64_t full = budget_burst(per_s) * TOKEN;

	pool->per_s = per_s;
	for (struct budget *budget = pool->budgets; budget; budget = budget->next) {
		budget->per_s = per_s;
		budget->credit = budget->credit < full ? budget->credit : full;
		budget->told = false;
	}
}

struct budget *budget_hold(struct budget_pool *pool, uint32_t domid, int64_t now_ns)
{
	struct budget *budget;

	purge(pool, now_ns);
	for (budget = pool->budgets; budget; budget = budget->next) {
		if (budget->domid == domid) {
			budget->holders++;
			return budget;
		}
	}
	budget = calloc(1, sizeof(*budget));
	if (!budget) {
		return NULL;
	}
	budget->domid = domid;
	budget->per_s = pool->per_s;
	budget->holders = 1;
	budget->credit = budget_burst(pool->per_s) * TOKEN;
	budget->filled_ns = now_ns;
	budget->next = pool->budgets;
	pool->budgets = budget;
	return budget;
}

void budget_drop(struct budget *budget)
{
	if (budget) {
		budget->holders--;
	}
}

bool budget_ready(struct budget *budget, int64_t now_ns)
{
	fill(budget, now_ns);
	return budget->credit >= TOKEN;
}

void budget_spend(struct budget *budget, uint32_t tokens)
{
	budget->credit -= tokens * TOKEN;
}

void budget_spend_ns(struct budget *budget, int64_t ns)
{
	budget->credit -= 2 * ns * budget->per_s;
}

void budget_finish(struct budget_pool *pool)
{
	while (pool->budgets) {
		struct budget *budget = pool->budgets;

		pool->budgets = budget->next;
		free(budget);
	}
}
