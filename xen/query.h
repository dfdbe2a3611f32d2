/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arithmetic of HW_PARAM_QUERY: narrows what a guest still considers to what a stream can do
 * now. Pure and stateless; io thread. Buffer and period are in frames. The numbers in a request are
 * untrusted.
 *
 * What is offered: every format that we convert; JACK's rate and, with the resampler, every rate
 * that Linux has a name for; channels up to the stream's; a buffer of at least two JACK cycles,
 * within the limit in bytes; a period of at least one JACK cycle and at most half the buffer. A
 * cycle counts as the most frames of the guest that it may need. All that is offered can be opened;
 * OPEN accepts more.
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
 * Narrows the space to the smallest intervals that hold everything in it that is offered. Each end
 * is part of some offer, and querying the result again changes nothing. 0, or -EINVAL if nothing is
 * offered.
 */
int query_narrow(struct xensnd_query_hw_param *space, const struct query_limits *limits);

#endif
