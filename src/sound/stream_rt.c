/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/sound/stream_rt.h"

#include <assert.h>
#include <string.h>

#include "src/sound/conv_kernel.h"

static uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* How many frames can be moved from the position's place without passing the ring's end. */
static uint32_t span(const struct stream_rt *runtime, uint32_t frames, unsigned char **sh_place)
{
	uint32_t place = (uint32_t)(runtime->rt.hw_frames % runtime->ring_frames);

	*sh_place = runtime->sh_ring + (size_t)place * runtime->frame_bytes;
	return min_u32(frames, runtime->ring_frames - place);
}

/*
 * The fill. Playback: written but not yet played; capture: recorded but not yet read. Nothing while
 * the guest is late, at most the ring in an overrun or when WRITEs claim more than fits.
 */
static void show_fill(struct stream_rt *runtime)
{
	uint64_t appl_frames = rt_counter_get(&runtime->shared.appl_frames);
	uint64_t hw_frames = runtime->rt.hw_frames;
	int64_t fill = (int64_t)(runtime->dir == PCM_PLAYBACK ? appl_frames - hw_frames
							      : hw_frames - appl_frames);

	if (fill > runtime->ring_frames) {
		fill = runtime->ring_frames;
	}
	atomic_store_explicit(&runtime->strip->status.fill_frames, fill > 0 ? (int32_t)fill : 0,
			      memory_order_relaxed);
}

static void announce(struct stream_rt *runtime, uint64_t hw_frames)
{
	if (runtime->period_frames && !evt_push(runtime->evt, hw_frames * runtime->frame_bytes)) {
		rt_counter_add(&runtime->strip->lost, 1);
	}
	show_fill(runtime);
	/* After the event: when the two positions are equal, everything has been announced. */
	rt_counter_set(&runtime->shared.hw_frames, hw_frames);
	rt_counter_add(&runtime->strip->cycles, 1);
}

/* Takes frames out of the ring into out[][at...] and leaves silence behind. */
static void take(struct stream_rt *runtime, float *const *out, uint32_t at, uint32_t frames)
{
	unsigned char *sh_place;

	while (frames) {
		uint32_t n = span(runtime, frames, &sh_place);

		runtime->conv->to_float(out, at, sh_place, runtime->channels, n);
		/* If the guest is late, silence is heard, never stale sound. */
		pcm_silence(runtime->format, sh_place, runtime->frame_bytes, n);
		runtime->rt.hw_frames += n;
		at += n;
		frames -= n;
	}
}

/* Moves the carry to the port; returns how much of the cycle it filled. */
static uint32_t carry_out(struct stream_rt *runtime, float *const *out, uint32_t frames)
{
	uint32_t n = min_u32(frames, runtime->rt.carried);
	uint32_t left = runtime->rt.carried - n;

	for (uint32_t c = 0; c < runtime->channels; c++) {
		float *carry = runtime->rt.carry[c];

		memcpy(out[c], carry, n * sizeof(float));
		memmove(carry, carry + n, left * sizeof(float));
	}
	runtime->rt.carried = left;
	return n;
}

/* Takes the lead, at most `room` frames, into the carry. */
static void carry_in(struct stream_rt *runtime, uint64_t appl_frames, uint32_t room)
{
	uint64_t hw_frames = runtime->rt.hw_frames;
	float *carry[PCM_CHANNELS_MAX];
	uint32_t hold;

	/* A lead that the guest has not written yet waits for a cycle that finds it. */
	if (runtime->rt.lead_due && hw_frames + runtime->rt.lead_due <= appl_frames) {
		runtime->rt.lead = runtime->rt.lead_due;
		/* In this order: if we are killed here, the lead must not be lost. */
		rt_keep_order();
		runtime->rt.lead_due = 0;
	}
	hold = min_u32(runtime->rt.lead - runtime->rt.carried, room);
	/*
	 * The guest stops a stream as soon as its last frame counts as played. In the carry, that
	 * frame would never be heard: announce it only when it is on the port.
	 */
	if (hw_frames < appl_frames && hw_frames + hold >= appl_frames) {
		return;
	}
	for (uint32_t c = 0; c < runtime->channels; c++) {
		carry[c] = runtime->rt.carry[c];
	}
	take(runtime, carry, runtime->rt.carried, hold);
	runtime->rt.carried += hold;
}

