/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/client.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <jack/jack.h>
#include <jack/thread.h>

#include "jack/client_pair.h"
#include "jack/client_requests.h"
#include "jack/client_status.h"
#include "jack/notify_thread.h"
#include "jack/routes.h"
#include "src/base/guest_log.h"

/* Interval between searches for a server: short right after it was lost, then longer. */
#define RETRY_MIN_S 0.2
#define RETRY_MAX_S 2.0

/*
 * Interval at which the ports' latencies are compared with what guests have opened. It starts anew
 * whenever a client of ours opens or closes, because jackd is busy enough then.
 */
#define LATENCY_S 1.0

/*
 * Metadata waits for as long after a client of ours has opened or closed, then goes out port by
 * port: any client reads four properties in this time, or the server waits until it does.
 */
#define METADATA_S 0.1

/* A card that the main thread wants in JACK, or wants removed. */
struct client {
	struct client *next;
	struct card *card;
	struct client_pair *pair, *own;	     /* pair: the common pair, or own */
	bool leaving;			     /* MSG_REMOVE was received */
	bool complained;		     /* the failure has been logged */
	bool undescribed;		     /* shown, but its metadata is not complete */
	struct port_metadata_next next_port; /* the next to describe */
	enum {
		CLIENT_ABSENT, /* not in JACK */
		CLIENT_FAILED, /* not in JACK; the timer will retry */
		CLIENT_STALE,  /* registered while a freewheel began; to be redone after it */
		CLIENT_SHOWN,  /* running; MSG_ADDED was sent */
	} state;
};

struct client_pool {
	struct ev_loop *loop;
	struct msgq *to_main;
	struct client_options options;
	struct client *clients;
	struct client_pair *common; /* shared by all cards; NULL: each card has its own pair */
	struct routes *routes;
	ev_timer retry;
	double retry_s; /* the timer's last interval */
	ev_timer latency, metadata;
	bool latencies_changed; /* and the server must recompute everybody's */
	ev_async wake;
	bool searching;		     /* the missing server has been logged */
	bool leaving;		     /* MSG_LEAVE was received */
	bool ready;		     /* and answered */
	bool quitting;		     /* MSG_QUIT was received */
	struct client_status status; /* as last reported to the main thread */

	/*
	 * Its watch is a client without ports and without a process callback: the server notifies
	 * it, and no cycle waits for it. So the clock is known before there is a card.
	 */
	struct client_server server;
	char *server_name; /* a copy: the configuration is main's */

