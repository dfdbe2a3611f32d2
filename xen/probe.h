/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a card's configuration and transport nodes from the front end's directory and makes a
 * struct card of them. Main thread. A guest may have written every node: each is read once, bounded
 * and checked. A stream's name becomes a label of [A-Za-z0-9_-] and is used as nothing else. Layout
 * and inheritance: xen/io/sndif.h, "Addressing" and "Configuration".
 */
#ifndef XENJACK_PROBE_H
#define XENJACK_PROBE_H

#include "src/sound/card.h"
#include "xen/hv.h"

/* The user's limits, from the configuration. */
struct probe_limits {
	unsigned streams;      /* per card, at most CARD_STREAMS_MAX */
	uint32_t channels;     /* per stream, at most PCM_CHANNELS_MAX */
	uint32_t buffer_bytes; /* per stream */
};

/*
 * Makes the card for device `devid` of domain `domid` from its front-end directory, `frontend`. The
 * card is arranged (card_arrange), but the caller has to give it its names. NULL if the card cannot
 * be served; the reason is logged.
 */
struct card *probe_card(struct hv *hv, uint32_t domid, uint32_t devid, const char *frontend,
			const struct probe_limits *limits);

/* Copies `text` to `dst`, with bytes outside [A-Za-z0-9_.-] replaced by '_', cut to size - 1. */
void probe_label(char *dst, unsigned size, const char *text);

/*
 * The domain's name, byte for byte; "" if it has none, or none that we may read. Returns 0 or
 * -ENAMETOOLONG, not logged, with "".
 */
int probe_guest(struct hv *hv, uint32_t domid, char name[GUEST_NAME_MAX + 1]);

/* Parses a decimal number up to max with nothing around it; false for anything else. */
bool probe_number(const char *text, uint32_t max, uint32_t *number);

/* Whether the front end still publishes the card's rings and ports: reads four nodes per stream. */
bool probe_is_current(struct hv *hv, const struct card *card, const char *frontend);

#endif
