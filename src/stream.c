/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/stream.h"

#include <string.h>

static uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Frames that can be moved from the position's place on without passing the ring's end. */
static uint32_t span(const struct stream *stream, uint32_t frames, unsigned char **sh_place)
{
	uint32_t place = (uint32_t)(stream->rt.position % stream->ring_frames);

	*sh_place = stream->sh_ring + (size_t)place * stream->frame_bytes;
	return min_u32(frames, stream->ring_frames - place);
}

static void announce(struct stream *stream)
{
	rt_counter_set(&stream->shared.position, stream->rt.position);
	if (stream->period_frames &&
	    !evt_push(stream->evt, stream->rt.position * stream->frame_bytes)) {
		rt_counter_add(&stream->strip->lost, 1);
	}
	rt_counter_add(&stream->strip->cycles, 1);
}

/* Takes frames out of the ring into out[][at...] and leaves silence behind. */
static void take(struct stream *stream, float *const *out, uint32_t at, uint32_t frames)
{
	unsigned char *sh_place;

	while (frames) {
		uint32_t n = span(stream, frames, &sh_place);

		stream->conv->to_float(out, at, sh_place, stream->channels, n);
		/* A late guest is heard as silence, never as stale sound. */
		pcm_silence(stream->format, sh_place, stream->frame_bytes, n);
		stream->rt.position += n;
		at += n;
		frames -= n;
	}
}

/* Moves what the last cycle kept to the port; returns how much of the cycle it filled. */
static uint32_t carry_out(struct stream *stream, float *const *out, uint32_t frames)
{
	uint32_t n = min_u32(frames, stream->rt.carried);
	uint32_t left = stream->rt.carried - n;

	for (uint32_t c = 0; c < stream->channels; c++) {
		float *carry = stream->rt.carry[c];

		memcpy(out[c], carry, n * sizeof(float));
		memmove(carry, carry + n, left * sizeof(float));
	}
	stream->rt.carried = left;
	return n;
}

/* Takes the lead, at most `room` frames, into the carry. */
static void carry_in(struct stream *stream, uint64_t frontier, uint32_t room)
{
	uint64_t position = stream->rt.position;
	float *carry[PCM_CHANNELS_MAX];
	uint32_t hold;

	/* A lead that the guest has not written yet waits for the cycle that finds it. */
	if (stream->rt.lead_due && position + stream->rt.lead_due <= frontier) {
		stream->rt.lead = stream->rt.lead_due;
		stream->rt.lead_due = 0;
	}
	hold = min_u32(stream->rt.lead - stream->rt.carried, room);
	/*
	 * The guest stops a stream as soon as its last frame counts as played. If that frame
	 * would be in the carry it would never be heard: announce it when it is on the port.
	 */
	if (position < frontier && position + hold >= frontier) {
		return;
	}
	for (uint32_t c = 0; c < stream->channels; c++) {
		carry[c] = stream->rt.carry[c];
	}
	take(stream, carry, stream->rt.carried, hold);
	stream->rt.carried += hold;
}

void stream_playback(struct stream *stream, float *const *out, uint32_t frames)
{
	uint64_t frontier = rt_counter_get(&stream->shared.frontier);
	/* An advance by a whole ring is invisible to the guest, which counts modulo its ring. */
	uint32_t room = stream->ring_frames - 1;
	uint32_t done = carry_out(stream, out, frames);
	uint32_t body = min_u32(frames - done, room);

	take(stream, out, done, body);
	done += body;
	for (uint32_t c = 0; c < stream->channels; c++) {
		memset(out[c] + done, 0, (frames - done) * sizeof(float));
	}
	carry_in(stream, frontier, room - body);
	/* Here, and not where they are taken: the ramp runs in the port's time, carried frames too.
	 */
	if (gain_active(&stream->gain)) {
		gain_scale(&stream->gain, out, (const float *const *)out, 0, frames);
	}

	if (stream->rt.position <= frontier) {
		stream->rt.dry = false;
	} else if (!stream->rt.dry) {
		stream->rt.dry = true;
		rt_counter_add(&stream->strip->underruns, 1);
	}
	announce(stream);
}

/* Gives frames of in[][at...] to the ring; without in, silence. */
static void give(struct stream *stream, const float *const *in, uint32_t at, uint32_t frames)
{
	unsigned char *sh_place;

	while (frames) {
		uint32_t n = span(stream, frames, &sh_place);

		if (in) {
			stream->conv->from_float(sh_place, in, at, stream->channels, n);
		} else {
			pcm_silence(stream->format, sh_place, stream->frame_bytes, n);
		}
		stream->rt.position += n;
		at += n;
		frames -= n;
	}
}

static void give_scaled(struct stream *stream, const float *const *in, uint32_t frames)
{
	uint32_t chunk = STREAM_SCRATCH_SAMPLES / stream->channels;
	float *scratch[PCM_CHANNELS_MAX];

	for (uint32_t c = 0; c < stream->channels; c++) {
		scratch[c] = stream->scratch + (size_t)c * chunk;
	}
	for (uint32_t done = 0; done < frames; done += chunk) {
		uint32_t n = min_u32(frames - done, chunk);

		gain_scale(&stream->gain, scratch, in, done, n);
		give(stream, (const float *const *)scratch, 0, n);
	}
}

void stream_capture(struct stream *stream, const float *const *in, uint32_t frames)
{
	uint64_t frontier = rt_counter_get(&stream->shared.frontier);
	uint32_t lead = stream->rt.lead_due;
	uint32_t body = min_u32(frames, stream->ring_frames - 1 - lead);

	give(stream, NULL, 0, lead);
	stream->rt.lead_due = 0;
	if (gain_active(&stream->gain)) {
		give_scaled(stream, in, body);
	} else {
		give(stream, in, 0, body);
	}

	if (body == frames && stream->rt.position <= frontier + stream->ring_frames) {
		stream->rt.dry = false;
	} else if (!stream->rt.dry) {
		stream->rt.dry = true;
		rt_counter_add(&stream->strip->overruns, 1);
	}
	announce(stream);
}
