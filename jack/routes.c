/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/routes.h"

#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "jack/routes_news.h"
#include "jack/routes_parts.h"
#include "src/log.h"

/* The graph has settled when nothing has changed for so long; one that never does is looked at. */
#define SETTLE_S 0.3
#define SETTLE_MAX_S 2.0
/* A program's ports can not be connected before it is active, of which nobody tells. */
#define RETRY_MAX_S 10.0
#define SAVE_S 1.0
/* As many as can come and go while the graph settles; if it was more all are taken for gone. */
#define EVENTS_MAX 4096u

/* A port that went, as libjack's notification thread saw it. */
struct event {
	const void *port;
	bool in_freewheel;
};

static double clock_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* --- libjack's notification thread */

static void on_port(jack_port_id_t id, int came, void *arg)
{
	struct routes *routes = arg;
	struct event event = {
		.port = jack_port_by_id(routes->caller, id),
		.in_freewheel = atomic_load(routes->freewheel) & 1,
	};

	if (!came && !ring_push(&routes->events, &event)) {
		atomic_store(&routes->events_lost, true);
	}
	ev_async_send(routes->loop, &routes->wake);
}

static void on_connect(jack_port_id_t a, jack_port_id_t b, int connected, void *arg)
{
	struct routes *routes = arg;

	(void)a;
	(void)b;
	(void)connected;
	ev_async_send(routes->loop, &routes->wake);
}

/* --- what has come and gone */

static void take_events(struct routes *routes)
{
	struct event event;

	while (ring_pop(&routes->events, &event)) {
		routes_links_shake(&routes->links, event.port);
		if (event.in_freewheel) {
			/* Whoever has its number afterwards has come in it. */
			routes_barred_add(&routes->barred, event.port);
		} else {
			routes_barred_remove(&routes->barred, event.port);
		}
	}
	if (atomic_exchange(&routes->events_lost, false)) {
		routes_links_shake(&routes->links, NULL);
	}
}

/* --- a look at the graph */

/* Makes one connection that should be. Returns whether that has to be looked after. */
static bool make(struct routes *routes, const struct graph *graph, const struct patch_link *planned)
{
	const char *from = graph->names[planned->from], *to = graph->names[planned->to];
	const struct routes_link *link = routes_links_find(
		&routes->links, graph->ports[planned->from].id, graph->ports[planned->to].id);
	int result;

	if ((link && link->state != LINK_MADE) ||
	    routes_barred_has(&routes->barred, jack_port_by_name(routes->watch, from)) ||
	    routes_barred_has(&routes->barred, jack_port_by_name(routes->watch, to))) {
		return false;
	}
	result = jack_connect(routes->watch, from, to);
	if (!link && (result == 0 || result == EEXIST)) {
		log_debug("%s to %s: connected", from, to);
		routes_links_add(&routes->links, graph,
				 (struct graph_edge){ planned->from, planned->to }, routes->watch,
				 true);
	}
	return true;
}

