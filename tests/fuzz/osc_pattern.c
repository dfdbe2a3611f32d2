/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OSC address patterns. The first line is a pattern, each other line an address. What matches is
 * what a plain matcher with backtracking says, and the work has the promised bound.
 */
#include <string.h>

#include "osc/proto/pattern.h"
#include "tests/fuzz/fuzz.h"

/* Beyond this many steps, the plain matcher gives up: it is exponential. */
#define PLAIN_STEPS_MAX 2000u

static unsigned steps;

static bool in_class(const char **text, char c)
{
	const char *at = *text + 1, *begin;
	bool inverse = *at == '!', found = false;

	at += inverse;
	for (begin = at; *at != ']'; at++) {
		if (*at == '-' && at > begin && at[1] != ']') {
			found |= at[-1] <= c && c <= at[1];
		} else {
			found |= *at == c;
		}
	}
	*text = at + 1;
	return found != inverse;
}

static bool plain(const char *text, const char *address);

static bool any_choice(const char *text, const char *address)
{
	const char *end = strchr(text, '}') + 1, *at = text + 1;

	for (;;) {
		size_t length = strcspn(at, ",}");

		if (strncmp(at, address, length) == 0 && plain(end, address + length)) {
			return true;
		}
		if (at[length] == '}') {
			return false;
		}
		at += length + 1;
	}
}

/* Whether a pattern that pattern_parse accepts matches, tried the obvious way. */
static bool plain(const char *text, const char *address)
{
	bool part = *address && *address != '/';

	if (++steps > PLAIN_STEPS_MAX) {
		return false;
	}
	switch (*text) {
	case '\0':
		return !*address;
	case '*':
		return plain(text + 1, address) || (part && plain(text, address + 1));
	case '?':
		return part && plain(text + 1, address + 1);
	case '[':
		return in_class(&text, *address) && part && plain(text, address + 1);
	case '{':
		return any_choice(text, address);
	default:
		return *text == *address && plain(text + 1, address + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_text text = fuzz_text(data, size);
	char line[PATTERN_LENGTH_MAX + 8];
	struct pattern pattern;

	fuzz_begin();
	if (!fuzz_next(&text, line, sizeof(line)) || pattern_parse(&pattern, line)) {
		return 0;
	}
	fuzz_accepted = true;
	while (fuzz_next(&text, line, sizeof(line))) {
		uint64_t before = pattern.steps;
		bool match = pattern_match(&pattern, line);

		FUZZ_CHECK(pattern.steps - before <= 3 * (pattern.length + 1) * (strlen(line) + 1));
		steps = 0;
		if (plain(pattern.text, line) != match) {
			FUZZ_CHECK(steps > PLAIN_STEPS_MAX);
		}
	}
	return 0;
}
