/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long a frame is under way between a guest's program and its port, for a program that keeps
 * its ring full (playback) or empty (capture) whenever it is woken. io states the stream that is
 * open, jack tells the ports; the card owns it. JACK's frames, but for the stream's own; nothing
 * fails.
 *
 * A JACK client handles the frames of a cycle in that cycle and adds nothing; the program is
 * taken as one that handles a period in the cycle that wakes it. With that:
 *
 *   playback   ring - period + cycle: what lies before a frame when it is written
 *   capture    period - cycle + 1: until its period is complete, and the frame of lead
 *
 * both exact where JACK's cycle divides the guest's period. Where it does not, some periods end
 * nearer to the cycle that wakes the program: a range. A resampled stream's ring, period and lead
 * last as long in JACK's frames as they do in the guest's, and its resampler's delay is added;
 * what is no whole number of JACK's frames is rounded.
 */
#ifndef XENJACK_LATENCY_H
#define XENJACK_LATENCY_H

#include <stdatomic.h>
#include <stdbool.h>

#include "src/pcm.h"

struct latency_range {
	uint32_t min, max;
};

struct latency {
	/* io writes these one by one: what jack reads between two writes, its next look corrects */
	_Atomic uint64_t stream; /* ring and period in the guest's frames; 0: none was open yet */
	_Atomic uint64_t rates;	 /* the guest's and JACK's in Hz; 0: the same */
	_Atomic uint32_t delay;	 /* the resampler's */

	struct latency_range told; /* jack's: what the ports have */
};

/* States a stream that was opened; its period is 0 if it wants no positions. */
void latency_state(struct latency *latency, uint32_t ring, uint32_t period);

/* States its resampler, between two rates in Hz; 0, 0, 0 for none. */
void latency_state_resampler(struct latency *latency, uint32_t guest_hz, uint32_t jack_hz,
			     uint32_t delay);

/*
 * What that means under a JACK period, not 0. A stream that was closed counts until the next is
 * opened; before the first it is that of the shortest ring offered.
 */
struct latency_range latency_find(const struct latency *latency, enum pcm_dir dir, uint32_t cycle);

/* The ports are new, and have what they have then. */
void latency_forget(struct latency *latency);

/* Whether that is not what the ports have; then they are to be told latency->told. */
bool latency_renew(struct latency *latency, enum pcm_dir dir, uint32_t cycle);

#endif
