/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pair of JACK clients, for one card or for many: "daw" for what guests play, "daw-in" for what
 * they record. A client that held both would delay every path through it and back by a period. A
 * client is open while there is a card on it, and cards come and go while it runs the others. The
 * jack thread; part of jack/client, which says when. Errors are returned, not logged.
 */
#ifndef XENJACK_CLIENT_PAIR_H
#define XENJACK_CLIENT_PAIR_H

#include <stdbool.h>

#include <jack/jack.h>

#include "jack/about.h"
#include "jack/cycle.h"

struct client_pair;

/* What a pair needs to know of its server. */
struct client_server {
	const char *name;     /* NULL: the default server */
	jack_client_t *watch; /* open; can be asked which names are taken */
	/* Not the one that is told a reason: PipeWire's libjack 0.3.65 never calls that. */
	JackShutdownCallback on_shutdown;
	void *arg;		    /* on_shutdown's */
	bool metadata;		    /* the user wants it */
	_Atomic uint32_t freewheel; /* odd while JACK freewheels; a notification thread writes */
};

/* What libjack says goes to our log; for the whole process. */
void client_pair_init_log(void);

/* Opens one client at a server; NULL if there is none, or it does not want to. */
jack_client_t *client_pair_handle(const char *server, const char *name, int options);

/*
 * Makes a pair of that name, which stays the caller's; nothing is open yet. In one for many cards
 * ports are called by their cards too. NULL without memory.
 */
struct client_pair *client_pair_create(const char *name, bool many);

/* Frees a pair without cards; accepts NULL. */
void client_pair_destroy(struct client_pair *pair);

/*
 * Gives a card its ports, and runs it. Returns 0, -EIO, -ENOSPC (no ports left) or -EAGAIN (a
 * freewheel began meanwhile); then detach what there is of it, after a freewheel's end and before
 * another card comes.
 */
int client_pair_attach(struct client_pair *pair, struct card *card, struct client_server *server);

/*
 * Takes out what is there of a card, and closes what it has been alone on; also where the server
 * is dead. io has no stream of it published.
 */
void client_pair_detach(struct client_pair *pair, struct card *card);

/* States the latencies of a card that is shown; whether the server has to compute others anew. */
bool client_pair_renew(const struct client_pair *pair, const struct card *card);

/* The server is gone, and what it kept of the ports; a lock in there may be held for ever. */
void client_pair_bereave(struct client_pair *pair);

#endif
