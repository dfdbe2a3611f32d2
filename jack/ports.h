/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ports of one side of a card: names, aliases, latencies. Jack thread only. Ports live as long
 * as the card is connected, whatever the guest opens and closes.
 */
#ifndef XENJACK_PORTS_H
#define XENJACK_PORTS_H

#include <jack/jack.h>

#include "src/sound/card.h"

/*
 * Registers a port for every channel of every stream of the side: "main_1", or "daw.main_1" if the
 * client holds many cards. Its alias is its readable name, after the client's name: JACK looks up
 * ports by alias, too, and no other program's port begins with the name of our client. Stops when a
 * freewheel begins: when *freewheel is no longer `seen`. Returns 0, -ENOSPC or -EAGAIN; some ports
 * may be registered then.
 */
int ports_register(jack_client_t *client, const struct card *card, enum pcm_dir dir, bool many,
		   const _Atomic uint32_t *freewheel, uint32_t seen);

/* Room for a readable name. */
#define PORTS_READABLE_MAX (CARD_NAME_MAX + CARD_LABEL_MAX + 16)

/*
 * What people read: "main left" and "main right" on a stream of two channels, otherwise "main 1"
 * and so on; after the card's name if the client holds many cards. The ports' aliases and metadata
 * use it.
 */
void ports_readable_name(char name[PORTS_READABLE_MAX], const struct card *card,
			 const struct stream *stream, uint32_t channel, bool many);

/* Whether any port is connected; a port that is not registered is not. */
bool ports_connected(const struct card *card, enum pcm_dir dir);

/* Unregisters what ports_register registered; no callback may know the side any more. */
void ports_unregister(jack_client_t *client, const struct card *card, enum pcm_dir dir);

/* Sets the ports' latencies for a JACK period of this length. Returns whether any has changed. */
bool ports_renew_latency(const struct card *card, enum pcm_dir dir, uint32_t cycle_frames);

#endif
