/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Serves the request rings of the cards that the main thread attaches: every request is copied
 * once, checked, dispatched and answered, exactly once and in order. io thread. Nothing here waits
 * for sound. For the numbers of requests and responses and their meaning, see xen/io/sndif.h.
 *
 * Guests take turns: each is served for a slice of time, those first that have used up less than
 * their share (xen/budget.h), and of these the one that has waited longest. After a turn of some
 * slices the loop looks at its other events, among them new notifications.
 *
 * A ring that breaks the protocol is no longer served; the card's others are. A wrong request gets
 * a negative status. A guest can cause nothing else.
 */
#ifndef XENJACK_SNDIF_H
#define XENJACK_SNDIF_H

#include <ev.h>

#include "src/base/msgq.h"
#include "xen/hv.h"

struct sndif;

struct sndif_options {
	uint32_t rate_hz, period_frames; /* assumed until MSG_CLOCK */
	uint32_t requests_per_s;	 /* per guest; beyond that, requests wait */
	int run_dir;			 /* for handovers to the next daemon; -1: none */
	uint32_t resample_percent;	 /* of a JACK cycle, per guest */
	bool mapper;			 /* a thread of its own maps buffers: xen/mapper.h */
	int64_t (*now_ns)(void);	 /* a monotonic clock */
	int64_t (*worked_ns)(void);	 /* the calling thread's working time */
};

/* Makes a server on the io thread's loop; its messages go to `to_main`. NULL and errno. */
struct sndif *sndif_create(struct hv *hv, struct ev_loop *loop, struct msgq *to_main,
			   const struct sndif_options *options);

/*
 * Handles a message of the main thread, in the io thread; a queue's handler. MSG_ATTACH maps and
 * binds all of a card, or nothing. MSG_DETACH retires its streams, waits until the callbacks are
 * outside, closes the streams or leaves them to the next daemon, unbinds and unmaps. MSG_ACTIVE
 * publishes the card's running streams. MSG_HOLD retires all streams, and MSG_FREEWHEEL does so for
 * its duration: the null clock has them then. MSG_CLOCK applies to the null clock, to open streams
 * and to those opened later. src/base/msg.h says what answers which.
 */
void sndif_handle_msg(void *sndif, const struct msg *msg);

/*
 * Leaves every card to the next daemon and frees the server; the callbacks must be outside. Accepts
 * NULL.
 */
void sndif_destroy(struct sndif *sndif);

#endif
