/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ports of one side of a card: names, aliases. The jack thread.
 * Ports live as long as the card is connected, whatever the guest opens and closes.
 */
#ifndef XENJACK_PORTS_H
#define XENJACK_PORTS_H

#include <jack/jack.h>

#include "src/card.h"

/*
 * Registers a port for every channel of every slot of the side, "main_1", or "daw.main_1" where the
 * client holds many cards; 0 or -ENOSPC, some registered.
 */
int ports_register(jack_client_t *client, const struct card *card, enum pcm_dir dir, bool many);

/* Takes out what ports_register put in; no callback knows the side any more. */
void ports_unregister(jack_client_t *client, const struct card *card, enum pcm_dir dir);

/* States the ports' latencies under a JACK period; whether there was one that they had not. */
bool ports_renew_latency(const struct card *card, enum pcm_dir dir, uint32_t cycle_frames);

#endif
