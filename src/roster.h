/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cards that ctl knows of, from when a device is attached until neither bus, io nor jack know
 * its card any more. ctl. A card belongs to its entry, and its name is unique among them.
 */
#ifndef XENJACK_ROSTER_H
#define XENJACK_ROSTER_H

#include "src/card.h"
#include "src/tally.h"
#include "xen/hv.h"

struct bus_device;

/* A card and what ctl knows of it: card->ctl. */
struct roster_entry {
	struct roster_entry *next;
	struct card *card;
	struct bus_device *device; /* NULL once the bus was told that it is detached */
	bool in_io;		   /* io may know it: ATTACH was sent, DETACHED has not come */
	bool in_jack;		   /* jack may know it: ADD was sent, REMOVED has not come */
	bool leaving;		   /* DETACH was sent */
	struct tally *tallies;	   /* one a slot */
};

struct roster {
	struct roster_entry *entries;
};

/* Names a card after its domain and takes it. NULL without memory: it is still the caller's. */
struct roster_entry *roster_add(struct roster *roster, struct hv *hv, struct bus_device *device,
				struct card *card);

/* How many cards that this device had are gone for io and not for jack, which may hang. */
unsigned roster_lingering(const struct roster *roster, const struct bus_device *device);

/* Frees a card that nobody knows any more; leaves any other alone. */
void roster_release(struct roster *roster, struct roster_entry *entry);

/* Frees every card, whoever knew it. */
void roster_clear(struct roster *roster);

#endif
