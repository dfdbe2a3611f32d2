/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a stream can be opened with: the limits in xenstore, read as Linux does, and the search for
 * parameters by HW_PARAM_QUERY. The stream's thread. Buffers and periods are in frames, except
 * limits.buffer_bytes. Errors: -errno, and the reason is logged.
 */
#ifndef XENJACK_GUEST_PARAMS_H
#define XENJACK_GUEST_PARAMS_H

#include "src/sound/pcm.h"
#include "xen/guest/channel.h"

/* How many rates Linux recognises in `sample-rates`. */
#define PARAMS_RATES 12u

struct params_limits {
	uint64_t formats;   /* bit n: XENSND_PCM_FORMAT number n */
	uint32_t rate_bits; /* bit n: the n-th known rate; 0: any between the two below */
	uint32_t rate_min_hz, rate_max_hz;
	uint32_t channels_min, channels_max;
	uint32_t buffer_bytes;
};

struct params {
	enum pcm_format format;
	uint32_t rate_hz, channels;
	uint32_t period, buffer; /* 0: choose */
};

/* Linux's defaults for what is not in xenstore. */
void params_limits_init(struct params_limits *limits);

/* Reads the five nodes in `dir`; a missing or invalid node changes nothing. */
void params_limits_read(struct params_limits *limits, struct domain *domain, const char *dir);

/* A format's number in the protocol. */
uint8_t params_format(enum pcm_format format);

/* Sends one query for `space` and narrows it to the answer. -EINVAL: nothing is left. */
int params_query(struct channel *channel, struct xensnd_query_hw_param *space);

/*
 * Finds parameters as alsa-lib does: fixes one after the other and refines the rest. Fills in
 * zeroes in `params`: 1024 frames per period and four periods, if allowed.
 */
int params_choose(struct channel *channel, const struct params_limits *limits,
		  struct params *params);

#endif
