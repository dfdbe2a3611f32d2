/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a card's configuration and transport nodes below the front end's directory and makes a
 * struct card of them. ctl. Every node may have been written by the guest: each is read once,
 * bounded and checked; names become labels of [A-Za-z0-9_.-] and are never used as anything
 * else. Layout and inheritance: xen/io/sndif.h, "Addressing" and "Configuration".
 */
#ifndef XENJACK_PROBE_H
#define XENJACK_PROBE_H

#include "src/card.h"
#include "xen/hv.h"

/* The user's limits, from the configuration. */
struct probe_limits {
	unsigned slots;	       /* a card, at most CARD_SLOTS_MAX */
	uint32_t channels;     /* a stream, at most PCM_CHANNELS_MAX */
	uint32_t buffer_bytes; /* a stream */
};

/*
 * Makes the card of domain `domid`, device `devid`, whose front-end directory is `frontend`,
 * arranged. The caller still gives it its names. NULL if the card can not be served; the reason is
 * logged.
 */
struct card *probe_card(struct hv *hv, uint32_t domid, uint32_t devid, const char *frontend,
			const struct probe_limits *limits);

/* Copies `text` to `dst`, bytes outside [A-Za-z0-9_.-] replaced by '_', cut to size - 1. */
void probe_label(char *dst, unsigned size, const char *text);

/* The domain's name as a label that leaves room for numbers behind it, "dom7" if it has none. */
void probe_guest(struct hv *hv, uint32_t domid, char name[CARD_NAME_MAX + 1]);

/* A decimal number up to max, nothing around it; false for anything else. */
bool probe_number(const char *text, uint32_t max, uint32_t *number);

/*
 * Whether the front end's rings and ports are still those of the card: reads four nodes a stream.
 */
bool probe_is_current(struct hv *hv, const struct card *card, const char *frontend);

#endif
