/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pair of JACK clients, for one card or for many: "daw" for what guests play, "daw-in" for what
 * they record. With a single client for both, whatever goes out to other programs and comes back
 * would be a period late. The clients of one card are open while the card is there. Clients that
 * many cards share stay open from the first card on, because a client that opens or closes is work
 * for the server and every other client; cards come and go without interrupting one another. Jack
 * thread only; part of jack/client, which decides when to call it. Errors are returned, not logged.
 */
#ifndef XENJACK_CLIENT_PAIR_H
#define XENJACK_CLIENT_PAIR_H

#include <stdbool.h>

#include <jack/jack.h>

#include "jack/cycle.h"
#include "jack/port_metadata.h"

struct client_pair;

/* What a pair needs to know about its server. */
struct client_server {
	const char *name;     /* NULL: the default server */
	jack_client_t *watch; /* open; tells which names are taken */
	/* Not jack_on_info_shutdown's: PipeWire's libjack 0.3.65 never calls that callback. */
	JackShutdownCallback on_shutdown;
	void *arg;		    /* passed to on_shutdown */
	_Atomic uint32_t freewheel; /* odd while JACK freewheels; a notification thread writes */
};

/* For the whole process: sends libjack's messages to our log, and keeps its threads whole. */
void client_pair_init(void);

/* Opens one client on a server; NULL if there is no server or it refuses the client. */
jack_client_t *client_pair_handle(const char *server, const char *name, int options);

/*
 * Makes a pair; opens no client yet. The caller keeps the name for as long as the pair exists. In a
 * pair for many cards, port names include the card's name. NULL if out of memory.
 */
struct client_pair *client_pair_create(const char *name, bool many);

/*
 * Before all cards of a pair for many are detached: stops its clients, so that no callback runs any
 * more. And afterwards: closes them.
 */
void client_pair_halt(struct client_pair *pair);
void client_pair_close(struct client_pair *pair);

/* Frees a pair that has no cards and no open client; accepts NULL. */
void client_pair_destroy(struct client_pair *pair);

/*
 * Opens and activates the clients that do not run yet, then registers a card's ports and runs the
 * card. Returns 0, -EIO, -ENOSPC (no ports left) or -EAGAIN (a freewheel has begun). After an
 * error, detach the card before attaching another one; after -EAGAIN, not before the end of the
 * freewheel.
 */
int client_pair_attach(struct client_pair *pair, struct card *card, struct client_server *server);

/*
 * Removes what is registered of a card, and closes its own clients, or those for many if they never
 * became active; works with a dead server too. The io thread must have retired the card's streams.
 */
void client_pair_detach(struct client_pair *pair, struct card *card);

/*
 * Sets the latencies of an attached card. Returns whether they have changed: the server must then
 * recompute everybody's.
 */
bool client_pair_renew(const struct client_pair *pair, const struct card *card);

/*
 * Sets the metadata of an attached card's next port, or of a client that has none yet, at most four
 * properties. Returns 0 if all is set, -EAGAIN if there is more, -EOPNOTSUPP if JACK stores none.
 */
int client_pair_describe(struct client_pair *pair, const struct card *card,
			 struct port_metadata_next *next);

#endif
