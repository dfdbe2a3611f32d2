/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pattern.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *name, *alsa;
	size_t bytes;
	unsigned int bits;
} formats[] = {
	[PATTERN_S16] = { "s16", "S16_LE", 2, 16 },
	[PATTERN_S24] = { "s24", "S24_LE", 4, 24 },
	[PATTERN_S32] = { "s32", "S32_LE", 4, 24 },
	[PATTERN_FLOAT] = { "float", "FLOAT_LE", 4, 0 },
};

int pattern_parse_format(const char *name, enum pattern_format *format)
{
	for (unsigned int i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (!strcmp(name, formats[i].name) || !strcmp(name, formats[i].alsa)) {
			*format = (enum pattern_format)i;
			return 0;
		}
	}
	return -EINVAL;
}

size_t pattern_sample_bytes(enum pattern_format format)
{
	return formats[format].bytes;
}

/* The finalizer of splitmix64: neighbouring inputs give unrelated outputs. */
static uint64_t hash(const struct pattern *p, uint64_t frame, unsigned int channel)
{
	uint64_t x = (p->seed + 1) * 0x9e3779b97f4a7c15u + (frame << 6 | channel);

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

static uint32_t float_bits(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static float random_float(uint64_t random)
{
	uint32_t bits, exponent = 1 + (random >> 32) % 126; /* normal and below 1 */
	float value;

	if (random >> 63) { /* half of them loud, so that shifts of the scale show */
		exponent = 119 + (random >> 32) % 8;
	}
	bits = (uint32_t)(random & 0x807fffff) | exponent << 23;
	if (random >> 40 == 0x5a5a5a) {
		bits = 0x3f800000 | (bits & 0x80000000); /* full scale itself */
	}
	memcpy(&value, &bits, sizeof(value));
	return value;
}

static int32_t sample_int(const struct pattern *p, uint64_t frame, unsigned int channel)
{
	uint64_t random = hash(p, frame, channel);
	int32_t range = (int32_t)1 << (formats[p->format].bits - 1);
	int32_t value = (int32_t)(random & (uint64_t)(2 * (int64_t)range - 1)) - range;

	if (random >> 60 == 0) { /* the ends of the scale and its middle, often enough */
		value = random >> 58 & 1 ? -range : range - 1;
	} else if (random >> 60 == 1) {
		value = (int32_t)(random >> 50 & 3) - 1;
	}
	if (value == 0 && channel == 0) {
		value = 1;
	}
	return value;
}

float pattern_float(const struct pattern *p, uint64_t frame, unsigned int channel)
{
	if (p->format == PATTERN_FLOAT) {
		return random_float(hash(p, frame, channel));
	}
	return (float)((double)sample_int(p, frame, channel) /
		       (double)(1 << (formats[p->format].bits - 1)));
}

uint32_t pattern_word(const struct pattern *p, enum pattern_view view, uint64_t frame,
		      unsigned int channel)
{
	if (view == PATTERN_JACK || p->format == PATTERN_FLOAT) {
		return float_bits(pattern_float(p, frame, channel));
	}

	uint32_t word = (uint32_t)sample_int(p, frame, channel);

	switch (p->format) {
	case PATTERN_S16:
		return word & 0xffff;
	case PATTERN_S24:
		return word & 0xffffff;
	default:
		return word << 8;
	}
}

void pattern_fill(const struct pattern *p, uint64_t first, size_t frames, void *raw)
{
	size_t bytes = formats[p->format].bytes;
	unsigned char *out = raw;

	for (uint64_t frame = first; frame < first + frames; frame++) {
		for (unsigned int channel = 0; channel < p->channels; channel++) {
			uint32_t word = pattern_word(p, PATTERN_GUEST, frame, channel);

			/* the unused byte is the sign's or nothing's: both occur in the wild */
			if (p->format == PATTERN_S24 && frame % 2 && word & 0x800000) {
				word |= 0xff000000;
			}
			for (size_t i = 0; i < bytes; i++) {
				*out++ = (unsigned char)(word >> 8 * i);
			}
		}
	}
}

void pattern_decode(const struct pattern *p, const void *raw, size_t frames, uint32_t *words)
{
	size_t bytes = formats[p->format].bytes;
	const unsigned char *in = raw;

	for (size_t n = 0; n < frames * p->channels; n++) {
		uint32_t word = 0;

		for (size_t i = 0; i < bytes; i++) {
			word |= (uint32_t)*in++ << 8 * i;
		}
		words[n] = p->format == PATTERN_S24 ? word & 0xffffff : word;
	}
}
