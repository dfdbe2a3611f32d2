/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long a frame takes between a guest's program and its port, for a program that keeps its ring
 * full (playback) or empty (capture) whenever it is woken. The io thread records the open stream,
 * the jack thread sets the ports' ranges, and the card owns this. In JACK's frames, except for the
 * stream's own numbers. Nothing fails.
 *
 * A JACK client handles the frames of a cycle in that cycle and adds nothing. The guest's program
 * is assumed to handle a period in the cycle that wakes it. So:
 *
 *   playback   ring - period + cycle: what lies before a frame when it is written
 *   capture    period - cycle + 1: until its period is complete, and the frame of lead
 *
 * Both are exact if JACK's cycle divides the guest's period. If it does not, some periods end
 * nearer to the cycle that wakes the program, and the latency is a range. Ring, period and lead of
 * a resampled stream last as long in JACK's frames as in the guest's, and the resampler's delay is
 * added; fractions of JACK's frames are rounded.
 */
#ifndef XENJACK_LATENCY_H
#define XENJACK_LATENCY_H

#include <stdatomic.h>
#include <stdbool.h>

#include "src/sound/pcm.h"

struct latency_range {
	uint32_t min, max;
};

struct latency {
	/* the io thread writes these one by one; a mixed read is corrected by the next one */
	_Atomic uint64_t stream; /* ring and period in the guest's frames; 0: never open */
	_Atomic uint64_t rates;	 /* the guest's and JACK's in Hz; 0: the same */
	_Atomic uint32_t delay;	 /* the resampler's */

	struct latency_range told; /* the jack thread's: as set on the ports */
};

/* Records an opened stream; its period is 0 if it wants no positions. */
void latency_publish(struct latency *latency, uint32_t ring, uint32_t period);

/* Records its resampler, between two rates in Hz; 0, 0, 0 for none. */
void latency_publish_resampler(struct latency *latency, uint32_t guest_hz, uint32_t jack_hz,
			       uint32_t delay);

/*
 * The resulting range for a JACK period, not 0. A closed stream counts until the next one opens;
 * before the first, the shortest ring offered counts.
 */
struct latency_range latency_find(const struct latency *latency, enum pcm_dir dir, uint32_t cycle);

/* The ports are new: no range has been set on them. */
void latency_forget(struct latency *latency);

/* Whether the range differs from what the ports have; if so, set latency->told on them. */
bool latency_renew(struct latency *latency, enum pcm_dir dir, uint32_t cycle);

#endif
