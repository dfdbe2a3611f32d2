/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 32-bit and 64-bit floating point. */
#include "src/sound/conv_kernel.h"

/*
 * Words at any address; may_alias because the real type of the bytes is unknown. Volatile, so that
 * they are loaded once: a second load, after the check, could find a NaN that the guest has put
 * there meanwhile.
 */
struct __attribute__((packed, may_alias)) word_32 {
	uint32_t bits;
};

struct __attribute__((packed, may_alias)) word_64 {
	uint64_t bits;
};

CONV_INLINE float load_32(const unsigned char *sh_sample, enum conv_order order)
{
	uint32_t bits = ((const volatile struct word_32 *)sh_sample)->bits;

	return conv_float(conv_finite(order == CONV_BE ? be32toh(bits) : le32toh(bits)));
}

CONV_INLINE void store_32(unsigned char *sh_sample, enum conv_order order, float value)
{
	conv_store(sh_sample, 4, order, conv_finite(conv_bits(value)));
}

CONV_INLINE float load_64(const unsigned char *sh_sample, enum conv_order order)
{
	uint64_t bits = ((const volatile struct word_64 *)sh_sample)->bits;
	double value;

	bits = order == CONV_BE ? be64toh(bits) : le64toh(bits);
	memcpy(&value, &bits, sizeof(value));
	return conv_float(conv_finite(conv_bits((float)value)));
}

CONV_INLINE void store_64(unsigned char *sh_sample, enum conv_order order, float value)
{
	double wide = (double)conv_float(conv_finite(conv_bits(value)));
	uint64_t bits;

	memcpy(&bits, &wide, sizeof(bits));
	bits = order == CONV_BE ? htobe64(bits) : htole64(bits);
	memcpy(sh_sample, &bits, sizeof(bits));
}

#define REAL(name, bits, order)                                              \
	CONV_INLINE float load_##name(const unsigned char *sh_sample)        \
	{                                                                    \
		return load_##bits(sh_sample, order);                        \
	}                                                                    \
	CONV_INLINE void store_##name(unsigned char *sh_sample, float value) \
	{                                                                    \
		store_##bits(sh_sample, order, value);                       \
	}                                                                    \
	CONV_KERNELS(name, (bits) / 8)

REAL(float_le, 32, CONV_LE);
REAL(float_be, 32, CONV_BE);
REAL(float64_le, 64, CONV_LE);
REAL(float64_be, 64, CONV_BE);
