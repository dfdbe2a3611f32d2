/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sample formats and directions of guest streams, in our own numbering, and conversions between
 * frames and bytes that cannot overflow. Pure; any thread. The direction is the guest's: playback
 * goes from the guest to JACK. Guest samples are interleaved.
 */
#ifndef XENJACK_PCM_H
#define XENJACK_PCM_H

#include <stdint.h>

#include "src/base/rt.h"

enum pcm_dir {
	PCM_PLAYBACK, /* guest to JACK */
	PCM_CAPTURE,  /* JACK to guest */
	PCM_DIRS,
};

/*
 * A sample is a word of 1, 2, 4 or 8 bytes. Signed: two's complement. Unsigned: zero in the middle.
 */
enum pcm_format {
	PCM_S8,
	PCM_U8,
	PCM_S16_LE,
	PCM_S16_BE,
	PCM_U16_LE,
	PCM_U16_BE,
	PCM_S24_LE, /* 24: the low bits of a 32-bit word, sndif.h and ALSA alike */
	PCM_S24_BE,
	PCM_U24_LE,
	PCM_U24_BE,
	PCM_S32_LE,
	PCM_S32_BE,
	PCM_U32_LE,
	PCM_U32_BE,
	PCM_FLOAT_LE, /* nominal range -1 to 1 */
	PCM_FLOAT_BE,
	PCM_FLOAT64_LE,
	PCM_FLOAT64_BE,
	PCM_IEC958_LE, /* a subframe: 24 bits of sound in bits 4 to 27 of a 32-bit word */
	PCM_IEC958_BE,
	PCM_MU_LAW, /* G.711 */
	PCM_A_LAW,
	PCM_FORMATS,
	PCM_UNKNOWN = PCM_FORMATS,
};

/* More channels than any converter has; keeps a stream's tables small and fixed. */
#define PCM_CHANNELS_MAX 64u

/* The name in xenstore, for example "s16_le"; "unknown" for PCM_UNKNOWN. */
RT_SAFE const char *pcm_name(enum pcm_format format);

/* The format with this name in xenstore, ignoring case, or PCM_UNKNOWN. */
RT_SAFE enum pcm_format pcm_find(const char *name);

/* Bytes of one sample; 0 for PCM_UNKNOWN. */
RT_SAFE uint32_t pcm_sample_bytes(enum pcm_format format);

/* Bytes of one frame; 0 if the format is unknown or the channels are out of range. */
RT_SAFE uint32_t pcm_frame_bytes(enum pcm_format format, uint32_t channels);

/* Fills frames with the format's silence; dst needs no alignment. */
RT_SAFE void pcm_silence(enum pcm_format format, void *dst, uint32_t frame_bytes, uint32_t frames);

#endif
