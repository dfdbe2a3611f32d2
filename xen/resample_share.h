/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much of the JACK cycle resampling takes, by estimate (resamp_cost_ppm): of one guest's open
 * streams, and of all. Whoever opens a stream takes its share; a stream that would exceed a limit
 * is refused. io thread.
 *
 * The owner of a share holds the struct, zeroed at first; while taken, it is linked into its
 * limit's list.
 */
#ifndef XENJACK_RESAMPLE_SHARE_H
#define XENJACK_RESAMPLE_SHARE_H

#include <stdint.h>

struct resample_limit {
	uint32_t percent; /* of the cycle, for each guest */
	struct resample_share *shares;
};

struct resample_share {
	struct resample_share *next;
	struct resample_limit *limit; /* NULL: not taken */
	uint32_t domid;
	uint32_t ppm; /* of the cycle */
};

/* The limit of all guests together: half of a cycle, or one guest's limit if that is more. */
uint32_t resample_share_of_all(const struct resample_limit *limit);

enum resample_result {
	RESAMPLE_TAKEN,
	RESAMPLE_GUEST, /* beyond the guest's limit */
	RESAMPLE_ALL,	/* beyond that of all guests */
};

/* Takes a share for a domain's stream; what it had before is given back first. */
enum resample_result resample_share_take(struct resample_share *share, struct resample_limit *limit,
					 uint32_t domid, uint32_t ppm);

/* Gives a share back; accepts one that is not taken. */
void resample_share_drop(struct resample_share *share);

#endif
