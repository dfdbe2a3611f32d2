/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process callback of one side of a card. JACK process thread. For each slot: takes the
 * stream that io has published, if any, fetches the port buffers and runs the stream; a slot
 * without a stream is silent, and so are ports beyond the stream's channels.
 */
#ifndef XENJACK_CYCLE_H
#define XENJACK_CYCLE_H

#include <jack/types.h>

#include "src/rt.h"

/* JackProcessCallback for the client that holds a card's playback; side is its struct side. */
RT_SAFE int cycle_playback(jack_nframes_t frames, void *side);

/* JackProcessCallback for the client that holds a card's capture. */
RT_SAFE int cycle_capture(jack_nframes_t frames, void *side);

#endif
