/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Independent sample conversion for comparison: alsa-lib's conversion plugins, each on a `file` in
 * memory, and libsndfile's raw encodings. From the project, only the names of the formats are used.
 * One thread. Frames are interleaved. Any failure ends the test.
 */
#ifndef XENJACK_TEST_REFERENCE_H
#define XENJACK_TEST_REFERENCE_H

#include <alsa/asoundlib.h>

#include "src/sound/pcm.h"

/* Bits of an integer format; 0 for other formats. */
unsigned reference_bits(enum pcm_format format);

/* ALSA's number of the format. */
snd_pcm_format_t reference_alsa(enum pcm_format format);

/* Converts samples to floats; values that are not finite stay as they are. */
void reference_to_float(enum pcm_format format, uint32_t channels, uint32_t frames, const void *raw,
			float *values);

/*
 * Converts any values to samples. Limits and NaN are handled here; libsndfile rounds, or G.711's
 * rules for the laws; ALSA then lays them out in memory, or libsndfile for floating point.
 */
void reference_from_float(enum pcm_format format, uint32_t channels, uint32_t frames,
			  const float *values, void *raw);

/* ALSA's silence, except for the laws: there ALSA has -0, while G.711 encodes 0 as +0. */
void reference_silence(enum pcm_format format, uint32_t samples, void *raw);

/* Clears the unused top byte of 24-bit samples. */
void reference_clear_unused(enum pcm_format format, uint32_t samples, void *raw);

/* libsndfile's codes of the law for 16-bit numbers. */
void reference_law(enum pcm_format format, uint32_t count, const int16_t *numbers,
		   unsigned char *codes);

/* Frees alsa-lib's global memory. */
void reference_finish(void);

#endif
