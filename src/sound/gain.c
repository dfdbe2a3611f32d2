/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/sound/gain.h"

#include <string.h>

/*
 * The amplitude with `left` frames to go. It depends on that number alone and is no running sum, so
 * the ramp ends exactly on its target, whatever the length of a cycle.
 */
static float amplitude(const struct gain_ramp *ramp, uint32_t left)
{
	float done = (float)(GAIN_RAMP_FRAMES - left) / (float)GAIN_RAMP_FRAMES;

	return left ? ramp->from + (ramp->to - ramp->from) * done : ramp->to;
}

static void note(struct gain *gain)
{
	bool active = false, boosts = false;

	for (uint32_t c = 0; c < gain->channels; c++) {
		const struct gain_ramp *ramp = &gain->rt.ramps[c];

		active |= ramp->left || ramp->to != 1.0f;
		boosts |= (ramp->left && ramp->from > 1.0f) || ramp->to > 1.0f;
	}
	gain->rt.active = active;
	gain->rt.boosts = boosts;
}

void gain_follow(struct gain *gain)
{
	float targets[PCM_CHANNELS_MAX];
	uint32_t channels = gain->channels;

	/* While they are being set, leave it to the next cycle. */
	if (!amplitudes_get(&gain->targets, targets, channels, &gain->rt.changes)) {
		return;
	}
	for (uint32_t c = 0; c < channels; c++) {
		struct gain_ramp *ramp = &gain->rt.ramps[c];

		if (targets[c] != ramp->to) {
			ramp->from = amplitude(ramp, ramp->left);
			ramp->to = targets[c];
			ramp->left = GAIN_RAMP_FRAMES;
		}
	}
	note(gain);
}

void gain_settle(struct gain *gain)
{
	gain_follow(gain);
	for (uint32_t c = 0; c < gain->channels; c++) {
		gain->rt.ramps[c].left = 0;
	}
	note(gain);
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
	note(gain);
}
