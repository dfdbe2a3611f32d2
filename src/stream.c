/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/stream.h"

#include <assert.h>
#include <string.h>

static uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint64_t min_u64(uint64_t a, uint64_t b)
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

/* Playback: written and not taken; capture: given and not read. What never was: 0. */
static void show_fill(struct stream *stream)
{
	uint64_t frontier = rt_counter_get(&stream->shared.frontier);
	uint64_t position = stream->rt.position;
	int64_t fill = (int64_t)(stream->dir == PCM_PLAYBACK ? frontier - position
							     : position - frontier);

	atomic_store_explicit(&stream->strip->sight.fill_frames, fill > 0 ? (int32_t)fill : 0,
			      memory_order_relaxed);
}

static void announce(struct stream *stream, uint64_t position)
{
	if (stream->period_frames && !evt_push(stream->evt, position * stream->frame_bytes)) {
		rt_counter_add(&stream->strip->lost, 1);
	}
	show_fill(stream);
	/* Behind the event: whoever finds the two positions equal has nothing left to tell. */
	rt_counter_set(&stream->shared.position, position);
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

/* Fills out with the next frames; at most *room of them are taken out of the ring. */
static void deliver(struct stream *stream, float *const *out, uint32_t frames, uint32_t *room)
{
	uint32_t done = carry_out(stream, out, frames);
	uint32_t body = min_u32(frames - done, *room);

	take(stream, out, done, body);
	*room -= body;
	done += body;
	for (uint32_t c = 0; c < stream->channels; c++) {
		memset(out[c] + done, 0, (frames - done) * sizeof(float));
	}
}

/* Points at a piece of the scratch for every channel; its length. */
static uint32_t split_scratch(struct stream *stream, float *scratch[PCM_CHANNELS_MAX])
{
	uint32_t chunk = STREAM_SCRATCH_SAMPLES / stream->channels;

	for (uint32_t c = 0; c < stream->channels; c++) {
		scratch[c] = stream->scratch + (size_t)c * chunk;
	}
	return chunk;
}

static void deliver_resampled(struct stream *stream, float *const *out, uint32_t frames,
			      uint32_t *room)
{
	uint32_t left = resamp_advance(stream->resamp, frames), done = 0, n;
	float *scratch[PCM_CHANNELS_MAX];
	uint32_t chunk = split_scratch(stream, scratch);

	do {
		n = min_u32(left, chunk);
		deliver(stream, scratch, n, room);
		resamp_push(stream->resamp, (const float *const *)scratch, 0, n);
		done += resamp_pull(stream->resamp, out, done, frames - done);
		left -= n;
	} while (left);
	assert(done == frames);
}

/*
 * What the guest may know of the position. Frames that are in the resampler are not heard yet, and
 * the guest stops when its last one counts as played (see carry_in): while that is in there the
 * position stands right before it.
 */
static uint64_t heard(const struct stream *stream, uint64_t frontier)
{
	uint64_t position = stream->rt.position;
	uint64_t put_in = position - stream->rt.carried;
	uint64_t told = rt_counter_get(&stream->shared.position);

	if (position >= frontier && put_in < frontier + stream->resamp->delay_frames) {
		position = frontier > told ? frontier - 1 : told;
	}
	return min_u64(position, told + stream->ring_frames - 1);
}

/* As the ports carry it, so what comes out of a gain, and what goes into one. */
static void measure(struct stream *stream, const float *const *samples, uint32_t frames)
{
	if (meter_wanted(&stream->strip->meter)) {
		meter_measure(&stream->strip->meter, samples, stream->channels, frames);
	}
}

void stream_playback(struct stream *stream, float *const *out, uint32_t frames)
{
	uint64_t frontier = rt_counter_get(&stream->shared.frontier);
	/* An advance by a whole ring is invisible to the guest, which counts modulo its ring. */
	uint32_t room = stream->ring_frames - 1;

	if (!stream->resamp) {
		deliver(stream, out, frames, &room);
	} else {
		deliver_resampled(stream, out, frames, &room);
	}
	carry_in(stream, frontier, room);
	/* Here, and not where they are taken: the ramp runs in the port's time, carried frames too.
	 */
	if (gain_active(&stream->gain)) {
		gain_scale(&stream->gain, out, (const float *const *)out, 0, frames);
	}
	measure(stream, (const float *const *)out, frames);

	if (stream->rt.position <= frontier) {
		stream->rt.dry = false;
	} else if (!stream->rt.dry) {
		stream->rt.dry = true;
		rt_counter_add(&stream->strip->underruns, 1);
	}
	announce(stream, stream->resamp ? heard(stream, frontier) : stream->rt.position);
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
	float *scratch[PCM_CHANNELS_MAX];
	uint32_t chunk = split_scratch(stream, scratch);

	for (uint32_t done = 0; done < frames; done += chunk) {
		uint32_t n = min_u32(frames - done, chunk);

		gain_scale(&stream->gain, scratch, in, done, n);
		give(stream, (const float *const *)scratch, 0, n);
	}
}

/* Gives what comes out of the resampler, at most *left frames, to the ring, at most *room. */
static void give_pulled(struct stream *stream, float *const *scratch, uint32_t *left,
			uint32_t *room)
{
	uint32_t chunk = STREAM_SCRATCH_SAMPLES / stream->channels;
	uint32_t n, fits;

	while ((n = resamp_pull(stream->resamp, scratch, 0, min_u32(*left, chunk)))) {
		fits = min_u32(n, *room);
		give(stream, (const float *const *)scratch, 0, fits);
		*room -= fits;
		*left -= n;
	}
}

/* Whether all frames found room. */
static bool give_resampled(struct stream *stream, const float *const *in, uint32_t frames,
			   uint32_t room)
{
	uint32_t left = resamp_advance(stream->resamp, frames);
	bool whole = left <= room;
	float *scratch[PCM_CHANNELS_MAX];
	uint32_t chunk = split_scratch(stream, scratch);

	for (uint32_t done = 0; done < frames; done += chunk) {
		uint32_t n = min_u32(frames - done, chunk);

		/* Here, and not behind it: the ramp runs in the port's time. */
		if (gain_active(&stream->gain)) {
			gain_scale(&stream->gain, scratch, in, done, n);
			resamp_push(stream->resamp, (const float *const *)scratch, 0, n);
		} else {
			resamp_push(stream->resamp, in, done, n);
		}
		give_pulled(stream, scratch, &left, &room);
	}
	assert(!left);
	return whole;
}

/* As it comes; whether all frames found room. */
static bool give_whole(struct stream *stream, const float *const *in, uint32_t frames,
		       uint32_t room)
{
	uint32_t body = min_u32(frames, room);

	if (gain_active(&stream->gain)) {
		give_scaled(stream, in, body);
	} else {
		give(stream, in, 0, body);
	}
	return body == frames;
}

void stream_capture(struct stream *stream, const float *const *in, uint32_t frames)
{
	uint64_t frontier = rt_counter_get(&stream->shared.frontier);
	uint32_t lead = stream->rt.lead_due;
	uint32_t room = stream->ring_frames - 1 - lead;
	bool whole;

	measure(stream, in, frames);
	give(stream, NULL, 0, lead);
	stream->rt.lead_due = 0;
	whole = stream->resamp ? give_resampled(stream, in, frames, room)
			       : give_whole(stream, in, frames, room);
	if (whole && stream->rt.position <= frontier + stream->ring_frames) {
		stream->rt.dry = false;
	} else if (!stream->rt.dry) {
		stream->rt.dry = true;
		rt_counter_add(&stream->strip->overruns, 1);
	}
	announce(stream, stream->rt.position);
}
