/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/conv.h"

#include <stddef.h>

/* The first row of a format is taken, so the fastest kernels stand first. */
static const struct {
	enum pcm_format format;
	const struct conv *kernels;
} table[] = {
	{ PCM_S16_LE, &conv_c_s16 },
	{ PCM_S24_LE, &conv_c_s24 },
	{ PCM_S32_LE, &conv_c_s32 },
	{ PCM_FLOAT_LE, &conv_c_float },
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
