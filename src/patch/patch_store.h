/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stored patches: sets of connections, each in a file "patch-NAME.json" of the state directory. One
 * thread at a time. A damaged file is put aside (src/base/statefile.h), never overwritten.
 * Functions return 0 or -errno: -EOPNOTSUPP without a directory (-1), -EINVAL for an invalid name
 * (statefile_is_name).
 */
#ifndef XENJACK_PATCH_STORE_H
#define XENJACK_PATCH_STORE_H

#include "src/patch/patch.h"

/* As many as a user can survey; storing new patches must not fill the disk. */
#define PATCH_STORE_COUNT_MAX 256u

/* Creates or replaces a patch; -ENOSPC if there are too many. */
int patch_store_write(int dir, const char *name, const struct patch_set *set);

/* Fills an empty set, which stays empty on -ENOENT and -EBADMSG. */
int patch_store_read(int dir, const char *name, struct patch_set *set);

/* -ENOENT if it does not exist. */
int patch_store_delete(int dir, const char *name);

/* Calls `each` for every readable patch, sorted by name. */
int patch_store_list(int dir, void (*each)(void *arg, const char *name, unsigned connections),
		     void *arg);

#endif
