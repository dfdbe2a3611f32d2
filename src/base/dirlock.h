/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A lock on a directory, for one daemon at a time: a file in it that only its owner can open
 * (mode 0600). The directory itself would not do: every user who can read it can lock it. Any
 * thread. The kernel releases the lock of a daemon that dies; the file stays.
 */
#ifndef XENJACK_DIRLOCK_H
#define XENJACK_DIRLOCK_H

/* The file's name. */
#define DIRLOCK_FILE "lock"

/*
 * Takes the lock of an open directory. Returns a descriptor, to close when the lock is no longer
 * needed, or -errno, not logged: -EWOULDBLOCK if another process has it.
 */
int dirlock_take(int dir);

#endif
