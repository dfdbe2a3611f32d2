/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stored patches: sets of connections, each in a file "patch-NAME.json" of the state directory. One
 * thread at a time. Reading changes nothing; a file that was not understood is put aside when its
 * name is stored again (src/base/statefile.h).
 * Functions return 0 or -errno (statefile_error): -EOPNOTSUPP without a directory (-1), -EINVAL for
 * an invalid name (statefile_is_name).
 */
#ifndef XENJACK_PATCH_STORE_H
#define XENJACK_PATCH_STORE_H

#include "src/patch/patch.h"

/* As many as a user can survey; storing new patches must not fill the disk. */
#define PATCH_STORE_COUNT_MAX 256u

/* Creates or replaces a patch; -ENOSPC if there are too many. */
int patch_store_write(int dir, const char *name, const struct patch_set *set);

/*
 * Fills an empty set, which stays empty on -ENOENT, -EBADMSG (damaged, if only in part) and -EPROTO
 * (of a later version).
 */
int patch_store_read(int dir, const char *name, struct patch_set *set);

/* Ports of other programs that were renamed, in order. Must be zeroed at first. */
struct patch_renames {
	struct patch_rename {
		char *before, *now;
	} * all;
	unsigned count;
};

/* As many as there are ports; others are lost. Copies. 0, -ENOSPC or -ENOMEM. */
#define PATCH_RENAMES_MAX 2048u
int patch_renames_add(struct patch_renames *renames, const char *before, const char *now);

/* Frees all; it is empty then. */
void patch_renames_finish(struct patch_renames *renames);

/*
 * Lets all stored patches follow. Leaves alone those that it cannot read. If one cannot be written,
 * the first error; the others have followed.
 */
int patch_store_rename(int dir, const struct patch_renames *renames);

/* -ENOENT if it does not exist. */
int patch_store_delete(int dir, const char *name);

/* In the place of a number of connections. */
enum patch_store_wrong { PATCH_STORE_UNREADABLE = -1, PATCH_STORE_LATER = -2 };

/* Calls `each` for every patch, sorted by name, with its number of connections or what is wrong. */
int patch_store_list(int dir, void (*each)(void *arg, const char *name, int connections),
		     void *arg);

#endif
