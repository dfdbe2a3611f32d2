/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one guest may have over all its cards, and all guests together: JACK ports, sound buffers,
 * mapped pages. A card is checked before anything of it is registered or mapped, and counts with
 * what its guest may open. Main thread.
 *
 * A guest is its domain. But one that restarts has another domain, and jack may hang meanwhile: of
 * the cards that it holds then, those of the guest's name count.
 */
#ifndef XENJACK_CARD_LIMITS_H
#define XENJACK_CARD_LIMITS_H

#include "src/daemon/cards.h"

/* Limits of former cards that jack still holds, of a device and of a guest: jack may hang. */
#define CARD_LIMITS_LINGERING 4u
#define CARD_LIMITS_LINGERING_GUEST 64u

struct card_limits {
	uint32_t ports;	     /* per guest, but no more than half of JACK's */
	uint32_t memory_kib; /* of sound buffers, per guest */
	uint32_t jack_ports; /* of the server; all guests leave an eighth to others */
	uint32_t mappings;   /* of this domain; all guests leave a quarter to others */
};

/*
 * Whether a card that is not among `cards` yet may join them. If not, logs which limit it exceeds,
 * once for each device and limit.
 */
bool card_limits_admit(const struct card_limits *limits, const struct cards *cards,
		       struct bus_device *device, const struct card *card);

#endif
