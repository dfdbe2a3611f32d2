/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/routes.h"

#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "jack/routes_parts.h"
#include "jack/routes_pause.h"
#include "src/base/clock.h"
#include "src/base/guest_log.h"
#include "src/base/log.h"
#include "src/base/statefile.h"

/*
 * The graph has settled when nothing has changed for SETTLE_S; after SETTLE_MAX_S of changes we
 * compare it anyway.
 */
#define SETTLE_S 0.3
#define SETTLE_MAX_S 2.0
/* A program's ports cannot be connected before it is active, and nothing notifies us of that. */
#define RETRY_MAX_S 10.0
#define SAVE_S 1.0
/* Comparisons that wait until libjack has told of what the graph shows. */
#define WAITS_MAX 3u

static double clock_s(void)
{
	return (double)clock_now_ns() / 1e9;
}

/* --- comparing the graph with the patch */

int routes_check_ports(const struct routes *routes, const struct graph *graph,
		       struct graph_edge edge)
{
	const void *from = jack_port_by_name(routes->watch, graph->names[edge.from]);
	const void *to = jack_port_by_name(routes->watch, graph->names[edge.to]);

	if (!from || !to) {
		return -ENOENT;
	}
	return routes_quarantine_has(&routes->quarantine, from) ||
			       routes_quarantine_has(&routes->quarantine, to)
		       ? -ENXIO
		       : 0;
}

/* Makes one wanted connection. Returns whether it has to be checked again. */
static bool make(struct routes *routes, const struct graph *graph, const struct patch_link *planned)
{
	const char *from = graph->names[planned->from], *to = graph->names[planned->to];
	struct graph_edge edge = { planned->from, planned->to };
	const struct routes_link *link = routes_links_find(
		&routes->links, graph->ports[planned->from].id, graph->ports[planned->to].id);
	int result;

	if (link && link->state != LINK_MADE) {
		return false;
	}
	result = routes_check_ports(routes, graph, edge);
	if (result) {
		/* A missing port may be back at the next comparison. */
		return result == -ENOENT;
	}
	result = jack_connect(routes->watch, from, to);
	if (!link && (result == 0 || result == EEXIST)) {
		log_debug("%s to %s: connected", from, to);
		routes_links_add(&routes->links, graph, edge, routes->watch, true);
	}
	return true;
}

/* Schedules a retry, at growing intervals. */
static void look_again(struct routes *routes)
{
	routes->look_at_s = fmin(routes->look_at_s, clock_s() + routes->retry_s);
	routes->retry_s = fmin(routes->retry_s * 2, RETRY_MAX_S);
}

static void make_all(struct routes *routes, const struct routes_plan *plan)
{
	bool open = false;

	for (unsigned i = 0; i < plan->count; i++) {
		/* JACK undoes at the end of a freewheel whatever was connected during it. */
		if (atomic_load(routes->freewheel) != routes->freewheel_seen) {
			open = true;
			break;
		}
		if (patch_wants(&plan->links[i])) {
			open |= make(routes, plan->graph, &plan->links[i]);
		}
	}
	if (open) {
		look_again(routes);
	}
}

bool routes_plan_for(const struct routes *routes, struct routes_plan *plan)
{
	free(plan->links);
	plan->count = 0;
	plan->links = patch_plan(routes->patch, plan->graph->ports, plan->graph->port_count,
				 &plan->count);
	return plan->links;
}

/* At most once a second. */
static void schedule_save(struct routes *routes)
{
	if (isinf(routes->save_at_s)) {
		routes->save_at_s = routes->saved_at_s + SAVE_S;
	}
}

void routes_save_soon(struct routes *routes)
{
	routes->unsaved = routes->state_dir >= 0;
	if (routes->unsaved) {
		schedule_save(routes);
	}
}

/* --- what libjack has told */

static void on_removed(struct routes *routes, const void *port)
{
	routes_links_endpoint_gone(&routes->links, port);
	/* A port that reuses its number is another port. */
	graph_forget(&routes->last, port);
	routes_quarantine_remove(&routes->quarantine, port);
	routes_news_removed(routes, port);
}

