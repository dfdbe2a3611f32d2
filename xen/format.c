/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/format.h"

#include "xen/abi.h"

static const uint8_t wire_formats[PCM_FORMATS] = {
	[PCM_S16_LE] = XENSND_PCM_FORMAT_S16_LE,
	[PCM_S24_LE] = XENSND_PCM_FORMAT_S24_LE,
	[PCM_S32_LE] = XENSND_PCM_FORMAT_S32_LE,
	[PCM_FLOAT_LE] = XENSND_PCM_FORMAT_F32_LE,
};

enum pcm_format format_find(uint8_t wire_format)
{
	for (unsigned i = 0; i < PCM_FORMATS; i++) {
		if (wire_formats[i] == wire_format) {
			return (enum pcm_format)i;
		}
	}
	return PCM_UNKNOWN;
}

uint64_t format_bit(enum pcm_format format)
{
	return UINT64_C(1) << wire_formats[format];
}
