/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Completes the configuration that a toolstack wrote into a front end's directory: missing nodes,
 * and the names of the float formats. xl spells these differently from Linux and reads them again
 * when it lists or detaches cards. So they are spelt for Linux while a front end may read them,
 * that is while our state is InitWait, and for xl afterwards. Main thread.
 *
 * Each call is one transaction: nobody sees half of it. Returns 0, even if there was nothing to do,
 * or -errno, and then nothing was written: -EACCES in a driver domain, which may read these nodes
 * but not write them.
 */
#ifndef XENJACK_COMPLETE_H
#define XENJACK_COMPLETE_H

#include "xen/bus.h"
#include "xen/probe.h"

/* Rates that the card's guest may use. */
struct complete_rates {
	uint32_t jack_hz;
	bool resample; /* all that Linux has a name for, not only JACK's */
};

/*
 * To be called before a front end reads the configuration: right before our state becomes InitWait,
 * or while it is. Spells float formats for Linux, updates the rates if we filled them in and they
 * have changed, and fills in what the card lacks, within these rates and limits. The last only
 * while the front end's state is Initialising: a running guest's card stays as it is.
 */
int complete_card(struct hv *hv, const struct bus_device *device,
		  const struct complete_rates *rates, const struct probe_limits *limits);

/* To be called when the front end has read the configuration: spells float formats for xl. */
int complete_restore(struct hv *hv, const struct bus_device *device);

/* Logs a warning if the card, or a part of it, is limited to rates that its guest may not use. */
void complete_compare(struct hv *hv, const struct bus_device *device,
		      const struct complete_rates *rates);

#endif