/* Fills `out` with the next frames; takes at most *room of them from the ring. */
static void deliver(struct stream_rt *runtime, float *const *out, uint32_t frames, uint32_t *room)
{
	uint32_t done = carry_out(runtime, out, frames);
	uint32_t body = min_u32(frames - done, *room);

	take(runtime, out, done, body);
	*room -= body;
	done += body;
	for (uint32_t c = 0; c < runtime->channels; c++) {
		memset(out[c] + done, 0, (frames - done) * sizeof(float));
	}
}

/* Divides the scratch among the channels; returns the frames in each part. */
static uint32_t split_scratch(struct stream_rt *runtime, float *scratch[PCM_CHANNELS_MAX])
{
	uint32_t chunk = STREAM_RT_SCRATCH_SAMPLES / runtime->channels;

	for (uint32_t c = 0; c < runtime->channels; c++) {
		scratch[c] = runtime->scratch + (size_t)c * chunk;
	}
	return chunk;
}

static void deliver_resampled(struct stream_rt *runtime, float *const *out, uint32_t frames,
			      uint32_t *room)
{
	uint32_t left = resamp_advance(runtime->resamp, frames), done = 0, n;
	float *scratch[PCM_CHANNELS_MAX];
	uint32_t chunk = split_scratch(runtime, scratch);

	do {
		n = min_u32(left, chunk);
		deliver(runtime, scratch, n, room);
		resamp_push(runtime->resamp, (const float *const *)scratch, 0, n);
		done += resamp_pull(runtime->resamp, out, done, frames - done);
		left -= n;
	} while (left);
	assert(done == frames);
}

/*
 * The position that the guest may know. Frames in the resampler are not heard yet, and the guest
 * stops when its last frame counts as played (see carry_in): while that frame is in the resampler,
 * the position stays right before it.
 */
static uint64_t heard(const struct stream_rt *runtime, uint64_t appl_frames)
{
	uint64_t hw_frames = runtime->rt.hw_frames;
	uint64_t put_in = hw_frames - runtime->rt.carried;
	uint64_t told = rt_counter_get(&runtime->shared.hw_frames);

	if (hw_frames >= appl_frames && put_in < appl_frames + runtime->resamp->delay_frames) {
		hw_frames = appl_frames > told ? appl_frames - 1 : told;
	}
	return min_u64(hw_frames, told + runtime->ring_frames - 1);
}

/*
 * Replaces what is not finite by silence. Conversion yields finite samples only, but a gain above
 * 0 dB or the resampler can exceed the largest float, and one bad sample would poison every filter
 * downstream. Finite samples keep their bits.
 */
static void keep_finite(float *const *out, uint32_t channels, uint32_t frames)
{
	for (uint32_t c = 0; c < channels; c++) {
		float *samples = out[c];

		for (uint32_t i = 0; i < frames; i++) {
			samples[i] = conv_float(conv_finite(conv_bits(samples[i])));
		}
	}
}

/* Measures what the ports carry: playback after the gain, capture before it. */
static void measure(struct stream_rt *runtime, const float *const *samples, uint32_t frames)
{
	if (meter_wanted(&runtime->strip->meter)) {
		meter_measure(&runtime->strip->meter, samples, runtime->channels, frames);
	}
}

void stream_rt_playback(struct stream_rt *runtime, float *const *out, uint32_t frames)
{
	uint64_t appl_frames = rt_counter_get(&runtime->shared.appl_frames);
	/* An advance by a whole ring is invisible to the guest, which counts modulo its ring. */
	uint32_t room = runtime->ring_frames - 1;
	bool may_overflow = runtime->resamp;

	if (!runtime->resamp) {
		deliver(runtime, out, frames, &room);
	} else {
		deliver_resampled(runtime, out, frames, &room);
	}
	carry_in(runtime, appl_frames, room);
	/* Here and not in take(): the ramp runs in the port's time, for carried frames too. */
	if (gain_active(&runtime->gain)) {
		/* Before the ramp moves on: it may end below 0 dB in this cycle. */
		may_overflow |= runtime->gain.rt.boosts;
		gain_scale(&runtime->gain, out, (const float *const *)out, 0, frames);
	}
	if (may_overflow) {
		keep_finite(out, runtime->channels, frames);
	}
	measure(runtime, (const float *const *)out, frames);

	if (runtime->rt.hw_frames <= appl_frames) {
		runtime->rt.dry = false;
	} else if (!runtime->rt.dry) {
		runtime->rt.dry = true;
		rt_counter_add(&runtime->strip->underruns, 1);
	}
	announce(runtime, runtime->resamp ? heard(runtime, appl_frames) : runtime->rt.hw_frames);
}

