/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The JACK clients of all cards, a pair for each or one for all: the jack thread, the only one that
 * calls libjack outside a process callback. It takes letters from ctl (MAIL_ADD, MAIL_REMOVE,
 * MAIL_ORDER, MAIL_RULES, MAIL_HELD, MAIL_QUIT) and sends letters (MAIL_ACTIVE, MAIL_REMOVED,
 * MAIL_ORDERED, MAIL_RULED, MAIL_LOST, MAIL_CLOCK, MAIL_FREEWHEEL, MAIL_LOAD, MAIL_XRUNS,
 * MAIL_NEWS, MAIL_LOG); src/mail.h says which means what. A server that is not there is waited for,
 * one that goes away is survived: every card gets its ports again when it is back.
 *
 * The order in which a server is lost: libjack says so; MAIL_LOST; ctl has io retire every
 * stream; MAIL_HELD; only then are all clients closed (libjack wants them all closed before the
 * first is opened again) and the server is looked for, every 200 ms, up to every 2 s.
 */
#ifndef XENJACK_CLIENT_H
#define XENJACK_CLIENT_H

#include <ev.h>

#include "jack/routes.h"
#include "src/mail.h"

struct client_options {
	const char *server; /* NULL: the default server, $JACK_DEFAULT_SERVER */
	bool shared;	    /* all cards are on one pair of JACK clients */
	struct routes_options routes;
	bool metadata; /* see jack/about.h */
};

struct client_pool;

/* Prepares the pool on jack's loop, whose letters go to `to_ctl`. NULL and errno. */
struct client_pool *client_create(struct ev_loop *loop, struct mailbox *to_ctl,
				  const struct client_options *options);

/* Which JACK this is; any thread. */
const char *client_jack_version(void);

/* Handles one of ctl's letters, in jack's thread; a mailbox's handler. */
void client_letter(void *pool, const struct mail *mail);

/* Closes every client and frees the pool; accepts NULL. Jack's thread, after its loop. */
void client_destroy(struct client_pool *pool);

#endif
