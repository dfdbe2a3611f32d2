/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/mixer/guest_key.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_plain(char c)
{
	return c >= ' ' && c <= '~' && c != '\\';
}

bool guest_key_of(const char *name, char key[GUEST_KEY_MAX + 1])
{
	size_t length = 0;

	for (; *name && length + 4 <= GUEST_KEY_MAX; name++) {
		length += (size_t)snprintf(key + length, GUEST_KEY_MAX + 1 - length,
					   is_plain(*name) ? "%c" : "\\x%02x",
					   (unsigned char)*name);
	}
	key[length] = '\0';
	return !*name;
}

static bool is_escape(const char *at)
{
	return at[0] == '\\' && at[1] == 'x' && isxdigit((unsigned char)at[2]) &&
	       isxdigit((unsigned char)at[3]);
}

bool guest_key_name(const char *key, char name[GUEST_KEY_MAX + 1])
{
	char again[GUEST_KEY_MAX + 1];
	size_t length = 0;

	for (const char *at = key; *at && length < GUEST_KEY_MAX; length++) {
		if (is_escape(at)) {
			const char digits[] = { at[2], at[3], '\0' };

			name[length] = (char)strtoul(digits, NULL, 16);
			at += 4;
		} else {
			name[length] = *at++;
		}
	}
	name[length] = '\0';
	/* Whatever is not spelt as we do is no key: two of them would be one guest. */
	return length && guest_key_of(name, again) && strcmp(key, again) == 0;
}
