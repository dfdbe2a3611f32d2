/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Converts one open stream between its guest's sample rate and JACK's: libsamplerate at a fixed
 * ratio, fed so that every cycle gets its frames. The mapper's or the io thread makes it before the
 * stream is published; then the callback owns it. What the callback calls neither allocates nor
 * fails. How many of the guest's frames belong to a cycle is counted in integers: over any time it
 * is jack_frames * guest_hz / jack_hz, and nothing drifts. The delay is constant, and known to the
 * frame.
 */
#ifndef XENJACK_RESAMP_H
#define XENJACK_RESAMP_H

#include <samplerate.h>
#include <stdbool.h>
#include <stdint.h>

#include "src/base/rt.h"

/* libsamplerate's fastest, medium and best. */
enum resamp_quality {
	RESAMP_NO, /* no rate but JACK's */
	RESAMP_FAST,
	RESAMP_YES,
	RESAMP_BEST,
};

/* Samples moved at a time, over all channels. */
#define RESAMP_CHUNK_SAMPLES 1024u

struct resamp {
	/* fixed */
	uint32_t guest_hz, jack_hz, in_hz;
	uint32_t channels;
	double ratio;	       /* output frames for each input frame */
	uint32_t delay_frames; /* of the input: silence put before it */
	uint32_t queue_frames; /* size of the queue */
	SRC_STATE *state;
	float *queue; /* input not consumed yet; interleaved */

	/* the callback's while the stream is published, the io thread's otherwise */
	struct {
		uint32_t phase; /* of a guest's frame, in 1 / jack_hz */
		uint32_t queued;
		float chunk[RESAMP_CHUNK_SAMPLES];
	} rt;
};

/* --- the io thread, or the mapper's while it has the stream's memory */

/* Rates that Linux has names for, ascending, with 0 at the end. */
extern const uint32_t resamp_rates_hz[];

/* Whether a rate is one of them: those that a guest is offered besides JACK's. */
bool resamp_offers(uint32_t rate_hz);

/*
 * Makes one of a quality other than RESAMP_NO. `playback`: from the guest to JACK, otherwise from
 * JACK to the guest. Faults in all memory that the callback will touch. NULL without memory, or if
 * one rate is more than 256 times the other.
 */
struct resamp *resamp_create(enum resamp_quality quality, bool playback, uint32_t channels,
			     uint32_t guest_hz, uint32_t jack_hz);

/*
 * About how much of the JACK cycle one takes, in millionths: an estimate, the same on every
 * machine. docs/resampling.md compares it with measurements.
 */
uint64_t resamp_cost_ppm(enum resamp_quality quality, uint32_t channels, uint32_t guest_hz,
			 uint32_t jack_hz);

/* Drops all input. */
void resamp_restart(struct resamp *resamp);

/* Accepts NULL. */
void resamp_destroy(struct resamp *resamp);

/*
 * How much the resampler delays sound, in JACK's frames, rounded; 0 for NULL. Any thread, while the
 * resampler exists.
 */
uint32_t resamp_delay_frames(const struct resamp *resamp);

/* --- the process callback */

/* How many of the guest's frames belong to the next cycle; call it once a cycle. */
RT_SAFE uint32_t resamp_advance(struct resamp *resamp, uint32_t jack_frames);

/*
 * Puts in frames of src[0..channels-1], from `at` on: at most RESAMP_CHUNK_SAMPLES in all channels.
 */
RT_SAFE void resamp_push(struct resamp *resamp, const float *const *src, uint32_t at,
			 uint32_t frames);

/* Takes out what is ready, up to `frames`, to dst[0..channels-1] from `at` on; returns how many. */
RT_SAFE uint32_t resamp_pull(struct resamp *resamp, float *const *dst, uint32_t at,
			     uint32_t frames);

#endif
