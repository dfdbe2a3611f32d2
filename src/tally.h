/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a slot's process callback has counted and could not log itself: the difference is logged
 * here. ctl. A tally is the caller's, zeroed at first. Counts are of times. Nothing fails.
 */
#ifndef XENJACK_TALLY_H
#define XENJACK_TALLY_H

#include "src/card.h"

/* What was logged so far. */
struct tally {
	uint64_t underruns, overruns, lost;
};

/* Logs which of the slot's counters have grown since the last time. */
void tally_report(struct tally *tally, const struct card *card, const struct slot *slot);

#endif
