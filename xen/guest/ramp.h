/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A signal in which every frame can be identified: a counter of 24 bits (fewer in formats that have
 * fewer; 7 in mu-law and A-law) that starts at 1. Each channel is `step` ahead of the one before;
 * the step identifies the stream. The check finds missing, inserted and altered frames, wherever
 * the recording begins. One thread; owns nothing; never fails.
 */
#ifndef XENJACK_GUEST_RAMP_H
#define XENJACK_GUEST_RAMP_H

#include <stdbool.h>

#include "src/sound/pcm.h"

/* The step of a guest's n-th stream in a direction. */
uint32_t ramp_step(unsigned stream);

/* Writes `count` frames from frame `first` on. */
void ramp_fill(enum pcm_format format, uint32_t channels, uint32_t step, uint64_t first,
	       void *frames, uint32_t count);

struct ramp_check {
	enum pcm_format format;
	uint32_t channels, step;
	bool found; /* a first frame was found */
	uint32_t expected;
	uint64_t leading;  /* silent frames before the first */
	uint64_t good;	   /* frames that continue the one before */
	uint64_t jumps;	   /* valid frames that do not continue it */
	uint64_t lost;	   /* frames skipped by jumps forward */
	uint64_t repeated; /* frames repeated by jumps backward */
	uint64_t gaps;	   /* times silence interrupted the ramp */
	uint64_t silent;   /* frames of silence in these gaps */
	uint64_t altered;  /* frames that belong to no ramp */
	uint64_t trailing; /* silent frames at the end, so far */
};

void ramp_check_init(struct ramp_check *check, enum pcm_format format, uint32_t channels,
		     uint32_t step);

void ramp_check_add(struct ramp_check *check, const void *frames, uint32_t count);

/* Whether there was an intact ramp, with nothing but silence around it. */
bool ramp_check_passed(const struct ramp_check *check);

#endif
