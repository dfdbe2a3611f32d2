/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One open stream's way between its guest's sample rate and JACK's: libsamplerate at a fixed ratio,
 * fed so that every cycle gets its frames. io makes it before the stream is published; then it is
 * the callback's. What the callback calls neither allocates nor fails. How many of the guest's
 * frames belong to a cycle is counted in whole numbers: over any time it is jack_frames * guest_hz
 * / jack_hz and nothing drifts. The delay is constant, and known to the frame.
 */
#ifndef XENJACK_RESAMP_H
#define XENJACK_RESAMP_H

#include <samplerate.h>
#include <stdbool.h>
#include <stdint.h>

#include "src/rt.h"

/* What libsamplerate calls fastest, medium and best. */
enum resamp_quality {
	RESAMP_NO, /* JACK's rate and no other */
	RESAMP_FAST,
	RESAMP_YES,
	RESAMP_BEST,
};

/* What is moved at a time: samples, all channels together. */
#define RESAMP_CHUNK_SAMPLES 1024u

struct resamp {
	/* fixed */
	uint32_t guest_hz, jack_hz, in_hz;
	uint32_t channels;
	double ratio;	       /* frames out for a frame in */
	uint32_t delay_frames; /* of what goes in: silence that goes before it */
	uint32_t queue_frames; /* room in the queue */
	SRC_STATE *state;
	float *queue; /* interleaved: what goes in and was not taken yet */

	/* the callback's while the stream is published, io's otherwise */
	struct {
		uint32_t phase; /* of a guest's frame, in 1 / jack_hz */
		uint32_t queued;
		float chunk[RESAMP_CHUNK_SAMPLES];
	} rt;
};

/* --- io */

/* Rates that Linux has names for, in rising order, and 0 behind them. */
extern const uint32_t resamp_rates_hz[];

/* Whether a rate is one of them: these are what a guest is offered besides JACK's. */
bool resamp_offers(uint32_t rate_hz);

/*
 * Makes one of a quality other than RESAMP_NO; `playback`: from the guest to JACK, else from JACK
 * to the guest. All memory that the callback will touch is brought in. NULL without memory, or if
 * the rates are more than 256 times apart.
 */
struct resamp *resamp_create(enum resamp_quality quality, bool playback, uint32_t channels,
			     uint32_t guest_hz, uint32_t jack_hz);

/* Forgets what was put in. */
void resamp_restart(struct resamp *resamp);

/* Accepts NULL. */
void resamp_destroy(struct resamp *resamp);

/*
 * How much later a sound comes out than it would without, in JACK's frames, rounded; 0 for NULL.
 * Any thread, while the resampler exists.
 */
uint32_t resamp_delay_frames(const struct resamp *resamp);

/* --- the process callback */

/* How many of the guest's frames belong to the next cycle; to be called once a cycle. */
RT_SAFE uint32_t resamp_advance(struct resamp *resamp, uint32_t jack_frames);

/* Puts frames of src[0..channels-1], from `at` on, in: RESAMP_CHUNK_SAMPLES at most. */
RT_SAFE void resamp_push(struct resamp *resamp, const float *const *src, uint32_t at,
			 uint32_t frames);

/* Takes what can be taken, up to `frames`, out into dst[0..channels-1] from `at` on; how many. */
RT_SAFE uint32_t resamp_pull(struct resamp *resamp, float *const *dst, uint32_t at,
			     uint32_t frames);

#endif
