/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/graph.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void graph_port_id(char id[GRAPH_ID_MAX + 1], const struct card *card, const struct slot *slot,
		   uint32_t channel)
{
	snprintf(id, GRAPH_ID_MAX + 1, "%s.%s_%u", card->name, slot->label, channel + 1);
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

static int list_ports(struct graph *graph, jack_client_t *client)
{
	static const unsigned long flags[2] = { JackPortIsOutput, JackPortIsInput };
	unsigned counts[2], total;

	for (unsigned i = 0; i < 2; i++) {
		graph->lists[i] = jack_get_ports(client, NULL, JACK_DEFAULT_AUDIO_TYPE, flags[i]);
		counts[i] = count_names(graph->lists[i]);
	}
	total = counts[0] + counts[1];
	graph->ports = calloc(total + 1, sizeof(*graph->ports));
	graph->names = calloc(total + 1, sizeof(*graph->names));
	if (!graph->ports || !graph->names) {
		return -ENOMEM;
	}
	for (unsigned i = 0; i < total; i++) {
		bool output = i < counts[0];
		const char *name = output ? graph->lists[0][i] : graph->lists[1][i - counts[0]];

		graph->names[i] = name;
		graph->ports[i] = (struct patch_port){ .id = name, .output = output, .place = -1 };
	}
	graph->port_count = total;
	return 0;
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

		/* What connects two of ours is listed at its source. */
		if (other >= 0 && (output || !graph->ports[other].ours)) {
			err = output ? add_edge(graph, n, (unsigned)other)
				     : add_edge(graph, (unsigned)other, n);
		}
	}
	jack_free(list);
	return err;
}

static void mark_slot(struct graph *graph, const struct card *card, const struct slot *slot,
		      unsigned *used, int *place)
{
	for (uint32_t c = 0; c < slot->channels; c++) {
		int n = slot->ports[c] ? find_name(graph, jack_port_name(slot->ports[c])) : -1;

		if (n >= 0) {
			char *id = graph->ids[(*used)++];

			graph_port_id(id, card, slot, c);
			graph->ports[n].id = id;
			graph->ports[n].ours = true;
			graph->ports[n].place = slot->dir == PCM_PLAYBACK ? *place : -1;
		}
		*place += slot->dir == PCM_PLAYBACK;
	}
}

static int mark_ours(struct graph *graph, struct card *const *cards, unsigned card_count)
{
	unsigned used = 0;
	size_t total = 1;

	for (unsigned i = 0; i < card_count; i++) {
		for (unsigned k = 0; k < cards[i]->slot_count; k++) {
			total += cards[i]->slots[k].channels;
		}
	}
	graph->ids = calloc(total, sizeof(*graph->ids));
	if (!graph->ids) {
		return -ENOMEM;
	}
	for (unsigned i = 0; i < card_count; i++) {
		int place = 0;

		for (unsigned k = 0; k < cards[i]->slot_count; k++) {
			mark_slot(graph, cards[i], &cards[i]->slots[k], &used, &place);
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

void graph_free(struct graph *graph)
{
	free(graph->edges);
	free(graph->ids);
	free(graph->names);
	free(graph->ports);
	for (unsigned i = 0; i < 2; i++) {
		jack_free(graph->lists[i]);
	}
	memset(graph, 0, sizeof(*graph));
}
