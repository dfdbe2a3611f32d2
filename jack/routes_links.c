/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/routes_links.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jack/routes_pause.h"
#include "src/base/log.h"

/* JACK first disconnects a program that quits, then removes its ports; that may take a while. */
#define AWAY_S 2.0
/* Two cuts of what we made, this close to one another, are no accident. */
#define FIGHT_S 10.0
/* Far more than any rig has: guests that come and go with ever new ports cannot fill the memory. */
#define PAUSED_MAX 4096u

/* --- the table */

struct routes_link *routes_links_find(const struct routes_links *links, const char *from,
				      const char *to)
{
	for (unsigned i = 0; i < links->count; i++) {
		struct routes_link *link = &links->all[i];

		if (strcmp(link->from, from) == 0 && strcmp(link->to, to) == 0) {
			return link;
		}
	}
	return NULL;
}

static void free_link(struct routes_link *link)
{
	free(link->from);
	free(link->to);
}

static bool is_physical(jack_client_t *client, const char *name)
{
	const jack_port_t *port = jack_port_by_name(client, name);

	return port && jack_port_flags(port) & JackPortIsPhysical;
}

void routes_links_add(struct routes_links *links, const struct graph *graph, struct graph_edge edge,
		      jack_client_t *client, bool made)
{
	struct routes_link link = {
		.from = strdup(graph->ports[edge.from].id),
		.to = strdup(graph->ports[edge.to].id),
		.ports = { jack_port_by_name(client, graph->names[edge.from]),
			   jack_port_by_name(client, graph->names[edge.to]) },
		.there = true,
		.physical = is_physical(client, graph->names[edge.from]) ||
			    is_physical(client, graph->names[edge.to]),
		.cut_at_s = -INFINITY,
		.state = made ? LINK_MADE : LINK_THERE,
	};
	struct routes_link *all = reallocarray(links->all, links->count + 1, sizeof(*all));

	if (all) {
		links->all = all;
	}
	if (!all || !link.from || !link.to) {
		free_link(&link);
		return;
	}
	all[links->count++] = link;
}

static void drop(struct routes_links *links, unsigned n)
{
	free_link(&links->all[n]);
	links->all[n] = links->all[--links->count];
}

void routes_links_forget(struct routes_links *links, const char *from, const char *to)
{
	const struct routes_link *link = routes_links_find(links, from, to);

	if (link) {
		drop(links, (unsigned)(link - links->all));
	}
}

void routes_links_endpoint_gone(struct routes_links *links, const void *port)
{
	for (unsigned i = 0; i < links->count; i++) {
		struct routes_link *link = &links->all[i];

		link->gone[0] |= !port || link->ports[0] == port;
		link->gone[1] |= !port || link->ports[1] == port;
	}
}

void routes_links_cut(struct routes_links *links, const void *const ports[2])
{
	for (unsigned i = 0; i < links->count; i++) {
		struct routes_link *link = &links->all[i];

		link->cut |= link->ports[0] == ports[0] && link->ports[1] == ports[1];
	}
}

bool routes_links_rename(struct routes_links *links, const void *port, const char *now)
{
	bool has = false;

	for (unsigned i = 0; i < links->count; i++) {
		struct routes_link *link = &links->all[i];
		unsigned end = link->ports[1] == port;
		char **id = end ? &link->to : &link->from;
		char *fresh;

		if (link->ports[end] != port || !routes_pause_is_foreign(*id)) {
			continue;
		}
		has = true;
		fresh = strdup(now);
		if (fresh) {
			free(*id);
			*id = fresh;
			link->renamed = true;
		} else {
			/* As if it were another port. */
			link->gone[end] = true;
		}
	}
	return has;
}

void routes_links_restart_timers(struct routes_links *links, double now_s)
{
	for (unsigned i = 0; i < links->count; i++) {
		links->all[i].away_at_s = now_s;
	}
}

static bool has_port(const struct card *card, const char *from, const char *to)
{
	char id[GRAPH_ID_MAX + 1];

	for (unsigned i = 0; i < card->stream_count; i++) {
		for (uint32_t c = 0; c < card->streams[i].channels; c++) {
			graph_port_id(id, card, &card->streams[i], c);
			if (strcmp(id, from) == 0 || strcmp(id, to) == 0) {
				return true;
			}
		}
	}
	return false;
}

/* Whether a link outlasts its card. */
static bool stays(const struct routes_links *links, const struct routes_link *link)
{
	return link->state == LINK_PAUSED && links->count <= PAUSED_MAX &&
	       routes_pause_is_foreign(routes_pause_end(link));
}

