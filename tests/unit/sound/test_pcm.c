/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "src/sound/pcm.h"
#include "tests/unit/sound/reference.h"

static void test_names(void **state)
{
	(void)state;
	for (unsigned format = 0; format < PCM_FORMATS; format++) {
		assert_int_equal(pcm_find(pcm_name((enum pcm_format)format)), format);
		assert_true(pcm_sample_bytes((enum pcm_format)format) > 0);
	}
	assert_int_equal(pcm_find("S16_LE"), PCM_S16_LE);
	assert_int_equal(pcm_find("s16"), PCM_UNKNOWN);
	assert_int_equal(pcm_find(""), PCM_UNKNOWN);
	assert_string_equal(pcm_name(PCM_UNKNOWN), "unknown");
}

static void test_sizes(void **state)
{
	(void)state;
	assert_int_equal(pcm_frame_bytes(PCM_S16_LE, 2), 4);
	assert_int_equal(pcm_frame_bytes(PCM_S24_LE, 1), 4);
	assert_int_equal(pcm_frame_bytes(PCM_FLOAT_LE, PCM_CHANNELS_MAX), 4 * PCM_CHANNELS_MAX);
	assert_int_equal(pcm_frame_bytes(PCM_S16_LE, 0), 0);
	assert_int_equal(pcm_frame_bytes(PCM_S16_LE, PCM_CHANNELS_MAX + 1), 0);
	assert_int_equal(pcm_frame_bytes(PCM_S16_LE, UINT32_MAX), 0);
	assert_int_equal(pcm_frame_bytes(PCM_UNKNOWN, 2), 0);
}

/* Silence is the same as ALSA's, at any address and of any length; bytes around it are untouched.
 */
static void test_silence(void **state)
{
	unsigned char bytes[400], expected[400];

	(void)state;
	for (unsigned i = 0; i < PCM_FORMATS; i++) {
		enum pcm_format format = (enum pcm_format)i;

		for (uint32_t frames = 0; frames < 12; frames++) {
			uint32_t channels = 1 + frames % 3, at = 1 + frames % 5;
			uint32_t frame_bytes = pcm_frame_bytes(format, channels);

			memset(bytes, 0xa5, sizeof(bytes));
			memset(expected, 0xa5, sizeof(expected));
			reference_silence(format, frames * channels, expected + 8);
			memmove(expected + at, expected + 8, sizeof(expected) - 8);
			memset(expected, 0xa5, at);
			pcm_silence(format, bytes + at, frame_bytes, frames);
			assert_memory_equal(bytes, expected, sizeof(bytes) - 8);
		}
	}
}

/* Names mean the same as in ALSA, and samples have the same width. */
static void test_names_are_alsas(void **state)
{
	(void)state;
	for (unsigned i = 0; i < PCM_FORMATS; i++) {
		enum pcm_format format = (enum pcm_format)i;
		snd_pcm_format_t alsa = snd_pcm_format_value(pcm_name(format));

		assert_int_equal(alsa, reference_alsa(format));
		assert_int_equal(snd_pcm_format_size(alsa, 1), pcm_sample_bytes(format));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_names_are_alsas),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_silence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
