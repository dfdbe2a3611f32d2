/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernels against arithmetic in double that knows nothing of them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "src/conv.h"

#define FRAMES 4096u

/* Off by one byte: nothing promises that a guest's frames are aligned. */
static unsigned char bytes[FRAMES * PCM_CHANNELS_MAX * 4 + 1], back[sizeof(bytes)];
static float planes[PCM_CHANNELS_MAX][FRAMES + 8];

static uint64_t random_state = 0x9e3779b97f4a7c15u;

static uint32_t random_u32(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 32);
}

static uint32_t float_bits(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, 4);
	return bits;
}

static void put(unsigned char *at, enum pcm_format format, uint32_t value)
{
	for (uint32_t i = 0; i < pcm_sample_bytes(format); i++) {
		at[i] = (unsigned char)(value >> (8 * i));
	}
}

static uint32_t get(const unsigned char *at, enum pcm_format format)
{
	uint32_t value = 0;

	for (uint32_t i = 0; i < pcm_sample_bytes(format); i++) {
		value |= (uint32_t)at[i] << (8 * i);
	}
	return value;
}

/* What JACK must get, by the definition of the format. */
static float expected_float(enum pcm_format format, uint32_t value)
{
	float number;

	switch (format) {
	case PCM_S16_LE:
		return (float)((double)(int16_t)value / 32768.0);
	case PCM_S24_LE:
		value &= 0xffffff;
		return (float)(((double)value - (value & 0x800000 ? 16777216.0 : 0.0)) / 8388608.0);
	case PCM_S32_LE:
		return (float)((double)(int32_t)value / 2147483648.0);
	default:
		memcpy(&number, &value, 4);
		return isfinite(number) ? number : 0.0f;
	}
}

/* What the guest must get. */
static uint32_t expected_sample(enum pcm_format format, float value)
{
	static const double scale[] = { 32768.0, 8388608.0, 2147483648.0 };
	static const uint32_t mask[] = { 0xffff, 0xffffffff, 0xffffffff };
	double scaled;

	if (format == PCM_FLOAT_LE) {
		return isfinite(value) ? float_bits(value) : 0;
	}
	if (isnan(value)) {
		return 0;
	}
	scaled = nearbyint((double)value * scale[format]);
	scaled = fmin(fmax(scaled, -scale[format]), scale[format] - 1);
	return (uint32_t)(int32_t)scaled & mask[format];
}

static void check(enum pcm_format format, uint32_t channels, uint32_t frames, uint32_t at)
{
	const struct conv *conv = conv_find(format);
	uint32_t size = pcm_sample_bytes(format);
	float *out[PCM_CHANNELS_MAX];

	for (uint32_t c = 0; c < channels; c++) {
		out[c] = planes[c];
		for (uint32_t i = 0; i < FRAMES + 8; i++) {
			planes[c][i] = 2.0f;
		}
	}
	conv->to_float(out, at, bytes + 1, channels, frames);
	for (uint32_t c = 0; c < channels; c++) {
		for (uint32_t i = 0; i < frames; i++) {
			uint32_t value = get(bytes + 1 + (i * channels + c) * size, format);

			assert_int_equal(float_bits(planes[c][at + i]),
					 float_bits(expected_float(format, value)));
		}
		/* Nothing before, nothing behind. */
		assert_true(!at || planes[c][at - 1] == 2.0f);
		assert_true(planes[c][at + frames] == 2.0f);
	}
	memset(back, 0x5a, sizeof(back));
	conv->from_float(back + 1, (const float *const *)out, at, channels, frames);
	for (uint32_t i = 0; i < frames * channels; i++) {
		assert_int_equal(get(back + 1 + i * size, format),
				 expected_sample(format, planes[i % channels][at + i / channels]));
	}
	assert_int_equal(back[0], 0x5a);
	assert_int_equal(back[1 + frames * channels * size], 0x5a);
}

