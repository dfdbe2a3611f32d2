/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps the connections of our ports as src/patch/patch wants them, and reports to it what users do
 * by hand. Jack thread only; part of jack/client, which decides when to call it. libjack's
 * notification thread only wakes it. It acts when the graph has settled, and never during a
 * freewheel. Best effort: no cycle depends on it, and it retries what fails.
 *
 * A connection that a user removes looks like one that is lost because a program quits or the
 * server dies. So it counts as disconnected by a user only once it has been missing for two seconds
 * while both its ports existed.
 */
#ifndef XENJACK_ROUTES_H
#define XENJACK_ROUTES_H

#include <ev.h>
#include <jack/jack.h>

#include "jack/graph.h"
#include "src/base/msgq.h"
#include "src/patch/route.h"

struct routes_options {
	const struct route *rules;
	unsigned rule_count;
	bool autoconnect; /* the default: playback goes to the first physical ports */
	int state_dir;	  /* directory of the state file, owned by the caller; -1: none */
};

struct routes;

/* Reads the state file. Port events go to `to_main`. On failure, NULL and errno. */
struct routes *routes_create(struct ev_loop *loop, struct msgq *to_main,
			     const struct routes_options *options);

/*
 * A server is there: `watch` is a client of it that is not active yet; *freewheel is odd while the
 * server freewheels. Returns 0, or -EIO if libjack refuses a callback.
 */
int routes_open(struct routes *routes, jack_client_t *watch, const _Atomic uint32_t *freewheel);

/* A freewheel has begun or ended. libjack's notification thread. */
void routes_wake(struct routes *routes);

/* The server has gone, and the clients are about to be closed; nothing is learnt from that. */
void routes_close(struct routes *routes);

/*
 * A card's ports are registered and active: makes their connections. Returns 0, or -ENOMEM, logged;
 * the card is then not added.
 */
int routes_add_card(struct routes *routes, struct card *card);

/* A card's ports are about to be removed; accepts a card that was not added. */
void routes_remove_card(struct routes *routes, struct card *card);

/*
 * Replaces the rules with copies of these, and makes at once the connections they want. Existing
 * connections stay.
 */
void routes_set_rules(struct routes *routes, const struct route_rules *rules);

/* --- for requests (jack/client_requests), while there is a server */

/* Takes a snapshot of the graph, for graph_free. 0 or -ENOMEM. */
int routes_take(const struct routes *routes, struct graph *graph);

/* Counts the starts and ends of freewheels: odd during one, and another number after it. */
uint32_t routes_freewheel(const struct routes *routes);

/*
 * Connects or disconnects, for a user, two ports of a snapshot that was just taken, and remembers
 * it. 0, or -EEXIST if they are connected already, -ENOENT if they are not connected or a port no
 * longer exists, -ENXIO if one is quarantined, -EINVAL if JACK refuses. -EAGAIN during a freewheel,
 * if one has begun meanwhile, or after one until jack/routes knows which ports it quarantines.
 */
int routes_connect(struct routes *routes, const struct graph *graph, struct graph_edge edge);
int routes_disconnect(struct routes *routes, const struct graph *graph, struct graph_edge edge);

/*
 * Stores our present connections under a name, or recalls them; *count is the number of connections
 * or of changes. Errors as in src/patch/patch_store.h, and -EAGAIN during a freewheel.
 */
int routes_store(struct routes *routes, const struct graph *graph, const char *name,
		 unsigned *count);
int routes_recall(struct routes *routes, const struct graph *graph, const char *name,
		  unsigned *count);

/* --- for requests, also without a server */

/* The directory of the stored patches; -1: none. */
int routes_state_dir(const struct routes *routes);

/* Whether rules, memory and default are applied. */
void routes_set_auto(struct routes *routes, bool automatic);
bool routes_is_auto(const struct routes *routes);

/*
 * Writes the connection memory, or reads it and disconnects what it refuses: 0 or -errno,
 * -EOPNOTSUPP without a state directory. Reading fails with -EAGAIN when routes_connect would.
 */
int routes_save(struct routes *routes);
int routes_load(struct routes *routes);

/* The state directory is another one: saves the connection memory there. */
void routes_move(struct routes *routes);

/* Saves unsaved changes now. */
void routes_flush(struct routes *routes);

/* The same, and frees; accepts NULL. */
void routes_destroy(struct routes *routes);

#endif
