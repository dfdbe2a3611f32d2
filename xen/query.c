/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/query.h"

#include <errno.h>
#include <stdbool.h>

#include "xen/format.h"

static bool narrow(uint32_t *min, uint32_t *max, uint32_t ours_min, uint32_t ours_max)
{
	*min = *min > ours_min ? *min : ours_min;
	*max = *max < ours_max ? *max : ours_max;
	return *min <= *max;
}

/* The formats both sides have, and the smallest sample among them. */
static uint64_t common_formats(uint64_t formats, uint32_t *sample_bytes_min)
{
	uint64_t common = 0;

	*sample_bytes_min = UINT32_MAX;
	for (unsigned i = 0; i < PCM_FORMATS; i++) {
		uint64_t bit = format_bit((enum pcm_format)i);

		if (formats & bit) {
			uint32_t bytes = pcm_sample_bytes((enum pcm_format)i);

			common |= bit;
			*sample_bytes_min = bytes < *sample_bytes_min ? bytes : *sample_bytes_min;
		}
	}
	return common;
}

int query_narrow(struct xensnd_query_hw_param *space, const struct query_limits *limits)
{
	uint32_t frames_max, sample_bytes;
	bool ok;

	space->formats = common_formats(space->formats, &sample_bytes);
	ok = space->formats &&
	     narrow(&space->rates.min, &space->rates.max, limits->rate_hz, limits->rate_hz) &&
	     narrow(&space->channels.min, &space->channels.max, 1, limits->channels);
	if (!ok) {
		return -EINVAL;
	}
	/* What fits for the smallest frame; Linux keeps larger ones within its own limit. */
	frames_max = limits->ring_bytes_max / (sample_bytes * space->channels.min);
	/* Two cycles: one that JACK takes while the guest fills the other. */
	ok = narrow(&space->buffer.min, &space->buffer.max, 2 * limits->period_frames,
		    frames_max) &&
	     narrow(&space->period.min, &space->period.max, limits->period_frames, frames_max);
	return ok ? 0 : -EINVAL;
}
