/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/sound/card.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/guest_log.h"

static void *alloc_aligned(size_t size)
{
	void *mem;

	if (posix_memalign(&mem, RT_CACHE_LINE, size)) {
		return NULL;
	}
	return memset(mem, 0, size);
}

struct card *card_create(unsigned stream_count)
{
	struct card *card = alloc_aligned(sizeof(*card));

	assert(stream_count <= CARD_STREAMS_MAX);
	if (!card) {
		return NULL;
	}
	card->stream_count = stream_count;
	card->streams = alloc_aligned(stream_count * sizeof(*card->streams));
	if (!card->streams) {
		card_destroy(card);
		return NULL;
	}
	for (unsigned i = 0; i < stream_count; i++) {
		card->streams[i].card = card;
	}
	return card;
}

void card_arrange(struct card *card)
{
	unsigned i;

	for (i = 0; i < card->stream_count; i++) {
		struct stream *stream = &card->streams[i];
		struct side *side = &card->sides[stream->dir];

		side->streams[side->stream_count++] = stream;
		fader_init(&stream->strip.fader, stream->channels);
	}
}

void card_destroy(struct card *card)
{
	if (!card) {
		return;
	}
	guest_log_drop(card->log);
	free(card->streams);
	free(card);
}

struct msg card_msg(struct card *card, enum msg_type type, int a, int b)
{
	return (struct msg){
		.type = type,
		.card = card,
		.a = a,
		.b = b,
		.place = card ? &card->places[type] : NULL,
	};
}

void card_publish(struct stream *stream, struct stream_rt *runtime)
{
	assert(!atomic_load_explicit(&stream->running, memory_order_relaxed));
	/* Orders everything done to the stream before the callback can find it. */
	atomic_store_explicit(&stream->running, runtime, memory_order_release);
}

uint32_t card_retire(const struct side *side, struct stream *stream)
{
	atomic_store_explicit(&stream->running, NULL, memory_order_relaxed);
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
