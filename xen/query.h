/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arithmetic of HW_PARAM_QUERY: what a stream can do now, within what its guest still
 * considers. Pure and without state; io. Buffer and period are in frames. Any number of the
 * request may be anything.
 */
#ifndef XENJACK_QUERY_H
#define XENJACK_QUERY_H

#include "xen/abi.h"

/* What a stream can do now. */
struct query_limits {
	uint32_t rate_hz, period_frames; /* JACK's */
	uint32_t channels;
	uint32_t ring_bytes_max;
};

/* Narrows the space by the limits. 0, or -EINVAL if nothing is left. */
int query_narrow(struct xensnd_query_hw_param *space, const struct query_limits *limits);

#endif
