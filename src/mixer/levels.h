/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The levels that operators have set, of streams by id and of guests by name. They outlive guests
 * and, in files of the state directory, the daemon: levels.json, and levels-NAME.json for a stored
 * state. Files of version 1, which know nothing of guests, are read too. Main thread. The caller
 * owns the struct. Functions return 0 or -errno, see src/base/statefile.h. Levels are in dB.
 */
#ifndef XENJACK_LEVELS_H
#define XENJACK_LEVELS_H

#include <stdbool.h>

#include "src/sound/fader.h"

/* A guest set on purpose must not lose its level to the next: beyond this, nothing is learned. */
#define LEVELS_GUESTS_MAX 1024u

struct levels {
	struct json_t *streams; /* by id; only streams whose levels were ever set */
	struct json_t *guests;	/* by name, escaped; only guests that have a level of their own */
	bool unsaved;		/* differs from levels.json */
	const char *aside;	/* levels.json was not understood: statefile_aside */
};

/* Starts empty. */
int levels_init(struct levels *levels);

/* Accepts a zeroed struct. */
void levels_finish(struct levels *levels);

/* Remembers a fader's levels. If out of memory, forgets those of this stream only. */
void levels_learn(struct levels *levels, const char *id, const struct fader *fader);

/* Sets a fader to its remembered levels, or to 0 dB and, if `new_muted`, muted. */
void levels_recall(const struct levels *levels, const char *id, bool new_muted,
		   struct fader *fader);

/*
 * Remembers a guest's level; 0 dB and not muted is none. -ENOSPC: too many guests; -ENOMEM. Then
 * what was remembered stays.
 */
int levels_learn_guest(struct levels *levels, const char *name, float db, bool muted);

/* A guest's remembered level, or 0 dB and not muted. */
void levels_recall_guest(const struct levels *levels, const char *name, float *db, bool *muted);

/* Calls `each` with the name of every guest that has a level of its own. */
void levels_each_guest(const struct levels *levels, void (*each)(void *arg, const char *name),
		       void *arg);

/*
 * Replaces all remembered levels with those in a file that make sense, unless it is missing or
 * damaged as a whole, and sets *replaced accordingly; those of guests stay if the file says nothing
 * of guests. `state` is NULL for levels.json; -EINVAL if it is not a valid name.
 */
int levels_load(struct levels *levels, int dir, const char *state, bool *replaced);

/*
 * Writes the file, and puts one aside that was not understood. So it does with a stored state's
 * that cannot be written: earlier levels do not belong to the patch stored just now.
 */
int levels_save(struct levels *levels, int dir, const char *state);

/* Another directory has come in the place of that of levels.json: what is remembered is to be
 * saved. */
void levels_move(struct levels *levels, int dir);

void levels_delete(int dir, const char *state);

#endif
