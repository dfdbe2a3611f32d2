/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/server/server.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "osc/server/server_parts.h"
#include "src/base/clock.h"
#include "src/base/log.h"

#define BEAT_S 1.0
/* Four seconds' worth at once: a surface may send all its faders together. */
#define BURST_S 4u
/* Other hosts' rate, all together: 16 subscribers and a few others. */
#define FAR_SHARES 20u
/* This host's rate, in multiples of that: several surfaces behind one program, many times over. */
#define NEAR_TIMES 50u
/* All programs of this host together: half of what the main thread can carry out. */
#define NEAR_SHARES 2u
/* A message with patterns does the work of many: this many calls count as one more message. */
#define FAR_CALLS_A_TOKEN 64u
#define NEAR_CALLS_A_TOKEN 1u

/* --- incoming */

struct arrival {
	struct server *server;
	const struct socket_peer *peer;
};

static void on_message(void *arg, const struct packet_message *message)
{
	const struct arrival *arrival = arg;
	struct server *server = arrival->server;
	const char *prefix = tree_prefix(&server->tree, arrival->peer);
	size_t length = strlen(prefix);
	struct packet_message ours = *message;

	/* A surface may send everything to all devices: no answer, since it is no error. */
	if (strncmp(message->address, prefix, length) != 0 || message->address[length] != '/') {
		server->foreign++;
		return;
	}
	ours.address += length;
	tree_handle(&server->tree, arrival->peer, &ours);
}

static void on_packet(void *arg, const struct socket_peer *peer, const void *data, size_t size)
{
	struct server *server = arg;
	struct arrival arrival = { server, peer };
	uint32_t charge;
	int count;

	server->setter = peer;
	server->tree.calls = 0;
	count = packet_each(data, size, on_message, &arrival);
	server->setter = NULL;
	if (count < 0) {
		/* Not answered: it may be anything, from anyone. */
		server->malformed++;
	} else {
		/* The first message is charged already. */
		charge = (uint32_t)count;
		if (server->tree.calls > charge) {
			charge += (server->tree.calls - charge) /
				  (peer->local ? NEAR_CALLS_A_TOKEN : FAR_CALLS_A_TOKEN);
		}
		if (charge > 1) {
			socket_charge(&server->sockets, peer, charge - 1);
		}
	}
}

static void on_gone(void *arg, const struct socket_peer *peer)
{
	struct server *server = arg;

	lease_revoke(&server->leases, peer, ~0u);
	server_settle(server);
}

static void on_limited(void *arg, const struct socket_peer *peer)
{
	struct server *server = arg;
	struct server_sink sink = { server, peer, .payer = NULL };
	struct packet_batch batch;

	server_begin(&batch, &sink);
	tree_error(&batch, "/", -ENOBUFS, -1);
	packet_flush(&batch);
}

static void on_answer(void *arg, const struct socket_peer *peer, const void *data, size_t size)
{
	struct server *server = arg;
	struct server_sink sink = { server, peer, .payer = peer };

	server_send(&sink, data, size);
}

/* --- timers */

static void on_coalesce(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;
	(void)events;
	server_tell_dirty(timer->data);
}

static void on_meter(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;
	(void)events;
	server_tell_meters(timer->data);
}

static void on_beat(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct server *server = timer->data;

	(void)loop;
	(void)events;
	lease_expire(&server->leases, clock_now_ns());
	server_tell_beat(server);
	server_settle(server);
}

/* --- start and stop */

static void listen_at(struct server *server, const char *address, uint16_t port)
{
	/* Each logs its failure; the server goes on with the others. */
	(void)socket_listen(&server->sockets, SOCKET_UDP, address, port);
	(void)socket_listen(&server->sockets, SOCKET_TCP, address, port);
}

static void listen_all(struct server *server, const struct server_options *options)
{
	char *copy = strdup(options->listen), *rest = copy, *address;
	bool all4 = false, all6 = false;

	if (*options->socket) {
		(void)socket_listen_unix(&server->sockets, options->socket, options->group);
	}
	while (options->port && (address = strsep(&rest, " \t,"))) {
		if (*address) {
			listen_at(server, address, options->port);
			all4 |= strcmp(address, "0.0.0.0") == 0;
			all6 |= strcmp(address, "::") == 0;
		}
	}
	/* 0.0.0.0 and :: include loopback. */
	if (options->port && !all4) {
		listen_at(server, "127.0.0.1", options->port);
	}
	if (options->port && !all6) {
		listen_at(server, "::1", options->port);
	}
	free(copy);
}

