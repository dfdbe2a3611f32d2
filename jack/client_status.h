/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ctl is told of the JACK server, each time that it is another than what it was told last. The
 * jack thread; part of jack/client, which says when. A value of the pool's; Hz and frames. Nothing
 * fails.
 */
#ifndef XENJACK_CLIENT_STATUS_H
#define XENJACK_CLIENT_STATUS_H

#include <jack/jack.h>

#include "src/mail.h"

struct client_status {
	struct mailbox *to_ctl;
	int rate_hz, period_frames; /* 0 at a new server */
	bool freewheel;
	int load; /* in 1/10000 */
	int xruns;
};

/* The server is gone: all of the next one is news. */
void client_status_reset(struct client_status *status);

void client_status_tell_clock(struct client_status *status, jack_client_t *watch);
void client_status_tell_freewheel(struct client_status *status, bool freewheel);

/* A mailbox that is half full loses these, until they are told again. */
void client_status_tell_load(struct client_status *status, jack_client_t *watch);
void client_status_tell_xruns(struct client_status *status, jack_client_t *watch, uint64_t xruns);

#endif
