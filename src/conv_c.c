/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/conv.h"

#include <endian.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

/* A word at any address; may_alias because the bytes belong to nobody we know. */
struct __attribute__((packed, may_alias)) word {
	uint32_t bits;
};

INLINE uint32_t load_32(const unsigned char *sh_sample)
{
	uint32_t word;

	memcpy(&word, sh_sample, sizeof(word));
	return le32toh(word);
}

INLINE void store_32(unsigned char *sh_sample, uint32_t word)
{
	word = htole32(word);
	memcpy(sh_sample, &word, sizeof(word));
}

/* By its bits: a compiler told that there are no NaNs could drop any other test. */
INLINE bool finite_bits(uint32_t bits)
{
	return (bits & 0x7f800000u) != 0x7f800000u;
}

INLINE uint32_t bits_of(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

INLINE float float_of(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* Full scale is a power of two: scaling rounds nothing, lrintf alone does. */
INLINE int32_t to_int(float value, float full_scale, int32_t max)
{
	long n;

	if ((bits_of(value) & 0x7fffffffu) > 0x7f800000u) { /* NaN */
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

INLINE float load_s16(const unsigned char *sh_sample)
{
	uint16_t word;

	memcpy(&word, sh_sample, sizeof(word));
	return (float)(int16_t)le16toh(word) * 0x1p-15f;
}

INLINE void store_s16(unsigned char *sh_sample, float value)
{
	uint16_t word = htole16((uint16_t)to_int(value, 0x1p15f, INT16_MAX));

	memcpy(sh_sample, &word, sizeof(word));
}

/* The top byte is whatever the guest left there: bit 23 is the sign. */
INLINE float load_s24(const unsigned char *sh_sample)
{
	return (float)(int32_t)(load_32(sh_sample) << 8) * 0x1p-31f;
}

INLINE void store_s24(unsigned char *sh_sample, float value)
{
	store_32(sh_sample, (uint32_t)to_int(value, 0x1p23f, 0x7fffff));
}

INLINE float load_s32(const unsigned char *sh_sample)
{
	return (float)(int32_t)load_32(sh_sample) * 0x1p-31f;
}

INLINE void store_s32(unsigned char *sh_sample, float value)
{
	store_32(sh_sample, (uint32_t)to_int(value, 0x1p31f, INT32_MAX));
}

/* Volatile: loaded again after the check it could be a NaN that the guest put there meanwhile. */
INLINE float load_float(const unsigned char *sh_sample)
{
	uint32_t bits = le32toh(((const volatile struct word *)sh_sample)->bits);

	return float_of(finite_bits(bits) ? bits : 0);
}

INLINE void store_float(unsigned char *sh_sample, float value)
{
	uint32_t bits = bits_of(value);

	store_32(sh_sample, finite_bits(bits) ? bits : 0);
}

INLINE void unpack(float (*load)(const unsigned char *), size_t bytes, float *const *dst,
		   uint32_t at, const unsigned char *sh_src, uint32_t channels, uint32_t frames)
{
	uint32_t c, i;

	for (c = 0; c < channels; c++) {
		const unsigned char *sh_sample = sh_src + c * bytes;
		float *out = dst[c] + at;

		for (i = 0; i < frames; i++) {
			out[i] = load(sh_sample + i * (channels * bytes));
		}
	}
}

INLINE void pack(void (*store)(unsigned char *, float), size_t bytes, unsigned char *sh_dst,
		 const float *const *src, uint32_t at, uint32_t channels, uint32_t frames)
{
	uint32_t c, i;

	for (c = 0; c < channels; c++) {
		unsigned char *sh_sample = sh_dst + c * bytes;
		const float *in = src[c] + at;

		for (i = 0; i < frames; i++) {
			store(sh_sample + i * (channels * bytes), in[i]);
		}
	}
}

/* Mono and stereo of their own: with a constant stride the compiler can vectorise the loop. */
#define KERNELS(name, bytes)                                                              \
	static void to_float_##name(float *const *dst, uint32_t at, const void *sh_src,   \
				    uint32_t channels, uint32_t frames)                   \
	{                                                                                 \
		if (channels == 1) {                                                      \
			unpack(load_##name, bytes, dst, at, sh_src, 1, frames);           \
		} else if (channels == 2) {                                               \
			unpack(load_##name, bytes, dst, at, sh_src, 2, frames);           \
		} else {                                                                  \
			unpack(load_##name, bytes, dst, at, sh_src, channels, frames);    \
		}                                                                         \
	}                                                                                 \
	static void from_float_##name(void *sh_dst, const float *const *src, uint32_t at, \
				      uint32_t channels, uint32_t frames)                 \
	{                                                                                 \
		if (channels == 1) {                                                      \
			pack(store_##name, bytes, sh_dst, src, at, 1, frames);            \
		} else if (channels == 2) {                                               \
			pack(store_##name, bytes, sh_dst, src, at, 2, frames);            \
		} else {                                                                  \
			pack(store_##name, bytes, sh_dst, src, at, channels, frames);     \
		}                                                                         \
	}                                                                                 \
	const struct conv conv_c_##name = { to_float_##name, from_float_##name }

KERNELS(s16, 2);
KERNELS(s24, 4);
KERNELS(s32, 4);
KERNELS(float, 4);
