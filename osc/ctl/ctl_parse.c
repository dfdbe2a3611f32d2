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
