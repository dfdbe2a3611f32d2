/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * State that outlives the daemon and a reboot: JSON files in one directory, each replaced as a
 * whole, so that none is ever half written. Reading changes nothing there. What was not understood
 * is put aside for the user by whoever saves in its place, and never overwritten. Any thread; one
 * thread at a time for each file.
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
	int version;	   /* of the files that are written; one of a later version is not read */
	int oldest;	   /* the oldest version that is still read */
	const char *key;   /* holds everything except the version; NULL: no such key */
	const char *holds; /* for the log: "connections"; NULL: loading logs nothing */
};

/* Whether a text may be part of a file name. */
bool statefile_is_name(const char *text);

/*
 * Opens the directory, and creates it if it is missing; locks it by a file in it, so that no other
 * user can. Closes it to other users if it is ours and holds state only, else warns that it is
 * open. One that can only be read is not locked (*lock is -1). Returns a descriptor, or -errno with
 * the reason logged as a warning.
 */
int statefile_open(const char *path, int *lock);

/* Accepts what a failed statefile_open gave. */
void statefile_close(int dir, int lock);

/* What `take` returns when out of memory: the file is then left in place, as undamaged. */
extern const char statefile_no_memory[];

/*
 * What is done with the content of a file of this version, between the oldest and ours; it may be
 * changed. Entries that make no sense are left out and counted. Returns NULL, or what is wrong with
 * the whole; then it must have taken nothing.
 */
typedef const char *statefile_take(void *arg, json_t *content, int version, unsigned *left_out);

/*
 * The errors of this module, and of what else is done in the directory, as -errno: -ENOMEDIUM the
 * directory is gone or cannot be used, -EMEDIUMTYPE it or a file is another user's, -EDQUOT the
 * disk is full, -EMLINK too many files are put aside; others as they are. So none of them can be
 * taken for what requests mean by -ENOENT, -EACCES and -ENOSPC.
 */
int statefile_error(int dir, int err);

/* The same in words. */
const char *statefile_strerror(int err);

/* Of statefile_load: some entries were left out. */
#define STATEFILE_IN_PART 1

/*
 * Reads a file, if there is one, and passes what is below its key to `take`; without a key, the
 * whole object, with "version" in it. Returns 0, also without a file; STATEFILE_IN_PART; -EBADMSG:
 * damaged; -EPROTO: of a later version; or another -errno. All but 0 are logged, and saving then
 * has to put the file aside.
 */
int statefile_load(const struct statefile *file, int dir, statefile_take *take, void *arg);

/*
 * What is added to the name of a file that is put aside, after statefile_load has returned this;
 * NULL after 0. A number follows if there is such a file already.
 */
const char *statefile_aside(int loaded);

/* The same for a file of another directory than was read; NULL if it has none. */
const char *statefile_find(const struct statefile *file, int dir);

/* Puts a file aside, if there is one. Returns 0 or -errno; success is logged. */
int statefile_put_aside(const struct statefile *file, int dir, const char *aside);

/*
 * Replaces a file, or leaves it unchanged; puts it aside first if `aside` is not NULL. Returns 0 or
 * -errno, not logged. `content`, an object if the file has no key, is freed; NULL: -ENOMEM.
 */
int statefile_save(const struct statefile *file, int dir, json_t *content, const char *aside);

#endif
