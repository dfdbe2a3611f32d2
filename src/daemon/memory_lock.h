/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps the daemon's memory out of page faults: a fault in a cycle is an xrun. Best effort: without
 * permission to lock memory, JACK runs unlocked, too. Main thread, at start.
 */
#ifndef XENJACK_MEMORY_LOCK_H
#define XENJACK_MEMORY_LOCK_H

/*
 * Faults in and locks all current pages. Later ones are locked once touched, but only if the limit
 * of locked memory (RLIMIT_MEMLOCK) is infinite or we are above it: a guest decides how much we
 * allocate, and at the limit every further allocation would fail, whoever it is for. Logs what is
 * not locked, and the remedy.
 */
void memory_lock_all(void);

#endif