/* Tells programs on this host where to find us. */
static void publish_url(struct server *server, const struct server_options *options)
{
	const struct socket_set *sockets = &server->sockets;

	for (unsigned i = 0; i < sockets->count && *options->url; i++) {
		const struct sockaddr_in *in = &sockets->listeners[i].address.in;

		if (sockets->listeners[i].kind == SOCKET_UDP && in->sin_family == AF_INET &&
		    (in->sin_addr.s_addr == htonl(INADDR_LOOPBACK) ||
		     in->sin_addr.s_addr == htonl(INADDR_ANY))) {
			url_publish(&server->url, options->url, socket_port(sockets, i),
				    server->prefix);
			return;
		}
	}
	/* Whatever a previous daemon left there is no longer true. */
	if (*options->url) {
		(void)unlink(options->url);
	}
}

void server_reload(struct server *server, const struct server_options *options)
{
	struct rate_limits far = { options->messages_per_s, options->messages_per_s * BURST_S,
				   FAR_SHARES };
	struct rate_limits near = { far.per_s * NEAR_TIMES, far.burst * NEAR_TIMES, NEAR_SHARES };
	struct allow allow = { 0 }, trusted = { 0 };
	const char *wrong = allow_parse(&allow, options->allow);

	if (wrong) {
		log_error("[osc] allow: %s; no other host is allowed", wrong);
	}
	wrong = allow_parse(&trusted, options->trusted);
	if (wrong) {
		log_error("[osc] trusted: %s; no other host is trusted", wrong);
	}
	server->allow = allow;
	server->trusted = trusted;
	socket_expel(&server->sockets);
	for (unsigned i = 0; i < LEASE_COUNT_MAX; i++) {
		const struct socket_peer *peer = &server->leases.leases[i].peer;

		if (server->leases.leases[i].used && !peer->local &&
		    !allow_has(&allow, &peer->address.any)) {
			lease_revoke(&server->leases, peer, ~0u);
		}
	}
	server->tree.local_all = options->local_all;
	server->tree.remote_all = options->remote_all;
	socket_set_rates(&server->sockets, &far, &near);
}

static void init_timer(struct server *server, ev_timer *timer,
		       void (*on_time)(struct ev_loop *, ev_timer *, int), double repeat_s)
{
	ev_init(timer, on_time);
	timer->repeat = repeat_s;
	timer->data = server;
}

struct server *server_create(struct ev_loop *loop, const struct server_options *options)
{
	struct server *server = calloc(1, sizeof(*server));

	if (!server) {
		return NULL;
	}
	server->loop = loop;
	server->mixer = options->mixer;
	snprintf(server->prefix, sizeof(server->prefix), "%s", options->prefix);
	server->tree = (struct tree){
		.mixer = options->mixer,
		.send = on_answer,
		.subscribe = server_subscribe,
		.look = server_look,
		.peak = server_peak,
		.arg = server,
		.prefix = server->prefix,
		.jack_version = options->jack_version,
		.started_ns = clock_now_ns(),
	};
	init_timer(server, &server->coalesce, on_coalesce, SERVER_COALESCE_S);
	init_timer(server, &server->meter, on_meter, 0.0);
	init_timer(server, &server->beat, on_beat, BEAT_S);
	socket_init(&server->sockets, &(struct socket_options){
					      .loop = loop,
					      .allow = &server->allow,
					      /* server_reload sets the rates. */
					      .far = { 1, 1, 1 },
					      .near = { 1, 1, 1 },
					      .packet = on_packet,
					      .gone = on_gone,
					      .limited = on_limited,
					      .arg = server,
				      });
	server_reload(server, options);
	for (unsigned i = 0; i < server->mixer->count; i++) {
		server_levels_add(server, server->mixer->streams[i]);
	}
	mixer_listen(server->mixer, server_heard, server);
	listen_all(server, options);
	publish_url(server, options);
	return server;
}

static void tell_counters(const struct server *server)
{
	const struct socket_counters *c = &server->sockets.counters;

	log_info("OSC: %lu packets, %lu malformed, %lu oversized, %lu from hosts not allowed, "
		 "%lu from ourselves, %lu over the rate limit, %lu not sent; "
		 "%lu messages with another prefix, %lu lost over the rate limit",
		 c->packets, server->malformed, c->oversize, c->stranger, c->own, c->limited,
		 c->unsent, server->foreign, c->lost);
	log_info("OSC connections: %lu paused, %lu refused or replaced, %lu closed as too slow, "
		 "%lu closed for bad framing, %lu malformed frames; %lu leases expired",
		 c->paused, c->crowded, c->slow, c->unframed, c->garbled, server->leases.expired);
}

void server_destroy(struct server *server)
{
	if (!server) {
		return;
	}
	tell_counters(server);
	url_retire(&server->url);
	mixer_listen(server->mixer, NULL, NULL);
	socket_finish(&server->sockets);
	ev_timer_stop(server->loop, &server->coalesce);
	ev_timer_stop(server->loop, &server->meter);
	ev_timer_stop(server->loop, &server->beat);
	while (server->level_count) {
		server_levels_remove(server, server->levels[0]->stream);
	}
	free(server->levels);
	free(server);
}
