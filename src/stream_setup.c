/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/stream_setup.h"

#include <errno.h>
#include <string.h>

int stream_setup_check(const struct stream_params *params, const struct stream_limits *limits)
{
	uint32_t frame_bytes = pcm_frame_bytes(params->format, params->channels);

	if (!frame_bytes || params->channels > limits->channels) {
		return -EINVAL;
	}
	if (params->rate_hz != limits->rate_hz &&
	    !(limits->resample && resamp_offers(params->rate_hz))) {
		return -EINVAL;
	}
	if (params->ring_bytes < STREAM_BYTES_MIN || params->ring_bytes > limits->ring_bytes_max ||
	    params->ring_bytes % frame_bytes) {
		return -EINVAL;
	}
	if (params->period_bytes > params->ring_bytes || params->period_bytes % frame_bytes) {
		return -EINVAL;
	}
	return params->ring_bytes / frame_bytes >= STREAM_FRAMES_MIN ? 0 : -EINVAL;
}

static void fit(struct stream *stream, enum pcm_dir dir, const struct stream_params *params,
		void *sh_ring, struct evt *evt, struct strip *strip)
{
	stream->dir = dir;
	stream->format = params->format;
	stream->channels = params->channels;
	stream->frame_bytes = pcm_frame_bytes(params->format, params->channels);
	stream->ring_frames = params->ring_bytes / stream->frame_bytes;
	stream->period_frames = params->period_bytes / stream->frame_bytes;
	stream->conv = conv_find(params->format);
	stream->sh_ring = sh_ring;
	stream->evt = evt;
	stream->strip = strip;
	stream->resamp = NULL;
}

void stream_setup_init(struct stream *stream, enum pcm_dir dir, const struct stream_params *params,
		       void *sh_ring, struct evt *evt, struct strip *strip)
{
	/* Brings in every page, before the callback could; main has memory stay once it is in. */
	memset(stream, 0, sizeof(*stream));
	fit(stream, dir, params, sh_ring, evt, strip);
	gain_init(&stream->gain, params->channels);
	gain_set_level(&stream->gain, &strip->fader);
}

int stream_setup_adopt(struct stream *stream, enum pcm_dir dir, const struct stream_params *params,
		       void *sh_ring, struct evt *evt, struct strip *strip)
{
	if (stream->rt.lead > STREAM_LEAD_MAX || stream->rt.lead_due > STREAM_LEAD_MAX ||
	    stream->rt.carried > stream->rt.lead || stream->io.state > STREAM_PAUSED ||
	    stream->io.queued >
		    params->ring_bytes / pcm_frame_bytes(params->format, params->channels)) {
		return -EINVAL;
	}
	fit(stream, dir, params, sh_ring, evt, strip);
	gain_adopt(&stream->gain, params->channels);
	gain_set_level(&stream->gain, &strip->fader);
	return 0;
}
