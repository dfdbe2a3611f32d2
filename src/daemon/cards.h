/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All cards, each from the attach of its device until bus, io and jack have all let go of it. Main
 * thread. An entry owns its card. Cards have unique names.
 */
#ifndef XENJACK_CARDS_H
#define XENJACK_CARDS_H

#include "src/daemon/xrun_log.h"
#include "src/sound/card.h"

struct bus_device;

/* The main thread's half of a card: card->main. */
struct cards_entry {
	struct cards_entry *next;
	struct card *card;
	struct bus_device *device;  /* NULL once detached */
	bool in_io;		    /* io may use it: between ATTACH and DETACHED */
	bool in_jack;		    /* jack may use it: between ADD and REMOVED */
	bool leaving;		    /* DETACH was sent */
	struct xrun_log *xrun_logs; /* one per stream */
};

struct cards {
	struct cards_entry *entries;
};

/* Names a card after its guest and takes ownership. NULL if out of memory: not taken. */
struct cards_entry *cards_add(struct cards *cards, struct bus_device *device, struct card *card);

/* Frees a card unless bus, io or jack still use it. */
void cards_release(struct cards *cards, struct cards_entry *entry);

/* Frees all cards, whoever uses them: the threads must have ended. */
void cards_clear(struct cards *cards);

#endif
