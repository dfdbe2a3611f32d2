/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a stream can be opened with: the limits in XenStore, read as Linux does, and the search
 * for parameters by HW_PARAM_QUERY. A stream's thread. Buffers and periods are in frames but for
 * limits.buffer_bytes. Errors: -errno, the reason is logged.
 */
#ifndef XENJACK_GUEST_PARAMS_H
#define XENJACK_GUEST_PARAMS_H

#include "src/pcm.h"
#include "xen/guest/channel.h"

/* The rates that Linux knows in `sample-rates`. */
#define PARAMS_RATES 12u

struct params_limits {
	uint64_t formats;   /* bit n: XENSND_PCM_FORMAT number n */
	uint32_t rate_bits; /* bit n: the n-th of the known rates; 0: any between the two below */
	uint32_t rate_min_hz, rate_max_hz;
	uint32_t channels_min, channels_max;
	uint32_t buffer_bytes;
};

struct params {
	enum pcm_format format;
	uint32_t rate_hz, channels;
	uint32_t period, buffer; /* 0: choose */
};

/* What Linux takes when XenStore says nothing. */
void params_limits_init(struct params_limits *limits);

/* Reads the five nodes in `dir`; what is not there, or not understood, stays as it was. */
void params_limits_read(struct params_limits *limits, struct domain *domain, const char *dir);

/* The number of a format on the wire. */
uint8_t params_format(enum pcm_format format);

/* Sends one query of this space and narrows the space to the answer. -EINVAL: nothing is left. */
int params_query(struct channel *channel, struct xensnd_query_hw_param *space);

/*
 * Finds parameters, as alsa-lib does: one after the other is fixed and the rest refined. What is
 * 0 in `params` is filled in: 1024 frames a period and four periods, if that is allowed.
 */
int params_choose(struct channel *channel, const struct params_limits *limits,
		  struct params *params);

#endif
