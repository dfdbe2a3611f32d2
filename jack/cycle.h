/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process callback of a JACK client, and the sides of cards that it runs, one or many. For each
 * stream of each side, it takes the stream runtime that the io thread has published, if any,
 * fetches the port buffers and runs it. A stream without a runtime is silent, and so are ports
 * beyond the guest's channels.
 *
 * The jack thread owns the list of sides and changes it while the callback walks it. Once a side
 * has been taken out, the card's other owners may change it again. The list has no limit but JACK's
 * number of ports. Nothing fails.
 */
#ifndef XENJACK_CYCLE_H
#define XENJACK_CYCLE_H

#include <jack/types.h>

#include "src/sound/card.h"

/* One for each client; zeroed, it has no sides. */
struct cycle {
	_Atomic uint32_t cycles; /* odd while the process callback is inside */
	_Atomic bool closed;	 /* cycles are not in real time: no stream runs */
	_Atomic(struct side *) sides;
};

/* --- process callback */

/* JackProcessCallback of a client with cards' playback sides; the argument is its struct cycle. */
RT_SAFE int cycle_playback(jack_nframes_t frames, void *cycle);

/* JackProcessCallback of a client with cards' capture sides. */
RT_SAFE int cycle_capture(jack_nframes_t frames, void *cycle);

/* --- the jack thread */

/* Adds a side, which no client runs yet; its ports must be registered. */
void cycle_add(struct cycle *cycle, struct side *side);

/*
 * Waits until the callback has run a side for one whole cycle; half a second at most, for a server
 * that hangs runs none. The side's ports are then silent, if its streams are retired.
 */
void cycle_run_silent(const struct side *side);

/*
 * Removes a side, and sleeps until the callback has left it: briefly, or until a cycle that the
 * machine holds up has ended. Accepts a side that is not in the list.
 */
void cycle_take(struct cycle *cycle, struct side *side);

/* Declares that no callback runs any more: jack_deactivate may have cut one off in the middle. */
void cycle_cut(struct cycle *cycle);

/* --- libjack's notification thread */

/*
 * To be called with true when a freewheel begins, and with false when it ends. JACK begins it only
 * when every client has been notified, but perhaps before the io thread has the streams back.
 */
void cycle_close(struct cycle *cycle, bool closed);

#endif
