/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/graph_diff.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/msgq.h"

/* A port, or a connection. */
struct item {
	const char *name, *other; /* other is "" for a port */
};

struct items {
	struct item *all;
	unsigned count;
};

static int compare_items(const void *left, const void *right)
{
	const struct item *a = left, *b = right;
	int request = strcmp(a->name, b->name);

	return request ? request : strcmp(a->other, b->other);
}

static struct items list_ports(const struct graph *graph)
{
	struct items items = { calloc(graph->port_count + 1, sizeof(struct item)), 0 };

	for (unsigned i = 0; items.all && i < graph->port_count; i++) {
		items.all[items.count++] = (struct item){ graph->names[i], "" };
	}
	if (items.all) {
		qsort(items.all, items.count, sizeof(*items.all), compare_items);
	}
	return items;
}

static struct items list_edges(const struct graph *graph)
{
	struct items items = { calloc(graph->edge_count + 1, sizeof(struct item)), 0 };

	for (unsigned i = 0; items.all && i < graph->edge_count; i++) {
		items.all[items.count++] = (struct item){ graph->names[graph->edges[i].from],
							  graph->names[graph->edges[i].to] };
	}
	if (items.all) {
		qsort(items.all, items.count, sizeof(*items.all), compare_items);
	}
	return items;
}

/* Adds a row for every item of a that is missing from b; both are sorted. */
static void add_missing(struct jack_request *diff, const struct items *a, const struct items *b,
			enum event_kind kind)
{
	unsigned k = 0;

	for (unsigned i = 0; i < a->count && diff->row_count < GRAPH_DIFF_MAX; i++) {
		while (k < b->count && compare_items(&b->all[k], &a->all[i]) < 0) {
			k++;
		}
		if (k == b->count || compare_items(&b->all[k], &a->all[i]) != 0) {
			jack_request_add(diff,
					 &(struct jack_request_row){
						 .name = a->all[i].name,
						 .other = *a->all[i].other ? a->all[i].other : NULL,
						 .numbers = { kind } });
		}
	}
}

void graph_diff_compare(struct jack_request *diff, const struct graph *before,
			const struct graph *now)
{
	struct items ports[2] = { list_ports(before), list_ports(now) };
	struct items edges[2] = { list_edges(before), list_edges(now) };

	/* If one list could not be allocated, everything in the other would seem new. */
	if (ports[0].all && ports[1].all && edges[0].all && edges[1].all) {
		add_missing(diff, &edges[0], &edges[1], EVENT_PORT_DISCONNECTED);
		add_missing(diff, &ports[0], &ports[1], EVENT_PORT_REMOVED);
		add_missing(diff, &ports[1], &ports[0], EVENT_PORT_ADDED);
		add_missing(diff, &edges[1], &edges[0], EVENT_PORT_CONNECTED);
	}
	for (unsigned i = 0; i < 2; i++) {
		free(ports[i].all);
		free(edges[i].all);
	}
}

void graph_diff_send(struct msgq *to_main, struct jack_request *diff)
{
	if (!diff->row_count || !msgq_offer(to_main, &(struct msg){ .type = MSG_PORT_EVENTS,
								    .request = diff,
								    .place = &diff->place })) {
		jack_request_finish(diff);
	}
}
