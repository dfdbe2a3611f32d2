/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program in the guest that plays what it records, at once and until an error. It keeps its rings
 * as the back end's reported latencies assume: it reads recorded frames as soon as a period wakes
 * it, and the playback ring is full at that time. Runs in the thread of the playback player.
 */
#ifndef XENJACK_GUEST_LOOP_H
#define XENJACK_GUEST_LOOP_H

#include "xen/guest/player.h"

/* Both players' streams must be open. Returns the error that ended it; -EPIPE: an xrun. */
int loop_run(struct player *out, struct player *in);

#endif
