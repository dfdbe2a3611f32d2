/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/gain.h"

#include <string.h>

/*
 * The amplitude with so many frames left. A function of that number alone, not a running sum: the
 * end is met exactly, and the length of a cycle makes no difference.
 */
static float amplitude(const struct gain_ramp *ramp, uint32_t left)
{
	float done = (float)(GAIN_RAMP_FRAMES - left) / (float)GAIN_RAMP_FRAMES;

	return left ? ramp->from + (ramp->to - ramp->from) * done : ramp->to;
}

static void note_active(struct gain *gain)
{
	bool active = false;

	for (uint32_t c = 0; c < gain->channels; c++) {
		active |= gain->rt.ramps[c].left || gain->rt.ramps[c].to != 1.0f;
	}
	gain->rt.active = active;
}

void gain_follow(struct gain *gain)
{
	/* Read before the targets: a change that comes meanwhile is seen again in the next cycle.
	 */
	gain->rt.changes = atomic_load_explicit(&gain->changes, memory_order_acquire);
	for (uint32_t c = 0; c < gain->channels; c++) {
		struct gain_ramp *ramp = &gain->rt.ramps[c];
		float target = atomic_load_explicit(&gain->targets[c], memory_order_relaxed);

		if (target != ramp->to) {
			ramp->from = amplitude(ramp, ramp->left);
			ramp->to = target;
			ramp->left = GAIN_RAMP_FRAMES;
		}
	}
	note_active(gain);
}

static void scale_channel(struct gain_ramp *ramp, float *dst, const float *src, uint32_t frames)
{
	uint32_t left = ramp->left;
	uint32_t ramped = left < frames ? left : frames;
	float to = ramp->to;

	for (uint32_t i = 0; i < ramped; i++) {
		dst[i] = src[i] * amplitude(ramp, left - 1 - i);
	}
	ramp->left = left - ramped;
	dst += ramped;
	src += ramped;
	frames -= ramped;
	if (to == 0.0f) {
		memset(dst, 0, frames * sizeof(*dst));
	} else if (to != 1.0f) {
		for (uint32_t i = 0; i < frames; i++) {
			dst[i] = src[i] * to;
		}
	} else if (dst != src) {
		memcpy(dst, src, frames * sizeof(*dst));
	}
}

void gain_scale(struct gain *gain, float *const *dst, const float *const *src, uint32_t at,
		uint32_t frames)
{
	for (uint32_t c = 0; c < gain->channels; c++) {
		scale_channel(&gain->rt.ramps[c], dst[c], src[c] + at, frames);
	}
	note_active(gain);
}
