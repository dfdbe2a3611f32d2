/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clock while JACK has none for a guest: it runs the cycles of started streams in real time,
 * drops what is played and records silence. It also says whose turn it is, side by side of the
 * cards (what one JACK client runs of it): before JACK runs a card, when the server has gone,
 * freewheels or hangs it is the null clock's. io. The owner of the streams hands them over by
 * crossing 2; nobody else touches them meanwhile. Frames. Nothing fails but nullclock_create.
 *
 * A side hangs when its callback was not called for four periods, 50 ms and half the shortest ring
 * of its started streams (a second of it at most), and no more when it is called again. The
 * null clock begins a period after it has got something to run, so it is not ahead of JACK's; what
 * it is late by more than four periods, or 50 ms, it drops.
 */
#ifndef XENJACK_NULLCLOCK_H
#define XENJACK_NULLCLOCK_H

#include <ev.h>
#include <stdbool.h>

#include "src/stream.h"

struct nullclock;

/* One side of a card, in memory of the owner's; only `arg` and `side` are for it to look at. */
struct nullclock_side {
	void *arg;
	struct nullclock_side *next;
	const struct side *side;
	bool active;	  /* JACK calls it, or is meant to */
	bool stands;	  /* JACK does not call it */
	bool jack;	  /* it is JACK's turn: what the owner was told */
	uint32_t cycles;  /* its counter when it moved last */
	int64_t moved_ns; /* when that was seen */
};

struct nullclock_owner {
	/* From here on JACK may have the side's streams; or no more: take them back. */
	void (*turn)(struct nullclock_side *side, bool jack);
	/* The started stream of one of the side's slots, if there is one and it is io's; or NULL.
	 */
	struct stream *(*stream)(const struct nullclock_side *side, const struct slot *slot);
};

/* Makes a clock on io's loop, at this rate until nullclock_set. NULL and errno. */
struct nullclock *nullclock_create(struct ev_loop *loop, const struct nullclock_owner *owner,
				   uint32_t rate_hz, uint32_t period_frames);

/* Accepts NULL; what sides are left is forgotten. */
void nullclock_destroy(struct nullclock *clock);

/* A JACK server is there, and runs at this rate and with this period from now on. */
void nullclock_set(struct nullclock *clock, uint32_t rate_hz, uint32_t period_frames);

/* Begins to look after a side that JACK does not call yet; `entry` is zeroed. */
void nullclock_add(struct nullclock *clock, struct nullclock_side *entry, const struct side *side,
		   void *arg);

/* Ends that, without a word to the owner; accepts an entry that was not added. */
void nullclock_remove(struct nullclock *clock, struct nullclock_side *entry);

/* JACK calls this side from now on. */
void nullclock_activate(struct nullclock *clock, struct nullclock_side *entry);

/* The server has gone: it calls no side any more. */
void nullclock_lost(struct nullclock *clock);

/* JACK freewheels: it calls every side, and not in real time. */
void nullclock_freewheel(struct nullclock *clock, bool on);

/* A stream may have been started, or be io's now: while none is started the clock sleeps. */
void nullclock_wake(struct nullclock *clock);

/* CLOCK_MONOTONIC in ns. */
int64_t nullclock_now_ns(void);

#endif
