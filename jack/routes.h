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

#include "src/card.h"
#include "src/route.h"

struct routes_options {
	const struct route *rules;
	unsigned rule_count;
	bool autoconnect; /* playback that nothing is said of to the first physical ports */
	int state_dir;	  /* the directory of the state file, the caller's; -1: none */
};

struct routes;

/* Reads the state file. NULL and errno. */
struct routes *routes_create(struct ev_loop *loop, const struct routes_options *options);

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

/* Writes what has not been written. Accepts NULL. */
void routes_destroy(struct routes *routes);

#endif
