/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "jack/routes_parts.h"

/*
 * What users request from us, as opposed to what they do by hand, which jack/routes has to detect.
 */

int routes_take(const struct routes *routes, struct graph *graph)
{
	return graph_take(graph, routes->watch, routes->cards, routes->card_count);
}

uint32_t routes_freewheel(const struct routes *routes)
{
	return atomic_load(routes->freewheel);
}

static void remember(struct routes *routes, const struct graph *graph, struct graph_edge edge,
		     bool connected)
{
	struct routes_plan plan = { .graph = graph };

	if (!graph->ports[edge.from].ours && !graph->ports[edge.to].ours) {
		return;
	}
	if (routes_plan_for(routes, &plan)) {
		routes_links_set(&routes->links, &plan, routes->patch, routes->watch, edge,
				 connected);
		routes_save_soon(routes);
		ev_async_send(routes->loop, &routes->wake);
	}
	free(plan.links);
}

bool routes_may_connect(const struct routes *routes)
{
	uint32_t freewheel = routes_freewheel(routes);

	return !(freewheel & 1) && freewheel == routes->freewheel_seen && !routes->freewheeled;
}

int routes_connect(struct routes *routes, const struct graph *graph, struct graph_edge edge)
{
	const char *from = graph->names[edge.from], *to = graph->names[edge.to];
	uint32_t freewheel = routes_freewheel(routes);
	int err;

	if (!routes_may_connect(routes)) {
		return -EAGAIN;
	}
	err = routes_check_ports(routes, graph, edge);
	if (err) {
		return err;
	}
	err = jack_connect(routes->watch, from, to);
	if (err) {
		return err == EEXIST ? -EEXIST : -EINVAL;
	}
	if (routes_freewheel(routes) != freewheel) {
		return -EAGAIN;
	}
	remember(routes, graph, edge, true);
	return 0;
}

int routes_disconnect(struct routes *routes, const struct graph *graph, struct graph_edge edge)
{
	const char *from = graph->names[edge.from], *to = graph->names[edge.to];
	jack_port_t *port = jack_port_by_name(routes->watch, from);
	uint32_t freewheel = routes_freewheel(routes);

	if (freewheel & 1) {
		return -EAGAIN;
	}
	if (!port || !jack_port_connected_to(port, to)) {
		return -ENOENT;
	}
	if (jack_disconnect(routes->watch, from, to)) {
		return -EINVAL;
	}
	if (routes_freewheel(routes) != freewheel) {
		return -EAGAIN;
	}
	remember(routes, graph, edge, false);
	return 0;
}
