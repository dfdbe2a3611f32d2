/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a fuzz target over files and over variants of them, the same ones each time:
 *
 *   fuzz_TARGET [--variants N] FILE|FOLDER...
 *
 * A folder stands for its files; N variants of each file. The target must take files named good-…
 * and refuse files named bad-…. Each input ends where its allocation ends, so that the address
 * sanitizer catches a read too far.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

#define FILES_MAX 256u
#define SIZE_MAX_BYTES 8192u

struct input {
	const char *name;
	uint8_t data[SIZE_MAX_BYTES];
	size_t size;
};

static struct input inputs[FILES_MAX];
static unsigned count;
static unsigned long tried, accepted;

static void die(const char *name, const char *what)
{
	fprintf(stderr, "%s: %s\n", name, what);
	abort();
}

static void try(const struct input *input)
{
	uint8_t *tight = malloc(input->size ? input->size : 1);

	if (!tight) {
		die(input->name, strerror(errno));
	}
	memcpy(tight, input->data, input->size);
	LLVMFuzzerTestOneInput(tight, input->size);
	free(tight);
	tried++;
	accepted += fuzz_accepted;
}

/* xorshift: the same variants on every machine. */
static uint32_t dice(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Numbers at the edges of what the product checks, as bytes and as text. */
static void put_word(struct input *it, size_t at, uint32_t *state)
{
	static const struct {
		uint8_t bytes[4], size;
	} words[] = {
		{ "\0\0\0\4", 4 },
		{ "\0\0\0", 4 },
		{ "\377\377\377\377", 4 },
		{ "\177\377\377\374", 4 },
		{ "\0\0\40", 4 },
		{ ",iii", 4 },
		{ "#bun", 4 },
		{ "/a\0", 4 },
		{ "\n0 0", 4 },
		{ "4095", 4 },
		{ "4096", 4 },
		{ "\377\377\377\177", 4 },
		{ "\300", 1 },
		{ "\333", 1 },
		{ "\n", 1 },
		{ "9", 1 },
		{ "0", 1 },
		{ " ", 1 },
	};
	uint32_t which = dice(state) % (sizeof(words) / sizeof(words[0]));
	size_t room = sizeof(it->data) - at;

	memcpy(it->data + at, words[which].bytes,
	       words[which].size < room ? words[which].size : room);
}

/* Copies a piece of another file over this one. */
static void splice(struct input *it, const struct input *other, size_t at, uint32_t *state)
{
	size_t from = dice(state) % 2 && other->size ? dice(state) % other->size / 4 * 4 : 0;
	size_t room = sizeof(it->data) - at, more = other->size - from;

	more = more < room ? more : room;
	memcpy(it->data + at, other->data + from, more);
	it->size = at + more > it->size ? at + more : it->size;
}

static void mutate(struct input *it, const struct input *other, uint32_t *state)
{
	size_t at = it->size ? dice(state) % it->size : 0;

	/* Half of the changes at a word's begin: what is aligned stays so. */
	at = dice(state) % 2 ? at / 4 * 4 : at;
	switch (dice(state) % 6) {
	case 0:
		it->data[at] ^= (uint8_t)(1u << dice(state) % 8);
		break;
	case 1:
		it->data[at] = (uint8_t)dice(state);
		break;
	case 2:
		put_word(it, at, state);
		break;
	case 3:
		it->size = at;
		break;
	case 4:
		if (it->data[at] >= '0' && it->data[at] <= '9') {
			it->data[at] = (uint8_t)('0' + dice(state) % 10);
		}
		break;
	default:
		splice(it, other, at, state);
	}
}

static void vary(unsigned which, unsigned variants)
{
	static struct input it;
	uint32_t state = 2463534242u + which;

	for (unsigned i = 0; i < variants; i++) {
		it = inputs[which];
		for (unsigned changes = 1 + dice(&state) % 4; changes; changes--) {
			mutate(&it, &inputs[dice(&state) % count], &state);
		}
		try(&it);
	}
}

static void load_file(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct input *input = &inputs[count];
	FILE *file = fopen(path, "rb");

	if (!file || count + 1 == FILES_MAX) {
		die(path, file ? "too many files" : strerror(errno));
	}
	input->name = strdup(slash ? slash + 1 : path);
	input->size = fread(input->data, 1, sizeof(input->data), file);
	fclose(file);
	count++;
	try(input);
	if (strncmp(input->name, fuzz_accepted ? "bad-" : "good-", fuzz_accepted ? 4 : 5) == 0) {
		die(path, fuzz_accepted ? "accepted" : "refused");
	}
}

static void load(const char *path)
{
	struct dirent **entries;
	int found = scandir(path, &entries, NULL, alphasort);
	char file[4096];

	if (found < 0) {
		load_file(path);
		return;
	}
	for (int i = 0; i < found; i++) {
		if (entries[i]->d_name[0] != '.') {
			snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
			load_file(file);
		}
		free(entries[i]);
	}
	free(entries);
}

int main(int argc, char **argv)
{
	unsigned variants = 0;
	int first = 1;

	if (argc > 2 && strcmp(argv[1], "--variants") == 0) {
		variants = (unsigned)strtoul(argv[2], NULL, 10);
		first = 3;
	}
	for (int i = first; i < argc; i++) {
		load(argv[i]);
	}
	for (unsigned i = 0; i < count; i++) {
		vary(i, variants);
	}
	printf("%u files, %lu inputs, %lu accepted\n", count, tried, accepted);
	return count ? EXIT_SUCCESS : EXIT_FAILURE;
}
