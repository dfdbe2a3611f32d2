/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/client_requests.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "src/patch/patch_store.h"
#include "src/patch/route.h"

struct scene {
	struct jack_request *request;
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

/* The same by name or id; on error -1, with the request's err set. */
static int find_port(const struct scene *scene, const char *text)
{
	int n = text ? find_name(scene, text) : -1;

	n = text && n < 0 ? graph_find(&scene->graph, text) : n;
	if (n < 0) {
		scene->request->err = text ? -ENOENT : -EINVAL;
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
	const char *pattern = scene->request->a, *kind = scene->request->b;

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
		unsigned kind = (port->output ? 0 : JACK_REQUEST_PORT_INPUT) |
				(port->ours ? JACK_REQUEST_PORT_OURS : 0);

		if (handle) {
			if (jack_port_flags(handle) & JackPortIsPhysical) {
				kind |= JACK_REQUEST_PORT_PHYSICAL;
			}
			jack_request_add(scene->request,
					 &(struct jack_request_row){
						 .name = name,
						 .other = port->ours ? port->id : NULL,
						 .numbers = { kind, (unsigned)jack_port_connected(
									    handle) } });
		}
	}
}

/* Returns false if the port no longer exists. */
static bool list_connections_of(const struct scene *scene, const char *name)
{
	const jack_port_t *port = jack_port_by_name(scene->client, name);
	const char **list = port ? jack_port_get_all_connections(scene->client, port) : NULL;
	bool output = port && jack_port_flags(port) & JackPortIsOutput;

	for (unsigned i = 0; list && list[i]; i++) {
		jack_request_add(scene->request,
				 &(struct jack_request_row){ .name = output ? name : list[i],
							     .other = output ? list[i] : name });
	}
	jack_free(list);
	return port;
}

static void list_connections(const struct scene *scene)
{
	const struct graph *graph = &scene->graph;
	const char *name;

	if (scene->request->a) {
		name = port_name(scene, scene->request->a);
		if (name && !list_connections_of(scene, name)) {
			scene->request->err = -ENOENT;
		}
		return;
	}
	for (unsigned i = 0; i < graph->edge_count; i++) {
		jack_request_add(
			scene->request,
			&(struct jack_request_row){ .name = graph->names[graph->edges[i].from],
						    .other = graph->names[graph->edges[i].to] });
	}
}

static void list_latency(const struct scene *scene)
{
	const char *name = port_name(scene, scene->request->a);
	jack_latency_range_t capture, playback;
	jack_port_t *port;

	if (!name) {
		return;
	}
	port = jack_port_by_name(scene->client, name);
	if (!port) {
		scene->request->err = -ENOENT;
		return;
	}
	jack_port_get_latency_range(port, JackCaptureLatency, &capture);
	jack_port_get_latency_range(port, JackPlaybackLatency, &playback);
	jack_request_add(scene->request,
			 &(struct jack_request_row){ .name = name,
						     .numbers = { capture.min, capture.max,
								  playback.min, playback.max } });
}

/* --- changes */

/* The ports at one end of a connection: one, or those of a stream in the order of its channels. */
struct end {
	unsigned ports[PCM_CHANNELS_MAX], count;
};

/* Whether it is the port of this name or id. */
static bool is_port(const struct scene *scene, unsigned n, const char *text)
{
	return strcmp(scene->graph.names[n], text) == 0 ||
	       strcmp(scene->graph.ports[n].id, text) == 0;
}

/*
 * The port of this name or id; -1: none. A stream that plays and one that records may share an id,
 * so ports of the wanted direction go first.
 */
static int find_facing(const struct scene *scene, const char *text, bool output)
{
	int other = -1;

	for (unsigned i = 0; i < scene->graph.port_count; i++) {
		if (is_port(scene, i, text)) {
			if (scene->graph.ports[i].output == output) {
				return (int)i;
			}
			other = (int)i;
		}
	}
	return other;
}

/* Returns 0 or an error of src/mixer/jack_request.h. */
static int find_end(const struct scene *scene, const char *text, bool output, struct end *end)
{
	int n = text ? find_facing(scene, text, output) : -1;
	char id[GRAPH_ID_MAX + 16];

	end->count = 0;
	if (n >= 0) {
		end->ports[end->count++] = (unsigned)n;
	}
	while (text && n < 0 && end->count < PCM_CHANNELS_MAX) {
		int next;

		snprintf(id, sizeof(id), "%s_%u", text, end->count + 1);
		next = find_facing(scene, id, output);
		if (next < 0 || !scene->graph.ports[next].ours) {
			break;
		}
		end->ports[end->count++] = (unsigned)next;
	}
	for (unsigned i = 0; i < end->count; i++) {
		if (scene->graph.ports[end->ports[i]].output != output) {
			return output ? -EDESTADDRREQ : -EPROTOTYPE;
		}
	}
	return !text ? -EINVAL : end->count ? 0 : -ENOENT;
}

/*
 * Does something to each pair of ports, or to none if the ends do not fit. What was done `already`
 * is an error only if that was all.
 */
static void each_pair(const struct scene *scene,
		      int (*act)(struct routes *, const struct graph *, struct graph_edge),
		      int already)
{
	struct end from, to;
	unsigned done = 0;
	int err = find_end(scene, scene->request->a, true, &from);

	err = err ? err : find_end(scene, scene->request->b, false, &to);
	err = err ? err : from.count != to.count ? -EDOM : 0;
	if (err) {
		scene->request->err = err;
		return;
	}
	for (unsigned i = 0; (!err || err == already) && i < from.count; i++) {
		err = act(scene->routes, &scene->graph,
			  (struct graph_edge){ from.ports[i], to.ports[i] });
		done += !err;
	}
	scene->request->err = err == already && done ? 0 : err;
}

static void connect_ports(const struct scene *scene)
{
	each_pair(scene, routes_connect, -EEXIST);
}

static void disconnect_ports(const struct scene *scene)
{
	each_pair(scene, routes_disconnect, -ENOENT);
}

/* Whether the text names this port or its stream. */
static bool is_of(const struct scene *scene, unsigned n, const char *text)
{
	const char *id = scene->graph.ports[n].id;
	size_t length = strlen(text);

	return is_port(scene, n, text) ||
	       (scene->graph.ports[n].ours && strncmp(id, text, length) == 0 && id[length] == '_' &&
		strspn(id + length + 1, "0123456789") == strlen(id + length + 1));
}

static void disconnect_row(const struct scene *scene, const struct jack_request_row *row)
{
	struct jack_request *request = scene->request;
	int from = find_name(scene, row->name), to = find_name(scene, row->other), err;

	if (from < 0 || to < 0) {
		return;
	}
	err = routes_disconnect(scene->routes, &scene->graph,
				(struct graph_edge){ (unsigned)from, (unsigned)to });
	request->count += err == 0;
	/*
	 * A connection between two of these ports is listed twice, so the second attempt may find
	 * none.
	 */
	request->err = err && err != -ENOENT && !request->err ? err : request->err;
}

static void disconnect_all(const struct scene *scene)
{
	const struct graph *graph = &scene->graph;
	struct jack_request *request = scene->request;
	unsigned found = 0;

	for (unsigned i = 0; request->a && i < graph->port_count; i++) {
		if (is_of(scene, i, request->a)) {
			found++;
			list_connections_of(scene, graph->names[i]);
		}
	}
	request->err = !request->a ? -EINVAL : !found ? -ENOENT : request->err;
	request->count = 0;
	for (unsigned i = 0; i < request->row_count && !request->err; i++) {
		disconnect_row(scene, &request->rows[i]);
	}
}

/* --- patches and the connection memory */

static void store_patch(const struct scene *scene)
{
	scene->request->err = routes_store(scene->routes, &scene->graph, scene->request->a,
					   &scene->request->count);
}

static void recall_patch(const struct scene *scene)
{
	scene->request->err = routes_recall(scene->routes, &scene->graph, scene->request->a,
					    &scene->request->count);
}

static void list_patch(void *request, const char *name, int connections)
{
	jack_request_add(request, &(struct jack_request_row){
					  .name = name, .numbers = { (unsigned)connections } });
}

/* Requests that need no server. */
static int serve_memory(struct jack_request *request, struct routes *routes)
{
	int dir = routes_state_dir(routes), err;

	switch (request->verb) {
	case JACK_REQUEST_PATCHES:
		err = patch_store_list(dir, list_patch, request);
		/* list_patch may have run out of memory. */
		return err ? err : request->err;
	case JACK_REQUEST_DELETE:
		return patch_store_delete(dir, request->a);
	case JACK_REQUEST_AUTO:
		if (request->a) {
			routes_set_auto(routes, strcmp(request->a, "0") != 0);
		}
		request->count = routes_is_auto(routes);
		return 0;
	case JACK_REQUEST_SAVE:
		return routes_save(routes);
	case JACK_REQUEST_LOAD:
		return routes_load(routes);
	default:
		return -EOPNOTSUPP;
	}
}

/* --- dispatch */

static void on_scene(struct jack_request *request, jack_client_t *client, struct routes *routes,
		     void (*act)(const struct scene *))
{
	struct scene scene = { .request = request, .client = client, .routes = routes };

	request->err = client ? routes_take(routes, &scene.graph) : -ENOTCONN;
	if (!request->err) {
		act(&scene);
		graph_free(&scene.graph);
	}
}

void client_requests_serve(struct jack_request *request, jack_client_t *client,
			   struct routes *routes)
{
	static void (*const verbs[])(const struct scene *) = {
		[JACK_REQUEST_PORTS] = list_ports,
		[JACK_REQUEST_CONNECTIONS] = list_connections,
		[JACK_REQUEST_CONNECT] = connect_ports,
		[JACK_REQUEST_DISCONNECT] = disconnect_ports,
		[JACK_REQUEST_DISCONNECT_ALL] = disconnect_all,
		[JACK_REQUEST_STORE] = store_patch,
		[JACK_REQUEST_RECALL] = recall_patch,
		[JACK_REQUEST_LATENCY] = list_latency,
	};
	enum jack_request_verb verb = request->verb;

	/* The connections of a named state are the stored patch of that name. */
	verb = request->a && verb == JACK_REQUEST_SAVE ? JACK_REQUEST_STORE : verb;
	verb = request->a && verb == JACK_REQUEST_LOAD ? JACK_REQUEST_RECALL : verb;
	if (verb < sizeof(verbs) / sizeof(*verbs) && verbs[verb]) {
		on_scene(request, client, routes, verbs[verb]);
	} else {
		request->err = serve_memory(request, routes);
	}
}
