/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mixer's internals, shared by its files. Main thread. */
#ifndef XENJACK_MIXER_PARTS_H
#define XENJACK_MIXER_PARTS_H

#include "src/mixer/mixer.h"

/* --- mixer_tell.c, below the rest */

/* Has the io thread take over a card's faders. */
void mixer_apply(const struct mixer *mixer, struct card *card);

/* --- mixer_guests.c */

/* Makes a card known to its guest. NULL: out of memory. */
struct guest *mixer_guests_add(struct mixer *mixer, struct card *card);

/* Accepts a card that was not added. */
void mixer_guests_remove(struct mixer *mixer, const struct card *card);

/* After the remembered levels were replaced: takes the guests' from there. Not yet their faders. */
void mixer_guests_restore(struct mixer *mixer);

#endif
