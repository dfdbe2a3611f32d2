/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the files of jack/routes. Jack thread only, except for what libjack's notification
 * thread writes.
 */
#ifndef XENJACK_ROUTES_PARTS_H
#define XENJACK_ROUTES_PARTS_H

#include <stdatomic.h>

#include "jack/routes.h"
#include "jack/routes_heard.h"
#include "jack/routes_links.h"
#include "jack/routes_quarantine.h"
#include "src/mixer/event.h"
#include "src/patch/patch_store.h"

/* Pairs of ports whose quick changes subscribers are told of, between two comparisons. */
#define ROUTES_FLAPS_MAX 256u

struct routes {
	struct ev_loop *loop;
	struct msgq *to_main;
	struct patch *patch;
	int state_dir; /* of the state file and stored patches; -1: none */
	bool manual;   /* connect only what users request */
	bool unsaved, complained;
	double saved_at_s;
	struct patch_renames renames; /* that the stored patches have yet to follow */

	jack_client_t *watch; /* NULL: no server */
	const _Atomic uint32_t *freewheel;
	uint32_t freewheel_seen;
	struct card **cards; /* those in JACK */
	unsigned card_count;
	struct routes_links links;
	struct graph last; /* the latest graph from outside a freewheel */
	bool freewheeled;  /* a freewheel has begun or ended since `last` */
	unsigned waits;	   /* comparisons put off because the graph is ahead of libjack */
	struct routes_quarantine quarantine;

	/* times by clock_s; INFINITY: never */
	double changed_at_s; /* the first change since the last comparison */
	double look_at_s, save_at_s;
	double retry_s;
	ev_timer timer;
	ev_async wake;

	struct routes_heard heard; /* libjack's notification thread writes */

	/* for subscribers, with the next comparison */
	struct jack_request *news; /* NULL: none yet */
	struct routes_flap {
		const void *ports[2]; /* libjack's; source, sink */
		bool made, cut;
	} flaps[ROUTES_FLAPS_MAX];
	unsigned flap_count;
};

/* Plans what the patch now wants for plan->graph; frees the previous plan. False without memory. */
bool routes_plan_for(const struct routes *routes, struct routes_plan *plan);

/*
 * Whether two ports may be connected: 0, -ENOENT if one no longer exists, or -ENXIO if one is
 * quarantined.
 */
int routes_check_ports(const struct routes *routes, const struct graph *graph,
		       struct graph_edge edge);

/* False during a freewheel, and after it until the ports registered during it are known. */
bool routes_may_connect(const struct routes *routes);

/* Replaces the state file; 0 or -errno. */
int routes_write(struct routes *routes);

/*
 * A port has a new name. Links, memory and subscribers follow, and the latest graph. Returns
 * whether there are links or memory of it: then routes_links_follow is to be called, and the memory
 * saved.
 */
bool routes_rename(struct routes *routes, const void *port, const char *now);

/*
 * Tells subscribers something with the next comparison; `other` may be NULL. Best effort, as
 * jack/graph_diff.
 */
void routes_news_add(struct routes *routes, enum event_kind kind, const char *name,
		     const char *other);

/* libjack has told of a connection or disconnection. */
void routes_news_heard(struct routes *routes, const struct routes_event *event);

/* A port was removed; NULL: any port may have been. */
void routes_news_removed(struct routes *routes, const void *port);

/* Whether the client of a port has a connection that was not made since the last comparison. */
bool routes_news_keeps(const struct routes *routes, const struct graph *graph, const char *port);

/* Sends what was added, what came and went since the last comparison, and what has changed. */
void routes_news_send(struct routes *routes, const struct graph *now);

/* Forgets it all. */
void routes_news_drop(struct routes *routes);

/* Lets the stored patches follow renamed ports now: 0 or -errno, logged; it is tried again then. */
int routes_store_renames(struct routes *routes);

/* The connection memory has changed: save it soon. */
void routes_save_soon(struct routes *routes);

#endif
