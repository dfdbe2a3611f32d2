/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps the connections of our ports as src/patch wants them, and tells it what users do by hand.
 * The jack thread; part of jack/client, which says when. libjack's notification thread only wakes
 * it. It acts when the graph has settled, and never in a freewheel. Best effort: nothing of it
 * is needed for a cycle, and what fails is tried again.
 *
 * What a user disconnected has to be told from what a program that quits, or a server that dies,
 * disconnects. So a connection counts as taken away when it has been away for a while and both
 * its ports have been there all the time.
 */
#ifndef XENJACK_ROUTES_H
#define XENJACK_ROUTES_H

#include <ev.h>
#include <jack/jack.h>

#include "jack/graph.h"
#include "src/mail.h"
#include "src/route.h"

struct routes_options {
	const struct route *rules;
	unsigned rule_count;
	bool autoconnect; /* playback that nothing is said of to the first physical ports */
	int state_dir;	  /* the directory of the state file, the caller's; -1: none */
};

struct routes;

/* Reads the state file. What happens to ports is told `to_ctl`. NULL and errno. */
struct routes *routes_create(struct ev_loop *loop, struct mailbox *to_ctl,
			     const struct routes_options *options);

/*
 * There is a server: `watch` is a client of it that is not active yet; *freewheel is odd while it
 * freewheels.
 */
void routes_open(struct routes *routes, jack_client_t *watch, const _Atomic uint32_t *freewheel);

/* The server has gone, and the clients are about to be closed; nothing is learnt of that. */
void routes_close(struct routes *routes);

/* A card's ports are there and active: makes their connections. */
void routes_show(struct routes *routes, struct card *card);

/* They are about to go; accepts a card that is not shown. */
void routes_hide(struct routes *routes, struct card *card);

/*
 * Other rules from now on, which are copied: what they want is connected at once. What others have
 * connected stays.
 */
void routes_rule(struct routes *routes, const struct route_rules *rules);

/* --- for orders (jack/client_orders), while there is a server */

/* Looks at the server as it is; for graph_free. 0 or -ENOMEM. */
int routes_take(const struct routes *routes, struct graph *graph);

/* Odd in a freewheel, and another one behind it. */
uint32_t routes_freewheel(const struct routes *routes);

/* Connects or disconnects for a user two ports of a graph that was just taken, and remembers it. 0
 * or -EEXIST, -ENOENT if they are not connected, -ENXIO if one came in a freewheel, -EAGAIN if one
 * has begun meanwhile, -EINVAL if JACK does not do it. */
int routes_connect(struct routes *routes, const struct graph *graph, struct graph_edge edge);
int routes_disconnect(struct routes *routes, const struct graph *graph, struct graph_edge edge);

/* Stores the connections of ours as they are under a name, or makes them so: *count of them, or of
 * changes. See src/patch_store.h; and -EAGAIN in a freewheel. */
int routes_store(struct routes *routes, const struct graph *graph, const char *name,
		 unsigned *count);
int routes_recall(struct routes *routes, const struct graph *graph, const char *name,
		  unsigned *count);

/* --- for orders, also without a server */

/* Where patches are; -1: nowhere. */
int routes_state_dir(const struct routes *routes);

/* Whether rules, memory and default are applied. */
void routes_set_auto(struct routes *routes, bool automatic);
bool routes_is_auto(const struct routes *routes);

/* Writes the memory; or reads it, and cuts what it refuses: 0 or -errno, -EOPNOTSUPP where there is
 * no state directory. */
int routes_save(struct routes *routes);
int routes_load(struct routes *routes);

/* Writes what has not been written. Accepts NULL. */
void routes_destroy(struct routes *routes);

#endif
