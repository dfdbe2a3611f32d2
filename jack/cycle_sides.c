/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/cycle.h"

#include <time.h>

/* Polling interval while the callback is inside; it may take long with many guests. */
#define LOOK_NS 50000

/* How long one cycle may take to begin and end: 8192 frames at 44100 Hz are 186 ms. */
#define WHOLE_LOOK_NS 1000000
#define WHOLE_LOOKS 500u

/* For the jack thread, the list's only writer. */
static struct side *follow(const _Atomic(struct side *) *link)
{
	return atomic_load_explicit(link, memory_order_relaxed);
}

void cycle_add(struct cycle *cycle, struct side *side)
{
	atomic_store_explicit(&side->next, follow(&cycle->sides), memory_order_relaxed);
	/* Makes the side, its ports and its successor visible before the callback can find it. */
	atomic_store_explicit(&cycle->sides, side, memory_order_release);
}

void cycle_run_silent(const struct side *side)
{
	const struct timespec pause = { .tv_nsec = WHOLE_LOOK_NS };
	uint32_t token = rt_token(&side->cycles);
	/* A cycle that runs already may have passed the streams before they were retired. */
	uint32_t whole = 2 + (token & 1);

	for (unsigned i = 0; i < WHOLE_LOOKS && rt_token(&side->cycles) - token < whole; i++) {
		nanosleep(&pause, NULL);
	}
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
	 * Makes the successor visible before the callback can find it here. A callback that is on
	 * the removed side continues from there: the side keeps its successor.
	 */
	atomic_store_explicit(link, follow(&side->next), memory_order_release);
	token = rt_token(&cycle->cycles);
	while (!rt_quiet(&cycle->cycles, token)) {
		nanosleep(&pause, NULL);
	}
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
