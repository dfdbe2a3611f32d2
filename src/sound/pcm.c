/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/sound/pcm.h"

#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	uint32_t bytes;
	unsigned char silence[4]; /* four bytes of silence */
} formats[PCM_FORMATS + 1] = {
	[PCM_S8] = { "s8", 1, { 0 } },
	[PCM_U8] = { "u8", 1, { 0x80, 0x80, 0x80, 0x80 } },
	[PCM_S16_LE] = { "s16_le", 2, { 0 } },
	[PCM_S16_BE] = { "s16_be", 2, { 0 } },
	[PCM_U16_LE] = { "u16_le", 2, { 0x00, 0x80, 0x00, 0x80 } },
	[PCM_U16_BE] = { "u16_be", 2, { 0x80, 0x00, 0x80, 0x00 } },
	[PCM_S24_LE] = { "s24_le", 4, { 0 } },
	[PCM_S24_BE] = { "s24_be", 4, { 0 } },
	[PCM_U24_LE] = { "u24_le", 4, { 0x00, 0x00, 0x80, 0x00 } },
	[PCM_U24_BE] = { "u24_be", 4, { 0x00, 0x80, 0x00, 0x00 } },
	[PCM_S32_LE] = { "s32_le", 4, { 0 } },
	[PCM_S32_BE] = { "s32_be", 4, { 0 } },
	[PCM_U32_LE] = { "u32_le", 4, { 0x00, 0x00, 0x00, 0x80 } },
	[PCM_U32_BE] = { "u32_be", 4, { 0x80, 0x00, 0x00, 0x00 } },
	[PCM_FLOAT_LE] = { "float_le", 4, { 0 } },
	[PCM_FLOAT_BE] = { "float_be", 4, { 0 } },
	[PCM_FLOAT64_LE] = { "float64_le", 8, { 0 } },
	[PCM_FLOAT64_BE] = { "float64_be", 8, { 0 } },
	[PCM_IEC958_LE] = { "iec958_subframe_le", 4, { 0 } },
	[PCM_IEC958_BE] = { "iec958_subframe_be", 4, { 0 } },
	[PCM_MU_LAW] = { "mu_law", 1, { 0xff, 0xff, 0xff, 0xff } },
	[PCM_A_LAW] = { "a_law", 1, { 0xd5, 0xd5, 0xd5, 0xd5 } },
	[PCM_UNKNOWN] = { "unknown", 0, { 0 } },
};

const char *pcm_name(enum pcm_format format)
{
	return formats[format].name;
}

enum pcm_format pcm_find(const char *name)
{
	unsigned i;

	for (i = 0; i < PCM_FORMATS; i++) {
		if (!strcasecmp(name, formats[i].name)) {
			break;
		}
	}
	return (enum pcm_format)i;
}

uint32_t pcm_sample_bytes(enum pcm_format format)
{
	return formats[format].bytes;
}

uint32_t pcm_frame_bytes(enum pcm_format format, uint32_t channels)
{
	return channels <= PCM_CHANNELS_MAX ? formats[format].bytes * channels : 0;
}

void pcm_silence(enum pcm_format format, void *dst, uint32_t frame_bytes, uint32_t frames)
{
	const unsigned char *silence = formats[format].silence;
	size_t size = (size_t)frame_bytes * frames, i;
	unsigned char *bytes = dst;

	if (silence[0] == silence[1] && silence[1] == silence[2] && silence[2] == silence[3]) {
		memset(dst, silence[0], size);
		return;
	}
	for (i = 0; i + 4 <= size; i += 4) {
		memcpy(bytes + i, silence, 4);
	}
	memcpy(bytes + i, silence, size - i);
}