/* A connection was cut; so may be its ends' others. */
static void on_cut(struct routes *routes, const struct routes_event *event)
{
	routes_links_cut(&routes->links, event->ports);
	for (unsigned i = 0; i < 2; i++) {
		int n = graph_find_handle(&routes->last, event->ports[i]);

		if (n >= 0 && !routes->last.ports[n].ours) {
			routes_pause_heard(&routes->links, event->ports, routes->last.names[n]);
		}
	}
	routes_news_heard(routes, event);
}

/* What is connected stays so, also by the patch, which may want it by the old name. */
static void follow_renames(struct routes *routes)
{
	struct routes_plan plan = { .graph = &routes->last };

	if (routes_plan_for(routes, &plan)) {
		routes_links_follow(&routes->links, &plan, routes->patch);
	}
	free(plan.links);
	routes_save_soon(routes);
}

static void take_heard(struct routes *routes)
{
	struct routes_event event;
	bool renamed = false;

	while (routes_heard_take(&routes->heard, &event)) {
		switch (event.kind) {
		case HEARD_RENAMED:
			renamed |= routes_rename(routes, event.ports[0], event.name);
			free(event.name);
			break;
		case HEARD_REMOVED:
			on_removed(routes, event.ports[0]);
			break;
		case HEARD_CUT:
			on_cut(routes, &event);
			break;
		case HEARD_CONNECTED:
			routes_news_heard(routes, &event);
			break;
		}
	}
	if (routes_heard_take_loss(&routes->heard)) {
		/* Any port may have been replaced. */
		routes_links_endpoint_gone(&routes->links, NULL);
		graph_forget(&routes->last, NULL);
		routes_news_removed(routes, NULL);
	}
	if (renamed) {
		follow_renames(routes);
	}
	if (routes->renames.count) {
		schedule_save(routes);
	}
}

/* --- a comparison */

static void on_give_way(void *arg, const char *from, const char *to)
{
	routes_news_add(arg, EVENT_PORT_REFUSED, from, to);
}

static bool on_keeps(void *arg, const struct graph *graph, const char *port)
{
	return routes_news_keeps(arg, graph, port);
}

static void compare(struct routes *routes, const struct graph *graph, bool connect)
{
	struct routes_plan plan = { .graph = graph, .acts = connect && !routes->manual };
	struct routes_lesson lesson = { .give_way = on_give_way, .keeps = on_keeps, .arg = routes };

	if (routes_plan_for(routes, &plan)) {
		routes_links_compare(&routes->links, &plan, routes->patch, routes->watch, clock_s(),
				     &lesson);
		routes->look_at_s = lesson.due_s;
	}
	if (lesson.learnt) {
		routes_save_soon(routes);
		routes_plan_for(routes, &plan);
	}
	if (!plan.links) {
		/* Out of memory. */
		look_again(routes);
	} else if (connect && !routes->manual) {
		make_all(routes, &plan);
	}
	free(plan.links);
}

/*
 * JACK undoes at the end of a freewheel whatever was done during it, and the driver's ports are
 * disconnected meanwhile.
 */
static bool freewheels(struct routes *routes)
{
	uint32_t freewheel = atomic_load(routes->freewheel);

	if (freewheel != routes->freewheel_seen) {
		routes->freewheel_seen = freewheel;
		routes->freewheeled = true;
		routes_links_restart_timers(&routes->links, clock_s());
		return true;
	}
	return freewheel & 1;
}

static int take(const struct routes *routes, struct graph *graph)
{
	int err = graph_take(graph, routes->watch, routes->cards, routes->card_count);

	if (!err) {
		err = graph_identify(graph, routes->watch);
		if (err) {
			graph_free(graph);
		}
	}
	return err;
}

/*
 * Whether the graph shows a change of ports that libjack has not told of yet: a port has another
 * name, or its number another port, and only libjack can tell which. It may have been lost, so we
 * do not wait for ever.
 */
