/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/portmap.h"

#include <errno.h>
#include <stdlib.h>

int portmap_set(struct portmap *map, int port, struct wire *wire)
{
	if ((unsigned)port >= map->count) {
		unsigned count = ((unsigned)port | 63u) + 1;
		struct wire **wires = realloc(map->wires, count * sizeof(struct wire *));

		if (!wires) {
			return -ENOMEM;
		}
		for (unsigned i = map->count; i < count; i++) {
			wires[i] = NULL;
		}
		map->wires = wires;
		map->count = count;
	}
	map->wires[port] = wire;
	return 0;
}

struct wire *portmap_get(const struct portmap *map, int port)
{
	return (unsigned)port < map->count ? map->wires[port] : NULL;
}

void portmap_clear(struct portmap *map, int port, const struct wire *wire)
{
	if (portmap_get(map, port) == wire && wire) {
		map->wires[port] = NULL;
	}
}

void portmap_finish(struct portmap *map)
{
	free(map->wires);
	*map = (struct portmap){ 0 };
}
