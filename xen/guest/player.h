/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program in the guest that plays or records on one stream: waits for a period, moves a period,
 * recovers from xruns. Runs in a thread of its own between player_start and player_join; the
 * caller owns the player, but must not access it in between.
 */
#ifndef XENJACK_GUEST_PLAYER_H
#define XENJACK_GUEST_PLAYER_H

#include <pthread.h>

#include "xen/guest/alsa.h"
#include "xen/guest/options.h"
#include "xen/guest/ramp.h"
#include "xen/guest/sound.h"

struct player {
	/* set before player_start */
	const struct options *options;
	char name[40]; /* for the log */
	struct device_stream *stream;
	struct player *mate; /* in a loop: records in this player's thread; else NULL */
	unsigned number;     /* among the guest's streams in this direction: selects the ramp */
	struct sound_params sound;
	struct sound_source *source; /* playback only; the player owns it */
	struct sound_sink *sink;     /* capture only, or NULL */
	int stop;		     /* eventfd: stop when readable */
	int done;		     /* eventfd: add 1 at the end */
	_Atomic bool *quit;	     /* the user wants the stop: no failure */

	/* the thread's own */
	pthread_t thread;
	struct alsa alsa;
	unsigned char *period;
	uint64_t limit, moved; /* frames to move in total (0: no limit); moved so far */
	unsigned stalls;
	struct ramp_check check;
	int result; /* 0, or -errno, logged */
};

/* Returns 0 or -errno. */
int player_start(struct player *player);

/* Waits until the thread has ended and closes the source. Returns the thread's result. */
int player_join(struct player *player);

#endif
