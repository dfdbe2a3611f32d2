/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The run directory, for what must outlive the daemon's process and nothing else. Also holds the
 * lock that allows one daemon at a time (src/base/dirlock.h), and the process id for the next
 * daemon's message. Main thread only. The directory is created if it is missing; neither its group
 * nor others may be able to write to it.
 */
#ifndef XENJACK_RUNDIR_H
#define XENJACK_RUNDIR_H

/*
 * Opens and locks a directory whose parent exists. Returns its descriptor, for openat, or -errno
 * with the reason logged: -EWOULDBLOCK, as an error, if another daemon has it; anything else as a
 * warning, because a daemon can do without.
 */
int rundir_open(const char *path, int *lock);

/* Unlocks and closes what rundir_open gave; accepts its errors. */
void rundir_close(int dir, int lock);

#endif
