/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/wire.h"

static void show_level(struct sight *sight, const struct gain *gain)
{
	for (uint32_t c = 0; c < gain->channels; c++) {
		atomic_store_explicit(&sight->volume_mdb[c], gain->io.volume_mdb[c],
				      memory_order_relaxed);
		atomic_store_explicit(&sight->muted[c], gain->io.muted[c], memory_order_relaxed);
	}
}

static void show_stream(struct sight *sight, const struct wire *wire)
{
	const struct stream *stream = wire->stream;

	show_level(sight, &stream->gain);
	atomic_store_explicit(&sight->rate_hz, wire->kept->params.rate_hz, memory_order_relaxed);
	atomic_store_explicit(&sight->format, stream->format, memory_order_relaxed);
	atomic_store_explicit(&sight->channels, stream->channels, memory_order_relaxed);
	atomic_store_explicit(&sight->ring_frames, stream->ring_frames, memory_order_relaxed);
	atomic_store_explicit(&sight->period_frames, stream->period_frames, memory_order_relaxed);
	atomic_store_explicit(&sight->resampler_frames, resamp_delay_frames(stream->resamp),
			      memory_order_relaxed);
}

static void show_latency(struct latency *latency, const struct stream *stream)
{
	const struct resamp *resamp = stream->resamp;

	latency_state(latency, stream->ring_frames, stream->period_frames);
	latency_state_resampler(latency, resamp ? resamp->guest_hz : 0,
				resamp ? resamp->jack_hz : 0, resamp_delay_frames(resamp));
}

void wire_show(const struct wire *wire)
{
	struct sight *sight = &wire->slot->strip.sight;
	enum sight_state state = wire_started(wire) ? SIGHT_RUNNING : SIGHT_OPEN;

	if (wire->stream) {
		show_stream(sight, wire);
		show_latency(&wire->slot->latency, wire->stream);
	} else {
		state = SIGHT_CLOSED;
	}
	/* Behind the rest: who sees that it is open sees what is. */
	atomic_store_explicit(&sight->state, state, memory_order_release);
}
