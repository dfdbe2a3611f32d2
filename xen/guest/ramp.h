/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A signal in which every frame says which one it is: a counter of 24 bits (fewer in formats that
 * have fewer; 7 in the laws), from 1 on, each channel `step` ahead of the one before, which says
 * which stream it is. One thread; nothing is owned; never fails. The check finds frames that are
 * missing, inserted or altered, wherever the recording begins.
 */
#ifndef XENJACK_GUEST_RAMP_H
#define XENJACK_GUEST_RAMP_H

#include <stdbool.h>

#include "src/pcm.h"

/* The step of a guest's n-th stream in a direction. */
uint32_t ramp_step(unsigned stream);

/* Writes frames `first` and on. */
void ramp_fill(enum pcm_format format, uint32_t channels, uint32_t step, uint64_t first,
	       void *frames, uint32_t count);

struct ramp_check {
	enum pcm_format format;
	uint32_t channels, step;
	bool found; /* a first frame */
	uint32_t expected;
	uint64_t leading;  /* silent frames before the first */
	uint64_t good;	   /* frames that follow the one before */
	uint64_t jumps;	   /* frames that are right but not the next */
	uint64_t lost;	   /* frames skipped by jumps forward */
	uint64_t repeated; /* frames seen again by jumps backward */
	uint64_t gaps;	   /* silence between frames, times */
	uint64_t silent;   /* and its frames */
	uint64_t altered;  /* frames that are in no ramp */
	uint64_t trailing; /* silent frames at the end, so far */
};

void ramp_check_init(struct ramp_check *check, enum pcm_format format, uint32_t channels,
		     uint32_t step);

void ramp_check_add(struct ramp_check *check, const void *frames, uint32_t count);

/* Whether there was a ramp and nothing else but silence around it. */
bool ramp_check_passed(const struct ramp_check *check);

#endif
