/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server's own, shared by its files: the cards that are attached, and what waits. io. */
#ifndef XENJACK_SNDIF_PARTS_H
#define XENJACK_SNDIF_PARTS_H

#include "src/keep.h"
#include "src/nullclock.h"
#include "xen/budget.h"
#include "xen/portmap.h"
#include "xen/sndif.h"
#include "xen/wire.h"

/* One attached card and its wires, one a slot. */
struct station {
	struct sndif *sndif;
	struct station *next;
	struct card *card;
	struct nullclock_side sides[PCM_DIRS];
	struct keep keep; /* a struct wire_kept a wire */
	enum {
		STATION_SERVED,
		STATION_LEAVING, /* MAIL_DETACHED is due when its streams are io's */
		STATION_LEFT,	 /* likewise, and the next daemon may go on with it */
	} state;
	struct budget *budget;
	uint64_t waiting; /* wires whose requests wait for the budget, a bit each */
	uint64_t masked;  /* those among them that can not notify meanwhile */
	unsigned count;
	struct wire wires[];
};

struct sndif {
	struct hv *hv;
	struct ev_loop *loop;
	struct hv_evtchn *requests;
	int run_dir;
	struct station *stations;
	struct portmap ports;
	struct wire_clock clock;
	struct nullclock *nullclock;
	ev_io readable;
	ev_idle again;	  /* serves rings that had more than a turn's requests */
	ev_timer opening; /* serves OPENs, one a turn */
	ev_timer settle;  /* runs while a retired stream may still be in a callback */
	ev_timer refill;  /* runs while requests wait for a budget */
	struct budget_pool budgets;
	bool holding; /* MAIL_HELD is due when all streams are io's */
	struct mailbox *to_ctl;
};

/* Goes on with everything that waited for a callback to be outside. */
void sndif_settle(struct sndif *sndif);

/* Serves every ring, as far as the budgets go. */
void sndif_serve_all(struct sndif *sndif);

/* Tells ctl. */
void sndif_answer(struct sndif *sndif, enum mail_verb verb, struct card *card, int a, int b);

/* --- sndif_cards.c: what letters ask */

void sndif_attach(struct sndif *sndif, struct card *card, bool adopt);
void sndif_detach(struct sndif *sndif, struct card *card, bool leave);

/* Closes everything of a station that is on no list; its streams are io's. */
void sndif_free_station(struct station *station);

/* Another rate or period of JACK's. */
void sndif_set_clock(struct sndif *sndif, uint32_t rate_hz, uint32_t period_frames);

/* Looks at a card's faders, and closes what was kicked. */
void sndif_obey_desk(struct station *station);

#endif
