/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "osc/ctl/ctl.h"
#include "osc/proto/table.h"

const struct ctl_command *ctl_find(const struct ctl *ctl, const char *name)
{
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
