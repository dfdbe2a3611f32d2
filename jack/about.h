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
 * Says it of a client that holds one side of a card, and of its ports, before it is activated:
 * nobody is notified of it, but everybody of a new port.
 */
enum about about_set(jack_client_t *client, const struct card *card, enum pcm_dir dir);

/* Removes what was stored, before the ports go. */
void about_remove(jack_client_t *client, const struct card *card, enum pcm_dir dir);

#endif
