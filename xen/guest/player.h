/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program in the guest that plays or records on one stream: waits for a period, moves a period,
 * recovers from xruns. Runs in a thread of its own between player_start and player_join; the
 * caller owns it and looks at it only outside of that.
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
	struct player *mate; /* of a loop: what records in this one's thread; else NULL */
	unsigned number;     /* of the guest's streams in this direction: its ramp's */
	struct sound_params sound;
	struct sound_source *source; /* playback; the player's */
	struct sound_sink *sink;     /* capture, or NULL */
	int stop;		     /* eventfd: readable, stop */
	int done;		     /* eventfd: a player that ends adds 1 */
	_Atomic bool *quit;	     /* stop is the user's wish and no failure */

	/* the thread's */
	pthread_t thread;
	struct alsa alsa;
	unsigned char *period;
	uint64_t limit, moved; /* frames to move in all, 0: no limit; moved so far */
	unsigned stalls;
	struct ramp_check check;
	int result; /* 0, or -errno, logged */
};

/* Returns 0 or -errno. */
int player_start(struct player *player);

/* Waits until the thread has ended, and closes the source; returns its result. */
int player_join(struct player *player);

#endif
