/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory of one card that outlives the process: a file in the run directory, mapped and shared, so
 * that whatever was stored in it is there for the next daemon, however this one ended. io. The
 * directory has to be on a tmpfs, as /run is: stores then cost what they cost anywhere and fault
 * never. Sizes in bytes. What can not be kept still gets memory, which ends with the process.
 */
#ifndef XENJACK_KEEP_H
#define XENJACK_KEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "card-" and two numbers. */
#define KEEP_NAME_MAX 40

struct keep {
	void *mem; /* NULL: not open */
	size_t size;
	size_t block_size;
	int dir; /* -1: in no file */
	char name[KEEP_NAME_MAX];
};

/* What the blocks hold. Another daemon's are of use only if both say the same. */
struct keep_layout {
	uint32_t number; /* changes with the meaning of what is in a block */
	uint32_t count;
	size_t block_size;
};

/*
 * Makes zeroed blocks for device `devid` of domain `domid`. With `adopt` those that a daemon before
 * us left, if there are any and their layout is this one; *adopted says so. `dir` is the run
 * directory, -1 for none. Returns 0 or -ENOMEM.
 */
int keep_open(struct keep *keep, int dir, uint32_t domid, uint32_t devid,
	      const struct keep_layout *layout, bool adopt, bool *adopted);

/* The n-th block; it begins on a cache line. */
void *keep_block(const struct keep *keep, uint32_t n);

/* Unmaps; with `forget` the file goes too. Accepts a zeroed keep. */
void keep_close(struct keep *keep, bool forget);

/* Removes what `wanted` does not want of what daemons before us left in `dir`. ctl, at start. */
void keep_sweep(int dir, bool (*wanted)(void *arg, uint32_t domid, uint32_t devid), void *arg);

#endif