static bool is_ahead(struct routes *routes, const struct graph *graph)
{
	if (routes->waits < WAITS_MAX && graph_differs(&routes->last, graph)) {
		routes->waits++;
		return true;
	}
	routes->waits = 0;
	return false;
}

static void look(struct routes *routes, bool connect)
{
	struct graph graph;

	routes->changed_at_s = routes->look_at_s = INFINITY;
	if (!routes->watch) {
		return;
	}
	take_heard(routes);
	if (freewheels(routes)) {
		routes->look_at_s = clock_s() + SETTLE_S;
		return;
	}
	if (take(routes, &graph)) {
		look_again(routes);
		return;
	}
	if (freewheels(routes)) {
		routes->look_at_s = clock_s() + SETTLE_S;
		graph_free(&graph);
		return;
	}
	if (is_ahead(routes, &graph)) {
		routes->look_at_s = clock_s() + SETTLE_S;
		graph_free(&graph);
		return;
	}
	if (routes->freewheeled &&
	    routes_quarantine_renew(&routes->quarantine, &routes->last, &graph)) {
		graph_free(&graph);
		look_again(routes);
		return;
	}
	routes->freewheeled = false;
	compare(routes, &graph, connect);
	routes_news_send(routes, &graph);
	graph_free(&routes->last);
	routes->last = graph;
}

/* --- timing */

int routes_write(struct routes *routes)
{
	int err = patch_save(routes->patch, routes->state_dir);

	routes->saved_at_s = clock_s();
	routes->save_at_s = err ? routes->saved_at_s + RETRY_MAX_S : INFINITY;
	routes->unsaved = err;
	if (err && !routes->complained) {
		log_error("cannot save connections: %s; will retry", statefile_strerror(err));
	}
	routes->complained = err;
	return err;
}

int routes_store_renames(struct routes *routes)
{
	int err = patch_store_rename(routes->state_dir, &routes->renames);

	if (err) {
		if (!routes->complained) {
			log_error("cannot rename ports in stored patches: %s; will retry",
				  statefile_strerror(err));
		}
		routes->complained = true;
		routes->save_at_s = clock_s() + RETRY_MAX_S;
		return err;
	}
	patch_renames_finish(&routes->renames);
	return 0;
}

/* What is due. */
static void save(struct routes *routes)
{
	routes->saved_at_s = clock_s();
	routes->save_at_s = INFINITY;
	if (routes->unsaved) {
		routes_write(routes);
	}
	(void)routes_store_renames(routes);
}

static void arm(struct routes *routes)
{
	double at_s = fmin(routes->look_at_s, routes->save_at_s);

	ev_timer_stop(routes->loop, &routes->timer);
	if (!isinf(at_s)) {
		/* The loop's time is stale if JACK has kept a call waiting. */
		ev_now_update(routes->loop);
		ev_timer_set(&routes->timer, fmax(at_s - clock_s(), 0.0), 0.0);
		ev_timer_start(routes->loop, &routes->timer);
	}
}

static void on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct routes *routes = timer->data;

	(void)loop;
	(void)events;
	if (routes->look_at_s <= clock_s()) {
		look(routes, true);
	}
	if (routes->save_at_s <= clock_s()) {
		save(routes);
	}
	arm(routes);
}

static void on_wake(struct ev_loop *loop, ev_async *wake, int events)
{
	struct routes *routes = wake->data;
	double now_s = clock_s();

	(void)loop;
	(void)events;
	routes->retry_s = SETTLE_S;
	routes->changed_at_s = fmin(routes->changed_at_s, now_s);
	routes->look_at_s = fmin(now_s + SETTLE_S, routes->changed_at_s + SETTLE_MAX_S);
	arm(routes);
}

/* --- calls from jack/client */

void routes_wake(struct routes *routes)
{
	ev_async_send(routes->loop, &routes->wake);
}

