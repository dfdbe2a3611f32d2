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

int cycle_playback(jack_nframes_t frames, void *side_arg)
{
	struct side *side = side_arg;
	bool closed = card_closed(side);
	unsigned i;

	card_enter(side);
	for (i = 0; i < side->slot_count; i++) {
		play_slot(side->slots[i], closed, frames);
	}
	card_leave(side);
	return 0;
}

int cycle_capture(jack_nframes_t frames, void *side_arg)
{
	struct side *side = side_arg;
	bool closed = card_closed(side);
	unsigned i;

	card_enter(side);
	for (i = 0; i < side->slot_count; i++) {
		record_slot(side->slots[i], closed, frames);
	}
	card_leave(side);
	return 0;
}
