/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connection memory inside struct patch; private to patch*.c. Entries are in the order in which
 * they were learned, oldest first. */
#ifndef XENJACK_PATCH_MEMORY_H
#define XENJACK_PATCH_MEMORY_H

#include <string.h>

#include "src/patch/patch.h"

static inline bool patch_is_id(const char *id)
{
	size_t length = strlen(id);

	return length > 0 && length <= PATCH_ID_MAX;
}

struct patch_entry {
	char *from, *to;
	bool connected;
};

struct patch {
	struct route routes[ROUTE_COUNT_MAX];
	unsigned route_count;
	bool autoconnect;
	struct patch_entry entries[PATCH_MEMORY_MAX];
	unsigned entry_count;
	bool loaded;	   /* from its file */
	const char *aside; /* its file was not understood: statefile_aside */
};

/* Swaps the entries of both; rules and default stay. */
void patch_exchange(struct patch *a, struct patch *b);

#endif
