/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What JACK programs of the same user can show of a card besides port names: readable names, order,
 * groups, signal type, an icon. Jack thread only. The server stores metadata by uuid and removes it
 * with the port or client. (Not called metadata.h: that would hide libjack's header of the same
 * name.)
 *
 * jackd 1.9.21 tells every client of every property, by a write that blocks. Some thirty properties
 * fill the socket of a client that has stopped reading in order to close, while its close request
 * waits for the server: both wait forever. And a program that is killed while it writes leaves the
 * database locked, which all servers of a user share. There is no way to store a property without
 * telling it. So by default only PipeWire gets metadata, which has neither problem, and whoever
 * sets it sets little at a time, and nothing while a client of ours opens or closes.
 */
#ifndef XENJACK_PORT_METADATA_H
#define XENJACK_PORT_METADATA_H

#include <jack/jack.h>

#include "src/sound/card.h"

/* What the user wants. */
enum port_metadata {
	PORT_METADATA_AUTO, /* only on PipeWire */
	PORT_METADATA_YES,
	PORT_METADATA_NO,
};

/* A card's next port without metadata; zeroed: the first. */
struct port_metadata_next {
	unsigned dir, stream; /* number of the stream on that side */
	uint32_t channel;
	uint32_t place; /* on that side */
};

/*
 * Whether to set metadata. libjack's version tells PipeWire, "3.0.0.0 (using PipeWire 0.3.65)",
 * from jackd, "1.9.21": either library reaches only its own kind of server.
 */
bool port_metadata_is_wanted(enum port_metadata choice);

/* Sets the two properties of a client. Returns false if JACK does not store them. */
bool port_metadata_set_client(jack_client_t *client, const char *name, enum pcm_dir dir);

/*
 * Sets the four properties of a registered port. `many`: the client holds many cards, so the
 * readable name includes the card's. Returns false if JACK does not store them.
 */
bool port_metadata_set_port(jack_client_t *client, const struct card *card,
			    const struct port_metadata_next *port, bool many);

#endif
