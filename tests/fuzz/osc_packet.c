/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What comes in over OSC, from files and from variants of them:
 *
 *   fuzz_osc_packet [--variants N] FILE...
 *
 * Of files named good-… all is accepted, of those named bad-… nothing. Any packet, variants too, is
 * either refused whole, or liblo decodes every message of it and encodes it to the same bytes. The
 * packets lie at the end of their memory, so that the address sanitizer sees a byte too much read.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "osc/packet.h"
#include "osc/pattern.h"

#define FILES_MAX 256

struct input {
	const char *name;
	uint8_t data[PACKET_IN_MAX];
	size_t size;
};

/* How it goes through one packet: where the messages have to be found again. */
struct check {
	const uint8_t *data;
	size_t size, at;
	unsigned count, patterns;
	double sum;
};

static unsigned long tried, accepted, messages;

static void die(const char *name, const char *what)
{
	fprintf(stderr, "%s: %s\n", name, what);
	abort();
}

/* The same bytes come back; without arguments the type tags may have been left out. */
static void check_encoding(struct check *check, const struct packet_message *message)
{
	size_t size = lo_message_length(message->lo, message->address);
	uint8_t *again = malloc(size);
	const uint8_t *found;

	if (!again) {
		die("memory", strerror(errno));
	}
	lo_message_serialise(message->lo, message->address, again, NULL);
	if (!message->count) {
		size = strlen(message->address) / 4 * 4 + 4;
	}
	found = memmem(check->data + check->at, check->size - check->at, again, size);
	if (!found) {
		die(message->address, "encoded otherwise");
	}
	check->at = (size_t)(found - check->data) + size;
	free(again);
}

static void look(void *arg, const struct packet_message *message)
{
	struct check *check = arg;
	struct pattern pattern;
	double number;
	int32_t integer;

	check->count++;
	check_encoding(check, message);
	for (unsigned i = 0; i <= message->count; i++) {
		const char *text = packet_text(message, i);

		check->sum += text ? (double)strlen(text) : 0.0;
		check->sum += packet_number(message, i, &number) ? 0.0 : number;
		check->sum += packet_integer(message, i, &integer) ? 0.0 : integer;
	}
	if (!pattern_parse(&pattern, message->address)) {
		bool fits = pattern_match(&pattern, message->address);

		if (!pattern.wildcards && !fits) {
			die(message->address, "does not fit itself");
		}
		check->patterns++;
	}
}

static bool try(const char *name, const uint8_t *data, size_t size)
{
	uint8_t *tight = malloc(size ? size : 1);
	struct check check = { .data = tight, .size = size };
	int result;

	if (!tight) {
		die(name, strerror(errno));
	}
	memcpy(tight, data, size);
	result = packet_each(tight, size, look, &check);
	if (result < 0 ? check.count != 0 : check.count != (unsigned)result) {
		die(name, "a part of it is accepted");
	}
	free(tight);
	tried++;
	accepted += result >= 0;
	messages += check.count;
	return result >= 0;
}

/* xorshift: the same variants on every machine. */
static uint32_t dice(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void mutate(struct input *it, const struct input *other, uint32_t *state)
{
	static const uint8_t words[][4] = {
		"\0\0\0\4", "\0\0\0", "\377\377\377\377", "\177\377\377\374", "\0\0\40", ",iii",
		"#bun",	    "/a\0"
	};
	size_t at = it->size ? dice(state) % it->size : 0, more;

	switch (dice(state) % 6) {
	case 0:
		it->data[at] ^= (uint8_t)(1u << dice(state) % 8);
		break;
	case 1:
		it->data[at] = (uint8_t)dice(state);
		break;
	case 2:
		memcpy(it->data + at / 4 * 4, words[dice(state) % 8], 4);
		break;
	case 3:
		it->size = at / 4 * 4;
		break;
	case 4:
		it->size = at;
		break;
	default:
		more = other->size < sizeof(it->data) - at ? other->size : sizeof(it->data) - at;
		at = at / 4 * 4;
		memcpy(it->data + at, other->data, more);
		it->size = at + more > it->size ? at + more : it->size;
	}
}

static void vary(const struct input *inputs, unsigned count, unsigned which, unsigned variants)
{
	static struct input it;
	uint32_t state = 2463534242u + which;

	for (unsigned i = 0; i < variants; i++) {
		it = inputs[which];
		for (unsigned changes = 1 + dice(&state) % 4; changes; changes--) {
			mutate(&it, &inputs[dice(&state) % count], &state);
		}
		try(it.name, it.data, it.size);
	}
}

static void load(struct input *input, const char *path)
{
	const char *slash = strrchr(path, '/');
	FILE *file = fopen(path, "rb");
	bool good;

	if (!file) {
		die(path, strerror(errno));
	}
	input->name = slash ? slash + 1 : path;
	input->size = fread(input->data, 1, sizeof(input->data), file);
	fclose(file);
	good = try(input->name, input->data, input->size);
	if (good ? strncmp(input->name, "bad-", 4) == 0 : strncmp(input->name, "good-", 5) == 0) {
		die(path, good ? "accepted" : "refused");
	}
}

int main(int argc, char **argv)
{
	static struct input inputs[FILES_MAX];
	unsigned variants = 0, count = 0;
	int first = 1;

	if (argc > 2 && strcmp(argv[1], "--variants") == 0) {
		variants = (unsigned)strtoul(argv[2], NULL, 10);
		first = 3;
	}
	for (int i = first; i < argc && count < FILES_MAX; i++) {
		load(&inputs[count++], argv[i]);
	}
	for (unsigned i = 0; i < count; i++) {
		vary(inputs, count, i, variants);
	}
	printf("%u files, %lu packets, %lu accepted, %lu messages\n", count, tried, accepted,
	       messages);
	return count ? EXIT_SUCCESS : EXIT_FAILURE;
}
