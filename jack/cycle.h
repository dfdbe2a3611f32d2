/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process callback of a JACK client, and the sides of cards that it runs, one or many. For each
 * slot of each: takes the stream that io has published, if any, fetches the port buffers and runs
 * the stream; a slot without a stream is silent, and so are ports beyond the stream's channels.
 *
 * jack owns the list of sides and changes it while the callback walks it; a card belongs to others
 * again when its side was taken out. As many sides fit in as JACK has ports for them. Nothing
 * fails.
 */
#ifndef XENJACK_CYCLE_H
#define XENJACK_CYCLE_H

#include <jack/types.h>

#include "src/card.h"

/* One of a client; zeroed there are no sides in it. */
struct cycle {
	_Atomic uint32_t cycles; /* odd while the process callback is inside */
	_Atomic bool closed;	 /* cycles are not in real time: no stream runs */
	_Atomic(struct side *) sides;
};

/* --- JACK process thread */

/* JackProcessCallback for a client that holds cards' playback; the argument is its struct cycle. */
RT_SAFE int cycle_playback(jack_nframes_t frames, void *cycle);

/* JackProcessCallback for a client that holds cards' capture. */
RT_SAFE int cycle_capture(jack_nframes_t frames, void *cycle);

/* --- jack */

/* Runs this side too from now on, which is on no client yet; its ports are there. */
void cycle_add(struct cycle *cycle, struct side *side);

/*
 * Runs a side no more, and sleeps until the callback is outside with it: a moment, or until the
 * end of a cycle that the machine holds up. Accepts one that is not in there.
 */
void cycle_take(struct cycle *cycle, struct side *side);

/* Whether it runs any side but this. */
bool cycle_has_others(const struct cycle *cycle, const struct side *side);

/* Says that there is no callback any more: jack_deactivate may have cut one off in the middle. */
void cycle_cut(struct cycle *cycle);

/* --- a notification thread of libjack's */

/*
 * Cycles freewheel from here on, or not any more. A freewheel begins faster than io can take the
 * streams back, but not before every client was told.
 */
void cycle_close(struct cycle *cycle, bool closed);

#endif
