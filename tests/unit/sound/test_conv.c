/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The conversion kernels against alsa-lib and libsndfile. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "src/sound/conv.h"
#include "tests/unit/sound/reference.h"

#define SAMPLES 65536u
#define CANARY 0x5a

/* All samples in one channel, or 1021 frames of all channels; room for an offset and a canary. */
static unsigned char bytes[SAMPLES * 8 + 8], back[sizeof(bytes)], wanted[sizeof(bytes)];
static float plane[PCM_CHANNELS_MAX][SAMPLES / 16 + 8], flat[SAMPLES + 8],
	*planes[PCM_CHANNELS_MAX];
static float one_plane[SAMPLES + 8], values[SAMPLES];

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

static void use_planes(uint32_t channels)
{
	for (uint32_t c = 0; c < PCM_CHANNELS_MAX; c++) {
		planes[c] = channels == 1 ? one_plane : plane[c];
	}
}

static void fill_bytes(size_t size)
{
	for (size_t i = 0; i < size; i++) {
		bytes[i] = (unsigned char)random_u32();
	}
}

/* Converts guest memory with any contents, at any address, and compares with the reference. */
static void check_to_float(enum pcm_format format, uint32_t channels, uint32_t frames, uint32_t at)
{
	const unsigned char *raw = bytes + at % 5;

	use_planes(channels);
	for (uint32_t c = 0; c < channels; c++) {
		for (uint32_t i = 0; i < at + frames + 1; i++) {
			planes[c][i] = 2.0f;
		}
	}
	conv_find(format)->to_float(planes, at, raw, channels, frames);
	memcpy(wanted, raw, (size_t)frames * pcm_frame_bytes(format, channels));
	reference_to_float(format, channels, frames, wanted, flat);
	for (uint32_t i = 0; i < frames * channels; i++) {
		float expected = isfinite(flat[i]) ? flat[i] : 0.0f;

		assert_int_equal(float_bits(planes[i % channels][at + i / channels]),
				 float_bits(expected));
	}
	/* Nothing written before or after. */
	for (uint32_t c = 0; c < channels; c++) {
		assert_true(!at || planes[c][at - 1] == 2.0f);
		assert_true(planes[c][at + frames] == 2.0f);
	}
}

/* Compares values[], converted for the guest, with the reference. */
static void check_from_float(enum pcm_format format, uint32_t channels, uint32_t frames,
			     uint32_t at)
{
	uint32_t size = pcm_frame_bytes(format, channels) * frames;
	unsigned char *raw = back + 1 + at % 5;

	use_planes(channels);
	for (uint32_t i = 0; i < frames * channels; i++) {
		planes[i % channels][at + i / channels] = values[i];
	}
	memset(back, CANARY, size + 8);
	conv_find(format)->from_float(raw, (const float *const *)planes, at, channels, frames);
	assert_int_equal(raw[-1], CANARY);
	assert_int_equal(raw[size], CANARY);
	reference_from_float(format, channels, frames, values, wanted);
	reference_clear_unused(format, frames * channels, raw);
	reference_clear_unused(format, frames * channels, wanted);
	assert_memory_equal(raw, wanted, size);
}

/* Possible port contents: sound, edges, the formats' steps and half steps, random bits. */
static void fill_values(uint32_t count)
{
	static const float edges[] = { 0.0f,	   -0.0f,      1.0f,	       -1.0f,
				       1.5f,	   -1.5f,      1e30f,	       -1e30f,
				       NAN,	   INFINITY,   -INFINITY,      0x1p-16f,
				       0x1.8p-15f, 0x1p-24f,   0x1.fffffep-1f, -0x1.fffffep-1f,
				       1e-40f,	   -1e-9f,     0x1.fffep-1f,   0x1.ffffp-1f,
				       0x1.fcp-1f, -0x1.ffp-1f };

	for (uint32_t i = 0; i < count; i++) {
		uint32_t bits = random_u32(), kind = random_u32() % 8;

		memcpy(&values[i], &bits, 4);
		if (kind == 0) {
			values[i] = edges[bits % (sizeof(edges) / sizeof(edges[0]))];
		} else if (kind < 4) {
			values[i] = (float)(int32_t)bits * 0x1p-31f;
		} else if (kind < 7) {
			/* Whole and half steps of 7 to 24 bits. */
			values[i] = ldexpf((float)((int32_t)bits >> (8 + bits % 18)),
					   -23 + (int)(bits % 18));
		}
	}
}

static void test_shapes(void **state)
{
	static const uint32_t channels[] = { 1, 2, 3, 8, PCM_CHANNELS_MAX };
	static const uint32_t lengths[] = { 1, 2, 3, 7, 64, 255, 1021 };

	(void)state;
	for (unsigned format = 0; format < PCM_FORMATS; format++) {
		for (unsigned c = 0; c < sizeof(channels) / sizeof(*channels); c++) {
			for (unsigned n = 0; n < sizeof(lengths) / sizeof(*lengths); n++) {
				fill_bytes((size_t)channels[c] * lengths[n] * 8 + 8);
				check_to_float((enum pcm_format)format, channels[c], lengths[n], n);
				fill_values(channels[c] * lengths[n]);
				check_from_float((enum pcm_format)format, channels[c], lengths[n],
						 n);
			}
		}
	}
}

