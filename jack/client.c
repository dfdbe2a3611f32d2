/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/client.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <jack/jack.h>
#include <jack/thread.h>

#include "jack/client_orders.h"
#include "jack/client_pair.h"
#include "jack/client_status.h"
#include "jack/routes.h"

/* How often a server is looked for: soon after it went, seldom when it stays away. */
#define RETRY_MIN_S 0.2
#define RETRY_MAX_S 2.0

/*
 * How often the ports' latencies are compared with what guests have opened, and how long after a
 * client of ours came or went, when jackd has enough to do.
 */
#define LATENCY_S 1.0

/* A card that ctl wants shown, or wants gone. */
struct client {
	struct client *next;
	struct card *card;
	struct client_pair *pair, *own; /* the pool's, or its own */
	bool leaving;			/* MAIL_REMOVE has come */
	bool complained;		/* that it can not be shown was logged */
	enum {
		CLIENT_ABSENT, /* not in JACK yet, or no more */
		CLIENT_FAILED, /* likewise, and the timer tries again */
		CLIENT_STALE,  /* registered while a freewheel began: to be made anew behind it */
		CLIENT_SHOWN,  /* running; MAIL_ACTIVE was sent */
	} state;
};

struct client_pool {
	struct ev_loop *loop;
	struct mailbox *to_ctl;
	struct client_options options;
	struct client *clients;
	struct client_pair *common; /* for every card; NULL: each has one of its own */
	struct routes *routes;
	ev_timer retry;
	double retry_s; /* what the timer was last set to */
	ev_timer latency;
	ev_async wake;
	bool searching;		     /* that there is no server was logged */
	struct client_status status; /* as ctl was told */

	/*
	 * Its watch is a client without ports and without a process callback: the server tells
	 * it what happens, and no cycle waits for it. So the clock is known before there is a
	 * card.
	 */
	struct client_server server;

	enum {
		POOL_AWAY, /* no server; looked for by the timer */
		POOL_UP,   /* watch is active */
		POOL_LOST, /* MAIL_LOST was sent, MAIL_HELD has not come */
	} state;

	/* libjack's notification threads write these and wake the loop */
	struct {
		atomic_bool lost;
		struct rt_counter xruns;
	} shared;
};

/* --- libjack's notification threads */

static void on_shutdown(void *arg)
{
	struct client_pool *pool = arg;

	atomic_store(&pool->shared.lost, true);
	ev_async_send(pool->loop, &pool->wake);
}

/* Period or rate: jackd changes the one, PipeWire either. */
static int on_clock(jack_nframes_t value, void *arg)
{
	struct client_pool *pool = arg;

	(void)value;
	ev_async_send(pool->loop, &pool->wake);
	return 0;
}

static void on_freewheel(int starting, void *arg)
{
	struct client_pool *pool = arg;
	uint32_t seen = atomic_load(&pool->server.freewheel);

	if ((seen & 1) != (starting ? 1u : 0u)) {
		atomic_store(&pool->server.freewheel, seen + 1);
	}
	ev_async_send(pool->loop, &pool->wake);
}

static int on_xrun(void *arg)
{
	struct client_pool *pool = arg;

	rt_counter_add(&pool->shared.xruns, 1);
	ev_async_send(pool->loop, &pool->wake);
	return 0;
}

/* --- a card */

static void tell(struct client_pool *pool, enum mail_verb verb, struct card *card)
{
	mail_send(pool->to_ctl, &(struct mail){ .verb = verb, .card = card });
}

static void retry_in(struct client_pool *pool, double seconds)
{
	pool->retry_s = seconds;
	ev_timer_stop(pool->loop, &pool->retry);
	ev_timer_set(&pool->retry, seconds, 0.0);
	ev_timer_start(pool->loop, &pool->retry);
}

static void hide(struct client_pool *pool, struct client *client)
{
	routes_hide(pool->routes, client->card);
	client_pair_detach(client->pair, client->card);
	client->state = CLIENT_ABSENT;
	ev_timer_again(pool->loop, &pool->latency);
}

static void fail(struct client_pool *pool, struct client *client, int err)
{
	hide(pool, client);
	client->state = CLIENT_FAILED;
	retry_in(pool, RETRY_MAX_S);
	if (!client->complained && !atomic_load(&pool->shared.lost)) {
		client->complained = true;
		log_error("%s: can not be shown in JACK, %s; trying again", client->card->name,
			  err == -ENOSPC ? "which has no ports left" : "which takes no client");
	}
}

static void show(struct client_pool *pool, struct client *client)
{
	int err = client_pair_attach(client->pair, client->card, &pool->server);

	ev_timer_again(pool->loop, &pool->latency);
	if (err == -EAGAIN) {
		/* Nothing may be closed now. */
		client->state = CLIENT_STALE;
		return;
	}
	if (err) {
		fail(pool, client, err);
		return;
	}
	routes_show(pool->routes, client->card);
	client->state = CLIENT_SHOWN;
	client->complained = false;
	log_info("%s: shown in JACK", client->card->name);
	tell(pool, MAIL_ACTIVE, client->card);
}