static void make_all(struct routes *routes, const struct routes_plan *plan)
{
	bool open = false;

	for (unsigned i = 0; i < plan->count; i++) {
		/* What is connected in a freewheel is undone at its end. */
		if (atomic_load(routes->freewheel) != routes->freewheel_seen) {
			open = true;
			break;
		}
		if (patch_wants(&plan->links[i])) {
			open |= make(routes, plan->graph, &plan->links[i]);
		}
	}
	if (open) {
		routes->look_at_s = fmin(routes->look_at_s, clock_s() + routes->retry_s);
		routes->retry_s = fmin(routes->retry_s * 2, RETRY_MAX_S);
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

void routes_save_soon(struct routes *routes)
{
	routes->unsaved = routes->dir >= 0;
	if (routes->unsaved && isinf(routes->save_at_s)) {
		routes->save_at_s = routes->saved_at_s + SAVE_S;
	}
}

static void compare(struct routes *routes, const struct graph *graph, bool connect)
{
	struct routes_plan plan = { .graph = graph };
	bool learnt = false;

	if (routes_plan_for(routes, &plan)) {
		routes->look_at_s = routes_links_compare(&routes->links, &plan, routes->patch,
							 routes->watch, clock_s(), &learnt);
	}
	if (learnt) {
		routes_save_soon(routes);
		routes_plan_for(routes, &plan);
	}
	if (plan.links && connect && !routes->manual) {
		make_all(routes, &plan);
	}
	free(plan.links);
}

/* JACK undoes at the end of a freewheel what was done in it, and the driver's ports are away. */
static bool freewheels(struct routes *routes)
{
	uint32_t freewheel = atomic_load(routes->freewheel);

	if (freewheel != routes->freewheel_seen) {
		routes->freewheel_seen = freewheel;
		routes->freewheeled = true;
		routes_links_excuse(&routes->links, clock_s());
		return true;
	}
	return freewheel & 1;
}

static void look(struct routes *routes, bool connect)
{
	struct graph graph;

	routes->changed_at_s = routes->look_at_s = INFINITY;
	if (!routes->watch) {
		return;
	}
	take_events(routes);
	if (freewheels(routes)) {
		routes->look_at_s = clock_s() + SETTLE_S;
		return;
	}
	if (graph_take(&graph, routes->watch, routes->cards, routes->card_count)) {
		return;
	}
	if (freewheels(routes)) {
		routes->look_at_s = clock_s() + SETTLE_S;
		graph_free(&graph);
		return;
	}
	if (routes->freewheeled) {
		routes_barred_renew(&routes->barred, routes->watch, &routes->last, &graph);
		routes->freewheeled = false;
	}
	compare(routes, &graph, connect);
	routes_news_tell(routes->to_ctl, &routes->last, &graph);
	graph_free(&routes->last);
	routes->last = graph;
}

/* --- when */

int routes_write(struct routes *routes)
{
	int err = patch_save(routes->patch, routes->dir);

	routes->saved_at_s = clock_s();
	routes->save_at_s = err ? routes->saved_at_s + RETRY_MAX_S : INFINITY;
	routes->unsaved = err;
	if (err && !routes->complained) {
		log_error("connections can not be remembered over a restart of xenjackd: %s",
			  strerror(-err));
	}
	routes->complained = err;
	return err;
}

static void arm(struct routes *routes)
{
	double at_s = fmin(routes->look_at_s, routes->save_at_s);

	ev_timer_stop(routes->loop, &routes->timer);
	if (!isinf(at_s)) {
		/* The loop's idea of now is as old as the last call that JACK kept waiting. */
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
		routes_write(routes);
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

/* --- from outside */

void routes_open(struct routes *routes, jack_client_t *watch, const _Atomic uint32_t *freewheel)
{
	struct event event;

	/* What the last server's said. */
	while (ring_pop(&routes->events, &event)) {
	}
	routes->watch = routes->caller = watch;
	routes->freewheel = freewheel;
	routes->freewheel_seen = atomic_load(freewheel);
	routes->freewheeled = false;
	/* A freewheel may begin before the first look: what is there now has not come in it. */
	if (graph_take(&routes->last, watch, NULL, 0)) {
		log_error("no memory for JACK's graph");
	}
	routes->look_at_s = clock_s();
	arm(routes);
	jack_set_port_registration_callback(watch, on_port, routes);
	jack_set_port_connect_callback(watch, on_connect, routes);
}

void routes_close(struct routes *routes)
{
	routes->watch = NULL;
	routes->changed_at_s = routes->look_at_s = INFINITY;
	routes->retry_s = SETTLE_S;
	routes_barred_finish(&routes->barred);
	graph_free(&routes->last);
	routes_links_drop(&routes->links, NULL);
	arm(routes);
}

void routes_show(struct routes *routes, struct card *card)
{
	struct card **cards = reallocarray(routes->cards, routes->card_count + 1, sizeof(void *));

	if (!cards) {
		log_error("%s: no memory for its connections", card->name);
		return;
	}
	routes->cards = cards;
	cards[routes->card_count++] = card;
	look(routes, true);
	arm(routes);
}

void routes_hide(struct routes *routes, struct card *card)
{
	unsigned n = 0;

	while (n < routes->card_count && routes->cards[n] != card) {
		n++;
	}
	if (n == routes->card_count) {
		return;
	}
	/* What a user did last. */
	if (!isinf(routes->changed_at_s)) {
		look(routes, false);
		routes->look_at_s = clock_s() + SETTLE_S;
		arm(routes);
	}
	routes->cards[n] = routes->cards[--routes->card_count];
	routes_links_drop(&routes->links, card);
}

void routes_rule(struct routes *routes, const struct route_rules *rules)
{
	/* By the old ones: what a user did last. */
	if (!isinf(routes->changed_at_s)) {
		look(routes, false);
	}
	patch_rule(routes->patch, rules->all, rules->count, rules->autoconnect);
	look(routes, true);
	arm(routes);
}

/* What can not be read is not overwritten. */
static void load(struct routes *routes, int dir)
{
	int err = dir >= 0 ? patch_load(routes->patch, dir) : 0;

	routes->state_dir = dir;
	routes->dir = err && err != -EBADMSG ? -1 : dir;
}

struct routes *routes_create(struct ev_loop *loop, struct mailbox *to_ctl,
			     const struct routes_options *options)
{
	struct routes *routes = calloc(1, sizeof(*routes));

	if (!routes) {
		return NULL;
	}
	routes->loop = loop;
	routes->to_ctl = to_ctl;
	routes->dir = routes->state_dir = -1;
	routes->changed_at_s = routes->look_at_s = routes->save_at_s = INFINITY;
	routes->retry_s = SETTLE_S;
	ev_timer_init(&routes->timer, on_timer, 0.0, 0.0);
	ev_async_init(&routes->wake, on_wake);
	routes->timer.data = routes->wake.data = routes;
	ev_async_start(loop, &routes->wake);
	routes->patch = patch_create(options->rules, options->rule_count, options->autoconnect);
	if (!routes->patch || ring_init(&routes->events, sizeof(struct event), EVENTS_MAX)) {
		routes_destroy(routes);
		errno = ENOMEM;
		return NULL;
	}
	load(routes, options->state_dir);
	return routes;
}

void routes_destroy(struct routes *routes)
{
	if (!routes) {
		return;
	}
	if (routes->unsaved) {
		routes_write(routes);
	}
	ev_timer_stop(routes->loop, &routes->timer);
	ev_async_stop(routes->loop, &routes->wake);
	routes_links_drop(&routes->links, NULL);
	patch_destroy(routes->patch);
	ring_finish(&routes->events);
	graph_free(&routes->last);
	routes_barred_finish(&routes->barred);
	free(routes->cards);
	free(routes);
}
