/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/client_orders.h"

#include <errno.h>
#include <string.h>

#include "jack/graph.h"
#include "src/route.h"

struct scene {
	struct order *order;
	jack_client_t *client;
	struct graph graph;
};

/* A port by its name or id; NULL and the order's error if there is none. */
static const char *port_name(const struct scene *scene, const char *text)
{
	const struct graph *graph = &scene->graph;

	for (unsigned i = 0; text && i < graph->port_count; i++) {
		if (strcmp(graph->names[i], text) == 0 || strcmp(graph->ports[i].id, text) == 0) {
			return graph->names[i];
		}
	}
	scene->order->err = text ? -ENOENT : -EINVAL;
	return NULL;
}

/* --- lists */

static bool is_listed(const struct scene *scene, unsigned n)
{
	const struct patch_port *port = &scene->graph.ports[n];
	const char *pattern = scene->order->a, *kind = scene->order->b;

	return (!kind || strcmp(kind, port->output ? "out" : "in") == 0) &&
	       (!pattern || route_match(pattern, port->id) ||
		route_match(pattern, scene->graph.names[n]));
}

static void list_ports(const struct scene *scene)
{
	for (unsigned i = 0; i < scene->graph.port_count; i++) {
		const char *name = scene->graph.names[i];
		const struct patch_port *port = &scene->graph.ports[i];
		jack_port_t *handle = is_listed(scene, i) ? jack_port_by_name(scene->client, name)
							  : NULL;
		unsigned kind = (port->output ? 0 : CONTROL_PORT_INPUT) |
				(port->ours ? CONTROL_PORT_OURS : 0);

		if (handle) {
			if (jack_port_flags(handle) & JackPortIsPhysical) {
				kind |= CONTROL_PORT_PHYSICAL;
			}
			order_add(scene->order,
				  &(struct control_row){
					  .name = name,
					  .other = port->ours ? port->id : NULL,
					  .numbers = { kind,
						       (unsigned)jack_port_connected(handle) } });
		}
	}
}

static void list_connections_of(const struct scene *scene, const char *name)
{
	const jack_port_t *port = jack_port_by_name(scene->client, name);
	const char **list = port ? jack_port_get_all_connections(scene->client, port) : NULL;
	bool output = port && jack_port_flags(port) & JackPortIsOutput;

	for (unsigned i = 0; list && list[i]; i++) {
		order_add(scene->order, &(struct control_row){ .name = output ? name : list[i],
							       .other = output ? list[i] : name });
	}
	jack_free(list);
}

static void list_connections(const struct scene *scene)
{
	const struct graph *graph = &scene->graph;
	const char *name;

	if (scene->order->a) {
		name = port_name(scene, scene->order->a);
		if (name) {
			list_connections_of(scene, name);
		}
		return;
	}
	for (unsigned i = 0; i < graph->edge_count; i++) {
		order_add(scene->order,
			  &(struct control_row){ .name = graph->names[graph->edges[i].from],
						 .other = graph->names[graph->edges[i].to] });
	}
}

static void list_latency(const struct scene *scene)
{
	const char *name = port_name(scene, scene->order->a);
	jack_port_t *port = name ? jack_port_by_name(scene->client, name) : NULL;
	jack_latency_range_t capture, playback;

	if (!port) {
		return;
	}
	jack_port_get_latency_range(port, JackCaptureLatency, &capture);
	jack_port_get_latency_range(port, JackPlaybackLatency, &playback);
	order_add(scene->order, &(struct control_row){ .name = name,
						       .numbers = { capture.min, capture.max,
								    playback.min, playback.max } });
}

/* --- changes */

/* libjack says EEXIST, or no more than that it did not work. */
static void connect_ports(const struct scene *scene)
{
	const char *from = port_name(scene, scene->order->a);
	const char *to = from ? port_name(scene, scene->order->b) : NULL;
	int err;

	if (from && to) {
		err = jack_connect(scene->client, from, to);
		scene->order->err = err == EEXIST ? -EEXIST : err ? -EINVAL : 0;
	}
}

static bool are_connected(const struct scene *scene, const char *from, const char *to)
{
	const jack_port_t *port = jack_port_by_name(scene->client, from);
	const char **list = port ? jack_port_get_all_connections(scene->client, port) : NULL;
	bool found = false;

	for (unsigned i = 0; list && list[i]; i++) {
		found |= strcmp(list[i], to) == 0;
	}
	jack_free(list);
	return found;
}

static void disconnect_ports(const struct scene *scene)
{
	const char *from = port_name(scene, scene->order->a);
	const char *to = from ? port_name(scene, scene->order->b) : NULL;

	if (from && to) {
		scene->order->err = !are_connected(scene, from, to)	       ? -ENOTCONN
				    : jack_disconnect(scene->client, from, to) ? -EINVAL
									       : 0;
	}
}

/* Whether a port is what was named, or of the stream that was. */
static bool is_of(const struct scene *scene, unsigned n, const char *text)
{
	const char *id = scene->graph.ports[n].id;
	size_t length = strlen(text);

	return strcmp(scene->graph.names[n], text) == 0 || strcmp(id, text) == 0 ||
	       (scene->graph.ports[n].ours && strncmp(id, text, length) == 0 && id[length] == '_' &&
		strspn(id + length + 1, "0123456789") == strlen(id + length + 1));
}

static void disconnect_all(const struct scene *scene)
{
	const struct graph *graph = &scene->graph;
	unsigned found = 0;

	for (unsigned i = 0; scene->order->a && i < graph->port_count; i++) {
		if (is_of(scene, i, scene->order->a)) {
			found++;
			list_connections_of(scene, graph->names[i]);
		}
	}
	scene->order->count = 0;
	for (unsigned i = 0; i < scene->order->row_count; i++) {
		const struct control_row *row = &scene->order->rows[i];

		/* One between two of these is listed twice. */
		scene->order->count += jack_disconnect(scene->client, row->name, row->other) == 0;
	}
	scene->order->err = !scene->order->a ? -EINVAL : !found ? -ENOENT : scene->order->err;
}

void client_orders_serve(struct order *order, jack_client_t *client, struct card *const *cards,
			 unsigned card_count)
{
	static void (*const verbs[])(const struct scene *) = {
		[CONTROL_PORTS] = list_ports,
		[CONTROL_CONNECTIONS] = list_connections,
		[CONTROL_CONNECT] = connect_ports,
		[CONTROL_DISCONNECT] = disconnect_ports,
		[CONTROL_DISCONNECT_ALL] = disconnect_all,
		[CONTROL_LATENCY] = list_latency,
	};
	struct scene scene = { .order = order, .client = client };

	if (order->verb >= sizeof(verbs) / sizeof(*verbs) || !verbs[order->verb]) {
		order->err = -EOPNOTSUPP;
		return;
	}
	order->err = graph_take(&scene.graph, client, cards, card_count);
	if (!order->err) {
		verbs[order->verb](&scene);
		graph_free(&scene.graph);
	}
}
