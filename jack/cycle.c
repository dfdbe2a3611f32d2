/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/cycle.h"

#include <assert.h>
#include <string.h>

#include <jack/jack.h>

#include "src/base/denormals.h"
#include "src/sound/stream_rt.h"

/* Gets the buffers of a stream's first ports; `count` is at most PCM_CHANNELS_MAX. */
static void get_buffers(const struct stream *stream, float **buffers, uint32_t count,
			uint32_t frames)
{
	uint32_t c;

	assert(count <= stream->channels && stream->channels <= PCM_CHANNELS_MAX);
	for (c = 0; c < count; c++) {
		buffers[c] = jack_port_get_buffer(stream->ports[c], frames);
	}
}

static void play_stream(struct stream *stream, bool closed, uint32_t frames)
{
	struct stream_rt *runtime = closed ? NULL : card_running(stream);
	float *out[PCM_CHANNELS_MAX];
	uint32_t c = 0;

	get_buffers(stream, out, stream->channels, frames);
	if (runtime) {
		stream_rt_playback(runtime, out, frames);
		c = runtime->channels;
	}
	for (; c < stream->channels; c++) {
		memset(out[c], 0, frames * sizeof(float));
	}
}

static void record_stream(struct stream *stream, bool closed, uint32_t frames)
{
	struct stream_rt *runtime = closed ? NULL : card_running(stream);
	float *in[PCM_CHANNELS_MAX];

	if (runtime) {
		get_buffers(stream, in, runtime->channels, frames);
		stream_rt_capture(runtime, (const float *const *)in, frames);
	}
}

/* JACK announces the end of a freewheel before the first cycle after it. */
static bool is_closed(const struct cycle *cycle)
{
	return atomic_load_explicit(&cycle->closed, memory_order_acquire);
}

/*
 * Pairs with the release in jack/cycle_sides.c: a side's contents and successor are visible here.
 */
static struct side *find(_Atomic(struct side *) *link)
{
	return atomic_load_explicit(link, memory_order_acquire);
}

static int run(struct cycle *cycle, void (*run_stream)(struct stream *, bool, uint32_t),
	       uint32_t frames)
{
	bool closed = is_closed(cycle);
	struct side *side;
	unsigned i;

	/*
	 * In every cycle, as it costs next to nothing: jack_set_thread_init_callback misses a
	 * wake-up in jackd's libjack now and then, and does not return.
	 */
	denormals_flush();
	rt_enter(&cycle->cycles);
	for (side = find(&cycle->sides); side; side = find(&side->next)) {
		card_enter(side);
		for (i = 0; i < side->stream_count; i++) {
			run_stream(side->streams[i], closed, frames);
		}
		card_leave(side);
	}
	rt_leave(&cycle->cycles);
	return 0;
}

int cycle_playback(jack_nframes_t frames, void *cycle)
{
	return run(cycle, play_stream, frames);
}

int cycle_capture(jack_nframes_t frames, void *cycle)
{
	return run(cycle, record_stream, frames);
}
