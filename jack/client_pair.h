/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two JACK clients of one card: "daw" for what the guest plays, "daw-in" for what it
 * records. A client that held both would delay every path through it and back by a period. The
 * jack thread; part of jack/client, which says when. Errors are returned, not logged.
 */
#ifndef XENJACK_CLIENT_PAIR_H
#define XENJACK_CLIENT_PAIR_H

#include <stdbool.h>

#include <jack/jack.h>

#include "jack/about.h"

struct client_pair {
	struct card *card;
	jack_client_t *handles[PCM_DIRS]; /* NULL where closed or the card has no streams */
	enum about about[PCM_DIRS];	  /* their metadata */
};

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

/* Opens one client at a server; NULL if there is none, or it does not want to. */
jack_client_t *client_pair_handle(const char *server, const char *name, int options);

/*
 * Opens, fills and activates the clients. Returns 0, -EIO, -ENOSPC (no ports left) or -EAGAIN (a
 * freewheel began meanwhile); then close what there is of it, after a freewheel's end.
 */
int client_pair_open(struct client_pair *pair, struct client_server *server);

/* States the latencies of a pair that is shown; whether the server has to compute others anew. */
bool client_pair_renew(const struct client_pair *pair);

/* The server is gone, and what it kept of the ports; a lock in there may be held for ever. */
void client_pair_bereave(struct client_pair *pair);

/* Closes what is open of the pair, also where the server is dead. */
void client_pair_close(struct client_pair *pair);

#endif
