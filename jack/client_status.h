/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reports the JACK server's state to the main thread, each time it differs from the last report.
 * Jack thread only; part of jack/client, which decides when, and owned by the pool. Hz and frames.
 * Nothing fails.
 */
#ifndef XENJACK_CLIENT_STATUS_H
#define XENJACK_CLIENT_STATUS_H

#include <jack/jack.h>

#include "src/base/msgq.h"

struct client_status {
	struct msgq *to_main;
	int rate_hz, period_frames; /* 0: not yet reported */
	bool freewheel;
	int load; /* in 1/10000 */
	int xruns;
};

/* The server is gone: everything about the next one has to be reported. */
void client_status_reset(struct client_status *status);

void client_status_tell_clock(struct client_status *status, jack_client_t *watch);
void client_status_tell_freewheel(struct client_status *status, bool freewheel);
void client_status_tell_load(struct client_status *status, jack_client_t *watch);
void client_status_tell_xruns(struct client_status *status, jack_client_t *watch, uint64_t xruns);

#endif
