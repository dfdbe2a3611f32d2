/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Building blocks of kernels. A format is one load and one store of a sample; CONV_KERNELS makes
 * its loops. Everything is inlined with its constants, so a format costs no more than if it were
 * written out. Process callback. A sample in guest memory may be at any address and may change
 * at any moment: checks are made on a copy.
 */
#ifndef XENJACK_CONV_KERNEL_H
#define XENJACK_CONV_KERNEL_H

#include <endian.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "src/sound/conv.h"

#define CONV_INLINE RT_SAFE static inline __attribute__((always_inline))

enum conv_order {
	CONV_LE,
	CONV_BE,
};

/* A word of 1, 2 or 4 bytes. */
CONV_INLINE uint32_t conv_load(const unsigned char *sh_sample, size_t bytes, enum conv_order order)
{
	uint32_t word;
	uint16_t half;

	switch (bytes) {
	case 1:
		return *sh_sample;
	case 2:
		memcpy(&half, sh_sample, sizeof(half));
		return order == CONV_BE ? be16toh(half) : le16toh(half);
	default:
		memcpy(&word, sh_sample, sizeof(word));
		return order == CONV_BE ? be32toh(word) : le32toh(word);
	}
}

CONV_INLINE void conv_store(unsigned char *sh_sample, size_t bytes, enum conv_order order,
			    uint32_t word)
{
	uint16_t half;

	switch (bytes) {
	case 1:
		*sh_sample = (unsigned char)word;
		break;
	case 2:
		half = order == CONV_BE ? htobe16((uint16_t)word) : htole16((uint16_t)word);
		memcpy(sh_sample, &half, sizeof(half));
		break;
	default:
		word = order == CONV_BE ? htobe32(word) : htole32(word);
		memcpy(sh_sample, &word, sizeof(word));
	}
}

CONV_INLINE uint32_t conv_bits(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

CONV_INLINE float conv_float(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* Tests the bits: a compiler that assumes there are no NaNs could drop any other test. */
CONV_INLINE bool conv_is_nan(float value)
{
	return (conv_bits(value) & 0x7fffffffu) > 0x7f800000u;
}

/* The bits of a finite float; 0 for infinity and NaN. */
CONV_INLINE uint32_t conv_finite(uint32_t bits)
{
	return (bits & 0x7f800000u) != 0x7f800000u ? bits : 0;
}

CONV_INLINE void conv_unpack(float (*load)(const unsigned char *), size_t bytes, float *const *dst,
			     uint32_t at, const unsigned char *sh_src, uint32_t channels,
			     uint32_t frames)
{
	for (uint32_t c = 0; c < channels; c++) {
		const unsigned char *sh_sample = sh_src + c * bytes;
		float *out = dst[c] + at;

		for (uint32_t i = 0; i < frames; i++) {
			out[i] = load(sh_sample + i * (channels * bytes));
		}
	}
}

CONV_INLINE void conv_pack(void (*store)(unsigned char *, float), size_t bytes,
			   unsigned char *sh_dst, const float *const *src, uint32_t at,
			   uint32_t channels, uint32_t frames)
{
	for (uint32_t c = 0; c < channels; c++) {
		unsigned char *sh_sample = sh_dst + c * bytes;
		const float *in = src[c] + at;

		for (uint32_t i = 0; i < frames; i++) {
			store(sh_sample + i * (channels * bytes), in[i]);
		}
	}
}

/*
 * Defines conv_<name> from load_<name> and store_<name>. Mono and stereo have loops of their own:
 * with a constant stride, the compiler can vectorise them.
 */
#define CONV_KERNELS(name, bytes)                                                           \
	static void to_float_##name(float *const *dst, uint32_t at, const void *sh_src,     \
				    uint32_t channels, uint32_t frames)                     \
	{                                                                                   \
		if (channels == 1) {                                                        \
			conv_unpack(load_##name, bytes, dst, at, sh_src, 1, frames);        \
		} else if (channels == 2) {                                                 \
			conv_unpack(load_##name, bytes, dst, at, sh_src, 2, frames);        \
		} else {                                                                    \
			conv_unpack(load_##name, bytes, dst, at, sh_src, channels, frames); \
		}                                                                           \
	}                                                                                   \
	static void from_float_##name(void *sh_dst, const float *const *src, uint32_t at,   \
				      uint32_t channels, uint32_t frames)                   \
	{                                                                                   \
		if (channels == 1) {                                                        \
			conv_pack(store_##name, bytes, sh_dst, src, at, 1, frames);         \
		} else if (channels == 2) {                                                 \
			conv_pack(store_##name, bytes, sh_dst, src, at, 2, frames);         \
		} else {                                                                    \
			conv_pack(store_##name, bytes, sh_dst, src, at, channels, frames);  \
		}                                                                           \
	}                                                                                   \
	const struct conv conv_##name = { to_float_##name, from_float_##name }

#endif
