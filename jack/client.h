/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The JACK clients of all cards: one pair for each card, or one pair for all. They belong to the
 * jack thread, the only thread that calls libjack outside a process callback. It receives messages
 * from the main thread (MSG_ADD, MSG_REMOVE, MSG_JACK_REQUEST, MSG_RULES, MSG_MOVED, MSG_HELD,
 * MSG_LEAVE, MSG_QUIT) and sends MSG_READY, MSG_ADDED, MSG_REMOVED, MSG_JACK_ANSWER, MSG_RULED,
 * MSG_LOST, MSG_CLOCK, MSG_FREEWHEEL, MSG_LOAD, MSG_XRUNS and MSG_PORT_EVENTS; src/base/msg.h
 * explains each of them. It waits for a missing server and survives the loss of one: every card
 * gets its ports again when the server is back.
 *
 * A server is lost in this order: libjack reports it; the jack thread sends MSG_LOST; the main
 * thread has the io thread retire every stream; MSG_HELD arrives; only then does the jack thread
 * close all clients (libjack requires that before it opens the first one again) and search for the
 * server, after 200 ms at first, later every 2 s.
 */
#ifndef XENJACK_CLIENT_H
#define XENJACK_CLIENT_H

#include <ev.h>

#include "jack/port_metadata.h"
#include "jack/routes.h"
#include "src/base/msgq.h"

struct client_options {
	const char *server; /* copied; NULL: the default server, $JACK_DEFAULT_SERVER */
	bool shared;	    /* all cards share one pair of JACK clients */
	struct routes_options routes;
	enum port_metadata metadata;
};

struct client_pool;

/* Creates the pool on the jack thread's loop; its messages go to `to_main`. NULL and errno. */
struct client_pool *client_create(struct ev_loop *loop, struct msgq *to_main,
				  const struct client_options *options);

/* libjack's version; any thread. */
const char *client_jack_version(void);

/* Whether libjack is PipeWire's; any thread. */
bool client_is_pipewire(void);

/* A queue's handler for messages from the main thread; runs in the jack thread. */
void client_handle_msg(void *pool, const struct msg *msg);

/*
 * Frees the pool; accepts NULL. Call it when the jack thread has ended. Calls libjack only if the
 * thread never got MSG_QUIT.
 */
void client_destroy(struct client_pool *pool);

#endif
