/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "jack/graph_diff.h"
#include "jack/routes_parts.h"
#include "jack/routes_pause.h"

/* What subscribers are told, besides what two snapshots show. */

static struct jack_request *begin(struct routes *routes)
{
	if (!routes->news) {
		routes->news = jack_request_create(JACK_REQUEST_PORTS, NULL, NULL, NULL, NULL);
	}
	return routes->news;
}

void routes_news_add(struct routes *routes, enum event_kind kind, const char *name,
		     const char *other)
{
	struct jack_request *news = begin(routes);

	if (news && news->row_count < GRAPH_DIFF_MAX) {
		jack_request_add(news, &(struct jack_request_row){
					       .name = name, .other = other, .numbers = { kind } });
	}
}

void routes_news_heard(struct routes *routes, const struct routes_event *event)
{
	const void *const *ports = event->ports;
	struct routes_flap *flap = routes->flaps, *end = flap + routes->flap_count;

	while (flap < end && (flap->ports[0] != ports[0] || flap->ports[1] != ports[1])) {
		flap++;
	}
	if (flap == end) {
		if (routes->flap_count == ROUTES_FLAPS_MAX) {
			return;
		}
		*flap = (struct routes_flap){ .ports = { ports[0], ports[1] } };
		routes->flap_count++;
	}
	flap->made |= event->kind == HEARD_CONNECTED;
	flap->cut |= event->kind == HEARD_CUT;
}

void routes_news_removed(struct routes *routes, const void *port)
{
	for (unsigned i = routes->flap_count; i-- > 0;) {
		const struct routes_flap *flap = &routes->flaps[i];

		if (!port || flap->ports[0] == port || flap->ports[1] == port) {
			routes->flaps[i] = routes->flaps[--routes->flap_count];
		}
	}
}

static bool was_made(const struct routes *routes, const void *a, const void *b)
{
	for (unsigned i = 0; i < routes->flap_count; i++) {
		const struct routes_flap *flap = &routes->flaps[i];

		if (flap->made && ((flap->ports[0] == a && flap->ports[1] == b) ||
				   (flap->ports[0] == b && flap->ports[1] == a))) {
			return true;
		}
	}
	return false;
}

static bool port_keeps(const struct routes *routes, const void *port)
{
	const char **list = jack_port_get_all_connections(routes->watch, port);
	bool keeps = false;

	for (unsigned i = 0; list && list[i] && !keeps; i++) {
		keeps = !was_made(routes, port, jack_port_by_name(routes->watch, list[i]));
	}
	jack_free(list);
	return keeps;
}

bool routes_news_keeps(const struct routes *routes, const struct graph *graph, const char *port)
{
	for (unsigned i = 0; i < graph->port_count; i++) {
		if (graph->handles[i] && routes_pause_is_same(graph->ports[i].id, port) &&
		    port_keeps(routes, graph->handles[i])) {
			return true;
		}
	}
	return false;
}

static bool has_edge(const struct graph *graph, const char *from, const char *to)
{
	for (unsigned i = 0; i < graph->edge_count; i++) {
		if (strcmp(graph->names[graph->edges[i].from], from) == 0 &&
		    strcmp(graph->names[graph->edges[i].to], to) == 0) {
			return true;
		}
	}
	return false;
}

/* A connection that came and went, or went and came, between two snapshots: they do not show it. */
static void add_flap(struct routes *routes, const struct graph *now, const struct routes_flap *flap)
{
	static const enum event_kind kinds[] = { EVENT_PORT_CONNECTED, EVENT_PORT_DISCONNECTED };
	int from = graph_find_handle(now, flap->ports[0]),
	    to = graph_find_handle(now, flap->ports[1]);
	bool there;

	if (from < 0 || to < 0 || !(now->ports[from].ours || now->ports[to].ours)) {
		return;
	}
	there = has_edge(now, now->names[from], now->names[to]);
	if (there == has_edge(&routes->last, now->names[from], now->names[to])) {
		routes_news_add(routes, kinds[there], now->names[from], now->names[to]);
		routes_news_add(routes, kinds[!there], now->names[from], now->names[to]);
	}
}

void routes_news_send(struct routes *routes, const struct graph *now)
{
	for (unsigned i = 0; i < routes->flap_count; i++) {
		if (routes->flaps[i].made && routes->flaps[i].cut) {
			add_flap(routes, now, &routes->flaps[i]);
		}
	}
	routes->flap_count = 0;
	if (begin(routes)) {
		graph_diff_compare(routes->news, &routes->last, now);
		graph_diff_send(routes->to_main, routes->news);
		routes->news = NULL;
	}
}

void routes_news_drop(struct routes *routes)
{
	if (routes->news) {
		jack_request_finish(routes->news);
	}
	routes->news = NULL;
	routes->flap_count = 0;
}
