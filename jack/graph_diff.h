/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The changes between two snapshots of the graph, for listeners; part of jack/routes. Jack thread
 * only. Best effort: changes beyond GRAPH_DIFF_MAX are dropped, and all of them if memory is short
 * or the main thread does not read its messages.
 */
#ifndef XENJACK_GRAPH_DIFF_H
#define XENJACK_GRAPH_DIFF_H

#include "jack/graph.h"
#include "src/mixer/event.h"
#include "src/mixer/jack_request.h"

#define GRAPH_DIFF_MAX 256u

struct msgq;

/* Adds a row for each change, removals first; numbers[0] is an event_kind. */
void graph_diff_compare(struct jack_request *diff, const struct graph *before,
			const struct graph *now);

/* Sends the rows, if there are any, to the main thread; frees the request either way. */
void graph_diff_send(struct msgq *to_main, struct jack_request *diff);

#endif
