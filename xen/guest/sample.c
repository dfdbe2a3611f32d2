/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/guest/sample.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Integers: (value << shift) + zero. */
static const struct {
	unsigned bits, shift;
	uint32_t zero;
	bool big_endian;
} formats[PCM_FORMATS] = {
	[PCM_S8] = { 8, 0, 0, false },
	[PCM_U8] = { 8, 0, 0x80, false },
	[PCM_S16_LE] = { 16, 0, 0, false },
	[PCM_S16_BE] = { 16, 0, 0, true },
	[PCM_U16_LE] = { 16, 0, 0x8000, false },
	[PCM_U16_BE] = { 16, 0, 0x8000, true },
	[PCM_S24_LE] = { 24, 0, 0, false },
	[PCM_S24_BE] = { 24, 0, 0, true },
	[PCM_U24_LE] = { 24, 0, 0x800000, false },
	[PCM_U24_BE] = { 24, 0, 0x800000, true },
	[PCM_S32_LE] = { 32, 0, 0, false },
	[PCM_S32_BE] = { 32, 0, 0, true },
	[PCM_U32_LE] = { 32, 0, 0x80000000u, false },
	[PCM_U32_BE] = { 32, 0, 0x80000000u, true },
	[PCM_FLOAT_BE] = { .big_endian = true },
	[PCM_FLOAT64_BE] = { .big_endian = true },
	[PCM_IEC958_LE] = { 24, 4, 0, false },
	[PCM_IEC958_BE] = { 24, 4, 0, true },
};

unsigned sample_bits(enum pcm_format format)
{
	return formats[format].bits;
}

static uint64_t word_get(enum pcm_format format, const unsigned char *sample)
{
	uint32_t bytes = pcm_sample_bytes(format), i;
	uint64_t word = 0;

	for (i = 0; i < bytes; i++) {
		word = word << 8 | sample[formats[format].big_endian ? i : bytes - 1 - i];
	}
	return word;
}

static void word_put(enum pcm_format format, unsigned char *sample, uint64_t word)
{
	uint32_t bytes = pcm_sample_bytes(format), i;

	for (i = 0; i < bytes; i++) {
		sample[formats[format].big_endian ? bytes - 1 - i : i] = (unsigned char)word;
		word >>= 8;
	}
}

/* --- mu-law and A-law: a code's magnitude is a step's number, 0 to 127 */

static bool is_law(enum pcm_format format)
{
	return format == PCM_MU_LAW || format == PCM_A_LAW;
}

/* The middle of a step, and half its width; full scale is 8192 for mu-law, 4096 for A-law. */
static int32_t step_middle(enum pcm_format format, uint32_t number, int32_t *half)
{
	uint32_t segment = number / 16, step = number % 16;

	if (format == PCM_MU_LAW) {
		*half = (int32_t)1 << segment;
		return (int32_t)((2 * step + 33) << segment) - 33;
	}
	*half = segment == 0 ? 1 : (int32_t)1 << (segment - 1);
	return segment == 0 ? (int32_t)(2 * step + 1) : (int32_t)(2 * step + 33) * *half;
}

static double law_scale(enum pcm_format format)
{
	return format == PCM_MU_LAW ? 8192 : 4096;
}

static double law_get(enum pcm_format format, unsigned char code)
{
	uint32_t number = (format == PCM_MU_LAW ? code ^ 0xffu : code ^ 0x55u) & 0x7fu;
	int32_t half, middle = step_middle(format, number, &half);

	return ((code & 0x80) != 0 ? middle : -middle) / law_scale(format);
}

static unsigned char law_put(enum pcm_format format, double value)
{
	double size = fabs(value) * law_scale(format);
	uint32_t number = 127, sign = value < 0 ? 0 : 0x80;
	int32_t half, middle = step_middle(format, number, &half);

	while (number > 0 && size < middle - half) {
		middle = step_middle(format, --number, &half);
	}
	return (unsigned char)(format == PCM_MU_LAW ? sign | (number ^ 0x7f)
						    : (sign | number) ^ 0x55);
}

/* --- floating point */

static double real_get(enum pcm_format format, const unsigned char *sample)
{
	uint64_t word = word_get(format, sample);
	uint32_t low = (uint32_t)word;
	double wide;
	float real;

	if (pcm_sample_bytes(format) == sizeof(wide)) {
		memcpy(&wide, &word, sizeof(wide));
		return wide;
	}
	memcpy(&real, &low, sizeof(real));
	return (double)real;
}

static void real_put(enum pcm_format format, unsigned char *sample, double value)
{
	float real = (float)value;
	uint64_t word = 0;
	uint32_t low;

	if (pcm_sample_bytes(format) == sizeof(value)) {
		memcpy(&word, &value, sizeof(word));
	} else {
		memcpy(&low, &real, sizeof(low));
		word = low;
	}
	word_put(format, sample, word);
}

/* --- all formats */

double sample_get(enum pcm_format format, const unsigned char *sample)
{
	unsigned bits = formats[format].bits;
	uint32_t word;

	if (is_law(format)) {
		return law_get(format, *sample);
	}
	if (bits == 0) {
		return real_get(format, sample);
	}
	word = (uint32_t)word_get(format, sample) - formats[format].zero;
	word <<= 32 - bits - formats[format].shift;
	/* A subframe has other bits below the sample. */
	word &= ~UINT32_C(0) << (32 - bits);
	return (double)(int32_t)word / 2147483648.0;
}

/* Sets bit 31 for even parity of bits 4 to 31. */
static uint32_t with_parity(uint32_t word)
{
	uint32_t ones = 0, bit;

	for (bit = 4; bit < 31; bit++) {
		ones += word >> bit & 1;
	}
	return word | (ones % 2) << 31;
}

void sample_put(enum pcm_format format, unsigned char *sample, double value)
{
	unsigned bits = formats[format].bits;
	double scale = ldexp(1, (int)bits - 1), number;
	uint32_t word;

	if (is_law(format)) {
		*sample = law_put(format, value);
		return;
	}
	if (bits == 0) {
		real_put(format, sample, value);
		return;
	}
	number = isnan(value) ? 0 : fmin(fmax(rint(value * scale), -scale), scale - 1);
	word = (uint32_t)(int32_t)number;
	if (formats[format].shift > 0) {
		word = with_parity((word & 0xffffffu) << formats[format].shift);
	}
	word_put(format, sample, word + formats[format].zero);
}
