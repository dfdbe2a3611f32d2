/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/cycle.h"

#include <time.h>

/* How often the callback is looked at. It may take long where it runs many guests. */
#define LOOK_NS 50000

/* Jack's own reading of the list, of which it is the only writer. */
static struct side *follow(const _Atomic(struct side *) *link)
{
	return atomic_load_explicit((_Atomic(struct side *) *)(uintptr_t)link,
				    memory_order_relaxed);
}

void cycle_add(struct cycle *cycle, struct side *side)
{
	atomic_store_explicit(&side->next, follow(&cycle->sides), memory_order_relaxed);
	/* Orders the side, its ports and its successor before the callback's finding it. */
	atomic_store_explicit(&cycle->sides, side, memory_order_release);
}

void cycle_take(struct cycle *cycle, struct side *side)
{
	const struct timespec pause = { .tv_nsec = LOOK_NS };
	_Atomic(struct side *) *link = &cycle->sides;
	uint32_t token;

	while (follow(link) && follow(link) != side) {
		link = &follow(link)->next;
	}
	if (!follow(link)) {
		return;
	}
	/*
	 * Orders the successor before the callback's finding it here. A callback that is on the
	 * side goes on from there: it keeps its successor.
	 */
	atomic_store_explicit(link, follow(&side->next), memory_order_release);
	token = rt_token(&cycle->cycles);
	while (!rt_quiet(&cycle->cycles, token)) {
		nanosleep(&pause, NULL);
	}
}

bool cycle_has_others(const struct cycle *cycle, const struct side *side)
{
	const struct side *first = follow(&cycle->sides);

	return first && (first != side || follow(&first->next));
}

void cycle_cut(struct cycle *cycle)
{
	struct side *side;

	rt_cut(&cycle->cycles);
	for (side = follow(&cycle->sides); side; side = follow(&side->next)) {
		card_cut(side);
	}
}

void cycle_close(struct cycle *cycle, bool closed)
{
	atomic_store_explicit(&cycle->closed, closed, memory_order_release);
}
