/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sndif's numbers of the formats against its names for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "xen/abi.h"
#include "xen/format.h"

static const char *const names[] = {
	[XENSND_PCM_FORMAT_S8] = XENSND_PCM_FORMAT_S8_STR,
	[XENSND_PCM_FORMAT_U8] = XENSND_PCM_FORMAT_U8_STR,
	[XENSND_PCM_FORMAT_S16_LE] = XENSND_PCM_FORMAT_S16_LE_STR,
	[XENSND_PCM_FORMAT_S16_BE] = XENSND_PCM_FORMAT_S16_BE_STR,
	[XENSND_PCM_FORMAT_U16_LE] = XENSND_PCM_FORMAT_U16_LE_STR,
	[XENSND_PCM_FORMAT_U16_BE] = XENSND_PCM_FORMAT_U16_BE_STR,
	[XENSND_PCM_FORMAT_S24_LE] = XENSND_PCM_FORMAT_S24_LE_STR,
	[XENSND_PCM_FORMAT_S24_BE] = XENSND_PCM_FORMAT_S24_BE_STR,
	[XENSND_PCM_FORMAT_U24_LE] = XENSND_PCM_FORMAT_U24_LE_STR,
	[XENSND_PCM_FORMAT_U24_BE] = XENSND_PCM_FORMAT_U24_BE_STR,
	[XENSND_PCM_FORMAT_S32_LE] = XENSND_PCM_FORMAT_S32_LE_STR,
	[XENSND_PCM_FORMAT_S32_BE] = XENSND_PCM_FORMAT_S32_BE_STR,
	[XENSND_PCM_FORMAT_U32_LE] = XENSND_PCM_FORMAT_U32_LE_STR,
	[XENSND_PCM_FORMAT_U32_BE] = XENSND_PCM_FORMAT_U32_BE_STR,
	[XENSND_PCM_FORMAT_F32_LE] = XENSND_PCM_FORMAT_F32_LE_STR,
	[XENSND_PCM_FORMAT_F32_BE] = XENSND_PCM_FORMAT_F32_BE_STR,
	[XENSND_PCM_FORMAT_F64_LE] = XENSND_PCM_FORMAT_F64_LE_STR,
	[XENSND_PCM_FORMAT_F64_BE] = XENSND_PCM_FORMAT_F64_BE_STR,
	[XENSND_PCM_FORMAT_IEC958_SUBFRAME_LE] = XENSND_PCM_FORMAT_IEC958_SUBFRAME_LE_STR,
	[XENSND_PCM_FORMAT_IEC958_SUBFRAME_BE] = XENSND_PCM_FORMAT_IEC958_SUBFRAME_BE_STR,
	[XENSND_PCM_FORMAT_MU_LAW] = XENSND_PCM_FORMAT_MU_LAW_STR,
	[XENSND_PCM_FORMAT_A_LAW] = XENSND_PCM_FORMAT_A_LAW_STR,
};

#define KNOWN (sizeof(names) / sizeof(names[0]))

static void test_known(void **state)
{
	(void)state;
	for (unsigned number = 0; number < KNOWN; number++) {
		enum pcm_format format = format_find((uint8_t)number);

		assert_string_equal(pcm_name(format), names[number]);
		assert_true(format_bit(format) == UINT64_C(1) << number);
	}
	assert_int_equal(PCM_FORMATS, KNOWN);
}

/* IMA ADPCM, MPEG, GSM, and numbers not yet assigned. */
static void test_unknown(void **state)
{
	(void)state;
	assert_int_equal(KNOWN, XENSND_PCM_FORMAT_IMA_ADPCM);
	for (unsigned number = KNOWN; number < 256; number++) {
		assert_int_equal(format_find((uint8_t)number), PCM_UNKNOWN);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
