/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/card.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void *alloc_aligned(size_t size)
{
	void *mem;

	if (posix_memalign(&mem, RT_CACHE_LINE, size)) {
		return NULL;
	}
	return memset(mem, 0, size);
}

struct card *card_create(unsigned slot_count)
{
	struct card *card = alloc_aligned(sizeof(*card));

	assert(slot_count <= CARD_SLOTS_MAX);
	if (!card) {
		return NULL;
	}
	card->slot_count = slot_count;
	card->slots = alloc_aligned(slot_count * sizeof(*card->slots));
	if (!card->slots) {
		card_destroy(card);
		return NULL;
	}
	return card;
}

void card_arrange(struct card *card)
{
	unsigned i;

	for (i = 0; i < card->slot_count; i++) {
		struct slot *slot = &card->slots[i];
		struct side *side = &card->sides[slot->dir];

		side->slots[side->slot_count++] = slot;
		fader_init(&slot->strip.fader, slot->channels);
	}
}

void card_destroy(struct card *card)
{
	if (!card) {
		return;
	}
	free(card->slots);
	free(card);
}

void card_publish(struct slot *slot, struct stream *stream)
{
	assert(!atomic_load_explicit(&slot->running, memory_order_relaxed));
	/* Orders all that io did to the stream before the callback's finding it. */
	atomic_store_explicit(&slot->running, stream, memory_order_release);
}

uint32_t card_retire(const struct side *side, struct slot *slot)
{
	atomic_store_explicit(&slot->running, NULL, memory_order_relaxed);
	/*
	 * Orders "the slot is empty" before the load of cycles; pairs with the fence in
	 * card_enter, which orders "we are inside" before the loads of the slots: either we
	 * see the callback inside, or it sees the slot empty.
	 */
	atomic_thread_fence(memory_order_seq_cst);
	/* Orders "we are outside" before all that io does to the stream from here on. */
	return atomic_load_explicit(&side->cycles, memory_order_acquire);
}

bool card_quiet(const struct side *side, uint32_t token)
{
	/* Even: outside when the slot was already empty; card_retire's load ordered that. */
	if (!(token & 1)) {
		return true;
	}
	/* Orders "we are outside" before all that io does to the stream from here on. */
	return atomic_load_explicit(&side->cycles, memory_order_acquire) != token;
}

void card_close(struct side *side, bool closed)
{
	atomic_store_explicit(&side->closed, closed, memory_order_release);
}

void card_cut(struct side *side)
{
	uint32_t cycles = atomic_load_explicit(&side->cycles, memory_order_acquire);

	if (cycles & 1) {
		/* Orders what the callback did, and its end, before "we are outside". */
		atomic_store_explicit(&side->cycles, cycles + 1, memory_order_release);
	}
}
