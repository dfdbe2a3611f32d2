/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A snapshot of the JACK server's audio ports and of our ports' connections. Jack thread only.
 * graph_take makes one and graph_free frees it. Taking one may sleep for a cycle while JACK's graph
 * is about to change.
 */
#ifndef XENJACK_GRAPH_H
#define XENJACK_GRAPH_H

#include <jack/jack.h>

#include "src/patch/patch.h"
#include "src/sound/card.h"

/* "daw.main_1" */
#define GRAPH_ID_MAX (CARD_NAME_MAX + CARD_LABEL_MAX + 8)

struct graph {
	unsigned port_count, edge_count;
	struct patch_port *ports;
	const char **names; /* the ports' JACK names; copies */
	/* libjack's, once graph_identify is done; NULL: unknown or forgotten */
	const void **handles;
	struct graph_edge {
		unsigned from, to; /* indices of ports */
	} * edges;		   /* connections with a port of ours at either end, each once */
	char (*ids)[GRAPH_ID_MAX + 1]; /* storage for our ports' ids */
};

/* Writes the id of one of our ports. */
void graph_port_id(char id[GRAPH_ID_MAX + 1], const struct card *card, const struct stream *stream,
		   uint32_t channel);

/* Takes a snapshot through any client. Returns 0, or -ENOMEM with nothing to free. */
int graph_take(struct graph *graph, jack_client_t *client, struct card *const *cards,
	       unsigned card_count);

/*
 * Adds libjack's handle of every port, which tells a port from a later one with its name. 0 or
 * -ENOMEM.
 */
int graph_identify(struct graph *graph, jack_client_t *client);

/* Forgets the handle of a removed port; NULL: of all ports. */
void graph_forget(struct graph *graph, const void *handle);

/* The index of the port with this id; -1 if there is none. */
int graph_find(const struct graph *graph, const char *id);

/* The same for the port with this handle. */
int graph_find_handle(const struct graph *graph, const void *handle);

/* Whether a handle of other programs has another name in one of two snapshots than in the other. */
bool graph_differs(const struct graph *a, const struct graph *b);

/* Gives a port another name. 0 or -ENOMEM. */
int graph_rename(struct graph *graph, unsigned n, const char *name);

/* Frees a snapshot's contents; accepts a zeroed graph. */
void graph_free(struct graph *graph);

#endif
