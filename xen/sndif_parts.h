/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of sndif.c: the attached cards, and what waits. io thread. It has a header of its own
 * for tests that step through the whole daemon.
 */
#ifndef XENJACK_SNDIF_PARTS_H
#define XENJACK_SNDIF_PARTS_H

#include "src/base/handover.h"
#include "src/sound/nullclock.h"
#include "xen/budget.h"
#include "xen/mapper.h"
#include "xen/portmap.h"
#include "xen/sndif.h"
#include "xen/stream_ring.h"

/* An attached card and its stream rings, one for each stream. */
struct card_io {
	struct sndif *sndif;
	struct card_io *next;
	struct card *card;
	struct nullclock_side sides[PCM_DIRS];
	struct handover handover; /* one struct stream_ring_handover per stream ring */
	enum {
		CARD_IO_SERVED,
		CARD_IO_LEAVING, /* MSG_DETACHED is due once its streams have ended */
		CARD_IO_LEFT,	 /* the same, and the next daemon may adopt it */
	} state;
	struct budget *budget;
	uint64_t ready;	 /* stream rings that may have requests, one bit each */
	uint64_t woken;	 /* those whose port stays masked until they are served */
	unsigned first;	 /* the ring that is served first in the next slice */
	uint64_t served; /* the number of its last slice */
	bool throttled;	 /* it waits for its guest's budget */
	unsigned count;
	struct stream_ring rings[];
};

struct sndif {
	struct hv *hv;
	struct ev_loop *loop;
	struct hv_evtchn *requests;
	int run_dir;
	struct card_io *cards;
	struct portmap ports;
	struct stream_ring_clock clock;
	struct resample_limit resampling;
	struct nullclock *nullclock;
	struct mapper mapper;
	ev_io readable;
	ev_timer again;	 /* the next turn, however much else there is to do */
	ev_timer settle; /* runs while a retired stream may still be in a callback */
	ev_timer refill; /* runs while requests wait for a budget */
	struct budget_pool budgets;
	uint64_t slices;	    /* served so far */
	bool holding;		    /* MSG_HELD is due once the io thread has all streams */
	int64_t (*now_ns)(void);    /* monotonic */
	int64_t (*worked_ns)(void); /* what the io thread has worked, from 0 at its start */
	int64_t charged_ns;	    /* what of it has been charged */
	struct msgq *to_main;
};

#endif
