/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pattern.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* A word that occurs in no pattern, and is not silent. */
#define WRONG 0x7fc00000u

/* A sample is (value << shift) + zero, in `bytes` bytes; `bits` is 0 if it is not an integer. */
static const struct {
	const char *name, *alsa;
	unsigned int bytes, bits, shift;
	uint32_t zero;
	bool big;
} formats[] = {
	[PATTERN_S8] = { "s8", "S8", 1, 8, 0, 0, false },
	[PATTERN_U8] = { "u8", "U8", 1, 8, 0, 0x80, false },
	[PATTERN_S16] = { "s16", "S16_LE", 2, 16, 0, 0, false },
	[PATTERN_S16_BE] = { "s16_be", "S16_BE", 2, 16, 0, 0, true },
	[PATTERN_U16] = { "u16", "U16_LE", 2, 16, 0, 0x8000, false },
	[PATTERN_U16_BE] = { "u16_be", "U16_BE", 2, 16, 0, 0x8000, true },
	[PATTERN_S24] = { "s24", "S24_LE", 4, 24, 0, 0, false },
	[PATTERN_S24_BE] = { "s24_be", "S24_BE", 4, 24, 0, 0, true },
	[PATTERN_U24] = { "u24", "U24_LE", 4, 24, 0, 0x800000, false },
	[PATTERN_U24_BE] = { "u24_be", "U24_BE", 4, 24, 0, 0x800000, true },
	[PATTERN_S32] = { "s32", "S32_LE", 4, 24, 8, 0, false },
	[PATTERN_S32_BE] = { "s32_be", "S32_BE", 4, 24, 8, 0, true },
	[PATTERN_U32] = { "u32", "U32_LE", 4, 24, 8, 0x80000000, false },
	[PATTERN_U32_BE] = { "u32_be", "U32_BE", 4, 24, 8, 0x80000000, true },
	[PATTERN_IEC958] = { "iec958", "IEC958_SUBFRAME_LE", 4, 24, 4, 0, false },
	[PATTERN_IEC958_BE] = { "iec958_be", "IEC958_SUBFRAME_BE", 4, 24, 4, 0, true },
	[PATTERN_FLOAT] = { "float", "FLOAT_LE", 4, 0, 0, 0, false },
	[PATTERN_FLOAT_BE] = { "float_be", "FLOAT_BE", 4, 0, 0, 0, true },
	[PATTERN_FLOAT64] = { "float64", "FLOAT64_LE", 8, 0, 0, 0, false },
	[PATTERN_FLOAT64_BE] = { "float64_be", "FLOAT64_BE", 8, 0, 0, 0, true },
	[PATTERN_MU_LAW] = { "mu_law", "MU_LAW", 1, 0, 0, 0xff, false },
	[PATTERN_A_LAW] = { "a_law", "A_LAW", 1, 0, 0, 0xd5, false },
};

