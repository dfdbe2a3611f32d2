/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/routes_pause.h"

#include <math.h>
#include <string.h>

#include "src/base/log.h"

bool routes_pause_is_foreign(const char *id)
{
	return strchr(id, ':');
}

static size_t client_length(const char *id)
{
	const char *end = strchr(id, ':');

	/* A card's name may have dots, a stream's label has none. */
	end = end ? end : strrchr(id, '.');
	return end ? (size_t)(end - id) : strlen(id);
}

bool routes_pause_is_same(const char *a, const char *b)
{
	size_t length = client_length(a);

	return length == client_length(b) && strncmp(a, b, length) == 0 &&
	       routes_pause_is_foreign(a) == routes_pause_is_foreign(b);
}

const char *routes_pause_end(const struct routes_link *link)
{
	return routes_pause_is_foreign(link->to) ? link->to : link->from;
}

static const char *near_end(const struct routes_link *link)
{
	return routes_pause_is_foreign(link->to) ? link->from : link->to;
}

void routes_pause_heard(struct routes_links *links, const void *const ports[2], const char *port)
{
	for (unsigned i = 0; i < links->count; i++) {
		struct routes_link *link = &links->all[i];

		link->company |= routes_pause_is_same(routes_pause_end(link), port) &&
				 (link->ports[0] != ports[0] || link->ports[1] != ports[1]);
	}
}

static bool vanished_with(const struct routes_link *link, const struct routes_link *other)
{
	return other->state == LINK_AWAY && !other->kept &&
	       fabs(other->away_at_s - link->away_at_s) <= ROUTES_PAUSE_TOGETHER_S;
}

/* Whether all links of the link's client have vanished with it, and it was not the only one. */
static bool is_clients(const struct routes_links *links, const struct routes_link *link)
{
	unsigned count = link->company;

	if (!routes_pause_is_foreign(routes_pause_end(link)) || link->physical) {
		return false;
	}
	for (unsigned i = 0; i < links->count; i++) {
		const struct routes_link *other = &links->all[i];

		if (other->state == LINK_PAUSED ||
		    !routes_pause_is_same(routes_pause_end(other), routes_pause_end(link))) {
			continue;
		}
		if (!vanished_with(link, other)) {
			return false;
		}
		count++;
	}
	return count > 1;
}

/* Whether all links there are have vanished, and they are those of several guests or programs. */
static bool is_everybodys(const struct routes_links *links, const struct routes_link *link)
{
	bool several = false;

	for (unsigned i = 0; i < links->count; i++) {
		const struct routes_link *other = &links->all[i];

		if (other->state == LINK_PAUSED) {
			continue;
		}
		if (!vanished_with(link, other)) {
			return false;
		}
		several |= !routes_pause_is_same(routes_pause_end(other), routes_pause_end(link)) ||
			   !routes_pause_is_same(near_end(other), near_end(link));
	}
	return several;
}

bool routes_pause(struct routes_links *links, const struct routes_link *link)
{
	const char *client = routes_pause_end(link);
	bool all;

	if (!is_clients(links, link)) {
		if (!is_everybodys(links, link)) {
			return false;
		}
		all = true;
		log_info(
			"all connections of guests were cut at once; each comes back when the program "
			"at its end does");
	} else {
		all = false;
		log_info("%.*s: all its connections were cut at once; they come back when it does",
			 (int)client_length(client), client);
	}
	for (unsigned i = 0; i < links->count; i++) {
		struct routes_link *other = &links->all[i];

		if (other->state == LINK_AWAY && other != link &&
		    (all || routes_pause_is_same(routes_pause_end(other), client))) {
			other->state = LINK_PAUSED;
		}
	}
	links->all[link - links->all].state = LINK_PAUSED;
	return true;
}

bool routes_pause_is_over(const struct routes_link *link, const struct graph *graph)
{
	const char *const ids[2] = { link->from, link->to };

	for (unsigned i = 0; i < 2; i++) {
		/* Between guests, either may pause. */
		if ((routes_pause_is_foreign(ids[i]) || !routes_pause_is_foreign(ids[!i])) &&
		    (link->gone[i] || graph_find(graph, ids[i]) < 0)) {
			return true;
		}
	}
	return false;
}
