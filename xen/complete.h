/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Completes the configuration that a toolstack left below a front end's directory: what it left
 * out, and the names of the float formats. xl has other ones than Linux and reads them again when
 * it lists or detaches cards: so they are Linux's while a front end may read them, which is as
 * long as our state is InitWait, and xl's again after that. ctl. Each call is one transaction:
 * nobody sees half of it. 0, also if there was nothing to do, or -errno: -EACCES in a driver
 * domain, where these nodes may be read and not written. Nothing is written then.
 */
#ifndef XENJACK_COMPLETE_H
#define XENJACK_COMPLETE_H

#include "xen/bus.h"
#include "xen/probe.h"

/* Rates that the card's guest may use. */
struct complete_rates {
	uint32_t jack_hz;
	bool resample; /* all that Linux knows, not only JACK's */
};

/*
 * Before a front end reads it, which is right before our state becomes InitWait, or as long as that
 * stands: float formats in Linux's spelling; the rates, where they are ours and others by now; and
 * what the card lacks for these rates and within these limits. The last only while the front end's
 * state is Initialising: a running guest's card stays as it is.
 */
int complete_card(struct hv *hv, const struct bus_device *device,
		  const struct complete_rates *rates, const struct probe_limits *limits);

/* When the front end has read it: float formats in xl's spelling again. */
int complete_restore(struct hv *hv, const struct bus_device *device);

/* Logs a warning if the card, or a part of it, is limited to rates that it may not use. */
void complete_compare(struct hv *hv, const struct bus_device *device,
		      const struct complete_rates *rates);

#endif