/* Gives frames of in[][at...] to the ring; silence if `in` is NULL. */
static void give(struct stream_rt *runtime, const float *const *in, uint32_t at, uint32_t frames)
{
	unsigned char *sh_place;

	while (frames) {
		uint32_t n = span(runtime, frames, &sh_place);

		if (in) {
			runtime->conv->from_float(sh_place, in, at, runtime->channels, n);
		} else {
			pcm_silence(runtime->format, sh_place, runtime->frame_bytes, n);
		}
		runtime->rt.hw_frames += n;
		at += n;
		frames -= n;
	}
}

static void give_scaled(struct stream_rt *runtime, const float *const *in, uint32_t frames)
{
	float *scratch[PCM_CHANNELS_MAX];
	uint32_t chunk = split_scratch(runtime, scratch);

	for (uint32_t done = 0; done < frames; done += chunk) {
		uint32_t n = min_u32(frames - done, chunk);

		gain_scale(&runtime->gain, scratch, in, done, n);
		give(runtime, (const float *const *)scratch, 0, n);
	}
}

/* Gives the resampler's output to the ring: takes at most *left frames, gives at most *room. */
static void give_pulled(struct stream_rt *runtime, float *const *scratch, uint32_t *left,
			uint32_t *room)
{
	uint32_t chunk = STREAM_RT_SCRATCH_SAMPLES / runtime->channels;
	uint32_t n, fits;

	while ((n = resamp_pull(runtime->resamp, scratch, 0, min_u32(*left, chunk)))) {
		fits = min_u32(n, *room);
		give(runtime, (const float *const *)scratch, 0, fits);
		*room -= fits;
		*left -= n;
	}
}

/* Returns whether all frames found room. */
static bool give_resampled(struct stream_rt *runtime, const float *const *in, uint32_t frames,
			   uint32_t room)
{
	uint32_t left = resamp_advance(runtime->resamp, frames);
	bool whole = left <= room;
	float *scratch[PCM_CHANNELS_MAX];
	uint32_t chunk = split_scratch(runtime, scratch);

	for (uint32_t done = 0; done < frames; done += chunk) {
		uint32_t n = min_u32(frames - done, chunk);

		/* Before the resampler: the ramp runs in the port's time. */
		if (gain_active(&runtime->gain)) {
			gain_scale(&runtime->gain, scratch, in, done, n);
			resamp_push(runtime->resamp, (const float *const *)scratch, 0, n);
		} else {
			resamp_push(runtime->resamp, in, done, n);
		}
		give_pulled(runtime, scratch, &left, &room);
	}
	assert(!left);
	return whole;
}

/* Without a resampler; returns whether all frames found room. */
static bool give_whole(struct stream_rt *runtime, const float *const *in, uint32_t frames,
		       uint32_t room)
{
	uint32_t body = min_u32(frames, room);

	if (gain_active(&runtime->gain)) {
		give_scaled(runtime, in, body);
	} else {
		give(runtime, in, 0, body);
	}
	return body == frames;
}

void stream_rt_capture(struct stream_rt *runtime, const float *const *in, uint32_t frames)
{
	uint64_t appl_frames = rt_counter_get(&runtime->shared.appl_frames);
	uint32_t lead = runtime->rt.lead_due;
	uint32_t room = runtime->ring_frames - 1 - lead;
	bool whole;

	measure(runtime, in, frames);
	give(runtime, NULL, 0, lead);
	runtime->rt.lead_due = 0;
	whole = runtime->resamp ? give_resampled(runtime, in, frames, room)
				: give_whole(runtime, in, frames, room);
	if (whole && runtime->rt.hw_frames <= appl_frames + runtime->ring_frames) {
		runtime->rt.dry = false;
	} else if (!runtime->rt.dry) {
		runtime->rt.dry = true;
		rt_counter_add(&runtime->strip->overruns, 1);
	}
	announce(runtime, runtime->rt.hw_frames);
}
