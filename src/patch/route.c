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

bool route_match(const char *pattern, const char *id)
{
	size_t head = strcspn(pattern, "*"), left = strlen(id), length;

	if (!strchr(pattern, ':') != !strchr(id, ':')) {
		return false;
	}
	if (left < head || memcmp(pattern, id, head) != 0) {
		return false;
	}
	if (!pattern[head]) {
		return left == head;
	}
	/*
	 * Match each piece between two stars at its first occurrence: no other leaves more text
	 * for the pieces that follow. memmem is linear and starts where the last piece ended.
	 */
	for (id += head, left -= head, pattern += head + 1;; pattern += length + 1) {
		const char *found;

		length = strcspn(pattern, "*");
		if (!pattern[length]) {
			return left >= length && memcmp(id + left - length, pattern, length) == 0;
		}
		found = memmem(id, left, pattern, length);
		if (!found) {
			return false;
		}
		left -= (size_t)(found - id) + length;
		id = found + length;
	}
}
