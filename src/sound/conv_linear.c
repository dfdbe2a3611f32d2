/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Integers: signed and unsigned, of 8 to 32 bits, and those in IEC 958 subframes. */
#include "src/sound/conv_kernel.h"

/* Full scale is a power of two, so scaling is exact; only lrintf rounds. */
CONV_INLINE int32_t to_int(float value, unsigned bits)
{
	const float full_scale = (float)(1u << (bits - 1));
	const int32_t max = (int32_t)((1u << (bits - 1)) - 1);
	long n;

	if (conv_is_nan(value)) {
		return 0;
	}
	value *= full_scale;
	if (value >= full_scale) {
		return max;
	}
	if (value < -full_scale) {
		return -max - 1;
	}
	n = lrintf(value);
	return n > max ? max : (int32_t)n;
}

/* Casts where a type exists: cheaper than shifting the number to the top of the word. */
CONV_INLINE float to_float(uint32_t word, unsigned bits)
{
	switch (bits) {
	case 8:
		return (float)(int8_t)word * 0x1p-7f;
	case 16:
		return (float)(int16_t)word * 0x1p-15f;
	default:
		return (float)(int32_t)(word << (32 - bits)) * 0x1p-31f;
	}
}

/*
 * Bits above a sample's own are ignored in what a guest writes; in what it gets, they hold the
 * sign, or 0. Unsigned numbers have their zero in the middle.
 */
#define LINEAR(name, bytes, bits, order, zero)                                               \
	CONV_INLINE float load_##name(const unsigned char *sh_sample)                        \
	{                                                                                    \
		uint32_t word = conv_load(sh_sample, bytes, order) - (zero);                 \
                                                                                             \
		return to_float(word, bits);                                                 \
	}                                                                                    \
	CONV_INLINE void store_##name(unsigned char *sh_sample, float value)                 \
	{                                                                                    \
		conv_store(sh_sample, bytes, order, (uint32_t)to_int(value, bits) + (zero)); \
	}                                                                                    \
	CONV_KERNELS(name, bytes)

LINEAR(s8, 1, 8, CONV_LE, 0u);
LINEAR(u8, 1, 8, CONV_LE, 0x80u);
LINEAR(s16_le, 2, 16, CONV_LE, 0u);
LINEAR(s16_be, 2, 16, CONV_BE, 0u);
LINEAR(u16_le, 2, 16, CONV_LE, 0x8000u);
LINEAR(u16_be, 2, 16, CONV_BE, 0x8000u);
LINEAR(s24_le, 4, 24, CONV_LE, 0u);
LINEAR(s24_be, 4, 24, CONV_BE, 0u);
LINEAR(u24_le, 4, 24, CONV_LE, 0x800000u);
LINEAR(u24_be, 4, 24, CONV_BE, 0x800000u);
LINEAR(s32_le, 4, 32, CONV_LE, 0u);
LINEAR(s32_be, 4, 32, CONV_BE, 0u);
LINEAR(u32_le, 4, 32, CONV_LE, 0x80000000u);
LINEAR(u32_be, 4, 32, CONV_BE, 0x80000000u);

/*
 * A subframe: preamble in bits 0 to 3, sound, validity, user data, channel status, and in bit 31
 * even parity over bits 4 to 31. A guest gets no preamble and no channel status: they would give
 * the position in a block of 192 frames, and there are no blocks.
 */
#define SUBFRAME_SOUND 0x0ffffff0u
#define SUBFRAME_PARITY 0x80000000u

CONV_INLINE float load_subframe(const unsigned char *sh_sample, enum conv_order order)
{
	return to_float(conv_load(sh_sample, 4, order) >> 4, 24);
}

CONV_INLINE void store_subframe(unsigned char *sh_sample, enum conv_order order, float value)
{
	uint32_t word = (uint32_t)to_int(value, 24) << 4 & SUBFRAME_SOUND, ones = word;

	ones ^= ones << 16;
	ones ^= ones << 8;
	ones ^= ones << 4;
	ones ^= ones << 2;
	ones ^= ones << 1;
	conv_store(sh_sample, 4, order, word | (ones & SUBFRAME_PARITY));
}

#define SUBFRAME(name, order)                                                \
	CONV_INLINE float load_##name(const unsigned char *sh_sample)        \
	{                                                                    \
		return load_subframe(sh_sample, order);                      \
	}                                                                    \
	CONV_INLINE void store_##name(unsigned char *sh_sample, float value) \
	{                                                                    \
		store_subframe(sh_sample, order, value);                     \
	}                                                                    \
	CONV_KERNELS(name, 4)

SUBFRAME(iec958_le, CONV_LE);
SUBFRAME(iec958_be, CONV_BE);
