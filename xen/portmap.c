/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/portmap.h"

#include <errno.h>
#include <stdlib.h>

int portmap_set(struct portmap *map, int port, struct stream_ring *ring)
{
	if ((unsigned)port >= map->count) {
		unsigned count = ((unsigned)port | 63u) + 1;
		struct stream_ring **rings = realloc(map->rings,
						     count * sizeof(struct stream_ring *));

		if (!rings) {
			return -ENOMEM;
		}
		for (unsigned i = map->count; i < count; i++) {
			rings[i] = NULL;
		}
		map->rings = rings;
		map->count = count;
	}
	map->rings[port] = ring;
	return 0;
}

struct stream_ring *portmap_get(const struct portmap *map, int port)
{
	return (unsigned)port < map->count ? map->rings[port] : NULL;
}

void portmap_clear(struct portmap *map, int port, const struct stream_ring *ring)
{
	if (portmap_get(map, port) == ring && ring) {
		map->rings[port] = NULL;
	}
}

void portmap_finish(struct portmap *map)
{
	free(map->rings);
	*map = (struct portmap){ 0 };
}
