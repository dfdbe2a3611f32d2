/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/sound/stream_setup.h"

#include <errno.h>
#include <math.h>
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
	if (params->ring_bytes < STREAM_RT_BYTES_MIN ||
	    params->ring_bytes > limits->ring_bytes_max || params->ring_bytes % frame_bytes) {
		return -EINVAL;
	}
	if (params->period_bytes > params->ring_bytes || params->period_bytes % frame_bytes) {
		return -EINVAL;
	}
	return params->ring_bytes / frame_bytes >= STREAM_RT_FRAMES_MIN ? 0 : -EINVAL;
}

static void fit(struct stream_rt *runtime, enum pcm_dir dir, const struct stream_params *params,
		void *sh_ring, struct evt *evt, struct strip *strip)
{
	runtime->dir = dir;
	runtime->format = params->format;
	runtime->channels = params->channels;
	runtime->frame_bytes = pcm_frame_bytes(params->format, params->channels);
	runtime->ring_frames = params->ring_bytes / runtime->frame_bytes;
	runtime->period_frames = params->period_bytes / runtime->frame_bytes;
	runtime->conv = conv_find(params->format);
	runtime->sh_ring = sh_ring;
	runtime->evt = evt;
	runtime->strip = strip;
	runtime->resamp = NULL;
	/* What was under way begins again. */
	runtime->io.erased = 0;
}

void stream_setup_init(struct stream_rt *runtime, enum pcm_dir dir,
		       const struct stream_params *params, void *sh_ring, struct evt *evt,
		       struct strip *strip)
{
	/*
	 * Faults in every page before the callback would; the main thread's mlockall keeps them in.
	 */
	memset(runtime, 0, sizeof(*runtime));
	fit(runtime, dir, params, sh_ring, evt, strip);
	gain_init(&runtime->gain, params->channels);
	gain_set_level(&runtime->gain, &strip->fader);
}

/* They go to the ports as they are. */
static bool carries_finite(const struct stream_rt *runtime)
{
	for (uint32_t c = 0; c < PCM_CHANNELS_MAX; c++) {
		for (uint32_t i = 0; i < STREAM_RT_LEAD_MAX; i++) {
			if (!isfinite(runtime->rt.carry[c][i])) {
				return false;
			}
		}
	}
	return true;
}

int stream_setup_adopt(struct stream_rt *runtime, enum pcm_dir dir,
		       const struct stream_params *params, void *sh_ring, struct evt *evt,
		       struct strip *strip)
{
	/* The next cycle may replace the lead by the one that is due. */
	if (runtime->rt.lead > STREAM_RT_LEAD_MAX || runtime->rt.lead_due > STREAM_RT_LEAD_MAX ||
	    runtime->rt.carried > runtime->rt.lead ||
	    /* Both only if the daemon was killed while it took the lead that was due. */
	    (runtime->rt.lead_due && runtime->rt.lead &&
	     runtime->rt.lead != runtime->rt.lead_due) ||
	    !carries_finite(runtime) || runtime->io.state > STREAM_RT_PAUSED ||
	    runtime->io.queued >
		    params->ring_bytes / pcm_frame_bytes(params->format, params->channels)) {
		return -EINVAL;
	}
	fit(runtime, dir, params, sh_ring, evt, strip);
	gain_adopt(&runtime->gain, params->channels);
	gain_set_level(&runtime->gain, &strip->fader);
	return 0;
}
