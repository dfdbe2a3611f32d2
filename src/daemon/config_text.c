/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/daemon/config_text.h"

#include <ctype.h>
#include <string.h>

static bool is_mark(char c)
{
	return c == '#' || c == ';';
}

/* As inih sees it. */
static bool is_blank(char c)
{
	return isspace((unsigned char)c);
}

void config_text_cut(char *line)
{
	for (char *at = line; *at; at++) {
		if (is_mark(*at) && (at == line || is_blank(at[-1]))) {
			*at = '\0';
			return;
		}
	}
}

void config_text_unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		from += *from == '\\' && is_mark(from[1]);
		*to++ = *from;
	}
	*to = '\0';
}

/* No more escapes than needed: a line has room for a path that consists of marks. */
void config_text_put(const char *value, FILE *file)
{
	char before = ' ';

	for (; *value; before = *value++) {
		if (is_mark(*value) && (is_blank(before) || before == '\\')) {
			fputc('\\', file);
		}
		fputc(*value, file);
	}
}

bool config_text_unquote(char *text)
{
	size_t length = strlen(text);

	if (length < 2 || (*text != '"' && *text != '\'') || text[length - 1] != *text) {
		return false;
	}
	memmove(text, text + 1, length - 2);
	text[length - 2] = '\0';
	return true;
}
