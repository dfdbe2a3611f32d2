/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What samples mean according to others: alsa-lib's conversion plugins, each over a `file` in
 * memory, and libsndfile's raw encodings. Nothing of the project's but the names of the formats.
 * One thread. Frames are interleaved. Whatever fails ends the test.
 */
#ifndef XENJACK_TEST_REFERENCE_H
#define XENJACK_TEST_REFERENCE_H

#include <alsa/asoundlib.h>

#include "src/pcm.h"

/* Bits of a whole number; 0 for formats that are none. */
unsigned reference_bits(enum pcm_format format);

/* The same format in ALSA's numbers. */
snd_pcm_format_t reference_alsa(enum pcm_format format);

/* The samples as floats; what is no finite float comes out as it is. */
void reference_to_float(enum pcm_format format, uint32_t channels, uint32_t frames, const void *raw,
			float *values);

/*
 * Any values as samples. Limiting and NaN are arithmetic; rounding is libsndfile's, or G.711's
 * for the laws; what then stands in memory is ALSA's, or libsndfile's for floating point.
 */
void reference_from_float(enum pcm_format format, uint32_t channels, uint32_t frames,
			  const float *values, void *raw);

/* ALSA's silence, but for the sign of the laws': ALSA's is -0, G.711 makes +0 of a 0. */
void reference_silence(enum pcm_format format, uint32_t samples, void *raw);

/* 0 in the top byte of 24 bits, which nobody has to look at. */
void reference_clear_unused(enum pcm_format format, uint32_t samples, void *raw);

/* The law's codes for 16-bit numbers, by libsndfile. */
void reference_law(enum pcm_format format, uint32_t count, const int16_t *numbers,
		   unsigned char *codes);

/* Frees what alsa-lib keeps. */
void reference_finish(void);

#endif