	enum {
		POOL_AWAY, /* no server; the timer searches for one */
		POOL_UP,   /* watch is active */
		POOL_LOST, /* MSG_LOST was sent, MSG_HELD not yet received */
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

/* Period or rate has changed: jackd changes only the period, PipeWire either. */
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
	routes_wake(pool->routes);
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

/* A client that is being opened has no callback for its server's end yet. */
static bool is_lost(const struct client_pool *pool)
{
	return atomic_load(&pool->shared.lost) || notify_thread_is_lost();
}

static void tell(struct client_pool *pool, enum msg_type type, struct card *card)
{
	const struct msg msg = card_msg(card, type, 0, 0);

	msgq_send(pool->to_main, &msg);
}

static void retry_in(struct client_pool *pool, double seconds)
{
	pool->retry_s = seconds;
	ev_timer_stop(pool->loop, &pool->retry);
	ev_timer_set(&pool->retry, seconds, 0.0);
	ev_timer_start(pool->loop, &pool->retry);
}

/* A client of ours has opened or closed. */
static void postpone(struct client_pool *pool)
{
	ev_timer_again(pool->loop, &pool->latency);
	ev_timer_stop(pool->loop, &pool->metadata);
	ev_timer_set(&pool->metadata, LATENCY_S, METADATA_S);
	ev_timer_start(pool->loop, &pool->metadata);
}

static void hide(struct client_pool *pool, struct client *client)
{
	routes_remove_card(pool->routes, client->card);
	client_pair_detach(client->pair, client->card);
	client->state = CLIENT_ABSENT;
	client->undescribed = false;
	postpone(pool);
}

static void fail(struct client_pool *pool, struct client *client, int err)
{
	hide(pool, client);
	client->state = CLIENT_FAILED;
	retry_in(pool, RETRY_MAX_S);
	if (!client->complained && !is_lost(pool)) {
		client->complained = true;
		guest_log_error(client->card->log, "%s: cannot register with JACK: %s; will retry",
				client->card->name,
				err == -ENOSPC ? "no ports left" : "client refused");
	}
}

static void show(struct client_pool *pool, struct client *client)
{
	int err = client_pair_attach(client->pair, client->card, &pool->server);

	postpone(pool);
	if (err == -EAGAIN) {
		/* Nothing may be closed during the freewheel. */
		client->state = CLIENT_STALE;
		return;
	}
	if (err) {
		fail(pool, client, err);
		return;
	}
	err = routes_add_card(pool->routes, client->card);
	if (err) {
		/* routes_add_card has logged it. */
		client->complained = true;
		fail(pool, client, err);
		return;
	}
	client->state = CLIENT_SHOWN;
	client->complained = false;
	client->undescribed = port_metadata_is_wanted(pool->options.metadata);
	client->next_port = (struct port_metadata_next){ 0 };
	guest_log_info(client->card->log, "%s: registered with JACK", client->card->name);
	tell(pool, MSG_ADDED, client->card);
}

static void forget(struct client_pool *pool, struct client **link)
{
	struct client *client = *link;

	if (client->state != CLIENT_ABSENT) {
		hide(pool, client);
	}
	*link = client->next;
	client->card->jack = NULL;
	tell(pool, MSG_REMOVED, client->card);
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
	ev_timer_stop(pool->loop, &pool->retry);
	/* Connections and any freewheel ended with the server: cards may leave at once. */
	atomic_store(&pool->server.freewheel, 0);
	log_notice("JACK server lost after %llu xruns",
		   (unsigned long long)rt_counter_get(&pool->shared.xruns));
	tell(pool, MSG_LOST, NULL);
}

/* Runs before any card is registered, because that may use a client with stale ports. */
static void hide_stale(struct client_pool *pool)
{
	for (struct client *client = pool->clients; client; client = client->next) {
		if (client->state == CLIENT_STALE && !freewheels(pool)) {
			hide(pool, client);
		}
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

/* libjack requires all clients of a process to be closed before it opens one on a new server. */
static void close_all(struct client_pool *pool)
{
	struct client *client;

	routes_close(pool->routes);
	if (pool->common) {
		client_pair_halt(pool->common);
	}
	for (client = pool->clients; client; client = client->next) {
		hide(pool, client);
	}
	if (pool->common) {
		client_pair_close(pool->common);
	}
	close_watch(pool);
	notify_thread_forget();
	atomic_store(&pool->shared.lost, false);
	atomic_store(&pool->server.freewheel, 0);
	rt_counter_set(&pool->shared.xruns, 0);
	client_status_reset(&pool->status);
	pool->latencies_changed = false;
	pool->state = POOL_AWAY;
}

/* The daemon ends. Nothing may be closed during a freewheel, which may end or not. */
static void leave(struct client_pool *pool)
{
	if (pool->leaving && !pool->ready && !freewheels(pool)) {
		pool->ready = true;
		tell(pool, MSG_READY, NULL);
	}
	if (pool->quitting && !freewheels(pool)) {
		close_all(pool);
		ev_break(pool->loop, EVBREAK_ALL);
	}
}

/* Registers and removes cards as the main thread wants, as far as JACK's state allows. */
static void settle(struct client_pool *pool)
{
	struct client **link = &pool->clients;

	if (pool->state == POOL_UP && is_lost(pool)) {
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
		if (absent && !fixed && pool->state == POOL_UP && !pool->leaving) {
			show(pool, client);
			/* That took a while: handle pending messages first. */
			ev_async_send(pool->loop, &pool->wake);
			break;
		}
		link = &client->next;
	}
	leave(pool);
}

static bool open_watch(struct client_pool *pool)
{
	jack_client_t *watch = client_pair_handle(pool->server.name, "xenjackd", 0);

	pool->server.watch = watch;
	if (!watch) {
		return false;
	}
	jack_on_shutdown(watch, on_shutdown, pool);
	/* Without one of its callbacks, the watch would miss events; the caller retries later. */
	return jack_set_buffer_size_callback(watch, on_clock, pool) == 0 &&
	       jack_set_sample_rate_callback(watch, on_clock, pool) == 0 &&
	       jack_set_freewheel_callback(watch, on_freewheel, pool) == 0 &&
	       jack_set_xrun_callback(watch, on_xrun, pool) == 0 &&
	       routes_open(pool->routes, watch, &pool->server.freewheel) == 0 &&
	       jack_activate(watch) == 0;
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
	if (pool->state == POOL_AWAY && !pool->leaving) {
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
			pool->latencies_changed |= client_pair_renew(client->pair, client->card);
		}
	}
	if (pool->latencies_changed) {
		pool->latencies_changed = jack_recompute_total_latencies(pool->server.watch) != 0;
	}
}

static void on_metadata(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct client_pool *pool = timer->data;
	struct client *client = pool->clients;
	int err;

	(void)events;
	while (client && !client->undescribed) {
		client = client->next;
	}
	if (!client) {
		ev_timer_stop(loop, timer);
	} else if (pool->state == POOL_UP && !is_lost(pool) && !freewheels(pool)) {
		err = client_pair_describe(client->pair, client->card, &client->next_port);
		client->undescribed = err == -EAGAIN;
		if (err == -EOPNOTSUPP) {
			guest_log_info(client->card->log,
				       "%s: JACK stores no metadata for this user",
				       client->card->name);
		}
	}
}

static void on_wake(struct ev_loop *loop, ev_async *wake, int events)
{
	(void)loop;
	(void)events;
	settle(wake->data);
}

/* --- messages */

static void add(struct client_pool *pool, struct card *card)
{
	struct client *client = calloc(1, sizeof(*client));

	if (client) {
		client->own = pool->common ? NULL : client_pair_create(card->name, false);
		client->pair = pool->common ? pool->common : client->own;
	}
	if (!client || !client->pair) {
		free(client);
		guest_log_error(card->log, "%s: out of memory: not registered with JACK",
				card->name);
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
		tell(pool, MSG_REMOVED, card);
	}
}

static void carry_out(struct client_pool *pool, struct jack_request *request)
{
	bool up = pool->state == POOL_UP && !is_lost(pool);

	client_requests_serve(request, up ? pool->server.watch : NULL, pool->routes);
	msgq_send(pool->to_main, &(struct msg){ .type = MSG_JACK_ANSWER,
						.request = request,
						.place = &request->place });
}

void client_handle_msg(void *arg, const struct msg *msg)
{
	struct client_pool *pool = arg;

	switch (msg->type) {
	case MSG_ADD:
		add(pool, msg->card);
		break;
	case MSG_REMOVE:
		remove_card(pool, msg->card);
		break;
	case MSG_JACK_REQUEST:
		carry_out(pool, msg->request);
		break;
	case MSG_RULES:
		routes_set_rules(pool->routes, msg->rules);
		msgq_send(pool->to_main, &(struct msg){ .type = MSG_RULED,
							.rules = msg->rules,
							.place = &msg->rules->place });
		break;
	case MSG_HELD:
		assert(pool->state == POOL_LOST);
		close_all(pool);
		retry_in(pool, RETRY_MIN_S);
		break;
	case MSG_MOVED:
		routes_move(pool->routes);
		break;
	case MSG_LEAVE:
		/* First of all: what follows may hang. */
		routes_flush(pool->routes);
		pool->leaving = true;
		settle(pool);
		break;
	case MSG_QUIT:
		routes_flush(pool->routes);
		pool->leaving = pool->quitting = true;
		settle(pool);
		break;
	default:
		break;
	}
}

/* --- the pool */

struct client_pool *client_create(struct ev_loop *loop, struct msgq *to_main,
				  const struct client_options *options)
{
	struct client_pool *pool = calloc(1, sizeof(*pool));

	if (!pool) {
		return NULL;
	}
	pool->server_name = options->server ? strdup(options->server) : NULL;
	pool->common = options->shared ? client_pair_create(GUEST_NAME_SHARED, true) : NULL;
	/* Only if both exist: routes_create would overwrite errno. */
	if ((pool->common || !options->shared) && (pool->server_name || !options->server)) {
		pool->routes = routes_create(loop, to_main, &options->routes);
	}
	if (!pool->routes) {
		client_pair_destroy(pool->common);
		free(pool->server_name);
		free(pool);
		return NULL;
	}
	pool->loop = loop;
	pool->to_main = pool->status.to_main = to_main;
	pool->options = *options;
	pool->server.name = pool->server_name;
	pool->server.on_shutdown = on_shutdown;
	pool->server.arg = pool;
	client_pair_init();
	ev_async_init(&pool->wake, on_wake);
	pool->wake.data = pool;
	ev_async_start(loop, &pool->wake);
	ev_timer_init(&pool->retry, on_retry, 0.0, 0.0);
	pool->retry.data = pool;
	ev_timer_init(&pool->latency, on_latency, LATENCY_S, LATENCY_S);
	pool->latency.data = pool;
	ev_timer_start(loop, &pool->latency);
	ev_timer_init(&pool->metadata, on_metadata, LATENCY_S, METADATA_S);
	pool->metadata.data = pool;
	/* At once, but in the jack thread. */
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
	ev_timer_stop(pool->loop, &pool->metadata);
	ev_async_stop(pool->loop, &pool->wake);
	routes_destroy(pool->routes);
	client_pair_destroy(pool->common);
	free(pool->server_name);
	free(pool);
}

const char *client_jack_version(void)
{
	return jack_get_version_string();
}

bool client_is_pipewire(void)
{
	return strstr(jack_get_version_string(), "PipeWire") != NULL;
}
