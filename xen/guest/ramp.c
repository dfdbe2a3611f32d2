/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/guest/ramp.h"

#include <string.h>

#include "xen/guest/sample.h"

/* A prime, so that no channel repeats another's values after a round number of frames. */
#define FIRST_STEP 4099u

/* In place of a counter: the frame belongs to no ramp. */
#define ALTERED UINT32_MAX

/*
 * mu-law and A-law have no even steps. There, the counter selects one of the positive codes;
 * silence is the first.
 */
static bool is_law(enum pcm_format format)
{
	return format == PCM_MU_LAW || format == PCM_A_LAW;
}

static unsigned char law_silence(enum pcm_format format)
{
	unsigned char silence;

	pcm_silence(format, &silence, 1, 1);
	return silence;
}

/* The counter's width in bits. */
static unsigned width_of(enum pcm_format format)
{
	unsigned bits = sample_bits(format);

	return is_law(format) ? 7 : bits == 8 || bits == 16 ? bits : 24;
}

static uint32_t mask_of(enum pcm_format format)
{
	return (1u << width_of(format)) - 1;
}

static void sample_of(enum pcm_format format, unsigned char *sample, uint32_t value)
{
	unsigned unused = 32 - width_of(format);

	if (is_law(format)) {
		*sample = law_silence(format) ^ (unsigned char)value;
	} else {
		/* Two's complement. */
		sample_put(format, sample, (double)(int32_t)(value << unused) / 2147483648.0);
	}
}

static uint32_t value_of(enum pcm_format format, const unsigned char *sample)
{
	uint32_t law = *sample ^ law_silence(format), mask = mask_of(format);
	double one = (double)(mask >> 1) + 1, real;

	if (is_law(format)) {
		return law <= mask ? law : ALTERED;
	}
	real = sample_get(format, sample) * one;
	if (!(real >= -one && real < one) || real != (double)(int32_t)real) {
		return ALTERED;
	}
	return (uint32_t)(int32_t)real & mask;
}

uint32_t ramp_step(unsigned stream)
{
	return FIRST_STEP + 2 * stream;
}

void ramp_fill(enum pcm_format format, uint32_t channels, uint32_t step, uint64_t first,
	       void *frames, uint32_t count)
{
	uint32_t bytes = pcm_sample_bytes(format), mask = mask_of(format), i, c;
	unsigned char *sample = frames;

	for (i = 0; i < count; i++) {
		for (c = 0; c < channels; c++) {
			sample_of(format, sample, ((uint32_t)(first + i) + 1 + c * step) & mask);
			sample += bytes;
		}
	}
}

void ramp_check_init(struct ramp_check *check, enum pcm_format format, uint32_t channels,
		     uint32_t step)
{
	memset(check, 0, sizeof(*check));
	check->format = format;
	check->channels = channels;
	check->step = step;
}

/* Returns a frame's counter or ALTERED; *silent: all its samples are 0. */
static uint32_t frame_get(const struct ramp_check *check, const unsigned char *sample, bool *silent)
{
	uint32_t bytes = pcm_sample_bytes(check->format), mask = mask_of(check->format), c;
	uint32_t value, counter = 0;
	bool altered = false;

	*silent = true;
	for (c = 0; c < check->channels; c++, sample += bytes) {
		value = value_of(check->format, sample);
		*silent = *silent && value == 0;
		counter = c == 0 ? value : counter;
		altered = altered || value == ALTERED ||
			  ((value - c * check->step) & mask) != counter;
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
