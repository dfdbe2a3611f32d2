/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/server.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "osc/server_parts.h"
#include "src/log.h"

#define BEAT_S 1.0
/* A surface that sends all its faders at once has four seconds' worth of them for it. */
#define BURST_S 4u
/* A message with patterns does the work of many: so much of it counts as one more. */
#define CALLS_A_TOKEN 64u

int64_t server_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

void server_send(void *sink, const void *data, size_t size)
{
	const struct server_sink *to = sink;

	/* What can not be sent is counted there; a subscriber sees it by the numbers. */
	(void)socket_send(&to->server->sockets, to->peer, data, size);
}

void server_begin(struct packet_batch *batch, struct server_sink *sink)
{
	packet_begin(batch, server_send, sink);
	batch->prefix = tree_prefix(&sink->server->tree, sink->peer);
}

/* --- what comes in */

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

	/* A surface may send to all devices what is for one: not answered, it is no mistake. */
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
		/* Not answered: it may be anything, from anybody. */
		server->malformed++;
	} else {
		/* The first message is paid for. */
		charge = (uint32_t)count + server->tree.calls / CALLS_A_TOKEN;
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

static void on_answer(void *arg, const struct socket_peer *peer, const void *data, size_t size)
{
	struct server *server = arg;
	struct server_sink sink = { server, peer };

	server_send(&sink, data, size);
	/* An address from afar may be another's: what that one gets is limited, too. */
	if (!peer->local) {
		socket_charge(&server->sockets, peer, 1);
	}
}

/* --- what goes out by itself */

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
	lease_expire(&server->leases, server_now_ns());
	server_tell_beat(server);
	server_settle(server);
}

void server_settle(struct server *server)
{
	int64_t now_ns = server_now_ns();
	bool watched = lease_next(&server->leases, NULL, LEASE_METERS, now_ns);
	bool asked = server->asked_ns && now_ns - server->asked_ns < SERVER_ASKED_NS;
	bool subscribed = false;

	for (unsigned i = 0; i < LEASE_COUNT_MAX; i++) {
		subscribed |= server->leases.leases[i].used;
	}
	if (server->subscribed != subscribed) {
		server->subscribed = subscribed;
		server->control.ops->want_events(server->control.self, subscribed);
	}
	if (server->metered != (watched || asked)) {
		server->metered = !server->metered;
		server->control.ops->want_meters(server->control.self, server->metered);
	}
	if (watched && !ev_is_active(&server->meter)) {
		/* Behind the answer that this may be about. */
		ev_timer_set(&server->meter, 0.0, 0.0);
		ev_timer_start(server->loop, &server->meter);
	} else if (!watched) {
		ev_timer_stop(server->loop, &server->meter);
	}
	if ((subscribed || server->metered) && !ev_is_active(&server->beat)) {
		ev_timer_again(server->loop, &server->beat);
	} else if (!subscribed && !server->metered) {
		ev_timer_stop(server->loop, &server->beat);
	}
}

/* --- start and stop */

static void listen_at(struct server *server, const char *address, uint16_t port)
{
	/* Each is logged if it fails; the others do without. */
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
	/* Loopback is among all addresses. */
	if (options->port && !all4) {
		listen_at(server, "127.0.0.1", options->port);
	}
	if (options->port && !all6) {
		listen_at(server, "::1", options->port);
	}
	free(copy);
}

/* Where programs of this host find us. */
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
	/* What one before us left there is not true. */
	if (*options->url) {
		(void)unlink(options->url);
	}
}

void server_reload(struct server *server, const struct server_options *options)
{
	struct allow allow = { 0 };
	const char *wrong = allow_parse(&allow, options->allow);

	if (wrong) {
		log_error("[osc] allow: %s; nobody of it is", wrong);
	}
	server->allow = allow;
	socket_expel(&server->sockets);
	for (unsigned i = 0; i < LEASE_COUNT_MAX; i++) {
		const struct socket_peer *peer = &server->leases.leases[i].peer;

		if (server->leases.leases[i].used && !peer->local &&
		    !allow_has(&allow, &peer->address.any)) {
			lease_revoke(&server->leases, peer, ~0u);
		}
	}
	server->tree.remote_all = options->remote_all;
	socket_set_rate(&server->sockets, options->messages_per_s,
			options->messages_per_s * BURST_S);
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
	unsigned count;
	const struct control_stream *streams;

	if (!server) {
		return NULL;
	}
	server->loop = loop;
	server->control = options->control;
	snprintf(server->prefix, sizeof(server->prefix), "%s", options->prefix);
	server->tree = (struct tree){
		.control = options->control,
		.send = on_answer,
		.subscribe = server_subscribe,
		.look = server_look,
		.peak = server_peak,
		.arg = server,
		.prefix = server->prefix,
		.jack_version = options->jack_version,
		.started_ns = server_now_ns(),
	};
	init_timer(server, &server->coalesce, on_coalesce, SERVER_COALESCE_S);
	init_timer(server, &server->meter, on_meter, 0.0);
	init_timer(server, &server->beat, on_beat, BEAT_S);
	socket_init(&server->sockets, &(struct socket_options){
					      .loop = loop,
					      .allow = &server->allow,
					      .per_s = options->messages_per_s,
					      .burst = options->messages_per_s * BURST_S,
					      .packet = on_packet,
					      .gone = on_gone,
					      .arg = server,
				      });
	server_reload(server, options);
	streams = server->control.ops->streams(server->control.self, &count);
	for (unsigned i = 0; i < count; i++) {
		server_levels_add(server, &streams[i]);
	}
	server->control.ops->listen(server->control.self, server_heard, server);
	listen_all(server, options);
	publish_url(server, options);
	return server;
}

static void tell_counters(const struct server *server)
{
	const struct socket_counters *c = &server->sockets.counters;

	log_info("OSC: %lu packets, %lu malformed, %lu oversize, %lu of strangers, %lu our own, "
		 "%lu beyond the rate, %lu unsent; %lu messages of another prefix",
		 c->packets, server->malformed, c->oversize, c->stranger, c->own, c->limited,
		 c->unsent, server->foreign);
	log_info("OSC connections: %lu paused, %lu crowded, %lu slow, %lu unframed, %lu garbled; "
		 "%lu leases expired",
		 c->paused, c->crowded, c->slow, c->unframed, c->garbled, server->leases.expired);
}

void server_destroy(struct server *server)
{
	if (!server) {
		return;
	}
	tell_counters(server);
	url_retire(&server->url);
	server->control.ops->listen(server->control.self, NULL, NULL);
	socket_finish(&server->sockets);
	ev_timer_stop(server->loop, &server->coalesce);
	ev_timer_stop(server->loop, &server->meter);
	ev_timer_stop(server->loop, &server->beat);
	while (server->level_count) {
		server_levels_remove(server, server->levels[0]->slot);
	}
	free(server->levels);
	free(server);
}
