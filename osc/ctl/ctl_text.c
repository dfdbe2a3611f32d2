/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/ctl/ctl_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* How many bytes a character has that begins with this one; 0: none does. */
static size_t length_of(unsigned char first)
{
	return first < 0x80   ? 1
	       : first < 0xC2 ? 0
	       : first < 0xE0 ? 2
	       : first < 0xF0 ? 3
	       : first < 0xF5 ? 4
			      : 0;
}

/* The next character, of *length bytes; 0, of one byte: none that may be shown. */
static uint32_t next(const char *text, size_t *length)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *at = (const unsigned char *)text;
	size_t size = length_of(*at);
	uint32_t code = size > 1 ? *at & (0x7Fu >> size) : *at;

	*length = 1;
	for (size_t i = 1; i < size; i++) {
		if ((at[i] & 0xC0) != 0x80) {
			return 0;
		}
		code = code << 6 | (at[i] & 0x3F);
	}
	/* Nor a longer form of another, half of a pair of UTF-16, or beyond Unicode. */
	if (!size || code < least[size] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) {
		return 0;
	}
	*length = size;
	return code < ' ' || (code >= 0x7F && code < 0xA0) ? 0 : code;
}

void ctl_text_put(FILE *out, const char *text)
{
	size_t length;

	for (; *text; text += length) {
		if (next(text, &length)) {
			fwrite(text, 1, length, out);
		} else {
			fputc('?', out);
		}
	}
}

void ctl_text_clean(char *text)
{
	char *to = text;
	size_t length;

	for (; *text; text += length) {
		if (next(text, &length)) {
			memmove(to, text, length);
			to += length;
		} else {
			*to++ = '?';
		}
	}
	*to = '\0';
}

unsigned ctl_text_width(const char *text)
{
	unsigned width = 0;
	size_t length;

	for (; *text; text += length, width++) {
		(void)next(text, &length);
	}
	return width;
}