int pattern_parse_format(const char *name, enum pattern_format *format)
{
	for (unsigned int i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (!strcmp(name, formats[i].name) || !strcasecmp(name, formats[i].alsa)) {
			*format = (enum pattern_format)i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *pattern_alsa_name(enum pattern_format format)
{
	return formats[format].alsa;
}

size_t pattern_sample_bytes(enum pattern_format format)
{
	return formats[format].bytes;
}

static bool is_law(enum pattern_format format)
{
	return format == PATTERN_MU_LAW || format == PATTERN_A_LAW;
}

static bool is_real(enum pattern_format format)
{
	return !formats[format].bits && !is_law(format);
}

static bool is_subframe(enum pattern_format format)
{
	return format == PATTERN_IEC958 || format == PATTERN_IEC958_BE;
}

/* The bits of a word that carry the sound. */
static uint32_t mask_of(enum pattern_format format)
{
	unsigned int bits = formats[format].bits;

	return is_real(format) ? 0xffffffff
			       : ((1u << (bits ? bits : 8)) - 1) << formats[format].shift;
}

/* --- samples */

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

static float float_of(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static float random_float(uint64_t random)
{
	uint32_t bits, exponent = 1 + (random >> 32) % 126; /* normal and below 1 */

	if (random >> 63) { /* half of them loud, so that errors of scale show */
		exponent = 119 + (random >> 32) % 8;
	}
	bits = (uint32_t)(random & 0x807fffff) | exponent << 23;
	if (random >> 40 == 0x5a5a5a) {
		bits = 0x3f800000 | (bits & 0x80000000); /* full scale itself */
	}
	return float_of(bits);
}

static int32_t sample_int(const struct pattern *p, uint64_t frame, unsigned int channel)
{
	uint64_t random = hash(p, frame, channel);
	int32_t range = (int32_t)1 << (formats[p->format].bits - 1);
	int32_t value = (int32_t)(random & (uint64_t)(2 * (int64_t)range - 1)) - range;

	if (random >> 60 == 0) { /* full scale and the values around 0, often enough */
		value = random >> 58 & 1 ? -range : range - 1;
	} else if (random >> 60 == 1) {
		value = (int32_t)(random >> 50 & 3) - 1;
	}
	if (value == 0 && channel == 0) {
		value = 1;
	}
	return value;
}

static uint32_t law_code(const struct pattern *p, uint64_t frame, unsigned int channel)
{
	uint32_t code = hash(p, frame, channel) & 0xff;

	if (p->format == PATTERN_MU_LAW && code == 0x7f) {
		code = 0x80;
	}
	return code == formats[p->format].zero && channel == 0 ? code - 1 : code;
}

/*
 * Follows G.711's tables: a list of decision values; a code stands for the middle between two of
 * them. Full scale is 8192 in mu-law's units, 4096 in A-law's.
 */
static float law_value(enum pattern_format format, uint32_t code)
{
	bool mu = format == PATTERN_MU_LAW, negative = !(code & 0x80);
	uint32_t number = (mu ? ~code : code ^ 0x55) & 0x7f, low = 0, high = 0;

	for (uint32_t n = 0; n <= number; n++) {
		uint32_t width = mu ? n ? 2u << n / 16 : 1 : n < 16 ? 2 : 1u << n / 16;

		low = high;
		high += width;
	}

	uint32_t middle = (low + high) / 2;
	float size = (float)middle / (mu ? 8192.0f : 4096.0f);

	return negative ? -size : size;
}

float pattern_float(const struct pattern *p, uint64_t frame, unsigned int channel)
{
	if (is_law(p->format)) {
		return law_value(p->format, law_code(p, frame, channel));
	}
	if (is_real(p->format)) {
		return random_float(hash(p, frame, channel));
	}
	return (float)((double)sample_int(p, frame, channel) /
		       (double)(1 << (formats[p->format].bits - 1)));
}

uint32_t pattern_word(const struct pattern *p, enum pattern_view view, uint64_t frame,
		      unsigned int channel)
{
	uint32_t mask = mask_of(p->format);

	if (view == PATTERN_JACK || is_real(p->format)) {
		return float_bits(pattern_float(p, frame, channel));
	}
	if (is_law(p->format)) {
		return law_code(p, frame, channel);
	}
	return (((uint32_t)sample_int(p, frame, channel) << formats[p->format].shift) +
		formats[p->format].zero) &
	       mask;
}

float pattern_rest(enum pattern_format format)
{
	return is_law(format) ? law_value(format, formats[format].zero) : 0.0f;
}

bool pattern_silent(enum pattern_format format, enum pattern_view view, uint32_t word)
{
	if (view == PATTERN_JACK || is_real(format)) {
		return !(word & 0x7fffffff) || /* -0.0 is silence too */
		       word == float_bits(pattern_rest(format));
	}
	return word == formats[format].zero;
}

/* --- memory */

static void store(enum pattern_format format, uint64_t word, unsigned char *raw)
{
	unsigned int bytes = formats[format].bytes;

	for (unsigned int i = 0; i < bytes; i++) {
		raw[formats[format].big ? bytes - 1 - i : i] = (unsigned char)(word >> 8 * i);
	}
}

static uint64_t load(enum pattern_format format, const unsigned char *raw)
{
	unsigned int bytes = formats[format].bytes;
	uint64_t word = 0;

	for (unsigned int i = 0; i < bytes; i++) {
		word |= (uint64_t)raw[formats[format].big ? bytes - 1 - i : i] << 8 * i;
	}
	return word;
}

/* Whether bits 4 to 31 of a subframe have an even number of ones. */
static bool is_even(uint32_t subframe)
{
	bool even = true;

	for (unsigned int bit = 4; bit < 32; bit++) {
		even ^= subframe >> bit & 1;
	}
	return even;
}

/* Adds preamble, flags and parity to the sound, as an encoder would. */
static uint32_t subframe(uint32_t sound, uint64_t frame, unsigned int channel)
{
	uint32_t preamble = channel % 2 ? 4 : frame % 192 ? 2 : 8;
	uint32_t flags = (uint32_t)(frame * 5 + channel) % 8 << 28;
	uint32_t word = sound | flags | preamble;

	return is_even(word) ? word : word | 0x80000000;
}

/* Fills in the bits that the format ignores. */
static uint64_t dress(const struct pattern *p, uint32_t word, uint64_t frame, unsigned int channel)
{
	uint64_t bits;
	double wide;

	if (is_subframe(p->format)) {
		return subframe(word, frame, channel);
	}
	if (formats[p->format].bytes == 8) {
		wide = (double)float_of(word);
		memcpy(&bits, &wide, sizeof(bits));
		return bits;
	}
	/* the unused byte is sign-extended or zero: both occur in the wild */
	if (mask_of(p->format) == 0xffffff && frame % 2 && word & 0x800000) {
		word |= 0xff000000;
	}
	return word;
}

static uint32_t undress(enum pattern_format format, uint64_t bits)
{
	uint32_t word = (uint32_t)bits;
	double wide;

	if (is_subframe(format) && !is_even(word)) {
		return WRONG;
	}
	if (formats[format].bytes == 8) {
		memcpy(&wide, &bits, sizeof(wide));
		return wide >= -1 && wide <= 1 && wide == (double)(float)wide
			       ? float_bits((float)wide)
			       : WRONG;
	}
	/* All 32 bits are heard, although the pattern uses only 24 of them. */
	return formats[format].shift == 8 ? word : word & mask_of(format);
}

void pattern_fill(const struct pattern *p, uint64_t first, size_t frames, void *raw)
{
	unsigned char *out = raw;

	for (uint64_t frame = first; frame < first + frames; frame++) {
		for (unsigned int channel = 0; channel < p->channels; channel++) {
			uint32_t word = pattern_word(p, PATTERN_GUEST, frame, channel);

			store(p->format, dress(p, word, frame, channel), out);
			out += formats[p->format].bytes;
		}
	}
}

void pattern_fill_silence(const struct pattern *p, size_t frames, void *raw)
{
	unsigned char *out = raw;

	for (size_t n = 0; n < frames * p->channels; n++) {
		store(p->format, formats[p->format].zero, out);
		out += formats[p->format].bytes;
	}
}

void pattern_decode(const struct pattern *p, const void *raw, size_t frames, uint32_t *words)
{
	const unsigned char *in = raw;

	for (size_t n = 0; n < frames * p->channels; n++) {
		words[n] = undress(p->format, load(p->format, in));
		in += formats[p->format].bytes;
	}
}
