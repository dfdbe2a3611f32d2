/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * G.711. A code has a sign, 3 bits of segment and 4 bits of step: sixteen equal steps in each
 * segment, twice as wide as those in the segment below. A step begins at its decision value and
 * decodes to its middle. All decision values are integers in the units used here, so truncating a
 * magnitude, not rounding it, finds the step it lies in.
 */
#include "src/sound/conv_kernel.h"

/* Full scale in these units: the standard's 14 bits for mu-law, and half of its 13 for A-law. */
#define MU_SCALE 0x1p13f
#define A_SCALE 0x1p11f

/* mu-law adds this to a magnitude, which puts the start of every segment on a power of two. */
#define MU_BIAS 33u
#define MU_MAX (8191u - MU_BIAS)
#define A_MAX 2047u

#define MU_FLIP 0xffu /* mu-law inverts every bit on the line, A-law every other one */
#define A_FLIP 0x55u

CONV_INLINE uint32_t magnitude(float value, float scale, uint32_t max)
{
	float size = fabsf(value) * scale;

	if (conv_is_nan(value)) {
		return 0;
	}
	return size < (float)max ? (uint32_t)size : max;
}

CONV_INLINE unsigned log2_of(uint32_t n)
{
	return 31u - (unsigned)__builtin_clz(n);
}

CONV_INLINE bool is_negative(float value)
{
	return value < 0.0f; /* neither -0 nor any NaN */
}

CONV_INLINE float load_mu_law(const unsigned char *sh_sample)
{
	uint32_t code = *sh_sample ^ MU_FLIP, segment = code >> 4 & 7, step = code & 15;
	int32_t size = (int32_t)((2 * step + MU_BIAS) << segment) - (int32_t)MU_BIAS;

	return (float)(code & 0x80 ? -size : size) * (1 / MU_SCALE);
}

CONV_INLINE void store_mu_law(unsigned char *sh_sample, float value)
{
	uint32_t size = magnitude(value, MU_SCALE, MU_MAX) + MU_BIAS;
	uint32_t segment = log2_of(size) - 5, step = size >> (segment + 1) & 15;
	uint32_t sign = is_negative(value) ? 0x80 : 0;

	*sh_sample = (unsigned char)((sign | segment << 4 | step) ^ MU_FLIP);
}

/* The first two segments have steps of the same width. */
CONV_INLINE float load_a_law(const unsigned char *sh_sample)
{
	uint32_t code = *sh_sample ^ A_FLIP, segment = code >> 4 & 7, step = code & 15;
	int32_t twice = (int32_t)(segment ? (2 * step + 33) << (segment - 1) : 2 * step + 1);

	return (float)(code & 0x80 ? twice : -twice) * (0.5f / A_SCALE);
}

CONV_INLINE void store_a_law(unsigned char *sh_sample, float value)
{
	uint32_t size = magnitude(value, A_SCALE, A_MAX);
	uint32_t segment = size < 32 ? size >> 4 : log2_of(size) - 3;
	uint32_t step = (segment ? size >> (segment - 1) : size) & 15;
	uint32_t sign = is_negative(value) ? 0 : 0x80;

	*sh_sample = (unsigned char)((sign | segment << 4 | step) ^ A_FLIP);
}

CONV_KERNELS(mu_law, 1);
CONV_KERNELS(a_law, 1);