static void test_no_frames(void **state)
{
	(void)state;
	use_planes(2);
	for (unsigned format = 0; format < PCM_FORMATS; format++) {
		const struct conv *conv = conv_find((enum pcm_format)format);

		planes[0][0] = planes[1][0] = 2.0f;
		memset(back, CANARY, 16);
		conv->to_float(planes, 0, bytes, 2, 0);
		conv->from_float(back, (const float *const *)planes, 0, 2, 0);
		assert_true(planes[0][0] == 2.0f && planes[1][0] == 2.0f);
		assert_int_equal(back[0], CANARY);
	}
}

/* Every code to JACK and back: unchanged, except mu-law's -0, as it has two codes for 0. */
static void test_every_code(void **state)
{
	(void)state;
	for (unsigned format = 0; format < PCM_FORMATS; format++) {
		uint32_t size = pcm_sample_bytes((enum pcm_format)format);
		uint32_t codes = size == 1 ? 256 : 65536;

		if (size > 2) {
			continue;
		}
		for (uint32_t i = 0; i < codes; i++) {
			bytes[i * size] = (unsigned char)i;
			bytes[i * size + size - 1] = (unsigned char)(i >> 8 * (size - 1));
		}
		check_to_float((enum pcm_format)format, 1, codes, 0);
		memcpy(values, one_plane, codes * sizeof(values[0]));
		check_from_float((enum pcm_format)format, 1, codes, 0);
		if (format == PCM_MU_LAW) {
			assert_int_equal(back[1 + 0x7f], 0xff);
			back[1 + 0x7f] = 0x7f;
		}
		assert_memory_equal(back + 1, bytes, codes * size);
	}
}

/* Every 16-bit number against the encoders of ALSA and libsndfile. */
static void test_laws(void **state)
{
	static int16_t numbers[SAMPLES];

	(void)state;
	for (uint32_t i = 0; i < SAMPLES; i++) {
		numbers[i] = (int16_t)((int32_t)i - 32768);
		values[i] = (float)numbers[i] / 32768;
	}
	for (unsigned format = PCM_MU_LAW; format <= PCM_A_LAW; format++) {
		check_from_float((enum pcm_format)format, 1, SAMPLES, 0);
		/* libsndfile's table lacks the most negative number. */
		numbers[0] = -32767;
		reference_law((enum pcm_format)format, SAMPLES, numbers, wanted);
		assert_memory_equal(back + 1, wanted, SAMPLES);
	}
}

static void random_sample(enum pcm_format format, unsigned char *raw)
{
	static const uint32_t keep[] = {
		[8] = 0xff, [16] = 0xffff, [24] = 0xffffff, [32] = 0xffffff00
	};
	unsigned bits = reference_bits(format);
	float value = (float)(int32_t)random_u32() * 0x1p-31f;

	if (bits) {
		/* The part of an integer that a float can hold, converted by ALSA. */
		value = (float)(int32_t)((random_u32() & keep[bits]) << (32 - bits)) * 0x1p-31f;
	}
	reference_from_float(format, 1, 1, &value, raw);
}

/* Every integer that a float can hold survives the round trip. */
static void test_round_trip(void **state)
{
	(void)state;
	use_planes(1);
	for (unsigned format = 0; format < PCM_FORMATS; format++) {
		uint32_t size = pcm_sample_bytes((enum pcm_format)format);
		const struct conv *conv = conv_find((enum pcm_format)format);

		for (uint32_t i = 0; i < 100; i++) {
			random_sample((enum pcm_format)format, bytes + i * size);
		}
		conv->to_float(planes, 0, bytes, 1, 100);
		conv->from_float(back, (const float *const *)planes, 0, 1, 100);
		reference_clear_unused((enum pcm_format)format, 100, bytes);
		reference_clear_unused((enum pcm_format)format, 100, back);
		assert_memory_equal(back, bytes, 100 * size);
	}
}

/* A float64 is rounded once; one beyond float's range is silence, as an infinity is. */
static void test_float64(void **state)
{
	static const struct {
		double guest;
		float port;
	} cases[] = {
		{ 0.1, 0.1f },
		{ 1 + 0x1p-24, 1 },
		{ 1 + 0x1.000002p-24, 1 + 0x1p-23f },
		{ -1.5, -1.5f },
		{ 0x1.fffffep127, 0x1.fffffep127f },
		{ 0x1.fffffefp127, 0x1.fffffep127f },
		{ 0x1.ffffffp127, 0 },
		{ 1e300, 0 },
		{ -1e300, 0 },
		{ INFINITY, 0 },
		{ -INFINITY, 0 },
		{ NAN, 0 },
		{ 1e-300, 0 },
	};

	(void)state;
	use_planes(1);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t word;

		memcpy(&word, &cases[i].guest, 8);
		memcpy(bytes, &word, 8);
		conv_find(PCM_FLOAT64_LE)->to_float(planes, 0, bytes, 1, 1);
		assert_int_equal(float_bits(planes[0][0]), float_bits(cases[i].port));
		word = __builtin_bswap64(word);
		memcpy(bytes, &word, 8);
		conv_find(PCM_FLOAT64_BE)->to_float(planes, 0, bytes, 1, 1);
		assert_int_equal(float_bits(planes[0][0]), float_bits(cases[i].port));
	}
}

static void test_no_kernel(void **state)
{
	(void)state;
	assert_null(conv_find(PCM_UNKNOWN));
}

static int tear_down(void **state)
{
	(void)state;
	reference_finish();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),	   cmocka_unit_test(test_no_frames),
		cmocka_unit_test(test_every_code), cmocka_unit_test(test_laws),
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_float64),
		cmocka_unit_test(test_no_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, tear_down);
}
