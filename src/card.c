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
	return rt_token(&side->cycles);
}

bool card_quiet(const struct side *side, uint32_t token)
{
	return rt_quiet(&side->cycles, token);
}

void card_cut(struct side *side)
{
	rt_cut(&side->cycles);
}
