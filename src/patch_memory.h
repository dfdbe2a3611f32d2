/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory of src/patch.h, for its own files. The order is that of learning, oldest first. */
#ifndef XENJACK_PATCH_MEMORY_H
#define XENJACK_PATCH_MEMORY_H

#include "src/patch.h"

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
	bool loaded; /* from a file */
};

#endif