static void forget(struct client_pool *pool, struct client **link)
{
	struct client *client = *link;

	if (client->state != CLIENT_ABSENT) {
		hide(pool, client);
	}
	*link = client->next;
	client->card->jack = NULL;
	tell(pool, MAIL_REMOVED, client->card);
	client_pair_destroy(client->own);
	free(client);
}

/* --- the server */

static bool freewheels(const struct client_pool *pool)
{
	return atomic_load(&pool->server.freewheel) & 1;
}

static void lose(struct client_pool *pool)
{
	pool->state = POOL_LOST;
	routes_close(pool->routes);
	for (struct client *client = pool->clients; client; client = client->next) {
		client_pair_bereave(client->pair);
	}
	ev_timer_stop(pool->loop, &pool->retry);
	/* Connections are void and so is a freewheel: cards may leave at once. */
	atomic_store(&pool->server.freewheel, 0);
	log_notice("the JACK server went away after %llu xruns",
		   (unsigned long long)rt_counter_get(&pool->shared.xruns));
	tell(pool, MAIL_LOST, NULL);
}

/* First of all, since what another card is shown on may be one of theirs. */
static void hide_stale(struct client_pool *pool)
{
	for (struct client *client = pool->clients; client; client = client->next) {
		if (client->state == CLIENT_STALE && !freewheels(pool)) {
			hide(pool, client);
		}
	}
}

/* Brings what is shown in line with what ctl wants, as far as JACK's state allows. */
static void settle(struct client_pool *pool)
{
	struct client **link = &pool->clients;

	if (pool->state == POOL_UP && atomic_load(&pool->shared.lost)) {
		lose(pool);
	}
	if (pool->state == POOL_UP) {
		client_status_tell_clock(&pool->status, pool->server.watch);
		client_status_tell_xruns(&pool->status, pool->server.watch,
					 rt_counter_get(&pool->shared.xruns));
	}
	client_status_tell_freewheel(&pool->status, freewheels(pool));
	hide_stale(pool);
	while (*link) {
		struct client *client = *link;
		bool absent = client->state == CLIENT_ABSENT, fixed = freewheels(pool);

		if (client->leaving && (absent || !fixed)) {
			forget(pool, link);
			continue;
		}
		if (absent && !fixed && pool->state == POOL_UP) {
			show(pool, client);
			/* That took a while: first see what has come in. */
			ev_async_send(pool->loop, &pool->wake);
			break;
		}
		link = &client->next;
	}
}

static void close_watch(struct client_pool *pool)
{
	if (pool->server.watch) {
		jack_deactivate(pool->server.watch);
		jack_client_close(pool->server.watch);
		pool->server.watch = NULL;
	}
}

/* libjack wants every client of the process closed before it opens one at a new server. */
static void close_all(struct client_pool *pool)
{
	struct client *client;

	routes_close(pool->routes);
	for (client = pool->clients; client; client = client->next) {
		hide(pool, client);
	}
	close_watch(pool);
	atomic_store(&pool->shared.lost, false);
	atomic_store(&pool->server.freewheel, 0);
	rt_counter_set(&pool->shared.xruns, 0);
	client_status_reset(&pool->status);
	pool->state = POOL_AWAY;
}

static bool open_watch(struct client_pool *pool)
{
	jack_client_t *watch = client_pair_handle(pool->server.name, "xenjackd", 0);

	pool->server.watch = watch;
	if (!watch) {
		return false;
	}
	jack_set_buffer_size_callback(watch, on_clock, pool);
	jack_set_sample_rate_callback(watch, on_clock, pool);
	jack_set_freewheel_callback(watch, on_freewheel, pool);
	jack_set_xrun_callback(watch, on_xrun, pool);
	jack_on_shutdown(watch, on_shutdown, pool);
	routes_open(pool->routes, watch, &pool->server.freewheel);
	return jack_activate(watch) == 0;
}

static void look_for_server(struct client_pool *pool)
{
	if (open_watch(pool)) {
		pool->state = POOL_UP;
		pool->searching = false;
		return;
	}
	close_all(pool);
	if (!pool->searching) {
		pool->searching = true;
		log_notice("waiting for JACK server %s",
			   pool->server.name ? pool->server.name : "(default)");
	}
	retry_in(pool, fmin(fmax(pool->retry_s * 2, RETRY_MIN_S), RETRY_MAX_S));
}

static void on_retry(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct client_pool *pool = timer->data;
	struct client *client;

	(void)loop;
	(void)events;
	if (pool->state == POOL_AWAY) {
		look_for_server(pool);
	}
	for (client = pool->clients; client; client = client->next) {
		if (client->state == CLIENT_FAILED) {
			client->state = CLIENT_ABSENT;
		}
	}
	settle(pool);
}

