/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The audio ports of a JACK server and the connections of ours, as they are at one moment. The
 * jack thread; what is taken is freed by graph_free. It may sleep for a cycle while JACK's graph
 * is about to change.
 */
#ifndef XENJACK_GRAPH_H
#define XENJACK_GRAPH_H

#include <jack/jack.h>

#include "src/card.h"
#include "src/patch.h"

/* "daw.main_1" */
#define GRAPH_ID_MAX (CARD_NAME_MAX + CARD_LABEL_MAX + 8)

struct graph {
	unsigned port_count, edge_count;
	struct patch_port *ports;
	const char **names; /* in JACK, a port */
	struct graph_edge {
		unsigned from, to; /* ports' numbers */
	} * edges;		   /* with a port of ours at an end, each once */
	/* what the above points into */
	const char **lists[2];
	char (*ids)[GRAPH_ID_MAX + 1];
};

/* The canonical id of a port of ours. */
void graph_port_id(char id[GRAPH_ID_MAX + 1], const struct card *card, const struct slot *slot,
		   uint32_t channel);

/* Looks at the server through any client. Returns 0 or -ENOMEM, and nothing to free then. */
int graph_take(struct graph *graph, jack_client_t *client, struct card *const *cards,
	       unsigned card_count);

/* The number of a port, by its id; -1 if there is none. */
int graph_find(const struct graph *graph, const char *id);

/* Accepts a zeroed one. */
void graph_free(struct graph *graph);

#endif
