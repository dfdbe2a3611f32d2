/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/patch/route.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const char *check_pattern(const char *pattern)
{
	if (!*pattern) {
		return "a side is empty";
	}
	if (strlen(pattern) > ROUTE_PATTERN_MAX) {
		return "a side is too long";
	}
	if (!strpbrk(pattern, ".:*")) {
		return "a side is neither GUEST.STREAM_CHANNEL nor CLIENT:PORT";
	}
	return NULL;
}

const char *route_parse(struct route *route, const char *left, const char *right)
{
	const char *wrong = check_pattern(left);

	wrong = wrong ? wrong : check_pattern(right);
	if (!wrong && strchr(left, ':') && strchr(right, ':')) {
		wrong = "one side must be a guest's, GUEST.STREAM_CHANNEL";
	}
	if (!wrong) {
		snprintf(route->left, sizeof(route->left), "%s", left);
		snprintf(route->right, sizeof(route->right), "%s", right);
	}
	return wrong;
}

/* How much of a pattern comes before its next star, or its end. */
static size_t piece_of(const char *pattern, size_t size)
{
	const char *star = memchr(pattern, '*', size);

	return star ? (size_t)(star - pattern) : size;
}

/* Matches a text with a pattern, neither of which need end in a NUL. */
static bool match(const char *pattern, size_t size, const char *text, size_t left)
{
	size_t head = piece_of(pattern, size), length;

	if (left < head || memcmp(pattern, text, head) != 0) {
		return false;
	}
	if (head == size) {
		return left == head;
	}
	/*
	 * Match each piece between two stars at its first occurrence: no other leaves more text
	 * for the pieces that follow. memmem is linear and starts where the last piece ended.
	 */
	for (length = head;;) {
		const char *found;

		text += length;
		left -= length;
		pattern += head + 1;
		size -= head + 1;
		head = length = piece_of(pattern, size);
		if (head == size) {
			return left >= head && memcmp(text + left - head, pattern, head) == 0;
		}
		found = memmem(text, left, pattern, head);
		if (!found) {
			return false;
		}
		left -= (size_t)(found - text);
		text = found;
	}
}

bool route_match(const char *pattern, const char *id)
{
	bool others = strchr(pattern, ':') != NULL;
	const char *dot = others ? NULL : strrchr(pattern, '.'), *end = strrchr(id, '.');

	if (others != (strchr(id, ':') != NULL)) {
		return false;
	}
	if (!dot) {
		return match(pattern, strlen(pattern), id, strlen(id));
	}
	/* "daw.*" is not for a guest called "daw.x". */
	return end && match(pattern, (size_t)(dot - pattern), id, (size_t)(end - id)) &&
	       match(dot + 1, strlen(dot + 1), end + 1, strlen(end + 1));
}
