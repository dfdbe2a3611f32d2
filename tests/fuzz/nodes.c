/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/nodes.h"

#include <stdio.h>
#include <string.h>

/* fake_store is a list: enough for a full card, and for what is beyond one. */
#define NODES_MAX 400u

static bool is_path(const char *path)
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789-/_@";
	size_t length = strlen(path);

	return path[0] == '/' && length < 200 && path[length - 1] != '/' && !strstr(path, "//") &&
	       strspn(path, good) == length;
}

static void add(struct fake_store *store, char *line)
{
	char *equals = strchr(line, '=');
	char path[2048 + 64];

	if (!equals) {
		return;
	}
	*equals = '\0';
	snprintf(path, sizeof(path), "%s%s", *line == '/' ? "" : NODES_FRONTEND "/", line);
	if (is_path(path)) {
		fake_store_set(store, path, equals + 1);
	}
}

struct fake_store *nodes_create(const uint8_t *data, size_t size)
{
	struct fuzz_text text = fuzz_text(data, size);
	struct fake_store *store = fake_store_create();
	char line[2048];

	for (unsigned i = 0; i < NODES_MAX && fuzz_next(&text, line, sizeof(line)); i++) {
		add(store, line);
	}
	return store;
}
