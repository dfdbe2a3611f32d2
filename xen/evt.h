/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Producer of one stream's event page: tells the guest how far its stream has got (CUR_POS).
 * Used by whoever owns the stream: the JACK process thread while it is published, io otherwise.
 * Positions are bytes since OPEN and never go back. See xen/io/sndif.h, "Event page".
 */
#ifndef XENJACK_EVT_H
#define XENJACK_EVT_H

#include <stdbool.h>

#include "xen/hv.h"

struct evt {
	const struct hv_ops *ops;
	struct hv_evtchn *handle; /* nobody else binds, unbinds or notifies on it */
	int port;
	void *sh_page;
	uint32_t in_prod; /* the shared one is ours to write, but the guest's to spoil */
};

/*
 * Takes a mapped event page and a bound port, both stay the caller's. Goes on behind the events
 * that the page already holds: none on a fresh connection.
 */
void evt_init(struct evt *evt, const struct hv_ops *ops, struct hv_evtchn *handle, int port,
	      void *sh_page);

/*
 * The same for an evt that was kept over a restart of the daemon: its in_prod is the truth, the
 * guest's page may be one behind.
 */
void evt_adopt(struct evt *evt, const struct hv_ops *ops, struct hv_evtchn *handle, int port,
	       void *sh_page);

/*
 * Sends a position and notifies the guest. False if the guest has left no room: no event id is
 * spent, and the next event carries the news.
 */
RT_SAFE bool evt_push(struct evt *evt, uint64_t position_bytes);

/* Whether the guest has taken every event; reads what a guest may forge: a hint. */
bool evt_empty(const struct evt *evt);

#endif
