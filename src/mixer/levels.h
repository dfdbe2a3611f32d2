/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The levels that operators have set, by stream id. They outlive guests and, in files of the state
 * directory, the daemon: levels.json, and levels-NAME.json for a stored state. Main thread. The
 * caller owns the struct. Functions return 0 or -errno, see src/base/statefile.h. Levels are in dB.
 */
#ifndef XENJACK_LEVELS_H
#define XENJACK_LEVELS_H

#include <stdbool.h>

#include "src/sound/fader.h"

struct levels {
	struct json_t *streams; /* by id; only streams whose levels were ever set */
	bool unsaved;		/* differs from levels.json */
};

/* Starts empty. */
int levels_init(struct levels *levels);

/* Accepts a zeroed struct. */
void levels_finish(struct levels *levels);

/* Remembers a fader's levels. If out of memory, forgets those of this stream only. */
void levels_learn(struct levels *levels, const char *id, const struct fader *fader);

/* Sets a fader to its remembered levels, or to 0 dB and not muted. */
void levels_recall(const struct levels *levels, const char *id, struct fader *fader);

/*
 * Replaces all remembered levels with those in a file, unless it is missing or damaged, and sets
 * *replaced accordingly. `state` is NULL for levels.json; -EINVAL if it is not a valid name.
 */
int levels_load(struct levels *levels, int dir, const char *state, bool *replaced);

/* Writes the file. A stored state's file that cannot be written is deleted. */
int levels_save(struct levels *levels, int dir, const char *state);

void levels_delete(int dir, const char *state);

#endif
