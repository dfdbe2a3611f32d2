/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "jack/routes_parts.h"
#include "src/base/log.h"

/*
 * Ports that get other names. A port that was never in a snapshot had its old name only for a
 * moment: there is nothing to follow.
 */

/* Other programs' ports go by their names; ours keep their ids. */
static bool follow(struct routes *routes, const void *port, const char *before, const char *now)
{
	/* Only if there is somewhere to store patches. */
	int err = routes->state_dir < 0 ? 0 : patch_renames_add(&routes->renames, before, now);
	bool linked = routes_links_rename(&routes->links, port, now);
	int known = patch_rename(routes->patch, before, now);

	if (known < 0 || err) {
		log_error("%s: cannot remember its new name", now);
	}
	if (!known && !linked) {
		return false;
	}
	log_info("%s: renamed to %s; connections follow", before, now);
	return true;
}

bool routes_rename(struct routes *routes, const void *port, const char *now)
{
	int n = graph_find_handle(&routes->last, port);
	bool followed = false;
	char *before;

	if (n < 0 || strcmp(routes->last.names[n], now) == 0) {
		return false;
	}
	before = strdup(routes->last.names[n]);
	if (!before || graph_rename(&routes->last, (unsigned)n, now)) {
		/* As if it were another port. */
		routes_links_endpoint_gone(&routes->links, port);
		free(before);
		return false;
	}
	routes_news_add(routes, EVENT_PORT_RENAMED, before, now);
	if (routes->last.ports[n].ours) {
		log_info("%s: another program has renamed it to %s", before, now);
	} else {
		followed = follow(routes, port, before, now);
	}
	free(before);
	return followed;
}
