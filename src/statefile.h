/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What outlives the daemon and a restart of the machine: JSON files in one directory, each replaced
 * as a whole, so that one is never half written. What can not be understood is put aside for the
 * user, never overwritten. Any thread; a file by one at a time.
 */
#ifndef XENJACK_STATEFILE_H
#define XENJACK_STATEFILE_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

/* Of what users name: letters, digits and "_.-", no '.' at its begin. */
#define STATEFILE_NAME_MAX 64u

struct statefile {
	const char *name;  /* "connections.json" */
	size_t bytes_max;  /* a longer one is no state file */
	int version;	   /* one of another version is not understood */
	const char *key;   /* below which it has all but the version */
	const char *holds; /* for the log: "connections" */
};

/* Whether a text may be a part of a file's name. */
bool statefile_is_name(const char *text);

/*
 * Opens and locks the directory; it is made if it is missing. Returns a descriptor, or -errno with
 * the reason logged as a warning.
 */
int statefile_open(const char *path);

/* Accepts a negative one. */
void statefile_close(int dir);

/*
 * Reads a file, if there is one, and has `take` understand what it has below its key, which returns
 * NULL or says what is wrong with it; then it must have taken nothing. That is logged, and the file
 * put aside: -EBADMSG. Returns 0, also where there is none, or another -errno with the reason
 * logged where it can not be read or put aside: saving would then destroy it.
 */
int statefile_load(const struct statefile *file, int dir,
		   const char *(*take)(void *arg, json_t *content), void *arg);

/* Replaces a file, or leaves it as it is; 0 or -errno, not logged. `content` is freed; NULL:
 * -ENOMEM. */
int statefile_save(const struct statefile *file, int dir, json_t *content);

#endif
