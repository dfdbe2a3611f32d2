/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/pcm.h"

#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	uint32_t bytes;
} formats[PCM_FORMATS + 1] = {
	[PCM_S16_LE] = { "s16_le", 2 },	  [PCM_S24_LE] = { "s24_le", 4 },
	[PCM_S32_LE] = { "s32_le", 4 },	  [PCM_FLOAT_LE] = { "float_le", 4 },
	[PCM_UNKNOWN] = { "unknown", 0 },
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
	/* Every format there is yet has a sign, and zeros for silence. */
	(void)format;
	memset(dst, 0, (size_t)frame_bytes * frames);
}