int routes_open(struct routes *routes, jack_client_t *watch, const _Atomic uint32_t *freewheel)
{
	int err = routes_heard_open(&routes->heard, watch);

	routes->watch = watch;
	routes->freewheel = freewheel;
	routes->freewheel_seen = atomic_load(freewheel);
	routes->freewheeled = false;
	/*
	 * A freewheel may begin before the first comparison: ports that exist now are not from it.
	 */
	if (take(routes, &routes->last)) {
		log_error("out of memory: JACK's graph not read");
	}
	routes->look_at_s = clock_s();
	arm(routes);
	return err;
}

void routes_close(struct routes *routes)
{
	routes->watch = NULL;
	routes->changed_at_s = routes->look_at_s = INFINITY;
	routes->retry_s = SETTLE_S;
	routes_quarantine_finish(&routes->quarantine);
	graph_free(&routes->last);
	routes_links_drop(&routes->links, NULL);
	routes_news_drop(routes);
	arm(routes);
}

int routes_add_card(struct routes *routes, struct card *card)
{
	struct card **cards = reallocarray(routes->cards, routes->card_count + 1, sizeof(void *));

	if (!cards) {
		guest_log_error(card->log,
				"%s: out of memory: cannot register with JACK; will retry",
				card->name);
		return -ENOMEM;
	}
	routes->cards = cards;
	cards[routes->card_count++] = card;
	look(routes, true);
	arm(routes);
	return 0;
}

void routes_remove_card(struct routes *routes, struct card *card)
{
	unsigned n = 0;

	while (n < routes->card_count && routes->cards[n] != card) {
		n++;
	}
	if (n == routes->card_count) {
		return;
	}
	/* Learn what a user has just done, even if JACK has not told of it yet. */
	look(routes, false);
	routes->look_at_s = clock_s() + SETTLE_S;
	arm(routes);
	routes->cards[n] = routes->cards[--routes->card_count];
	routes_links_drop(&routes->links, card);
}

void routes_set_rules(struct routes *routes, const struct route_rules *rules)
{
	/* Learn what a user has just done, by the old rules. */
	look(routes, false);
	patch_rule(routes->patch, rules->all, rules->count, rules->autoconnect);
	look(routes, true);
	arm(routes);
}

struct routes *routes_create(struct ev_loop *loop, struct msgq *to_main,
			     const struct routes_options *options)
{
	struct routes *routes = calloc(1, sizeof(*routes));

	if (!routes) {
		return NULL;
	}
	routes->loop = loop;
	routes->to_main = to_main;
	routes->state_dir = -1;
	routes->changed_at_s = routes->look_at_s = routes->save_at_s = INFINITY;
	routes->retry_s = SETTLE_S;
	ev_timer_init(&routes->timer, on_timer, 0.0, 0.0);
	ev_async_init(&routes->wake, on_wake);
	routes->timer.data = routes->wake.data = routes;
	ev_async_start(loop, &routes->wake);
	routes->patch = patch_create(options->rules, options->rule_count, options->autoconnect);
	if (!routes->patch || routes_heard_init(&routes->heard, loop, &routes->wake)) {
		routes_destroy(routes);
		errno = ENOMEM;
		return NULL;
	}
	routes->state_dir = options->state_dir;
	if (routes->state_dir >= 0) {
		(void)patch_load(routes->patch, routes->state_dir);
	}
	return routes;
}

void routes_flush(struct routes *routes)
{
	if (routes->unsaved) {
		routes_write(routes);
	}
	(void)routes_store_renames(routes);
}

void routes_destroy(struct routes *routes)
{
	if (!routes) {
		return;
	}
	routes_flush(routes);
	ev_timer_stop(routes->loop, &routes->timer);
	ev_async_stop(routes->loop, &routes->wake);
	routes_links_drop(&routes->links, NULL);
	patch_destroy(routes->patch);
	routes_heard_finish(&routes->heard);
	patch_renames_finish(&routes->renames);
	routes_news_drop(routes);
	graph_free(&routes->last);
	routes_quarantine_finish(&routes->quarantine);
	free(routes->cards);
	free(routes);
}
