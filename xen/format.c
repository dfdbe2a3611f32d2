/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/format.h"

#include "xen/abi.h"

/* All of sndif's formats except IMA ADPCM, MPEG and GSM, which cannot be cut into frames. */
static const uint8_t wire_formats[PCM_FORMATS] = {
	[PCM_S8] = XENSND_PCM_FORMAT_S8,
	[PCM_U8] = XENSND_PCM_FORMAT_U8,
	[PCM_S16_LE] = XENSND_PCM_FORMAT_S16_LE,
	[PCM_S16_BE] = XENSND_PCM_FORMAT_S16_BE,
	[PCM_U16_LE] = XENSND_PCM_FORMAT_U16_LE,
	[PCM_U16_BE] = XENSND_PCM_FORMAT_U16_BE,
	[PCM_S24_LE] = XENSND_PCM_FORMAT_S24_LE,
	[PCM_S24_BE] = XENSND_PCM_FORMAT_S24_BE,
	[PCM_U24_LE] = XENSND_PCM_FORMAT_U24_LE,
	[PCM_U24_BE] = XENSND_PCM_FORMAT_U24_BE,
	[PCM_S32_LE] = XENSND_PCM_FORMAT_S32_LE,
	[PCM_S32_BE] = XENSND_PCM_FORMAT_S32_BE,
	[PCM_U32_LE] = XENSND_PCM_FORMAT_U32_LE,
	[PCM_U32_BE] = XENSND_PCM_FORMAT_U32_BE,
	[PCM_FLOAT_LE] = XENSND_PCM_FORMAT_F32_LE,
	[PCM_FLOAT_BE] = XENSND_PCM_FORMAT_F32_BE,
	[PCM_FLOAT64_LE] = XENSND_PCM_FORMAT_F64_LE,
	[PCM_FLOAT64_BE] = XENSND_PCM_FORMAT_F64_BE,
	[PCM_IEC958_LE] = XENSND_PCM_FORMAT_IEC958_SUBFRAME_LE,
	[PCM_IEC958_BE] = XENSND_PCM_FORMAT_IEC958_SUBFRAME_BE,
	[PCM_MU_LAW] = XENSND_PCM_FORMAT_MU_LAW,
	[PCM_A_LAW] = XENSND_PCM_FORMAT_A_LAW,
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
