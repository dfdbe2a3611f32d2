/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory of one card that outlives the process: a file in the run directory, mapped shared, so that
 * the next daemon finds whatever was stored in it, however this one ended. Io thread only, except
 * for handover_sweep. The directory must be on a tmpfs, as /run is: a store then costs no more than
 * in any memory and never faults. Sizes in bytes. If the file cannot be made, the memory is
 * anonymous and ends with the process.
 */
#ifndef XENJACK_HANDOVER_H
#define XENJACK_HANDOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for "card-DOMID-DEVID". */
#define HANDOVER_NAME_MAX 40

struct handover {
	void *mem; /* NULL: not open */
	size_t size;
	size_t block_size;
	int dir;   /* -1: not in a file */
	int error; /* why not, if it should be; the caller logs it */
	char name[HANDOVER_NAME_MAX];
};

/* What the blocks hold. Those of an earlier daemon of another layout or version are not usable. */
struct handover_layout {
	uint32_t number; /* changes whenever the meaning of a block's contents does */
	uint32_t count;
	size_t block_size;
};

/*
 * Makes zeroed blocks for device `devid` of domain `domid`. With `adopt`, takes those that an
 * earlier daemon left instead, if there are any that are usable; *adopted says whether it did.
 * `dir` is the run directory, -1 for none. Returns 0 or -ENOMEM.
 */
int handover_open(struct handover *handover, int dir, uint32_t domid, uint32_t devid,
		  const struct handover_layout *layout, bool adopt, bool *adopted);

/* The n-th block, aligned to a cache line. */
void *handover_block(const struct handover *handover, uint32_t n);

/* Unmaps; with `forget`, also removes the file. Accepts a zeroed struct. */
void handover_close(struct handover *handover, bool forget);

/*
 * Removes the files of earlier daemons in `dir` for which `wanted` returns false. The main thread,
 * at start.
 */
void handover_sweep(int dir, bool (*wanted)(void *arg, uint32_t domid, uint32_t devid), void *arg);

#endif
