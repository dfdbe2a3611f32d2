/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arithmetic of HW_PARAM_QUERY: what a stream can do now, within what its guest still
 * considers. Pure and without state; io. Buffer and period are in frames. Any number of the
 * request may be anything.
 *
 * What is offered: a format that we have, JACK's rate and with the resampler those that Linux
 * knows, channels up to the ports, a buffer of at least two JACK cycles that fits the limit in
 * bytes, a period of at least one JACK cycle and at most half the buffer; a cycle is as many of the
 * guest's frames as it may need. All that is offered can be opened; OPEN allows more.
 */
#ifndef XENJACK_QUERY_H
#define XENJACK_QUERY_H

#include <stdbool.h>

#include "xen/abi.h"

/* What a stream can do now. */
struct query_limits {
	uint32_t rate_hz, period_frames; /* JACK's */
	uint32_t channels;
	uint32_t ring_bytes_max;
	bool resample;
};

/*
 * Narrows the space to the least intervals that hold everything in it that is offered; each end is
 * one that something has, and asking again changes nothing. 0, or -EINVAL if there is nothing.
 */
int query_narrow(struct xensnd_query_hw_param *space, const struct query_limits *limits);

#endif
