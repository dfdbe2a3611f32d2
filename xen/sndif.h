/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Serves the request rings of the cards that ctl attaches: every request is copied once,
 * checked, dispatched and answered, exactly once and in order. io. Nothing in it waits for
 * sound. Numbers of requests, responses and their meaning: xen/io/sndif.h.
 *
 * A ring that breaks the protocol is not served any more; its card's others go on. A request that
 * is wrong gets a negative status. Only these two, whatever a guest does.
 */
#ifndef XENJACK_SNDIF_H
#define XENJACK_SNDIF_H

#include <ev.h>

#include "src/mail.h"
#include "xen/hv.h"

struct sndif;

struct sndif_options {
	uint32_t rate_hz, period_frames; /* assumed until MAIL_CLOCK */
	uint32_t requests_per_s;	 /* a guest; one that asks more waits */
	int run_dir; /* where what the next daemon may adopt is kept; -1: nowhere */
};

/* Makes a server on io's loop, whose letters go to `to_ctl`. NULL and errno. */
struct sndif *sndif_create(struct hv *hv, struct ev_loop *loop, struct mailbox *to_ctl,
			   const struct sndif_options *options);

/*
 * Handles one of ctl's letters, in io's thread; a mailbox's handler. MAIL_ATTACH maps and binds all
 * of a card, or nothing. MAIL_DETACH retires its streams, waits until the callbacks are outside,
 * closes them or leaves them to the next daemon, unbinds and unmaps. MAIL_ACTIVE publishes the
 * card's running streams, MAIL_HOLD retires all, MAIL_FREEWHEEL for a while: the null clock has
 * them then. MAIL_CLOCK counts for it, and for what is opened from then on. src/mail.h says what
 * answers which.
 */
void sndif_letter(void *sndif, const struct mail *mail);

/* Leaves every card to the next daemon, frees the server; the callbacks must be outside. Accepts
 * NULL. */
void sndif_destroy(struct sndif *sndif);

#endif
