/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/graph.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void graph_port_id(char id[GRAPH_ID_MAX + 1], const struct card *card, const struct stream *stream,
		   uint32_t channel)
{
	snprintf(id, GRAPH_ID_MAX + 1, "%s.%s_%u", card->name, stream->label, channel + 1);
}

static int find_name(const struct graph *graph, const char *name)
{
	for (unsigned i = 0; i < graph->port_count; i++) {
		if (strcmp(graph->names[i], name) == 0) {
			return (int)i;
		}
	}
	return -1;
}

int graph_find(const struct graph *graph, const char *id)
{
	for (unsigned i = 0; i < graph->port_count; i++) {
		if (strcmp(graph->ports[i].id, id) == 0) {
			return (int)i;
		}
	}
	return -1;
}

static unsigned count_names(const char *const *list)
{
	unsigned count = 0;

	while (list && list[count]) {
		count++;
	}
	return count;
}

/*
 * Copies the names: libjack's list points into the server's memory, where a new port with the same
 * number overwrites its predecessor's name even while we read.
 */
static int add_ports(struct graph *graph, const char *const *list, bool output)
{
	unsigned total = graph->port_count + count_names(list);
	struct patch_port *ports = reallocarray(graph->ports, total + 1, sizeof(*ports));
	const char **names = reallocarray(graph->names, total + 1, sizeof(*names));

	graph->ports = ports ? ports : graph->ports;
	graph->names = names ? names : graph->names;
	if (!ports || !names) {
		return -ENOMEM;
	}
	for (unsigned i = graph->port_count; i < total; i++) {
		names[i] = strndup(*list++, (size_t)jack_port_name_size());
		if (!names[i]) {
			return -ENOMEM;
		}
		ports[i] = (struct patch_port){ .id = names[i], .output = output, .place = -1 };
		graph->port_count = i + 1;
	}
	return 0;
}

static int list_ports(struct graph *graph, jack_client_t *client)
{
	static const unsigned long flags[2] = { JackPortIsOutput, JackPortIsInput };
	int err = 0;

	for (unsigned i = 0; i < 2 && !err; i++) {
		const char **list = jack_get_ports(client, NULL, JACK_DEFAULT_AUDIO_TYPE, flags[i]);

		err = add_ports(graph, list, i == 0);
		jack_free(list);
	}
	return err;
}

static void number_physical(struct graph *graph, jack_client_t *client)
{
	const char **list = jack_get_ports(client, NULL, JACK_DEFAULT_AUDIO_TYPE,
					   JackPortIsPhysical | JackPortIsInput);

	for (int i = 0; list && list[i]; i++) {
		int n = find_name(graph, list[i]);

		if (n >= 0) {
			graph->ports[n].place = i;
		}
	}
	jack_free(list);
}

static int add_edge(struct graph *graph, unsigned from, unsigned to)
{
	struct graph_edge *edges = reallocarray(graph->edges, graph->edge_count + 1,
						sizeof(*edges));

	if (!edges) {
		return -ENOMEM;
	}
	graph->edges = edges;
	edges[graph->edge_count++] = (struct graph_edge){ from, to };
	return 0;
}

static int list_edges(struct graph *graph, jack_client_t *client, unsigned n)
{
	const jack_port_t *port = jack_port_by_name(client, graph->names[n]);
	const char **list = port ? jack_port_get_all_connections(client, port) : NULL;
	bool output = graph->ports[n].output;
	int err = 0;

	for (unsigned i = 0; list && list[i] && !err; i++) {
		int other = find_name(graph, list[i]);

		/* A connection between two of our ports is listed once, at its source. */
		if (other >= 0 && (output || !graph->ports[other].ours)) {
			err = output ? add_edge(graph, n, (unsigned)other)
				     : add_edge(graph, (unsigned)other, n);
		}
	}
	jack_free(list);
	return err;
}

