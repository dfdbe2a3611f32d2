/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A card from attach to detach: its device, and the players that use its streams. Attaching again
 * takes a new struct card. Main thread. The caller owns the cards and the sounds; the sounds must
 * outlive all cards.
 *
 * Errors: -errno, and the reason is logged.
 */
#ifndef XENJACK_GUEST_CARD_H
#define XENJACK_GUEST_CARD_H

#include "xen/guest/device.h"
#include "xen/guest/options.h"
#include "xen/guest/player.h"
#include "xen/guest/sound.h"

/* What all players of a guest play and record. */
struct card_sounds {
	const struct options *options;
	struct sound_params params;
	struct sound_source *first; /* a file opened for its params; goes to the first player */
	struct sound_sink *sink;    /* or NULL */
	int done;		    /* eventfd: each player adds 1 when it ends */
};

/* Opens the files and sets the params. Returns false on failure; must be closed even then. */
bool card_sounds_open(struct card_sounds *sounds, const struct options *options);

/* Returns 0, or -EIO if the recording is incomplete. */
int card_sounds_close(struct card_sounds *sounds);

struct card {
	struct card *next; /* the caller's list */
	struct card_sounds *sounds;
	struct device *device;
	int stop;	   /* eventfd: tells the players to stop */
	_Atomic bool quit; /* the user wants them to stop */
	bool detached;
	int result;	  /* the first failure among joined players */
	unsigned count;	  /* players created */
	unsigned running; /* players not yet joined */
	struct player players[DEVICE_STREAMS_MAX];
};

/* Creates a card with its streams and configuration, not yet attached. NULL: logged. */
struct card *card_create(struct domain *domain, uint32_t devid, struct card_sounds *sounds);

/* Frees a card whose players have been joined; accepts NULL. */
void card_destroy(struct card *card);

/* Has the toolstack attach the card, and waits until it is connected. */
int card_attach(struct card *card);

/* Stops the players and has the toolstack detach the card. */
int card_detach(struct card *card);

/* Whether card_start would create players. */
bool card_startable(const struct card *card);

/* Creates players for the streams that are to play or record. Returns how many run. */
unsigned card_start(struct card *card);

/* Tells the players to stop. */
void card_stop(struct card *card);

/* Waits until the players have ended. */
void card_join(struct card *card);

#endif
