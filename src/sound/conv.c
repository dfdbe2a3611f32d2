/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/sound/conv.h"

#include <stddef.h>

/* conv_find takes the first row of a format: put the fastest kernels first. */
static const struct {
	enum pcm_format format;
	const struct conv *kernels;
} table[] = {
	{ PCM_S8, &conv_s8 },
	{ PCM_U8, &conv_u8 },
	{ PCM_S16_LE, &conv_s16_le },
	{ PCM_S16_BE, &conv_s16_be },
	{ PCM_U16_LE, &conv_u16_le },
	{ PCM_U16_BE, &conv_u16_be },
	{ PCM_S24_LE, &conv_s24_le },
	{ PCM_S24_BE, &conv_s24_be },
	{ PCM_U24_LE, &conv_u24_le },
	{ PCM_U24_BE, &conv_u24_be },
	{ PCM_S32_LE, &conv_s32_le },
	{ PCM_S32_BE, &conv_s32_be },
	{ PCM_U32_LE, &conv_u32_le },
	{ PCM_U32_BE, &conv_u32_be },
	{ PCM_FLOAT_LE, &conv_float_le },
	{ PCM_FLOAT_BE, &conv_float_be },
	{ PCM_FLOAT64_LE, &conv_float64_le },
	{ PCM_FLOAT64_BE, &conv_float64_be },
	{ PCM_IEC958_LE, &conv_iec958_le },
	{ PCM_IEC958_BE, &conv_iec958_be },
	{ PCM_MU_LAW, &conv_mu_law },
	{ PCM_A_LAW, &conv_a_law },
};

const struct conv *conv_find(enum pcm_format format)
{
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].format == format) {
			return table[i].kernels;
		}
	}
	return NULL;
}
