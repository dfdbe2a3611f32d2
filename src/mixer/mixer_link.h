/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Joins the mixer to the io and jack threads, and keeps its levels in levels.json. Main thread. The
 * daemon owns this struct, the mixer, the loop and the queues; the queues must be open before the
 * first message is sent.
 */
#ifndef XENJACK_MIXER_LINK_H
#define XENJACK_MIXER_LINK_H

#include <ev.h>

#include "src/base/msgq.h"
#include "src/mixer/mixer.h"

struct mixer_link {
	struct mixer *mixer;
	struct ev_loop *loop;
	struct msgq *to_io, *to_jack, *from_jack;
	ev_timer watch;	  /* runs while stream events are wanted */
	int state_dir;	  /* -1: none */
	bool save_failed; /* the failure has been logged */
};

/* Initialises the mixer, with the levels from the file in `dir` (-1: none). Loop and queues must be
 * set. Returns 0 or -ENOMEM. */
int mixer_link_open(struct mixer_link *link, struct mixer *mixer, int dir);

/* Handles a message from jack to the main thread; ignores those that do not concern the mixer. */
void mixer_link_handle_msg(struct mixer_link *link, const struct msg *msg);

/* The state directory is another one: what is remembered is to be saved there. */
void mixer_link_move(struct mixer_link *link);

/* Saves the levels if they have changed. */
void mixer_link_save(struct mixer_link *link);

/* After jack has ended: sends nothing any more, answers pending requests, saves the levels, frees
 * the mixer. Accepts a zeroed link. */
void mixer_link_close(struct mixer_link *link);

#endif
