/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/proto/part.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* OSC 1.0's own list, and '%'. */
static bool is_plain(char c)
{
	return c > ' ' && c <= '~' && !strchr("#*,/?[]{}%", c);
}

bool part_of(const char *text, char *part, size_t size)
{
	size_t length = 0;

	for (; *text; text++) {
		if (length + (is_plain(*text) ? 1 : 3) >= size) {
			return false;
		}
		length += (size_t)snprintf(part + length, size - length,
					   is_plain(*text) ? "%c" : "%%%02X", (unsigned char)*text);
	}
	return length > 0;
}

static bool is_escape(const char *part, size_t left)
{
	return left >= 3 && part[0] == '%' && isxdigit((unsigned char)part[1]) &&
	       isxdigit((unsigned char)part[2]);
}

bool part_text(const char *part, size_t length, char *text, size_t size)
{
	size_t at = 0, count = 0;

	while (at < length) {
		bool escape = is_escape(part + at, length - at);
		const char digits[] = { escape ? part[at + 1] : '0', escape ? part[at + 2] : '0',
					'\0' };
		char c = escape ? (char)strtoul(digits, NULL, 16) : part[at];

		/* Spelt otherwise than by part_of: two parts would be one text. */
		if (count + 1 >= size || !c || escape == is_plain(c) ||
		    (escape &&
		     (islower((unsigned char)digits[0]) || islower((unsigned char)digits[1])))) {
			return false;
		}
		text[count++] = c;
		at += escape ? 3 : 1;
	}
	if (size) {
		text[count] = '\0';
	}
	return count > 0;
}
