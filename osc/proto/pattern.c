/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/proto/pattern.h"

#include <errno.h>
#include <string.h>

#define WORD 64u
#define WORDS (PATTERN_LENGTH_MAX / WORD + 1)

/* A set of places in a pattern's text; the one after its last character means a full match. */
struct places {
	uint64_t words[WORDS];
};

/* The length of a class, which begins with '['; 0: malformed. */
static size_t parse_class(const char *text)
{
	size_t begin = text[1] == '!' ? 2 : 1, i = begin;

	for (; text[i] != ']'; i++) {
		if (!text[i] || strchr("/[{},", text[i])) {
			return 0;
		}
		if (text[i] == '-' && i > begin && text[i + 1] != ']' &&
		    text[i + 1] < text[i - 1]) {
			return 0;
		}
	}
	return i > begin ? i + 1 : 0;
}

/* The length of a choice, which begins with '{'; 0: malformed. */
static size_t parse_choice(const char *text)
{
	size_t i = 1;

	for (; text[i] != '}'; i++) {
		if (!text[i] || strchr("/?*[]{", text[i])) {
			return 0;
		}
	}
	return i + 1;
}

/* The length of the item that begins here; 0: malformed. Counts wildcards. */
static size_t parse_item(const char *text, unsigned *wildcards)
{
	switch (*text) {
	case '[':
		++*wildcards;
		return parse_class(text);
	case '{':
		++*wildcards;
		return parse_choice(text);
	case '?':
	case '*':
		++*wildcards;
		return 1;
	case '/':
		return text[1] && text[1] != '/';
	default:
		return !strchr("]},", *text);
	}
}

int pattern_parse(struct pattern *pattern, const char *text)
{
	size_t length = strlen(text), item;

	*pattern = (struct pattern){ .length = length };
	if (length > PATTERN_LENGTH_MAX) {
		return -ENAMETOOLONG;
	}
	if (*text != '/') {
		return -EINVAL;
	}
	for (size_t i = 0; i < length; i += item) {
		item = parse_item(text + i, &pattern->wildcards);
		if (!item) {
			return -EINVAL;
		}
	}
	memcpy(pattern->text, text, length + 1);
	return pattern->wildcards > PATTERN_WILDCARDS_MAX ? -E2BIG : 0;
}

static void add(struct places *places, size_t place)
{
	places->words[place / WORD] |= UINT64_C(1) << place % WORD;
}

static bool has(const struct places *places, size_t place)
{
	return places->words[place / WORD] >> place % WORD & 1;
}

/* The first place at or after `from`; the size of the set if there is none. */
static size_t next_place(const struct places *places, size_t from)
{
	for (size_t word = from / WORD; word < WORDS; word++, from = 0) {
		uint64_t rest = places->words[word] >> from % WORD << from % WORD;

		if (rest) {
			return word * WORD + (size_t)__builtin_ctzll(rest);
		}
	}
	return WORDS * WORD;
}

/* Whether a class contains the character; *end is the place after the class. */
static bool in_class(struct pattern *pattern, size_t at, char c, size_t *end)
{
	const char *text = pattern->text;
	bool inverse = text[at + 1] == '!', found = false;
	size_t begin = at + (inverse ? 2 : 1), i = begin;

	for (; text[i] != ']'; i++, pattern->steps++) {
		if (text[i] == '-' && i > begin && text[i + 1] != ']') {
			found |= text[i - 1] <= c && c <= text[i + 1];
		} else {
			found |= text[i] == c;
		}
	}
	*end = i + 1;
	return found != inverse;
}

/* From '{' to the start of each alternative. */
static void add_choices(struct pattern *pattern, struct places *now, size_t at)
{
	add(now, at + 1);
	for (; pattern->text[at] != '}'; at++, pattern->steps++) {
		if (pattern->text[at] == ',') {
			add(now, at + 1);
		}
	}
}

/* From the end of an alternative past the next one only: to '}' at once would be quadratic. */
static void skip_choice(struct pattern *pattern, struct places *now, size_t at)
{
	do {
		at++;
		pattern->steps++;
	} while (pattern->text[at] != ',' && pattern->text[at] != '}');
	add(now, at);
}

/*
 * One place, one character (NUL at the address's end). A place that is reached without consuming a
 * character is further right, so the scan from left to right still gets there.
 */
static void step(struct pattern *pattern, struct places *now, struct places *next, size_t at,
		 char c)
{
	bool part = c && c != '/';
	size_t end;

	switch (pattern->text[at]) {
	case '\0':
		break;
	case '*':
		add(now, at + 1);
		if (part) {
			add(next, at);
		}
		break;
	case '?':
		if (part) {
			add(next, at + 1);
		}
		break;
	case '[':
		if (in_class(pattern, at, c, &end) && part) {
			add(next, end);
		}
		break;
	case '{':
		add_choices(pattern, now, at);
		break;
	case ',':
		skip_choice(pattern, now, at);
		break;
	case '}':
		add(now, at + 1);
		break;
	default:
		if (pattern->text[at] == c) {
			add(next, at + 1);
		}
	}
}

bool pattern_match(struct pattern *pattern, const char *address)
{
	struct places now = { { 1 } };

	for (;; address++) {
		struct places next = { { 0 } };
		size_t at = next_place(&now, 0);

		if (at > pattern->length) {
			return false;
		}
		for (; at <= pattern->length; at = next_place(&now, at + 1)) {
			pattern->steps++;
			step(pattern, &now, &next, at, *address);
		}
		if (!*address) {
			return has(&now, pattern->length);
		}
		now = next;
	}
}
