/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/stream_ring.h"

#include <errno.h>

#include "src/base/guest_log.h"
#include "src/sound/stream_trigger.h"

void stream_ring_log(const struct stream_ring *ring, enum log_level level, const char *text,
		     int err)
{
	guest_log_line(ring->card->log, level, "%s.%s: %s%s%s", ring->card->name,
		       ring->stream->label, text, err ? ": " : "", err ? strerror(-err) : "");
}

bool stream_ring_started(const struct stream_ring *ring)
{
	return ring->runtime && ring->runtime->io.state == STREAM_RT_RUNNING;
}

/* --- what others see of the stream */

static void show_level(struct stream_status *status, const struct gain *gain)
{
	for (uint32_t c = 0; c < gain->channels; c++) {
		atomic_store_explicit(&status->volume_mdb[c], gain->io.volume_mdb[c],
				      memory_order_relaxed);
		atomic_store_explicit(&status->muted[c], gain->io.muted[c], memory_order_relaxed);
	}
}

static void show_stream(struct stream_status *status, const struct stream_ring *ring)
{
	const struct stream_rt *runtime = ring->runtime;

	show_level(status, &runtime->gain);
	atomic_store_explicit(&status->rate_hz, ring->handover->params.rate_hz,
			      memory_order_relaxed);
	atomic_store_explicit(&status->format, runtime->format, memory_order_relaxed);
	atomic_store_explicit(&status->channels, runtime->channels, memory_order_relaxed);
	atomic_store_explicit(&status->ring_frames, runtime->ring_frames, memory_order_relaxed);
	atomic_store_explicit(&status->period_frames, runtime->period_frames, memory_order_relaxed);
	atomic_store_explicit(&status->resampler_frames, resamp_delay_frames(runtime->resamp),
			      memory_order_relaxed);
}

static void show_latency(struct latency *latency, const struct stream_rt *runtime)
{
	const struct resamp *resamp = runtime->resamp;

	latency_publish(latency, runtime->ring_frames, runtime->period_frames);
	latency_publish_resampler(latency, resamp ? resamp->guest_hz : 0,
				  resamp ? resamp->jack_hz : 0, resamp_delay_frames(resamp));
}

void stream_ring_publish_status(const struct stream_ring *ring)
{
	struct stream_status *status = &ring->stream->strip.status;
	enum stream_state state = stream_ring_started(ring) ? STREAM_RUNNING : STREAM_OPEN;

	if (ring->runtime) {
		show_stream(status, ring);
		show_latency(&ring->stream->latency, ring->runtime);
	} else {
		state = STREAM_CLOSED;
	}
	/* After the rest: whoever sees that the stream is open must see its other values. */
	atomic_store_explicit(&status->state, state, memory_order_release);
}

/* --- the stream and who has it */

/* The limit's line is logged once: a guest may open as often as it likes. */
static int take_share(struct stream_ring *ring, enum resamp_quality quality,
		      const struct stream_params *params, uint32_t jack_hz)
{
	struct resample_limit *limit = ring->resampling;
	enum resample_result result;
	uint64_t ppm;

	resample_share_drop(&ring->share);
	if (!limit || params->rate_hz == jack_hz) {
		return 0;
	}
	ppm = resamp_cost_ppm(quality, params->channels, params->rate_hz, jack_hz);
	result = resample_share_take(&ring->share, limit, ring->card->domid,
				     ppm < UINT32_MAX ? (uint32_t)ppm : UINT32_MAX);
	if (result != RESAMPLE_TAKEN && !ring->limited) {
		bool guest = result == RESAMPLE_GUEST;

		ring->limited = true;
		guest_log_warning(
			ring->card->log,
			"%s.%s: not resampled: %s would take more than %u %% of a JACK cycle: "
			"see [limits] resampling",
			ring->card->name, ring->stream->label, guest ? "its guest" : "all guests",
			guest ? limit->percent : resample_share_of_all(limit));
	}
	return result == RESAMPLE_TAKEN ? 0 : -EBUSY;
}

/*
 * The stream may be older than JACK's rate: it continues even if the guest may not open another at
 * its rate.
 */
enum resamp_quality stream_ring_quality(const struct stream_ring *ring)
{
	return ring->card->resample ? ring->card->resample : RESAMP_YES;
}

int stream_ring_take_share(struct stream_ring *ring, const struct stream_params *params,
			   uint32_t jack_hz)
{
	return take_share(ring, stream_ring_quality(ring), params, jack_hz);
}

/* Makes the resampler that the open stream needs; *resamp is NULL if it needs none. */
static int resample(struct stream_ring *ring, enum resamp_quality quality, struct resamp **resamp)
{
	const struct stream_params *params = &ring->handover->params;
	int err = take_share(ring, quality, params, ring->rate_hz);

	*resamp = NULL;
	if (err || params->rate_hz == ring->rate_hz) {
		return err;
	}
	*resamp = resamp_create(quality, ring->stream->dir == PCM_PLAYBACK, params->channels,
				params->rate_hz, ring->rate_hz);
	if (*resamp) {
		return 0;
	}
	stream_ring_log(ring, LOG_WARNING, "cannot make a resampler", -ENOMEM);
	resample_share_drop(&ring->share);
	return -ENOMEM;
}