static void mark_stream(struct graph *graph, const struct card *card, const struct stream *stream,
			unsigned *used, int *place)
{
	bool placed = stream->dir == PCM_PLAYBACK && card->new_streams != CARD_NEW_UNCONNECTED;

	for (uint32_t c = 0; c < stream->channels; c++) {
		const char *name = stream->ports[c] ? jack_port_name(stream->ports[c]) : NULL;
		int n = name ? find_name(graph, name) : -1;

		if (n >= 0) {
			char *id = graph->ids[(*used)++];

			graph_port_id(id, card, stream, c);
			graph->ports[n].id = id;
			graph->ports[n].ours = true;
			graph->ports[n].place = placed ? *place : -1;
		}
		*place += stream->dir == PCM_PLAYBACK;
	}
}

static int mark_ours(struct graph *graph, struct card *const *cards, unsigned card_count)
{
	unsigned used = 0;
	size_t total = 1;

	for (unsigned i = 0; i < card_count; i++) {
		for (unsigned k = 0; k < cards[i]->stream_count; k++) {
			total += cards[i]->streams[k].channels;
		}
	}
	graph->ids = calloc(total, sizeof(*graph->ids));
	if (!graph->ids) {
		return -ENOMEM;
	}
	for (unsigned i = 0; i < card_count; i++) {
		int place = 0;

		for (unsigned k = 0; k < cards[i]->stream_count; k++) {
			mark_stream(graph, cards[i], &cards[i]->streams[k], &used, &place);
		}
	}
	return 0;
}

int graph_take(struct graph *graph, jack_client_t *client, struct card *const *cards,
	       unsigned card_count)
{
	int err;

	memset(graph, 0, sizeof(*graph));
	err = list_ports(graph, client);
	if (!err) {
		number_physical(graph, client);
		err = mark_ours(graph, cards, card_count);
	}
	for (unsigned i = 0; i < graph->port_count && !err; i++) {
		if (graph->ports[i].ours) {
			err = list_edges(graph, client, i);
		}
	}
	if (err) {
		graph_free(graph);
	}
	return err;
}

int graph_identify(struct graph *graph, jack_client_t *client)
{
	graph->handles = calloc(graph->port_count + 1, sizeof(*graph->handles));
	if (!graph->handles) {
		return -ENOMEM;
	}
	for (unsigned i = 0; i < graph->port_count; i++) {
		graph->handles[i] = jack_port_by_name(client, graph->names[i]);
	}
	return 0;
}

void graph_forget(struct graph *graph, const void *handle)
{
	for (unsigned i = 0; graph->handles && i < graph->port_count; i++) {
		if (!handle || graph->handles[i] == handle) {
			graph->handles[i] = NULL;
		}
	}
}

int graph_find_handle(const struct graph *graph, const void *handle)
{
	for (unsigned i = 0; handle && graph->handles && i < graph->port_count; i++) {
		if (graph->handles[i] == handle) {
			return (int)i;
		}
	}
	return -1;
}

bool graph_differs(const struct graph *a, const struct graph *b)
{
	for (unsigned i = 0; b->handles && i < b->port_count; i++) {
		int n = graph_find_handle(a, b->handles[i]);

		if (n >= 0 && !a->ports[n].ours && !b->ports[i].ours &&
		    strcmp(a->names[n], b->names[i]) != 0) {
			return true;
		}
	}
	return false;
}

int graph_rename(struct graph *graph, unsigned n, const char *name)
{
	char *fresh = strdup(name);

	if (!fresh) {
		return -ENOMEM;
	}
	if (!graph->ports[n].ours) {
		graph->ports[n].id = fresh;
	}
	free((char *)(uintptr_t)graph->names[n]);
	graph->names[n] = fresh;
	return 0;
}

void graph_free(struct graph *graph)
{
	free(graph->handles);
	free(graph->edges);
	free(graph->ids);
	for (unsigned i = 0; i < graph->port_count; i++) {
		free((char *)(uintptr_t)graph->names[i]);
	}
	free(graph->names);
	free(graph->ports);
	memset(graph, 0, sizeof(*graph));
}
