/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/query.h"

#include <errno.h>
#include <stdbool.h>

#include "src/stream.h"
#include "xen/format.h"

/* float64, the longest sample of sndif. */
#define SAMPLE_BYTES_MAX 8u

static uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t max_u32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* What a frame's size leaves of a buffer. */
struct room {
	uint32_t frames_min, frames_max; /* for any frame */
	uint32_t bytes_max;
};

/* The shortest buffer that is offered for a frame, 0 if there is none. */
static uint32_t shortest(const struct room *room, uint32_t frame_bytes)
{
	uint32_t frames = room->frames_min;

	if ((uint64_t)frames * frame_bytes < STREAM_BYTES_MIN) {
		frames = (STREAM_BYTES_MIN + frame_bytes - 1) / frame_bytes;
	}
	return frames <= room->frames_max && (uint64_t)frames * frame_bytes <= room->bytes_max
		       ? frames
		       : 0;
}

/* What has been found possible. */
struct found {
	uint32_t channels_min, channels_max;
	uint32_t frame_bytes_min; /* the longest buffer is that of the shortest frame */
	uint32_t frames_min;
};

/* Tries every number of channels with one size of a sample; whether any is possible. */
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

/* The formats of the mask that are possible: they differ in nothing but their samples' size. */
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

int query_narrow(struct xensnd_query_hw_param *space, const struct query_limits *limits)
{
	/* A cycle is what the guest is woken by, and JACK takes one while the guest fills another.
	 */
	uint32_t period_min = max_u32(max_u32(space->period.min, limits->period_frames), 1);
	struct room room = {
		.frames_min = max_u32(space->buffer.min, STREAM_FRAMES_MIN),
		.frames_max = space->buffer.max,
		.bytes_max = limits->ring_bytes_max,
	};
	struct found found = { UINT32_MAX, 0, UINT32_MAX, UINT32_MAX };

	if (period_min > min_u32(space->period.max, UINT32_MAX / 2) ||
	    space->rates.min > limits->rate_hz || space->rates.max < limits->rate_hz) {
		return -EINVAL;
	}
	room.frames_min = max_u32(room.frames_min, 2 * period_min);
	space->formats = try_formats(&found, &room, space->formats, max_u32(space->channels.min, 1),
				     min_u32(space->channels.max, limits->channels));
	if (!space->formats) {
		return -EINVAL;
	}
	space->rates.min = space->rates.max = limits->rate_hz;
	space->channels.min = found.channels_min;
	space->channels.max = found.channels_max;
	space->buffer.min = found.frames_min;
	space->buffer.max = min_u32(space->buffer.max, room.bytes_max / found.frame_bytes_min);
	space->period.min = period_min;
	space->period.max = min_u32(space->period.max, space->buffer.max / 2);
	return 0;
}
