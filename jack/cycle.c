/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/cycle.h"

#include <assert.h>
#include <string.h>

#include <jack/jack.h>

#include "src/stream.h"

/* Gets the buffers of a slot's first ports; `count` is at most PCM_CHANNELS_MAX. */
static void get_buffers(const struct slot *slot, float **buffers, uint32_t count, uint32_t frames)
{
	uint32_t c;

	assert(count <= slot->channels && slot->channels <= PCM_CHANNELS_MAX);
	for (c = 0; c < count; c++) {
		buffers[c] = jack_port_get_buffer(slot->ports[c], frames);
	}
}

static void play_slot(struct slot *slot, bool closed, uint32_t frames)
{
	struct stream *stream = closed ? NULL : card_running(slot);
	float *out[PCM_CHANNELS_MAX];
	uint32_t c = 0;

	get_buffers(slot, out, slot->channels, frames);
	if (stream) {
		stream_playback(stream, out, frames);
		c = stream->channels;
	}
	for (; c < slot->channels; c++) {
		memset(out[c], 0, frames * sizeof(float));
	}
}

static void record_slot(struct slot *slot, bool closed, uint32_t frames)
{
	struct stream *stream = closed ? NULL : card_running(slot);
	float *in[PCM_CHANNELS_MAX];

	if (stream) {
		get_buffers(slot, in, stream->channels, frames);
		stream_capture(stream, (const float *const *)in, frames);
	}
}

/* The word of a freewheel's end comes before the first cycle after it. */
static bool is_closed(const struct cycle *cycle)
{
	return atomic_load_explicit(&((struct cycle *)(uintptr_t)cycle)->closed,
				    memory_order_acquire);
}

/* What a side is of, and its successor, were written before it could be found. */
static struct side *find(_Atomic(struct side *) *link)
{
	return atomic_load_explicit(link, memory_order_acquire);
}

static int run(struct cycle *cycle, void (*run_slot)(struct slot *, bool, uint32_t),
	       uint32_t frames)
{
	bool closed = is_closed(cycle);
	struct side *side;
	unsigned i;

	rt_enter(&cycle->cycles);
	for (side = find(&cycle->sides); side; side = find(&side->next)) {
		card_enter(side);
		for (i = 0; i < side->slot_count; i++) {
			run_slot(side->slots[i], closed, frames);
		}
		card_leave(side);
	}
	rt_leave(&cycle->cycles);
	return 0;
}

int cycle_playback(jack_nframes_t frames, void *cycle)
{
	return run(cycle, play_slot, frames);
}

int cycle_capture(jack_nframes_t frames, void *cycle)
{
	return run(cycle, record_slot, frames);
}
