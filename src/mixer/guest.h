/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests as a whole: those that have cards in the mixer, and those that only have a level of their
 * own, sorted by name. Two domains of one name are one guest. A guest's level holds for all its
 * streams, whatever it calls them, and multiplies with theirs (src/sound/fader.h). Main thread. The
 * mixer owns the list; a guest does not own its cards. Levels are in dB. Functions that return int
 * return 0 or -ENOMEM.
 */
#ifndef XENJACK_GUEST_H
#define XENJACK_GUEST_H

#include "src/sound/card.h"

struct guest {
	float gain_db;
	bool muted;
	struct card **cards; /* in the mixer now */
	unsigned card_count;
	unsigned stream_count; /* of all its cards */
	bool nameless;	       /* a domain without a name: never saved */
	char name[];	       /* as card_guest says: any bytes but NUL; "dom7" if nameless */
};

struct guest_list {
	struct guest **all;
	unsigned count;
};

/* Returns NULL if there is none. */
struct guest *guest_find(const struct guest_list *list, const char *name, bool nameless);

/* Finds a guest or adds it, at 0 dB and not muted. NULL: out of memory. */
struct guest *guest_add(struct guest_list *list, const char *name, bool nameless);

/* Frees a guest, which must have no card. */
void guest_remove(struct guest_list *list, struct guest *guest);

int guest_add_card(struct guest *guest, struct card *card);

/* Accepts a card that the guest does not have. */
void guest_remove_card(struct guest *guest, const struct card *card);

/* Frees all; accepts a zeroed list. */
void guest_finish(struct guest_list *list);

#endif
