/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/siphash.h"

#define WORD_SIZE 8u

struct state {
	uint64_t v0, v1, v2, v3;
};

static uint64_t rotated(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

/* Up to eight bytes, the lowest first. */
static uint64_t word_at(const uint8_t *bytes, size_t count)
{
	uint64_t word = 0;

	for (size_t i = 0; i < count; i++) {
		word |= (uint64_t)bytes[i] << 8 * i;
	}
	return word;
}

static void mix(struct state *s, unsigned rounds)
{
	while (rounds--) {
		s->v0 += s->v1;
		s->v1 = rotated(s->v1, 13) ^ s->v0;
		s->v0 = rotated(s->v0, 32);
		s->v2 += s->v3;
		s->v3 = rotated(s->v3, 16) ^ s->v2;
		s->v0 += s->v3;
		s->v3 = rotated(s->v3, 21) ^ s->v0;
		s->v2 += s->v1;
		s->v1 = rotated(s->v1, 17) ^ s->v2;
		s->v2 = rotated(s->v2, 32);
	}
}

static void take_in(struct state *s, uint64_t word)
{
	s->v3 ^= word;
	mix(s, 2);
	s->v0 ^= word;
}

uint64_t siphash_2_4(const uint8_t key[SIPHASH_KEY_SIZE], const void *data, size_t size)
{
	uint64_t k0 = word_at(key, WORD_SIZE), k1 = word_at(key + WORD_SIZE, WORD_SIZE);
	/* "somepseudorandomlygeneratedbytes" */
	struct state s = { k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d,
			   k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573 };
	const uint8_t *bytes = data;
	size_t left = size;

	for (; left >= WORD_SIZE; left -= WORD_SIZE, bytes += WORD_SIZE) {
		take_in(&s, word_at(bytes, WORD_SIZE));
	}
	take_in(&s, word_at(bytes, left) | (uint64_t)size << 56);
	s.v2 ^= 0xff;
	mix(&s, 4);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
