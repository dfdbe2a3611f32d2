/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state directory as long as the daemon runs: it may be removed and made again, or another may
 * take its place. Main thread; the descriptor, which stays the same number, may be used by others.
 */
#ifndef XENJACK_STATEFILE_DIR_H
#define XENJACK_STATEFILE_DIR_H

#include <stdbool.h>

struct statefile_dir {
	const char *path; /* the caller's */
	int fd;		  /* -1: none, another daemon has it */
	int lock;
	int err; /* why it cannot be used, which has been logged; or 0 */
};

/*
 * Opens it as statefile_open does. If that fails, but for another daemon, all that is done with the
 * descriptor fails with -ENOMEDIUM until statefile_dir_look finds a directory.
 */
void statefile_dir_open(struct statefile_dir *dir, const char *path);

/*
 * To be called once a second. Makes the directory again if it is gone. Returns whether there is
 * another than before: files are then to be saved in it, or there are some that were not read.
 */
bool statefile_dir_look(struct statefile_dir *dir);

void statefile_dir_close(struct statefile_dir *dir);

#endif
