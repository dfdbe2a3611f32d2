/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The run directory, for what must outlive the daemon's process and nothing else. Also holds the
 * lock that allows one daemon at a time, and the process id for the next daemon's message. Main
 * thread only. The directory is created if it is missing; others must not be able to write to it.
 * The kernel releases the lock of a daemon that dies.
 */
#ifndef XENJACK_RUNDIR_H
#define XENJACK_RUNDIR_H

/*
 * Opens and locks a directory whose parent exists. Returns its descriptor, for openat, or -errno
 * with the reason logged: -EWOULDBLOCK, as an error, if another daemon has it; anything else as a
 * warning, because a daemon can do without.
 */
int rundir_open(const char *path);

/* Unlocks and closes a descriptor from rundir_open; accepts its errors. */
void rundir_close(int dir);

#endif
