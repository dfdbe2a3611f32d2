/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connections that our ports have, or had a moment ago, and who made and unmade them: part of
 * jack/routes. The jack thread. A table of links that owns its texts; times are those of one
 * clock, in seconds.
 */
#ifndef XENJACK_ROUTES_LINKS_H
#define XENJACK_ROUTES_LINKS_H

#include "jack/graph.h"
#include "src/patch.h"

struct routes_link {
	char *from, *to;      /* ids, as in src/patch.h */
	const void *ports[2]; /* libjack's, to know them again when they go */
	bool shaken;	      /* one of the ports went, or an older one of its number */
	bool there;	      /* in the graph that it was compared with */
	double away_at_s;
	enum {
		LINK_MADE,  /* by us, and not seen yet */
		LINK_THERE, /* seen */
		LINK_AWAY,  /* seen, and then no more, at away_at_s */
	} state;
};

struct routes_links {
	struct routes_link *all;
	unsigned count;
};

/* What the patch says of a graph. */
struct routes_plan {
	const struct graph *graph;
	struct patch_link *links;
	unsigned count;
};

/* NULL: there is none of these ids. */
struct routes_link *routes_links_find(const struct routes_links *links, const char *from,
				      const char *to);

/* Takes a connection in; `edge` has the graph's numbers. Without memory it is as if unknown. */
void routes_links_add(struct routes_links *links, const struct graph *graph, struct graph_edge edge,
		      jack_client_t *client, bool made);

/* A user had two ports connected or disconnected by us: the patch learns it at once. */
void routes_links_order(struct routes_links *links, const struct routes_plan *plan,
			struct patch *patch, jack_client_t *client, struct graph_edge edge,
			bool connected);

/* What is not known any more is not missed. */
void routes_links_forget(struct routes_links *links, const char *from, const char *to);

/* A port went; NULL: who knows which. */
void routes_links_shake(struct routes_links *links, const void *port);

/* What is away is away from now on. */
void routes_links_excuse(struct routes_links *links, double now_s);

/*
 * Compares with the graph as it is, and lets the patch learn what only a user can have done:
 * *learnt says whether there was any. Returns when to compare again at the latest, INFINITY for
 * never.
 */
double routes_links_compare(struct routes_links *links, const struct routes_plan *plan,
			    struct patch *patch, jack_client_t *client, double now_s, bool *learnt);

/* Forgets the links of a card's ports; NULL: all. */
void routes_links_drop(struct routes_links *links, const struct card *card);

#endif