void routes_links_resume(struct routes_links *links)
{
	for (unsigned i = links->count; i-- > 0;) {
		if (links->all[i].state == LINK_PAUSED) {
			drop(links, i);
		}
	}
}

void routes_links_drop(struct routes_links *links, const struct card *card)
{
	for (unsigned i = links->count; i-- > 0;) {
		if (!card || (!stays(links, &links->all[i]) &&
			      has_port(card, links->all[i].from, links->all[i].to))) {
			drop(links, i);
		}
	}
	if (!links->count) {
		free(links->all);
		links->all = NULL;
	}
}

/* --- learning */

static const char by_user[] = "connected by a user";

static unsigned why(const struct routes_plan *plan, unsigned from, unsigned to)
{
	for (unsigned i = 0; i < plan->count; i++) {
		if (plan->links[i].from == from && plan->links[i].to == to) {
			return plan->links[i].why;
		}
	}
	return 0;
}

static void learn(struct patch *patch, const char *from, const char *to, bool connected)
{
	if (patch_learn(patch, from, to, connected)) {
		log_error("%s to %s: cannot remember the change", from, to);
	}
}

/* What the default is about to connect a port with: a user was quicker, and it must not be lost. */
static void learn_default(const struct routes_plan *plan, struct patch *patch, unsigned port)
{
	for (unsigned i = 0; i < plan->count && plan->acts; i++) {
		const struct patch_link *link = &plan->links[i];

		if ((link->from == port || link->to == port) && link->why == PATCH_DEFAULT) {
			learn(patch, plan->graph->ports[link->from].id,
			      plan->graph->ports[link->to].id, true);
		}
	}
}

/*
 * Call it before learning the first thing about a port: from then on the default no longer applies
 * to the port, and what the default has connected must not be lost.
 */
static void learn_rest(const struct routes_plan *plan, struct patch *patch, const char *id,
		       const char *from, const char *to)
{
	const struct graph *graph = plan->graph;
	int n = graph_find(graph, id);

	if (n < 0 || !graph->ports[n].ours || patch_knows(patch, id)) {
		return;
	}
	for (unsigned i = 0; i < graph->edge_count; i++) {
		const struct graph_edge *edge = &graph->edges[i];
		const char *ends[2] = { graph->ports[edge->from].id, graph->ports[edge->to].id };

		if ((edge->from == (unsigned)n || edge->to == (unsigned)n) &&
		    !(strcmp(ends[0], from) == 0 && strcmp(ends[1], to) == 0) &&
		    !(why(plan, edge->from, edge->to) & PATCH_RULE)) {
			learn(patch, ends[0], ends[1], true);
		}
	}
	learn_default(plan, patch, (unsigned)n);
}

/* Two ports are connected, as `how` says. */
static bool learn_made(const struct routes_plan *plan, struct patch *patch, struct graph_edge edge,
		       const char *how)
{
	const char *from = plan->graph->ports[edge.from].id, *to = plan->graph->ports[edge.to].id;
	unsigned reason = why(plan, edge.from, edge.to);

	if (reason && !(reason & PATCH_REFUSED)) {
		/* The patch wanted it anyway. */
		return false;
	}
	log_info("%s to %s: %s; remembered", from, to, how);
	learn_rest(plan, patch, from, from, to);
	learn_rest(plan, patch, to, from, to);
	if (reason & PATCH_RULE) {
		patch_forget(patch, from, to);
	} else {
		learn(patch, from, to, true);
	}
	return true;
}

void routes_links_follow(struct routes_links *links, const struct routes_plan *plan,
			 struct patch *patch)
{
	for (unsigned i = 0; i < links->count; i++) {
		struct routes_link *link = &links->all[i];
		int from = graph_find(plan->graph, link->from);
		int to = graph_find(plan->graph, link->to);

		if (link->renamed && from >= 0 && to >= 0) {
			struct graph_edge edge = { (unsigned)from, (unsigned)to };

			(void)learn_made(plan, patch, edge, "follows the new name");
		}
		link->renamed = false;
	}
}

static void learn_taken(const struct routes_plan *plan, struct patch *patch, const char *from,
			const char *to)
{
	learn_rest(plan, patch, from, from, to);
	learn_rest(plan, patch, to, from, to);
	learn(patch, from, to, false);
}

