/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs guests while JACK does not: runs the cycles of started streams in real time, drops playback
 * and records silence. It also decides for each side of a card (the part that one JACK client runs)
 * whether JACK or the null clock runs it: the null clock does before JACK runs a card, and when the
 * server is lost, freewheels or hangs. Io thread only. The owner of the streams hands them over by
 * crossing 2; nobody else touches them meanwhile. Frames. Nothing fails but nullclock_create.
 *
 * A side hangs when its callback has not been called for four periods, 50 ms, and half the shortest
 * ring of its started streams (of which at most a second counts), whichever is longest. The hang
 * ends with the next call. Before JACK runs a side, the timeout begins when a stream starts. The
 * null clock starts one period after it has got something to run, so it is never ahead of JACK's
 * clock. If it is late by more than four periods, or 50 ms, it skips the lost time.
 */
#ifndef XENJACK_NULLCLOCK_H
#define XENJACK_NULLCLOCK_H

#include <ev.h>
#include <stdbool.h>

#include "src/sound/stream_rt.h"

struct nullclock;

/* One side of a card, in the owner's memory; the owner reads only `arg` and `side`. */
struct nullclock_side {
	void *arg;
	struct nullclock_side *next;
	const struct side *side;
	bool active;	  /* JACK runs it, or should */
	bool stands;	  /* JACK is known not to run it */
	bool jack;	  /* JACK's turn, as last reported to the owner */
	uint32_t cycles;  /* its counter at its last change */
	int64_t moved_ns; /* when that change was seen */
};

struct nullclock_owner {
	/* If `jack`, JACK may have the side's streams from now on; if not, take them back. */
	void (*turn)(struct nullclock_side *side, bool jack);
	/*
	 * The runtime of one of the side's streams, if it is started and the io thread owns it; or
	 * NULL.
	 */
	struct stream_rt *(*runtime)(const struct nullclock_side *side,
				     const struct stream *stream);
};

/* Makes a clock on the io thread's loop, at this rate until nullclock_set. NULL and errno. */
struct nullclock *nullclock_create(struct ev_loop *loop, const struct nullclock_owner *owner,
				   uint32_t rate_hz, uint32_t period_frames);

/* Accepts NULL; forgets any sides that are left. */
void nullclock_destroy(struct nullclock *clock);

/* A JACK server is there, and runs at this rate and period from now on. */
void nullclock_set(struct nullclock *clock, uint32_t rate_hz, uint32_t period_frames);

/* Adds a side that JACK does not run yet; `entry` is zeroed. */
void nullclock_add(struct nullclock *clock, struct nullclock_side *entry, const struct side *side,
		   void *arg);

/* Removes a side without calling the owner; accepts an entry that was not added. */
void nullclock_remove(struct nullclock *clock, struct nullclock_side *entry);

/* JACK runs this side from now on. */
void nullclock_activate(struct nullclock *clock, struct nullclock_side *entry);

/* The server is lost: it runs no side any more. */
void nullclock_lost(struct nullclock *clock);

/* JACK freewheels, or no longer: it runs every side, but not in real time. */
void nullclock_freewheel(struct nullclock *clock, bool on);

/*
 * A stream may have been started, or returned to the io thread. The clock sleeps while no stream is
 * started.
 */
void nullclock_wake(struct nullclock *clock);

#endif
