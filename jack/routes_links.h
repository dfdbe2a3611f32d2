/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connections that our ports have or had a moment ago, and who made and removed them; part of
 * jack/routes. Jack thread only. A table of links that owns its texts. All times are in seconds of
 * the same clock.
 */
#ifndef XENJACK_ROUTES_LINKS_H
#define XENJACK_ROUTES_LINKS_H

#include "jack/graph.h"
#include "src/patch/patch.h"

struct routes_link {
	char *from, *to;      /* ids, as in src/patch/patch.h */
	const void *ports[2]; /* libjack's, to recognise them when they are removed; or NULL */
	bool gone[2];	      /* a port was removed: this one, or an earlier one at its address */
	bool there;	      /* present in the latest graph */
	bool renamed;	      /* an end was, and the patch has not seen it yet */
	bool physical;	      /* an end is hardware's */
	bool cut;	      /* somebody has cut it since the last comparison */
	double cut_at_s;      /* of LINK_MADE: when it was found cut; -INFINITY: never */
	double away_at_s;
	/* see jack/routes_pause.h */
	bool company; /* its client has lost another link since this one was last seen */
	bool kept;    /* of LINK_AWAY: its client kept another one */
	enum {
		LINK_MADE,   /* made by us, not seen yet */
		LINK_THERE,  /* seen */
		LINK_AWAY,   /* seen, then missing since away_at_s */
		LINK_PAUSED, /* with all others of its client; until that returns */
	} state;
};

struct routes_links {
	struct routes_link *all;
	unsigned count;
};

/* What a comparison has found out. */
struct routes_lesson {
	bool learnt;  /* the patch has learnt something */
	double due_s; /* the latest time for the next comparison; INFINITY: never */
	/* A connection that we made and others cut is theirs now: tells subscribers. */
	void (*give_way)(void *arg, const char *from, const char *to);
	/* Whether the client of a port has kept any connection since the last comparison. */
	bool (*keeps)(void *arg, const struct graph *graph, const char *port);
	void *arg;
};

/* What the patch wants for a graph. */
struct routes_plan {
	const struct graph *graph;
	struct patch_link *links;
	unsigned count;
	bool acts; /* what is missing will be made */
};

/* NULL: no link has these ids. */
struct routes_link *routes_links_find(const struct routes_links *links, const char *from,
				      const char *to);

/* Adds a connection; `edge` holds indices into the graph. Without memory, it stays unknown. */
void routes_links_add(struct routes_links *links, const struct graph *graph, struct graph_edge edge,
		      jack_client_t *client, bool made);

/* A user has connected or disconnected two ports through us: the patch learns it at once. */
void routes_links_set(struct routes_links *links, const struct routes_plan *plan,
		      struct patch *patch, jack_client_t *client, struct graph_edge edge,
		      bool connected);

/* Removes a link, so that nothing is learnt from its disappearance. */
void routes_links_forget(struct routes_links *links, const char *from, const char *to);

/* A port was removed; NULL: any port may have been. */
void routes_links_endpoint_gone(struct routes_links *links, const void *port);

/* Somebody has cut the connection of two ports. */
void routes_links_cut(struct routes_links *links, const void *const ports[2]);

/* A port of another program has a new name. Returns whether it has links. */
bool routes_links_rename(struct routes_links *links, const void *port, const char *now);

/* Links with a renamed end stay, also for the patch, which may have wanted them by the old name. */
void routes_links_follow(struct routes_links *links, const struct routes_plan *plan,
			 struct patch *patch);

/* Links that are missing count as missing from now on. */
void routes_links_restart_timers(struct routes_links *links, double now_s);

/*
 * Compares the table with the present graph, and lets the patch learn what only a user can have
 * done, or a user's other programs: what we make and somebody cuts twice within 10 s is theirs.
 */
void routes_links_compare(struct routes_links *links, const struct routes_plan *plan,
			  struct patch *patch, jack_client_t *client, double now_s,
			  struct routes_lesson *lesson);

/* Paused links are to be made again now. */
void routes_links_resume(struct routes_links *links);

/* Removes the links of a card's ports; NULL: all links. Those stay that another program pauses. */
void routes_links_drop(struct routes_links *links, const struct card *card);

#endif