void routes_links_set(struct routes_links *links, const struct routes_plan *plan,
		      struct patch *patch, jack_client_t *client, struct graph_edge edge,
		      bool connected)
{
	const char *from = plan->graph->ports[edge.from].id, *to = plan->graph->ports[edge.to].id;

	/* Forget it first, so that later comparisons do not take this change for another user's. */
	routes_links_forget(links, from, to);
	if (connected) {
		learn_made(plan, patch, edge, by_user);
		routes_links_add(links, plan->graph, edge, client, true);
	} else {
		log_info("%s to %s: disconnected by a user; remembered", from, to);
		learn_taken(plan, patch, from, to);
	}
}

static bool compare_edges(struct routes_links *links, const struct routes_plan *plan,
			  struct patch *patch, jack_client_t *client)
{
	const struct graph *graph = plan->graph;
	bool learnt = false;

	for (unsigned i = 0; i < graph->edge_count; i++) {
		struct graph_edge edge = graph->edges[i];
		struct routes_link *link = routes_links_find(links, graph->ports[edge.from].id,
							     graph->ports[edge.to].id);

		if (link && link->state != LINK_PAUSED) {
			link->state = LINK_THERE;
			link->there = true;
			link->cut = link->company = link->gone[0] = link->gone[1] = false;
		} else if (link) {
			/* Its ports may be others by now. */
			drop(links, (unsigned)(link - links->all));
			routes_links_add(links, graph, edge, client, false);
		} else {
			learnt |= learn_made(plan, patch, edge, by_user);
			routes_links_add(links, graph, edge, client, false);
		}
	}
	return learnt;
}

/*
 * A link that we have made is cut before we saw it. Returns whether we give way: another program
 * would cut it for ever.
 */
static bool gives_way(struct routes_link *link, double now_s)
{
	if (link->cut && now_s - link->cut_at_s <= FIGHT_S) {
		return true;
	}
	if (link->cut) {
		link->cut_at_s = now_s;
		link->cut = false;
	}
	return false;
}

/* A link that is missing; whether to drop it. */
static bool miss(struct routes_links *links, struct routes_link *link,
		 const struct routes_plan *plan, struct patch *patch, double now_s,
		 struct routes_lesson *lesson)
{
	bool gone = link->gone[0] || link->gone[1];
	int from = graph_find(plan->graph, link->from), to = graph_find(plan->graph, link->to);

	if (link->state == LINK_PAUSED) {
		return routes_pause_is_over(link, plan->graph);
	}
	if (link->state == LINK_MADE && !gone) {
		if (from < 0 || to < 0 || !gives_way(link, now_s)) {
			return false;
		}
		log_notice("%s to %s: cut twice by another program; left so, and remembered",
			   link->from, link->to);
		lesson->give_way(lesson->arg, plan->graph->names[from], plan->graph->names[to]);
	} else if (gone || !link->ports[0] || !link->ports[1] || from < 0 || to < 0) {
		return true;
	} else if (link->state == LINK_THERE) {
		link->state = LINK_AWAY;
		link->away_at_s = now_s;
		link->kept = lesson->keeps(lesson->arg, plan->graph, routes_pause_end(link));
		lesson->due_s = fmin(lesson->due_s, now_s + AWAY_S);
		return false;
	} else if (now_s - link->away_at_s < AWAY_S) {
		/* The others may be about to vanish, too. */
		link->kept &= now_s - link->away_at_s > ROUTES_PAUSE_TOGETHER_S ||
			      lesson->keeps(lesson->arg, plan->graph, routes_pause_end(link));
		lesson->due_s = fmin(lesson->due_s, link->away_at_s + AWAY_S);
		return false;
	} else if (routes_pause(links, link)) {
		return false;
	} else {
		log_info("%s to %s: disconnected by a user; remembered", link->from, link->to);
	}
	learn_taken(plan, patch, link->from, link->to);
	lesson->learnt = true;
	return true;
}

void routes_links_compare(struct routes_links *links, const struct routes_plan *plan,
			  struct patch *patch, jack_client_t *client, double now_s,
			  struct routes_lesson *lesson)
{
	for (unsigned i = 0; i < links->count; i++) {
		links->all[i].there = false;
	}
	lesson->learnt = compare_edges(links, plan, patch, client);
	lesson->due_s = INFINITY;
	for (unsigned i = links->count; i-- > 0;) {
		if (!links->all[i].there &&
		    miss(links, &links->all[i], plan, patch, now_s, lesson)) {
			drop(links, i);
		}
	}
}
