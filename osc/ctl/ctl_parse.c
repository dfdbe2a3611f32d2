/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "osc/ctl/ctl.h"
#include "osc/proto/table.h"

const struct ctl_command *ctl_find(const struct ctl *ctl, const char *name)
{
	/* The one command with two names: what everybody types. */
	name = strcmp(name, "ls") == 0 ? "list" : name;
	for (const struct ctl_command *one = ctl->commands; one->name; one++) {
		if (strcmp(one->name, name) == 0) {
			return one;
		}
	}
	return NULL;
}

bool ctl_is_part(const char *text)
{
	size_t length = strlen(text);

	for (const char *at = text; *at; at++) {
		if (*at <= ' ' || *at > '~' || *at == '#' || *at == '/') {
			return false;
		}
	}
	return length && length <= LIMITS_PART_MAX;
}

bool ctl_parse_number(const char *text, double *value)
{
	char *end;

	if (strcmp(text, "-inf") == 0) {
		*value = TABLE_DB_MIN;
		return true;
	}
	*value = strtod(text, &end);
	return end != text && !*end && isfinite(*value);
}

/* A number of dB, with or without the unit. Digits only: strtod reads much that nobody means. */
static bool parse_db(const char *text, size_t length, double *db)
{
	char number[32];

	if (length >= 2 && strncasecmp(text + length - 2, "db", 2) == 0) {
		length -= 2;
	}
	snprintf(number, sizeof(number), "%.*s", (int)length, text);
	return length < sizeof(number) &&
	       (strcmp(number, "-inf") == 0 ||
		strspn(number + (*number == '-'), ".0123456789") + (*number == '-') == length) &&
	       ctl_parse_number(number, db);
}

enum ctl_gain ctl_parse_gain(const char *text, double *db)
{
	size_t length = strlen(text);
	bool before = strncmp(text, "+=", 2) == 0 || strncmp(text, "-=", 2) == 0;
	bool behind = length && !before && strchr("+-", text[length - 1]);
	char sign = before ? *text : behind ? text[length - 1] : '\0';

	if (before) {
		text += 2, length -= 2;
	}
	length -= behind;
	if (!before && length && *text == '+') {
		return parse_db(text + 1, length - 1, db) ? CTL_GAIN_AMBIGUOUS : CTL_GAIN_NONE;
	}
	if (!parse_db(text, length, db) || (sign && *db <= (double)TABLE_DB_MIN)) {
		return CTL_GAIN_NONE;
	}
	if (behind && *text == '-') {
		return CTL_GAIN_AMBIGUOUS;
	}
	*db = sign == '-' ? -*db : *db;
	return sign ? CTL_GAIN_CHANGE : CTL_GAIN_SET;
}
