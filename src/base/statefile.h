/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * State that outlives the daemon and a reboot: JSON files in one directory, each replaced as a
 * whole, so that none is ever half written. A file that cannot be understood is moved aside for the
 * user, never overwritten. Any thread; one thread at a time for each file.
 */
#ifndef XENJACK_STATEFILE_H
#define XENJACK_STATEFILE_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

/* For names that users give: letters, digits and "_.-", with no leading '.'. */
#define STATEFILE_NAME_MAX 64u

struct statefile {
	const char *name;  /* "connections.json" */
	size_t bytes_max;  /* a longer file is rejected */
	int version;	   /* of the files that are written; one of a later version is rejected */
	int oldest;	   /* the oldest version that is still read */
	const char *key;   /* holds everything except the version; NULL: no such key */
	const char *holds; /* for the log: "connections" */
};

/* Whether a text may be part of a file name. */
bool statefile_is_name(const char *text);

/*
 * Opens the directory, and creates it if it is missing; locks it by a file in it, so that no other
 * user can. Closes it to other users if it is ours and holds state only, else warns that it is
 * open. Returns a descriptor, or -errno with the reason logged as a warning.
 */
int statefile_open(const char *path, int *lock);

/* Accepts what a failed statefile_open gave. */
void statefile_close(int dir, int lock);

/* What `take` returns when out of memory: the file is then left in place, as undamaged. */
extern const char statefile_no_memory[];

/*
 * What is done with the content of a file of this version, between the oldest and ours. Returns
 * NULL, or what is wrong.
 */
typedef const char *statefile_take(void *arg, json_t *content, int version);

/*
 * Reads a file, if there is one, and passes what is below its key to `take`; without a key, the
 * whole object, with "version" in it. If `take` says that something is wrong, it must have taken
 * nothing, and the file is moved aside with the reason logged: -EBADMSG. Returns 0, also without a
 * file, or another -errno, logged, if the file cannot be read or moved aside: saving would then
 * destroy it.
 */
int statefile_load(const struct statefile *file, int dir, statefile_take *take, void *arg);

/*
 * Replaces a file, or leaves it unchanged; 0 or -errno, not logged. `content`, an object if the
 * file has no key, is freed; NULL: -ENOMEM.
 */
int statefile_save(const struct statefile *file, int dir, json_t *content);

#endif
