/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A deterministic test signal: every (seed, frame, channel) has one sample.
 * Pure functions, any thread; nothing is owned. Lengths are in frames.
 * It shares no code with the daemon's conversions, so it can verify them.
 * Only pattern_parse_format can fail, with -EINVAL.
 */
#ifndef TESTS_PATTERN_H
#define TESTS_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PATTERN_CHANNELS_MAX 64
#define PATTERN_BYTES_MAX 8 /* of a sample */

/* Every sample has a value that a float holds exactly: it leaves JACK as it entered. */
enum pattern_format {
	PATTERN_S8,
	PATTERN_U8,
	PATTERN_S16,
	PATTERN_S16_BE,
	PATTERN_U16,
	PATTERN_U16_BE,
	PATTERN_S24, /* in the low three bytes of four; the fourth is anything */
	PATTERN_S24_BE,
	PATTERN_U24,
	PATTERN_U24_BE,
	PATTERN_S32, /* the upper 24 of 32 bits */
	PATTERN_S32_BE,
	PATTERN_U32,
	PATTERN_U32_BE,
	PATTERN_IEC958, /* with preamble, flags and parity, of which only parity is checked */
	PATTERN_IEC958_BE,
	PATTERN_FLOAT, /* finite, normal, at most 1 in size */
	PATTERN_FLOAT_BE,
	PATTERN_FLOAT64,
	PATTERN_FLOAT64_BE,
	PATTERN_MU_LAW, /* all codes but that of -0 */
	PATTERN_A_LAW,
};

/* What a sample looks like, as one 32-bit word. */
enum pattern_view {
	PATTERN_GUEST, /* in the guest's memory, unused bits set to 0; a 64-bit float as a
			  32-bit one */
	PATTERN_JACK,  /* in a JACK port: the bits of a float */
};

struct pattern {
	enum pattern_format format;
	unsigned int channels;
	uint64_t seed;
};

/* Takes a name of the list above in lower case, or ALSA's name in any case. */
int pattern_parse_format(const char *name, enum pattern_format *format);

/* ALSA's name, for example "S16_LE". */
const char *pattern_alsa_name(enum pattern_format format);

/* Bytes of one sample in the guest's memory. */
size_t pattern_sample_bytes(enum pattern_format format);

/* The sample's word in the given view; channel 0 is never silent. */
uint32_t pattern_word(const struct pattern *p, enum pattern_view view, uint64_t frame,
		      unsigned int channel);

/* The sample as a JACK float. */
float pattern_float(const struct pattern *p, uint64_t frame, unsigned int channel);

/* A silent sample as a JACK float: 0 except in A-law, which has no code for 0. */
float pattern_rest(enum pattern_format format);

/* Whether the word is a silent sample. */
bool pattern_silent(enum pattern_format format, enum pattern_view view, uint32_t word);

/* Writes `frames` interleaved frames, from index `first` on, into raw. */
void pattern_fill(const struct pattern *p, uint64_t first, size_t frames, void *raw);

/* Writes silence. */
void pattern_fill_silence(const struct pattern *p, size_t frames, void *raw);

/* Reads interleaved guest memory into words of the guest's view. */
void pattern_decode(const struct pattern *p, const void *raw, size_t frames, uint32_t *words);

#endif
