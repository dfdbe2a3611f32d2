/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Completes the configuration that a toolstack left below a front end's directory: what it left
 * out, and xl's names of the float formats, which no front end knows. ctl, before our state is
 * InitWait, since a front end reads these nodes when it sees that. Only while the front end's
 * state is Initialising and in one transaction: neither a running guest nor the toolstack sees
 * half of it. Never fails a card: what can not be written is logged.
 */
#ifndef XENJACK_COMPLETE_H
#define XENJACK_COMPLETE_H

#include "xen/probe.h"

/*
 * Writes what is missing or misspelt of domain `domid`, device `devid`, for a JACK server of this
 * rate and within these limits.
 */
void complete_card(struct hv *hv, uint32_t domid, uint32_t devid, const char *frontend,
		   uint32_t rate_hz, const struct probe_limits *limits);

/* Logs a warning if the card, or a part of it, is limited to other rates than JACK's. */
void complete_compare(struct hv *hv, uint32_t domid, uint32_t devid, const char *frontend,
		      uint32_t rate_hz);

#endif
