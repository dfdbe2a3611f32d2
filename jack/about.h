/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What JACK programs of the same user may show of a card beside its ports' names: readable names,
 * order, groups, kind of signal, an icon. The jack thread. The server keeps it by the ports'
 * uuids, which are made of their numbers and soon another port's: what was set has to be removed.
 * (Not called metadata: libjack has a header of that name, which ours would hide.)
 */
#ifndef XENJACK_ABOUT_H
#define XENJACK_ABOUT_H

#include <jack/jack.h>

#include "src/card.h"

enum about {
	ABOUT_NOTHING, /* JACK does not keep it */
	ABOUT_STORED,  /* and about_remove has to be called */
	ABOUT_TOLD,    /* and it goes with the ports */
};

/*
 * Says it of a client of that name, and of the ports of one side of a card on it: of an active
 * client nobody is notified, but everybody of a new port. With many cards on it the ports are
 * called by their cards too.
 */
enum about about_set(jack_client_t *client, const char *name, const struct card *card,
		     enum pcm_dir dir, bool many);

/* Removes what was stored of a card's ports, before they go, and of its client with the last. */
void about_remove(jack_client_t *client, const struct card *card, enum pcm_dir dir, bool last);

#endif
