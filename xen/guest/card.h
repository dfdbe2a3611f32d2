/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One life of a card, from attach to detach: its device, and the players that use its streams. A
 * card that is attached again is another one. The main thread; the caller owns a card, and the
 * sounds, which outlive all cards.
 *
 * Errors: -errno, the reason logged.
 */
#ifndef XENJACK_GUEST_CARD_H
#define XENJACK_GUEST_CARD_H

#include "xen/guest/device.h"
#include "xen/guest/options.h"
#include "xen/guest/player.h"
#include "xen/guest/sound.h"

/* What all of a guest's players play and record. */
struct card_sounds {
	const struct options *options;
	struct sound_params params;
	struct sound_source *first; /* a file, open since it told the params; the first player's */
	struct sound_sink *sink;    /* or NULL */
	int done;		    /* eventfd: a player that ends adds 1 */
};

/* Opens the files and settles the params. Returns false if that fails; to be closed anyway. */
bool card_sounds_open(struct card_sounds *sounds, const struct options *options);

/* Returns 0, or -EIO if what was recorded is not complete. */
int card_sounds_close(struct card_sounds *sounds);

struct card {
	struct card *next; /* the caller's list */
	struct card_sounds *sounds;
	struct device *device;
	int stop;	   /* eventfd: the players' */
	_Atomic bool quit; /* that they stop is the user's wish */
	bool detached;
	int result;	  /* the first failure of a player that was joined */
	unsigned count;	  /* players made */
	unsigned running; /* of them: not joined */
	struct player players[DEVICE_STREAMS_MAX];
};

/* Makes a card with its streams and configuration, not yet attached. NULL: logged. */
struct card *card_create(struct domain *domain, uint32_t devid, struct card_sounds *sounds);

/* Frees it, its players joined; accepts NULL. */
void card_destroy(struct card *card);

/* Has the toolstack attach the card, and waits until it is connected. */
int card_attach(struct card *card);

/* Stops the players and has the toolstack detach the card. */
int card_detach(struct card *card);

/* Whether card_start would make players. */
bool card_startable(const struct card *card);

/* Makes players for the streams that are to play or record. Returns how many run. */
unsigned card_start(struct card *card);

/* Tells the players to stop. */
void card_stop(struct card *card);

/* Waits until the players have ended. */
void card_join(struct card *card);

#endif
