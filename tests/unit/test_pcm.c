/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "src/pcm.h"

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

static void test_silence(void **state)
{
	unsigned char bytes[64];

	(void)state;
	for (unsigned format = 0; format < PCM_FORMATS; format++) {
		uint32_t frame = pcm_frame_bytes((enum pcm_format)format, 2);

		memset(bytes, 0xa5, sizeof(bytes));
		pcm_silence((enum pcm_format)format, bytes + frame, frame, 3);
		for (uint32_t i = 0; i < sizeof(bytes); i++) {
			assert_int_equal(bytes[i], i >= frame && i < 4 * frame ? 0 : 0xa5);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_silence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