/* Its guest cannot help that: beyond the limit, a lower quality is better than the wrong speed. */
void stream_ring_fit_rate(struct stream_ring *ring)
{
	struct resamp *now = ring->runtime->resamp, *resamp;
	bool limited = ring->limited;
	int err;

	if (!ring->rate_hz ||
	    ring->rate_hz == (now ? now->jack_hz : ring->handover->params.rate_hz)) {
		return;
	}
	err = resample(ring, stream_ring_quality(ring), &resamp);
	if (err == -EBUSY) {
		err = resample(ring, RESAMP_FAST, &resamp);
	}
	resamp_destroy(now);
	ring->runtime->resamp = ring->memory.resamp = resamp;
	stream_ring_publish_status(ring);
	if (!err) {
		stream_ring_log(ring, LOG_INFO, resamp ? "now resampled" : "no longer resampled",
				0);
	} else if (err != -EBUSY || !limited) {
		stream_ring_log(ring, LOG_WARNING, "runs at the wrong speed", 0);
	}
}

struct stream_rt *stream_ring_idle(const struct stream_ring *ring)
{
	return ring->owner == STREAM_RING_IO && !ring->active && stream_ring_started(ring)
		       ? ring->runtime
		       : NULL;
}

void stream_ring_publish(struct stream_ring *ring)
{
	if (ring->owner == STREAM_RING_IO && ring->active && stream_ring_started(ring)) {
		/* Changes made while nobody heard the stream need no ramp. */
		gain_settle(&ring->runtime->gain);
		ring->owner = STREAM_RING_PUBLISHED;
		card_publish(ring->stream, ring->runtime);
	}
}

/*
 * jack_deactivate may have cut off the callback in the middle (card_cut). The guest then does not
 * know of the frames that were moved, and could not see the next advance if both together were a
 * whole ring. Event ids have no gap: evt_push counts them before the guest sees them.
 */
static void recover(struct stream_rt *runtime)
{
	/*
	 * With a resampler, the announced position may lag anyway, and the callback itself keeps
	 * the next advance below a whole ring.
	 */
	if (!runtime->resamp &&
	    runtime->rt.hw_frames != rt_counter_get(&runtime->shared.hw_frames)) {
		stream_trigger_adopt(runtime);
	}
}

bool stream_ring_retire(struct stream_ring *ring)
{
	if (ring->owner == STREAM_RING_PUBLISHED) {
		ring->token = card_retire(ring->side, ring->stream);
		ring->owner = STREAM_RING_RETIRED;
	}
	if (ring->owner == STREAM_RING_RETIRED && card_quiet(ring->side, ring->token)) {
		ring->owner = STREAM_RING_IO;
		recover(ring->runtime);
		stream_ring_fit_rate(ring);
	}
	if (ring->owner == STREAM_RING_IO && ring->kicked) {
		ring->kicked = false;
		stream_trigger_wake(ring->runtime);
		stream_ring_close_stream(ring);
	}
	return ring->owner == STREAM_RING_IO;
}

void stream_ring_kick(struct stream_ring *ring)
{
	if (ring->runtime) {
		stream_ring_log(ring, LOG_NOTICE, "closed by the operator", 0);
		ring->kicked = true;
		stream_ring_retire(ring);
	}
}

void stream_ring_retune(struct stream_ring *ring, const struct stream_ring_clock *clock)
{
	bool changed = ring->rate_hz != clock->rate_hz;

	ring->rate_hz = clock->rate_hz;
	ring->resampling = clock->resampling;
	if (!changed || !ring->runtime) {
		return;
	}
	if (ring->owner == STREAM_RING_IO) {
		/* The null clock runs at JACK's rate, too. */
		stream_ring_fit_rate(ring);
	} else if (ring->owner == STREAM_RING_PUBLISHED && stream_ring_retire(ring)) {
		/* PipeWire can change its rate while it runs. */
		stream_ring_publish(ring);
	}
}

/* Has what only an open stream needs freed. */
static void free_memory(struct stream_ring *ring)
{
	resample_share_drop(&ring->share);
	stream_memory_free(&ring->memory, ring->mapper);
}

void stream_ring_close_stream(struct stream_ring *ring)
{
	if (ring->runtime) {
		ring->handover->last_position_bytes = ring->runtime->rt.hw_frames *
						      ring->runtime->frame_bytes;
		atomic_store(&ring->handover->open, false);
		/* Orders this before the next OPEN's writes. */
		rt_keep_order();
		ring->runtime = NULL;
		stream_ring_publish_status(ring);
		stream_ring_log(ring, LOG_INFO, "closed", 0);
	}
	/* A stream that was to be opened: its request will not be answered, or is served again. */
	ring->opening = NULL;
	free_memory(ring);
}

bool stream_ring_end(struct stream_ring *ring, bool leave)
{
	if (leave && ring->runtime) {
		ring->runtime = NULL;
		free_memory(ring);
	} else {
		stream_ring_close_stream(ring);
	}
	return !stream_memory_busy(&ring->memory);
}
