/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/query.h"

#include <errno.h>
#include <stdbool.h>

#include "src/sound/stream_rt.h"
#include "xen/format.h"

/* sndif's longest sample is float64. */
#define SAMPLE_BYTES_MAX 8u

static uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t max_u32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* The limits of a buffer, for which a frame's size matters. */
struct room {
	uint32_t frames_min, frames_max; /* for any frame size */
	uint32_t bytes_max;
};

/* The shortest buffer offered for this frame size, in frames; 0 if there is none. */
static uint32_t shortest(const struct room *room, uint32_t frame_bytes)
{
	uint32_t frames = room->frames_min;

	if ((uint64_t)frames * frame_bytes < STREAM_RT_BYTES_MIN) {
		frames = (STREAM_RT_BYTES_MIN + frame_bytes - 1) / frame_bytes;
	}
	return frames <= room->frames_max && (uint64_t)frames * frame_bytes <= room->bytes_max
		       ? frames
		       : 0;
}

/* The extremes of what has been found possible. */
struct found {
	uint32_t channels_min, channels_max;
	uint32_t frame_bytes_min; /* the longest buffer is that of the smallest frame */
	uint32_t frames_min;
};

/* Tries every number of channels with one sample size; returns whether any is possible. */
static bool try_channels(struct found *found, const struct room *room, uint32_t sample_bytes,
			 uint32_t first, uint32_t last)
{
	bool any = false;

	for (uint32_t channels = first; channels <= last; channels++) {
		uint32_t frame_bytes = sample_bytes * channels;
		uint32_t frames = shortest(room, frame_bytes);

		if (frames) {
			found->channels_min = min_u32(found->channels_min, channels);
			found->channels_max = max_u32(found->channels_max, channels);
			found->frame_bytes_min = min_u32(found->frame_bytes_min, frame_bytes);
			found->frames_min = min_u32(found->frames_min, frames);
			any = true;
		}
	}
	return any;
}

/* Returns the possible formats of the mask: only the size of their samples matters here. */
static uint64_t try_formats(struct found *found, const struct room *room, uint64_t formats,
			    uint32_t first, uint32_t last)
{
	uint64_t of_size[SAMPLE_BYTES_MAX + 1] = { 0 };
	uint64_t possible = 0;

	for (unsigned i = 0; i < PCM_FORMATS; i++) {
		enum pcm_format format = (enum pcm_format)i;

		of_size[pcm_sample_bytes(format)] |= formats & format_bit(format);
	}
	for (uint32_t bytes = 1; bytes <= SAMPLE_BYTES_MAX; bytes++) {
		if (of_size[bytes] && try_channels(found, room, bytes, first, last)) {
			possible |= of_size[bytes];
		}
	}
	return possible;
}

/* For one rate, at which a JACK cycle takes cycle_frames. 0 or -EINVAL. */
static int narrow_rate(struct xensnd_query_hw_param *space, const struct query_limits *limits,
		       uint32_t rate_hz, uint32_t cycle_frames)
{
	/* Cycles wake the guest, and JACK takes one period while the guest fills another. */
	uint32_t period_min = max_u32(max_u32(space->period.min, cycle_frames), 1);
	struct room room = {
		.frames_min = max_u32(space->buffer.min, STREAM_RT_FRAMES_MIN),
		.frames_max = space->buffer.max,
		.bytes_max = limits->ring_bytes_max,
	};
	struct found found = { UINT32_MAX, 0, UINT32_MAX, UINT32_MAX };

	if (period_min > min_u32(space->period.max, UINT32_MAX / 2) || space->rates.min > rate_hz ||
	    space->rates.max < rate_hz) {
		return -EINVAL;
	}
	room.frames_min = max_u32(room.frames_min, 2 * period_min);
	space->formats = try_formats(&found, &room, space->formats, max_u32(space->channels.min, 1),
				     min_u32(space->channels.max, limits->channels));
	if (!space->formats) {
		return -EINVAL;
	}
	space->rates.min = space->rates.max = rate_hz;
	space->channels.min = found.channels_min;
	space->channels.max = found.channels_max;
	space->buffer.min = found.frames_min;
	space->buffer.max = min_u32(space->buffer.max, room.bytes_max / found.frame_bytes_min);
	space->period.min = period_min;
	space->period.max = min_u32(space->period.max, space->buffer.max / 2);
	return 0;
}

/* Widens `all` so that it holds `one`; `all` is empty if it has no format. */
static void join(struct xensnd_query_hw_param *all, const struct xensnd_query_hw_param *one)
{
	if (!all->formats) {
		*all = *one;
		return;
	}
	all->formats |= one->formats;
	all->rates.min = min_u32(all->rates.min, one->rates.min);
	all->rates.max = max_u32(all->rates.max, one->rates.max);
	all->channels.min = min_u32(all->channels.min, one->channels.min);
	all->channels.max = max_u32(all->channels.max, one->channels.max);
	all->buffer.min = min_u32(all->buffer.min, one->buffer.min);
	all->buffer.max = max_u32(all->buffer.max, one->buffer.max);
	all->period.min = min_u32(all->period.min, one->period.min);
	all->period.max = max_u32(all->period.max, one->period.max);
}

/* The same at the resampler's rates, joined into `all`. */
static void narrow_others(struct xensnd_query_hw_param *all,
			  const struct xensnd_query_hw_param *space,
			  const struct query_limits *limits)
{
	for (const uint32_t *rate = resamp_rates_hz; *rate; rate++) {
		struct xensnd_query_hw_param one = *space;
		/* Rounded up: some cycles take that many. */
		uint64_t cycle = ((uint64_t)limits->period_frames * *rate + limits->rate_hz - 1) /
				 limits->rate_hz;

		if (!narrow_rate(&one, limits, *rate, (uint32_t)cycle)) {
			join(all, &one);
		}
	}
}

int query_narrow(struct xensnd_query_hw_param *space, const struct query_limits *limits)
{
	struct xensnd_query_hw_param all = *space;

	if (narrow_rate(&all, limits, limits->rate_hz, limits->period_frames)) {
		all = (struct xensnd_query_hw_param){ .formats = 0 };
	}
	if (limits->resample) {
		narrow_others(&all, space, limits);
	}
	if (!all.formats) {
		return -EINVAL;
	}
	*space = all;
	return 0;
}
