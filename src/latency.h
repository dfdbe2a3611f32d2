/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long a frame is under way between a guest's program and its port, for a program that keeps
 * its ring full (playback) or empty (capture) whenever it is woken. io states the stream that is
 * open, any thread asks; the caller owns it. Frames; nothing fails.
 *
 * A JACK client handles the frames of a cycle in that cycle and adds nothing; the program is
 * taken as one that handles a period in the cycle that wakes it. With that:
 *
 *   playback   ring - period + cycle: what lies before a frame when it is written
 *   capture    period - cycle + 1: until its period is complete, and the frame of lead
 *
 * both exact where JACK's cycle divides the guest's period. Where it does not, some periods end
 * nearer to the cycle that wakes the program: a range.
 */
#ifndef XENJACK_LATENCY_H
#define XENJACK_LATENCY_H

#include <stdatomic.h>

#include "src/pcm.h"

struct latency {
	_Atomic uint64_t stream; /* ring and period; 0: none is open */
};

struct latency_range {
	uint32_t min, max;
};

/* States the open stream; without one ring is 0, and period 0 if it wants no positions. */
void latency_state(struct latency *latency, uint32_t ring, uint32_t period);

/* What that means under a JACK period, not 0; with nothing open, for the shortest ring offered. */
struct latency_range latency_find(const struct latency *latency, enum pcm_dir dir, uint32_t cycle);

#endif
