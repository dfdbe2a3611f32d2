/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts and numbers in nodes, for either kind of domain. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xen/guest/domain.h"

long domain_read_number(struct domain *domain, const char *path, long missing)
{
	char *text = domain_read(domain, path), *end;
	long number;

	if (text == NULL) {
		return missing;
	}
	number = strtol(text, &end, 10);
	if (end == text || *end != '\0') {
		number = missing;
	}
	free(text);
	return number;
}

int domain_write(struct domain *domain, const char *path, const char *value)
{
	return domain_write_bytes(domain, path, value, strlen(value));
}

int domain_write_number(struct domain *domain, const char *path, uint32_t number)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", number);
	return domain_write(domain, path, text);
}
