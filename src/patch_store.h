/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Patches that users have stored by a name: sets of connections, a file each in the state
 * directory, "patch-NAME.json". One thread at a time. What is damaged is put aside
 * (src/statefile.h) and never overwritten. 0 or -errno; -EOPNOTSUPP where there is no directory
 * (-1), -EINVAL for a name that is none (statefile_is_name).
 */
#ifndef XENJACK_PATCH_STORE_H
#define XENJACK_PATCH_STORE_H

#include "src/patch.h"

/* What one can look over; a user who stores ever new ones must not fill the disk. */
#define PATCH_STORE_COUNT_MAX 256u

/* Replaces one; -ENOSPC if there are too many. */
int patch_store_write(int dir, const char *name, const struct patch_set *set);

/* Fills in an empty set; -ENOENT, or -EBADMSG and an empty one. */
int patch_store_read(int dir, const char *name, struct patch_set *set);

/* -ENOENT if there is none. */
int patch_store_delete(int dir, const char *name);

/* Calls `each` for all that can be read, in the order of their names. */
int patch_store_list(int dir, void (*each)(void *arg, const char *name, unsigned connections),
		     void *arg);

#endif
