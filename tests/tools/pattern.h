/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A deterministic test signal: every (seed, frame, channel) has one sample.
 * Pure functions, any thread; nothing is owned. Lengths are in frames.
 * It shares no code with the project's kernels, so it can prove them.
 * Fails only in pattern_parse_format, by -EINVAL.
 */
#ifndef TESTS_PATTERN_H
#define TESTS_PATTERN_H

#include <stdint.h>
#include <stddef.h>

#define PATTERN_CHANNELS_MAX 32

enum pattern_format {
	PATTERN_S16,   /* 16 bits */
	PATTERN_S24,   /* 24 bits in the low three bytes of four */
	PATTERN_S32,   /* 32 bits of which the upper 24 are used */
	PATTERN_FLOAT, /* finite, normal float32, at most 1 in size */
};

/* What a sample looks like, as one 32-bit word. */
enum pattern_view {
	PATTERN_GUEST, /* in the guest's memory, what the format does not use set to 0 */
	PATTERN_JACK,  /* in a JACK port: the bits of a float */
};

struct pattern {
	enum pattern_format format;
	unsigned int channels;
	uint64_t seed;
};

/* "s16", "s24", "s32" or "float", or ALSA's names of them. */
int pattern_parse_format(const char *name, enum pattern_format *format);

/* Bytes of one sample in the guest's memory. */
size_t pattern_sample_bytes(enum pattern_format format);

/* The word that stands in the given view; channel 0 is never silent. */
uint32_t pattern_word(const struct pattern *p, enum pattern_view view, uint64_t frame,
		      unsigned int channel);

/* The sample as a JACK float. */
float pattern_float(const struct pattern *p, uint64_t frame, unsigned int channel);

/* Write `frames` interleaved little-endian frames, from index `first`, into raw. */
void pattern_fill(const struct pattern *p, uint64_t first, size_t frames, void *raw);

/* Read interleaved little-endian guest memory into words of the guest's view. */
void pattern_decode(const struct pattern *p, const void *raw, size_t frames, uint32_t *words);

#endif