static void on_latency(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct client_pool *pool = timer->data;
	bool changed = false;

	(void)loop;
	(void)events;
	if (pool->state != POOL_UP) {
		return;
	}
	client_status_tell_load(&pool->status, pool->server.watch);
	if (freewheels(pool)) {
		return;
	}
	for (struct client *client = pool->clients; client; client = client->next) {
		if (client->state == CLIENT_SHOWN) {
			changed |= client_pair_renew(client->pair, client->card);
		}
	}
	if (changed) {
		jack_recompute_total_latencies(pool->server.watch);
	}
}

static void on_wake(struct ev_loop *loop, ev_async *wake, int events)
{
	(void)loop;
	(void)events;
	settle(wake->data);
}

/* --- letters */

static void add(struct client_pool *pool, struct card *card)
{
	struct client *client = calloc(1, sizeof(*client));

	if (client) {
		client->own = pool->common ? NULL : client_pair_create(card->name, false);
		client->pair = pool->common ? pool->common : client->own;
	}
	if (!client || !client->pair) {
		free(client);
		log_error("%s: no memory to show it in JACK", card->name);
		return;
	}
	client->card = card;
	card->jack = client;
	client->next = pool->clients;
	pool->clients = client;
	settle(pool);
}

static void remove_card(struct client_pool *pool, struct card *card)
{
	struct client *client = card->jack;

	if (client) {
		client->leaving = true;
		settle(pool);
	} else {
		tell(pool, MAIL_REMOVED, card);
	}
}

static void carry_out(struct client_pool *pool, struct order *order)
{
	bool up = pool->state == POOL_UP && !atomic_load(&pool->shared.lost);

	client_orders_serve(order, up ? pool->server.watch : NULL, pool->routes);
	mail_send(pool->to_ctl, &(struct mail){ .verb = MAIL_ORDERED, .order = order });
}

void client_letter(void *arg, const struct mail *mail)
{
	struct client_pool *pool = arg;

	switch (mail->verb) {
	case MAIL_ADD:
		add(pool, mail->card);
		break;
	case MAIL_REMOVE:
		remove_card(pool, mail->card);
		break;
	case MAIL_ORDER:
		carry_out(pool, mail->order);
		break;
	case MAIL_RULES:
		routes_rule(pool->routes, mail->rules);
		mail_send(pool->to_ctl, &(struct mail){ .verb = MAIL_RULED, .rules = mail->rules });
		break;
	case MAIL_HELD:
		assert(pool->state == POOL_LOST);
		close_all(pool);
		retry_in(pool, RETRY_MIN_S);
		break;
	case MAIL_QUIT:
		ev_break(pool->loop, EVBREAK_ALL);
		break;
	default:
		break;
	}
}

/* --- the pool */

struct client_pool *client_create(struct ev_loop *loop, struct mailbox *to_ctl,
				  const struct client_options *options)
{
	struct client_pool *pool = calloc(1, sizeof(*pool));

	if (!pool) {
		return NULL;
	}
	pool->common = options->shared ? client_pair_create("xenjack", true) : NULL;
	pool->routes = routes_create(loop, to_ctl, &options->routes);
	if (!pool->routes || (options->shared && !pool->common)) {
		routes_destroy(pool->routes);
		client_pair_destroy(pool->common);
		free(pool);
		return NULL;
	}
	pool->loop = loop;
	pool->to_ctl = pool->status.to_ctl = to_ctl;
	pool->options = *options;
	pool->server.name = options->server;
	pool->server.on_shutdown = on_shutdown;
	pool->server.arg = pool;
	pool->server.metadata = options->metadata;
	client_pair_init_log();
	ev_async_init(&pool->wake, on_wake);
	pool->wake.data = pool;
	ev_async_start(loop, &pool->wake);
	ev_timer_init(&pool->retry, on_retry, 0.0, 0.0);
	pool->retry.data = pool;
	ev_timer_init(&pool->latency, on_latency, LATENCY_S, LATENCY_S);
	pool->latency.data = pool;
	ev_timer_start(loop, &pool->latency);
	/* At once, but in jack's thread. */
	retry_in(pool, 0.0);
	return pool;
}

void client_destroy(struct client_pool *pool)
{
	if (!pool) {
		return;
	}
	close_all(pool);
	while (pool->clients) {
		struct client *client = pool->clients;

		pool->clients = client->next;
		client_pair_destroy(client->own);
		free(client);
	}
	ev_timer_stop(pool->loop, &pool->retry);
	ev_timer_stop(pool->loop, &pool->latency);
	ev_async_stop(pool->loop, &pool->wake);
	routes_destroy(pool->routes);
	client_pair_destroy(pool->common);
	free(pool);
}

const char *client_jack_version(void)
{
	return jack_get_version_string();
}
