/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What outlives the daemon and a restart of the machine: JSON files in one directory, each replaced
 * as a whole, so that one is never half written. What can not be understood is put aside for the
 * user, never overwritten. Any thread; a file by one at a time.
 */
#ifndef XENJACK_STATEFILE_H
#define XENJACK_STATEFILE_H

#include <stddef.h>

#include <jansson.h>

struct statefile {
	const char *name;  /* "connections.json" */
	size_t bytes_max;  /* a longer one is no state file */
	const char *holds; /* for the log: "connections" */
};

/*
 * Opens and locks the directory; it is made if it is missing. Returns a descriptor, or -errno with
 * the reason logged as a warning.
 */
int statefile_open(const char *path);

/* Accepts a negative one. */
void statefile_close(int dir);

/*
 * Reads a file, if there is one, and has `take` understand it, which returns NULL or says what is
 * wrong with it; then it must have taken nothing. That is logged, and the file put aside: -EBADMSG.
 * Returns 0, also where there is none, or another -errno with the reason logged where it can not be
 * read or put aside: saving would then destroy it.
 */
int statefile_load(const struct statefile *file, int dir,
		   const char *(*take)(void *arg, const json_t *root), void *arg);

/* Replaces a file, or leaves it as it is; 0 or -errno, not logged. `root` is freed; NULL: -ENOMEM.
 */
int statefile_save(const struct statefile *file, int dir, json_t *root);

#endif
