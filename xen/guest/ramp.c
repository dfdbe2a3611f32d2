/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/guest/ramp.h"

#include <string.h>

/* A prime, so that no channel repeats another's values after a round number of frames. */
#define CHANNEL_STEP 4099u

#define FLOAT_ONE 8388608.0f /* 2^23 */

/* What is no value of a ramp. */
#define ALTERED UINT32_MAX

static uint32_t mask_of(enum pcm_format format)
{
	return format == PCM_S16_LE ? 0xffffu : 0xffffffu;
}

/* Two's complement of 24 bits. */
static int32_t signed_of(uint32_t value)
{
	return (int32_t)(value << 8) >> 8;
}

static void sample_put(enum pcm_format format, unsigned char *sample, uint32_t value)
{
	int32_t word = signed_of(value);
	int16_t half = (int16_t)value;
	float real = (float)word / FLOAT_ONE;

	switch (format) {
	case PCM_S16_LE:
		memcpy(sample, &half, sizeof(half));
		break;
	case PCM_S24_LE:
		memcpy(sample, &word, sizeof(word));
		break;
	case PCM_S32_LE:
		value <<= 8;
		memcpy(sample, &value, sizeof(value));
		break;
	default:
		memcpy(sample, &real, sizeof(real));
	}
}

static uint32_t sample_get(enum pcm_format format, const unsigned char *sample)
{
	uint32_t word = 0;
	float real;

	memcpy(&word, sample, pcm_sample_bytes(format));
	switch (format) {
	case PCM_S16_LE:
		return word;
	case PCM_S24_LE:
		return word & 0xffffffu;
	case PCM_S32_LE:
		return (word & 0xffu) == 0 ? word >> 8 : ALTERED;
	default:
		memcpy(&real, sample, sizeof(real));
		real *= FLOAT_ONE;
		if (!(real >= -FLOAT_ONE && real < FLOAT_ONE) || real != (float)(int32_t)real) {
			return ALTERED;
		}
		return (uint32_t)(int32_t)real & 0xffffffu;
	}
}

void ramp_fill(enum pcm_format format, uint32_t channels, uint64_t first, void *frames,
	       uint32_t count)
{
	uint32_t bytes = pcm_sample_bytes(format), mask = mask_of(format), i, c;
	unsigned char *sample = frames;

	for (i = 0; i < count; i++) {
		for (c = 0; c < channels; c++) {
			sample_put(format, sample,
				   ((uint32_t)(first + i) + 1 + c * CHANNEL_STEP) & mask);
			sample += bytes;
		}
	}
}

void ramp_check_init(struct ramp_check *check, enum pcm_format format, uint32_t channels)
{
	memset(check, 0, sizeof(*check));
	check->format = format;
	check->channels = channels;
}

/* The counter of a frame, or ALTERED; *silent: all samples are 0. */
static uint32_t frame_get(const struct ramp_check *check, const unsigned char *sample, bool *silent)
{
	uint32_t bytes = pcm_sample_bytes(check->format), mask = mask_of(check->format), c;
	uint32_t value, counter = 0;
	bool altered = false;

	*silent = true;
	for (c = 0; c < check->channels; c++, sample += bytes) {
		value = sample_get(check->format, sample);
		*silent = *silent && value == 0;
		counter = c == 0 ? value : counter;
		altered = altered || value == ALTERED ||
			  ((value - c * CHANNEL_STEP) & mask) != counter;
	}
	return altered ? ALTERED : counter;
}

static void frame_add(struct ramp_check *check, uint32_t counter, bool silent)
{
	uint32_t mask = mask_of(check->format), ahead = (counter - check->expected) & mask;

	if (silent && (!check->found || counter != check->expected)) {
		check->leading += !check->found;
		check->trailing += check->found;
		return;
	}
	if (check->trailing > 0) {
		check->gaps++;
		check->silent += check->trailing;
		check->trailing = 0;
	}
	if (counter == ALTERED) {
		check->altered++;
		check->expected = (check->expected + 1) & mask;
		return;
	}
	if (check->found && ahead != 0) {
		check->jumps++;
		if (ahead <= mask / 2) {
			check->lost += ahead;
		} else {
			check->repeated += (mask + 1) - ahead;
		}
	} else {
		check->good++;
	}
	check->found = true;
	check->expected = (counter + 1) & mask;
}

void ramp_check_add(struct ramp_check *check, const void *frames, uint32_t count)
{
	uint32_t bytes = pcm_frame_bytes(check->format, check->channels), i, counter;
	const unsigned char *frame = frames;
	bool silent;

	for (i = 0; i < count; i++, frame += bytes) {
		counter = frame_get(check, frame, &silent);
		frame_add(check, counter, silent);
	}
}

bool ramp_check_passed(const struct ramp_check *check)
{
	return check->found && check->jumps == 0 && check->gaps == 0 && check->altered == 0;
}