static void fill(enum pcm_format format, uint32_t samples)
{
	static const uint32_t edges[] = {
		0,	    1,		0x7fff,	    0x8000,	0xffff,	    0x7fffff,
		0x800000,   0xffffff,	0x7fffffff, 0x80000000, 0xffffffff, 0x7f800000,
		0xff800000, 0x7fc00000, 0x7f800001, 0x3f800000, 0xbf800000, 0x00800000,
		0x7f7fffff, 0x40000000, 0x7fffff80, 0xff7fffff,
	};
	const uint32_t count = sizeof(edges) / sizeof(edges[0]);

	for (uint32_t i = 0; i < samples; i++) {
		put(bytes + 1 + i * pcm_sample_bytes(format), format,
		    i < count ? edges[i] : random_u32());
	}
}

static void test_shapes(void **state)
{
	static const uint32_t lengths[] = { 0, 1, 2, 3, 7, 16, 63, 64, 255 };

	(void)state;
	for (unsigned format = 0; format < PCM_FORMATS; format++) {
		for (uint32_t channels = 1; channels <= PCM_CHANNELS_MAX; channels++) {
			for (unsigned n = 0; n < sizeof(lengths) / sizeof(*lengths); n++) {
				fill((enum pcm_format)format, lengths[n] * channels);
				check((enum pcm_format)format, channels, lengths[n], n % 5);
			}
		}
	}
}

static void test_every_s16(void **state)
{
	(void)state;
	for (uint32_t first = 0; first < 65536; first += FRAMES) {
		for (uint32_t i = 0; i < FRAMES; i++) {
			put(bytes + 1 + 2 * i, PCM_S16_LE, first + i);
		}
		check(PCM_S16_LE, 1, FRAMES, 0);
		assert_memory_equal(bytes + 1, back + 1, FRAMES * 2);
	}
}

/* Whatever float can hold goes there and back unchanged. */
static void test_round_trip(void **state)
{
	static const uint32_t keep[] = {
		[PCM_S24_LE] = 0xffffffff, [PCM_S32_LE] = 0xffffff00, [PCM_FLOAT_LE] = 0xffffffff
	};

	(void)state;
	for (unsigned format = PCM_S24_LE; format < PCM_FORMATS; format++) {
		for (unsigned round = 0; round < 100; round++) {
			for (uint32_t i = 0; i < FRAMES; i++) {
				uint32_t value = random_u32() & keep[format];

				if (format == PCM_S24_LE) {
					value = (uint32_t)((int32_t)(value << 8) >> 8);
				} else if (format == PCM_FLOAT_LE) {
					/* |x| <= 1, normal */
					value = (value & 0x807fffff) | (1 + value % 126) << 23;
				}
				put(bytes + 1 + 4 * i, (enum pcm_format)format, value);
			}
			check((enum pcm_format)format, 2, FRAMES / 2, 0);
			assert_memory_equal(bytes + 1, back + 1, FRAMES * 4);
		}
	}
}

/* JACK's side may hold anything. */
static void test_from_any_float(void **state)
{
	static const float edges[] = { 0.0f,	   -0.0f,    1.0f,	     -1.0f,
				       1.5f,	   -1.5f,    1e30f,	     -1e30f,
				       NAN,	   INFINITY, -INFINITY,	     0x1p-16f,
				       0x1.8p-15f, 0x1p-24f, 0x1.fffffep-1f, -0x1.fffffep-1f,
				       1e-40f };
	const uint32_t count = sizeof(edges) / sizeof(edges[0]);
	const float *in[1] = { planes[0] };

	(void)state;
	for (unsigned format = 0; format < PCM_FORMATS; format++) {
		for (uint32_t i = 0; i < FRAMES; i++) {
			uint32_t bits = random_u32();

			memcpy(&planes[0][i], &bits, 4);
			if (i < count) {
				planes[0][i] = edges[i];
			} else if (i % 2) {
				planes[0][i] = (float)(int32_t)bits * 0x1p-31f;
			}
		}
		conv_find((enum pcm_format)format)->from_float(back + 1, in, 0, 1, FRAMES);
		for (uint32_t i = 0; i < FRAMES; i++) {
			uint32_t size = pcm_sample_bytes((enum pcm_format)format);
			uint32_t wanted = expected_sample((enum pcm_format)format, planes[0][i]);

			assert_int_equal(get(back + 1 + i * size, (enum pcm_format)format), wanted);
		}
	}
}

static void test_no_kernel(void **state)
{
	(void)state;
	assert_null(conv_find(PCM_UNKNOWN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),	   cmocka_unit_test(test_every_s16),
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_from_any_float),
		cmocka_unit_test(test_no_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
