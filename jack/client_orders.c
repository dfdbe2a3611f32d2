/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/client_orders.h"

#include <errno.h>
#include <string.h>

#include "src/patch_store.h"
#include "src/route.h"

struct scene {
	struct order *order;
	jack_client_t *client;
	struct routes *routes;
	struct graph graph;
};

/* The number of a port; -1 if there is none. */
static int find_name(const struct scene *scene, const char *name)
{
	for (unsigned i = 0; i < scene->graph.port_count; i++) {
		if (strcmp(scene->graph.names[i], name) == 0) {
			return (int)i;
		}
	}
	return -1;
}

/* The same by its name or id; -1 and the order's error. */
static int find_port(const struct scene *scene, const char *text)
{
	int n = text ? find_name(scene, text) : -1;

	n = text && n < 0 ? graph_find(&scene->graph, text) : n;
	if (n < 0) {
		scene->order->err = text ? -ENOENT : -EINVAL;
	}
	return n;
}

static const char *port_name(const struct scene *scene, const char *text)
{
	int n = find_port(scene, text);

	return n < 0 ? NULL : scene->graph.names[n];
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

/* Two ports by their names or ids; false and the order's error if there are none. */
static bool find_edge(const struct scene *scene, struct graph_edge *edge)
{
	int from = find_port(scene, scene->order->a);
	int to = from < 0 ? -1 : find_port(scene, scene->order->b);

	if (from < 0 || to < 0) {
		return false;
	}
	*edge = (struct graph_edge){ (unsigned)from, (unsigned)to };
	return true;
}

static void connect_ports(const struct scene *scene)
{
	struct graph_edge edge;

	if (find_edge(scene, &edge)) {
		scene->order->err = routes_connect(scene->routes, &scene->graph, edge);
	}
}

static void disconnect_ports(const struct scene *scene)
{
	struct graph_edge edge;

	if (find_edge(scene, &edge)) {
		scene->order->err = routes_disconnect(scene->routes, &scene->graph, edge);
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

static void disconnect_row(const struct scene *scene, const struct control_row *row)
{
	struct order *order = scene->order;
	int from = find_name(scene, row->name), to = find_name(scene, row->other), err;

	if (from < 0 || to < 0) {
		return;
	}
	err = routes_disconnect(scene->routes, &scene->graph,
				(struct graph_edge){ (unsigned)from, (unsigned)to });
	order->count += err == 0;
	/* One between two of these is listed twice. */
	order->err = err && err != -ENOENT && !order->err ? err : order->err;
}

static void disconnect_all(const struct scene *scene)
{
	const struct graph *graph = &scene->graph;
	struct order *order = scene->order;
	unsigned found = 0;

	for (unsigned i = 0; order->a && i < graph->port_count; i++) {
		if (is_of(scene, i, order->a)) {
			found++;
			list_connections_of(scene, graph->names[i]);
		}
	}
	order->err = !order->a ? -EINVAL : !found ? -ENOENT : order->err;
	order->count = 0;
	for (unsigned i = 0; i < order->row_count && !order->err; i++) {
		disconnect_row(scene, &order->rows[i]);
	}
}

/* --- patches and what is remembered */

static void store_patch(const struct scene *scene)
{
	scene->order->err = routes_store(scene->routes, &scene->graph, scene->order->a,
					 &scene->order->count);
}

static void recall_patch(const struct scene *scene)
{
	scene->order->err = routes_recall(scene->routes, &scene->graph, scene->order->a,
					  &scene->order->count);
}

static void list_patch(void *order, const char *name, unsigned connections)
{
	order_add(order, &(struct control_row){ .name = name, .numbers = { connections } });
}

/* What needs no server. */
static int serve_memory(struct order *order, struct routes *routes)
{
	int dir = routes_state_dir(routes);

	switch (order->verb) {
	case CONTROL_PATCHES:
		return patch_store_list(dir, list_patch, order);
	case CONTROL_DELETE:
		return patch_store_delete(dir, order->a);
	case CONTROL_AUTO:
		if (order->a) {
			routes_set_auto(routes, strcmp(order->a, "0") != 0);
		}
		order->count = routes_is_auto(routes);
		return 0;
	case CONTROL_SAVE:
		return routes_save(routes);
	case CONTROL_LOAD:
		return routes_load(routes);
	default:
		return -EOPNOTSUPP;
	}
}

/* --- which */

static void on_scene(struct order *order, jack_client_t *client, struct routes *routes,
		     void (*act)(const struct scene *))
{
	struct scene scene = { .order = order, .client = client, .routes = routes };

	order->err = client ? routes_take(routes, &scene.graph) : -ENOTCONN;
	if (!order->err) {
		act(&scene);
		graph_free(&scene.graph);
	}
}

void client_orders_serve(struct order *order, jack_client_t *client, struct routes *routes)
{
	static void (*const verbs[])(const struct scene *) = {
		[CONTROL_PORTS] = list_ports,
		[CONTROL_CONNECTIONS] = list_connections,
		[CONTROL_CONNECT] = connect_ports,
		[CONTROL_DISCONNECT] = disconnect_ports,
		[CONTROL_DISCONNECT_ALL] = disconnect_all,
		[CONTROL_STORE] = store_patch,
		[CONTROL_RECALL] = recall_patch,
		[CONTROL_LATENCY] = list_latency,
	};
	enum control_verb verb = order->verb;

	/* Of a state that has a name the connections are the patch of that name. */
	verb = order->a && verb == CONTROL_SAVE ? CONTROL_STORE : verb;
	verb = order->a && verb == CONTROL_LOAD ? CONTROL_RECALL : verb;
	if (verb < sizeof(verbs) / sizeof(*verbs) && verbs[verb]) {
		on_scene(order, client, routes, verbs[verb]);
	} else {
		order->err = serve_memory(order, routes);
	}
}
