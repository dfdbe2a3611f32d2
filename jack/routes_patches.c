/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "jack/routes_parts.h"
#include "src/patch/patch_store.h"

/* Stored patches, and the memory as a whole. */

int routes_state_dir(const struct routes *routes)
{
	return routes->state_dir;
}

int routes_store(struct routes *routes, const struct graph *graph, const char *name,
		 unsigned *count)
{
	struct patch_set set = { .count = 0 };
	uint32_t freewheel = routes_freewheel(routes);
	int err = freewheel & 1 ? -EAGAIN : 0;

	for (unsigned i = 0; i < graph->edge_count && !err; i++) {
		err = patch_set_add(&set, graph->ports[graph->edges[i].from].id,
				    graph->ports[graph->edges[i].to].id);
	}
	/* The others follow what was renamed so far; this one has the new names. */
	err = err ? err : routes_store_renames(routes);
	err = err ? err : patch_store_write(routes->state_dir, name, &set);
	*count = err ? 0 : set.count;
	patch_set_finish(&set);
	return err;
}

static const char *id_of(const struct graph *graph, unsigned n)
{
	return graph->ports[n].id;
}

/* Disconnects two ports; the memory already says so. */
static bool cut(struct routes *routes, const struct graph *graph, struct graph_edge edge)
{
	uint32_t freewheel = routes_freewheel(routes);

	if (freewheel & 1 ||
	    jack_disconnect(routes->watch, graph->names[edge.from], graph->names[edge.to]) ||
	    routes_freewheel(routes) != freewheel) {
		/* JACK may restore the connection; it stays known, so it is not taken for a user's.
		 */
		return false;
	}
	routes_links_forget(&routes->links, id_of(graph, edge.from), id_of(graph, edge.to));
	return true;
}

/* Makes a connection that is in the memory; jack/routes retries it if it fails. */
static bool make(struct routes *routes, const struct graph *graph, struct graph_edge edge)
{
	if (routes_freewheel(routes) & 1 || routes_check_ports(routes, graph, edge) ||
	    jack_connect(routes->watch, graph->names[edge.from], graph->names[edge.to])) {
		return false;
	}
	routes_links_forget(&routes->links, id_of(graph, edge.from), id_of(graph, edge.to));
	routes_links_add(&routes->links, graph, edge, routes->watch, true);
	return true;
}

static unsigned change(struct routes *routes, const struct graph *graph,
		       const struct patch_set *set)
{
	unsigned changes = 0;

	for (unsigned i = 0; i < graph->edge_count; i++) {
		struct graph_edge edge = graph->edges[i];

		if (!patch_set_has(set, id_of(graph, edge.from), id_of(graph, edge.to))) {
			changes += cut(routes, graph, edge);
		}
	}
	for (unsigned i = 0; i < set->count; i++) {
		int from = graph_find(graph, set->pairs[i].from);
		int to = graph_find(graph, set->pairs[i].to);

		if (from >= 0 && to >= 0) {
			changes += make(routes, graph,
					(struct graph_edge){ (unsigned)from, (unsigned)to });
		}
	}
	return changes;
}

int routes_recall(struct routes *routes, const struct graph *graph, const char *name,
		  unsigned *count)
{
	struct patch_set set = { .count = 0 };
	int err = routes_may_connect(routes) ? patch_store_read(routes->state_dir, name, &set)
					     : -EAGAIN;

	/* Those that its file does not follow yet. */
	for (unsigned i = 0; i < routes->renames.count && !err; i++) {
		const struct patch_rename *rename = &routes->renames.all[i];

		err = patch_set_rename(&set, rename->before, rename->now) < 0 ? -ENOMEM : 0;
	}
	patch_set_settle(&set, graph->ports, graph->port_count);
	err = err ? err : patch_recall(routes->patch, &set, graph->ports, graph->port_count);
	if (!err) {
		*count = change(routes, graph, &set);
		routes_save_soon(routes);
		ev_async_send(routes->loop, &routes->wake);
		err = routes_may_connect(routes) ? 0 : -EAGAIN;
	}
	patch_set_finish(&set);
	return err;
}

void routes_set_auto(struct routes *routes, bool automatic)
{
	routes->manual = !automatic;
	if (automatic) {
		routes_links_resume(&routes->links);
	}
	ev_async_send(routes->loop, &routes->wake);
}

bool routes_is_auto(const struct routes *routes)
{
	return !routes->manual;
}

int routes_save(struct routes *routes)
{
	return routes->state_dir < 0 ? -EOPNOTSUPP : routes_write(routes);
}

void routes_move(struct routes *routes)
{
	routes->unsaved |= patch_move(routes->patch, routes->state_dir);
	if (routes->unsaved) {
		/* Not after the pause that follows a failure. */
		routes->save_at_s = 0.0;
		ev_async_send(routes->loop, &routes->wake);
	}
}

/* Disconnects what the memory refuses: jack/routes only makes connections. */
static void cut_refused(struct routes *routes)
{
	struct graph graph;
	struct routes_plan plan = { .graph = &graph };

	if (routes_take(routes, &graph)) {
		return;
	}
	routes_plan_for(routes, &plan);
	for (unsigned i = 0; i < plan.count; i++) {
		const struct patch_link *link = &plan.links[i];

		if (!patch_wants(link) &&
		    routes_links_find(&routes->links, id_of(&graph, link->from),
				      id_of(&graph, link->to))) {
			cut(routes, &graph, (struct graph_edge){ link->from, link->to });
		}
	}
	free(plan.links);
	graph_free(&graph);
}

int routes_load(struct routes *routes)
{
	int err;

	if (routes->state_dir < 0) {
		return -EOPNOTSUPP;
	}
	if (routes->watch && !routes_may_connect(routes)) {
		return -EAGAIN;
	}
	err = patch_reload(routes->patch, routes->state_dir);
	if (err) {
		return err;
	}
	routes->unsaved = false;
	routes_links_resume(&routes->links);
	if (routes->watch) {
		cut_refused(routes);
	}
	ev_async_send(routes->loop, &routes->wake);
	return 0;
}
