/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program in the guest that plays what it records, at once and for ever, and keeps its rings as
 * the back end's stated latencies assume: recorded frames are read as soon as a period wakes it,
 * and the playback ring is full then. Runs in the thread of the player that plays.
 */
#ifndef XENJACK_GUEST_LOOP_H
#define XENJACK_GUEST_LOOP_H

#include "xen/guest/player.h"

/* Both players' streams are open. Returns why it ended, never 0: -EPIPE is an xrun, the end too. */
int loop_run(struct player *out, struct player *in);

#endif
