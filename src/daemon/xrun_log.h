/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Logs a stream's xruns on behalf of its process callback, which only counts them. Main thread. The
 * caller owns the xrun_log, zeroed at first. Cannot fail.
 */
#ifndef XENJACK_XRUN_LOG_H
#define XENJACK_XRUN_LOG_H

#include "src/sound/card.h"

/* The counts as last logged. */
struct xrun_log {
	uint64_t underruns, overruns, lost;
};

/* Logs those of the stream's counters that have changed since the last call. */
void xrun_log_report(struct xrun_log *xrun_log, const struct card *card,
		     const struct stream *stream);

#endif
