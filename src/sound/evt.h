/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Producer of one stream's event page: tells the guest how far its stream has got (CUR_POS). Called
 * by the stream's owner: the process callback while it is published, the io thread otherwise.
 * Positions are bytes since OPEN and never go back. See xen/io/sndif.h, "Event page". The notify
 * function is passed in: nothing here depends on Xen.
 */
#ifndef XENJACK_EVT_H
#define XENJACK_EVT_H

#include <stdbool.h>

#include "src/base/rt.h"

struct hv_evtchn;

/* Notifies the guest through an event channel; evtchn_notify of xen/hv.h. */
typedef void evt_notify(struct hv_evtchn *handle, int port);

#define EVT_RING_LENGTH 63u
#define EVT_CUR_POS 0u

/* The layout of the page in sndif.h; xen/stream_ring.c asserts that they agree. */
struct evt_page {
	uint32_t in_cons; /* the guest's */
	uint32_t in_prod; /* ours */
	uint8_t reserved[56];
	struct evt_event {
		uint16_t id;
		uint8_t type;
		uint8_t reserved[5];
		uint64_t position_bytes;
		uint8_t rest[48];
	} events[EVT_RING_LENGTH];
};

struct evt {
	evt_notify *notify;
	struct hv_evtchn *handle; /* nobody else binds, unbinds or notifies on it */
	int port;
	struct evt_page *sh_page;
	uint32_t in_prod; /* authoritative; the guest may spoil the page's copy */
};

/*
 * Takes a mapped event page and a bound port; the caller keeps both. Continues after the events
 * that the page already holds: none on a fresh connection.
 */
RT_SAFE void evt_init(struct evt *evt, evt_notify *notify, struct hv_evtchn *handle, int port,
		      void *sh_page);

/*
 * The same for an evt that an earlier daemon handed over: its in_prod is authoritative; the guest's
 * page may be one behind.
 */
RT_SAFE void evt_adopt(struct evt *evt, evt_notify *notify, struct hv_evtchn *handle, int port,
		       void *sh_page);

/*
 * Sends a position and notifies the guest. False if the guest has left no room: no event id is
 * used, and the next event makes up for it.
 */
RT_SAFE bool evt_push(struct evt *evt, uint64_t position_bytes);

/* Whether the guest has taken every event. Only a hint: it reads what a guest may forge. */
RT_SAFE bool evt_empty(const struct evt *evt);

#endif
