/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The run directory, where a daemon keeps what must outlive its process and nothing else: the lock
 * by which there is one daemon at a time, and its process id for the next one's message. ctl. The
 * directory is made if it is missing; others may not write into it. The kernel takes the lock
 * back from a daemon that dies.
 */
#ifndef XENJACK_RUNDIR_H
#define XENJACK_RUNDIR_H

/*
 * Opens and locks a directory whose parent exists. Returns its descriptor, for openat, or -errno
 * with the reason logged: -EWOULDBLOCK, as an error, if another daemon has it; everything else as
 * a warning, since a daemon can do without.
 */
int rundir_open(const char *path);

/* Unlocks and closes what rundir_open returned; accepts an error of it. */
void rundir_close(int dir);

#endif
