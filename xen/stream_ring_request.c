/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/stream_ring_request.h"

#include <errno.h>

#include "src/base/guest_log.h"
#include "src/sound/stream_trigger.h"
#include "xen/format.h"
#include "xen/query.h"

/* --- requests; each returns 0 or a negative XEN_E status */

static struct stream_params params_of(const struct xensnd_open_req *open)
{
	return (struct stream_params){
		.format = format_find(open->pcm_format),
		.rate_hz = open->pcm_rate,
		.channels = open->pcm_channels,
		.ring_bytes = open->buffer_sz,
		.period_bytes = open->period_sz,
	};
}

/*
 * Checks what is asked for, closes the stream before, and has the buffer mapped and the resampler
 * made; each may take the mapper a while, and then this is called again.
 */
static int begin_open(struct stream_ring *ring, const struct stream_ring_clock *clock)
{
	const struct xensnd_open_req *open = &ring->request.op.open;
	const struct stream_params params = params_of(open);
	const struct stream_limits limits = {
		.rate_hz = clock->rate_hz,
		.channels = ring->stream->channels,
		.ring_bytes_max = ring->stream->buffer_bytes_max,
		.resample = ring->card->resample != RESAMP_NO,
	};
	const struct stream_memory_want want = {
		.domid = ring->card->domid,
		.gref_directory = open->gref_directory,
		.bytes = open->buffer_sz,
		.quality = stream_ring_quality(ring),
		.playback = ring->stream->dir == PCM_PLAYBACK,
		.channels = params.channels,
		.guest_hz = params.rate_hz,
		.jack_hz = clock->rate_hz,
	};
	int err = stream_setup_check(&params, &limits);

	/* A second OPEN replaces the first: ALSA's HW_PARAMS twice without HW_FREE does that. */
	stream_ring_close_stream(ring);
	if (err) {
		stream_ring_log(ring, LOG_WARNING, "OPEN refused: parameters not offered", 0);
		return -XEN_EINVAL;
	}
	if (stream_memory_busy(&ring->memory)) {
		return STREAM_RING_UNFINISHED;
	}
	if (stream_ring_take_share(ring, &params, clock->rate_hz)) {
		return -XEN_EBUSY;
	}
	stream_memory_make(&ring->memory, ring->mapper, ring->hv, &want);
	return stream_memory_busy(&ring->memory) ? STREAM_RING_UNFINISHED : 0;
}

/* Makes the stream in its memory. It is not open yet. */
static int set_up(struct stream_ring *ring)
{
	const struct stream_params params = params_of(&ring->request.op.open);
	struct stream_rt *runtime = &ring->handover->runtime;
	int err = ring->memory.err;

	if (err) {
		stream_ring_log(ring, LOG_WARNING, "OPEN refused: cannot map the buffer", err);
		stream_ring_close_stream(ring);
		return err == -ENOMEM ? -XEN_ENOMEM : -XEN_EINVAL;
	}
	stream_setup_init(runtime, ring->stream->dir, &params, ring->memory.buffer.sh_mem,
			  &ring->handover->evt, &ring->stream->strip);
	runtime->resamp = ring->memory.resamp;
	ring->opening = runtime;
	return 0;
}

/* Erases the next part of the buffer; after the last one, the stream is open. */
static int go_on_opening(struct stream_ring *ring)
{
	struct stream_ring_handover *handover = ring->handover;
	const struct stream_params params = params_of(&ring->request.op.open);

	if (!stream_trigger_open(ring->opening, handover->last_position_bytes)) {
		return STREAM_RING_UNFINISHED;
	}
	ring->runtime = ring->opening;
	ring->opening = NULL;
	handover->params = params;
	handover->gref_directory = ring->request.op.open.gref_directory;
	handover->opener = handover->taken;
	/* Last: from here on, the stream may be adopted. */
	atomic_store(&handover->open, true);
	/* Both may have changed meanwhile. */
	gain_set_level(&ring->runtime->gain, &ring->stream->strip.fader);
	stream_ring_fit_rate(ring);
	guest_log_info(ring->card->log, "%s.%s: open, %s, %u channels, %u Hz%s, ring %u, period %u",
		       ring->card->name, ring->stream->label, pcm_name(params.format),
		       params.channels, params.rate_hz, ring->runtime->resamp ? " resampled" : "",
		       ring->runtime->ring_frames, ring->runtime->period_frames);
	return 0;
}

static int do_open(struct stream_ring *ring, const struct stream_ring_clock *clock)
{
	int status = 0;

	if (ring->runtime && ring->handover->opener == ring->handover->taken) {
		/* A previous daemon did everything but answer. */
		return 0;
	}
	if (!ring->memory.made || ring->runtime) {
		status = begin_open(ring, clock);
	}
	if (!status && !ring->opening) {
		status = set_up(ring);
	}
	return status ? status : go_on_opening(ring);
}

static int do_close(struct stream_ring *ring)
{
	stream_ring_close_stream(ring);
	return stream_memory_busy(&ring->memory) ? STREAM_RING_UNFINISHED : 0;
}

/* Whether a stream is open, and the request's offset and length lie within its buffer. */
static bool within_buffer(const struct stream_ring *ring)
{
	const struct xensnd_rw_req *rw = &ring->request.op.rw;
	uint32_t size;

	if (!ring->runtime) {
		return false;
	}
	size = ring->runtime->ring_frames * ring->runtime->frame_bytes;
	return rw->offset <= size && rw->length <= size - rw->offset;
}

static int do_move(struct stream_ring *ring, enum pcm_dir dir)
{
	const struct xensnd_rw_req *rw = &ring->request.op.rw;

	if (!within_buffer(ring) || ring->runtime->dir != dir) {
		return -XEN_EINVAL;
	}
	return stream_trigger_ack(ring->runtime, rw->offset, rw->length) ? 0
									 : STREAM_RING_UNFINISHED;
}

static int do_trigger(struct stream_ring *ring)
{
	bool done = true;

	if (!ring->runtime) {
		/* Linux sends STOP to undo a failed START. */
		return ring->request.op.trigger.type == XENSND_OP_TRIGGER_STOP ? 0 : -XEN_EINVAL;
	}
	switch (ring->request.op.trigger.type) {
	case XENSND_OP_TRIGGER_START:
		if (ring->owner == STREAM_RING_IO) {
			done = stream_trigger_start(ring->runtime);
		}
		break;
	case XENSND_OP_TRIGGER_RESUME:
		if (ring->owner == STREAM_RING_IO) {
			done = stream_trigger_resume(ring->runtime);
		}
		break;
	case XENSND_OP_TRIGGER_STOP:
		done = stream_trigger_stop(ring->runtime);
		break;
	case XENSND_OP_TRIGGER_PAUSE:
		stream_trigger_pause(ring->runtime);
		break;
	default:
		return -XEN_EINVAL;
	}
	return done ? 0 : STREAM_RING_UNFINISHED;
}

/* One word per channel, in 0.001 dB, somewhere in the buffer that also holds the samples. */
static int do_volume(struct stream_ring *ring)
{
	const struct xensnd_rw_req *rw = &ring->request.op.rw;
	int32_t volume_mdb[PCM_CHANNELS_MAX];

	if (!within_buffer(ring) || rw->length != ring->runtime->channels * sizeof(*volume_mdb)) {
		return -XEN_EINVAL;
	}
	if (ring->request.operation == XENSND_OP_GET_VOLUME) {
		gain_get_volume(&ring->runtime->gain, volume_mdb);
		shbuf_write(&ring->memory.buffer, rw->offset, volume_mdb, rw->length);
	} else {
		shbuf_read(&ring->memory.buffer, rw->offset, volume_mdb, rw->length);
		gain_set_volume(&ring->runtime->gain, volume_mdb);
	}
	return 0;
}

/*
 * The text of sndif.h says bytes, its drawing shows words. The length tells which; only a word's
 * low byte counts.
 */
static int do_mute(struct stream_ring *ring)
{
	const struct xensnd_rw_req *rw = &ring->request.op.rw;
	uint8_t payload[PCM_CHANNELS_MAX * 4];
	bool which[PCM_CHANNELS_MAX];
	uint32_t channels, stride;

	if (!within_buffer(ring)) {
		return -XEN_EINVAL;
	}
	channels = ring->runtime->channels;
	stride = rw->length / channels;
	if ((stride != 1 && stride != 4) || rw->length != stride * channels) {
		return -XEN_EINVAL;
	}
	shbuf_read(&ring->memory.buffer, rw->offset, payload, rw->length);
	for (uint32_t c = 0; c < channels; c++) {
		which[c] = payload[(size_t)c * stride] != 0;
	}
	gain_mute(&ring->runtime->gain, which, ring->request.operation == XENSND_OP_MUTE);
	return 0;
}

/* A guest whose every query fails gets no reason, so log it for the user. */
static void check_hopeless(struct stream_ring *ring, const struct query_limits *limits)
{
	struct xensnd_query_hw_param all = {
		.formats = UINT64_MAX,
		.rates = { 0, UINT32_MAX },
		.channels = { 0, UINT32_MAX },
		.buffer = { 0, UINT32_MAX },
		.period = { 0, UINT32_MAX },
	};

	if (!ring->hopeless && query_narrow(&all, limits)) {
		ring->hopeless = true;
		guest_log_warning(
			ring->card->log,
			"%s.%s: cannot be opened: two JACK periods of %u frames do not fit "
			"into its buffer of %u bytes",
			ring->card->name, ring->stream->label, limits->period_frames,
			limits->ring_bytes_max);
	}
}

static int do_query(struct stream_ring *ring, const struct stream_ring_clock *clock,
		    struct xensnd_query_hw_param *answer)
{
	const struct query_limits limits = {
		.rate_hz = clock->rate_hz,
		.period_frames = clock->period_frames,
		.channels = ring->stream->channels,
		.ring_bytes_max = ring->stream->buffer_bytes_max,
		.resample = ring->card->resample != RESAMP_NO,
	};

	*answer = ring->request.op.hw_param;
	if (query_narrow(answer, &limits)) {
		check_hopeless(ring, &limits);
		return -XEN_EINVAL;
	}
	return 0;
}

int stream_ring_request(struct stream_ring *ring, const struct stream_ring_clock *clock,
			struct xensnd_query_hw_param *answer)
{
	switch (ring->request.operation) {
	case XENSND_OP_OPEN:
		return do_open(ring, clock);
	case XENSND_OP_CLOSE:
		return do_close(ring);
	case XENSND_OP_READ:
		return do_move(ring, PCM_CAPTURE);
	case XENSND_OP_WRITE:
		return do_move(ring, PCM_PLAYBACK);
	case XENSND_OP_SET_VOLUME:
	case XENSND_OP_GET_VOLUME:
		return do_volume(ring);
	case XENSND_OP_MUTE:
	case XENSND_OP_UNMUTE:
		return do_mute(ring);
	case XENSND_OP_TRIGGER:
		return do_trigger(ring);
	case XENSND_OP_HW_PARAM_QUERY:
		return do_query(ring, clock, answer);
	default:
		return -XEN_EOPNOTSUPP;
	}
}

bool stream_ring_request_changes_status(const struct stream_ring *ring)
{
	switch (ring->request.operation) {
	case XENSND_OP_READ:
	case XENSND_OP_WRITE:
	case XENSND_OP_HW_PARAM_QUERY:
	case XENSND_OP_GET_VOLUME:
		return false;
	default:
		return true;
	}
}

bool stream_ring_request_waits(const struct stream_ring *ring)
{
	switch (ring->request.operation) {
	case XENSND_OP_OPEN:
	case XENSND_OP_CLOSE:
		return true;
	case XENSND_OP_TRIGGER:
		return ring->request.op.trigger.type == XENSND_OP_TRIGGER_STOP ||
		       ring->request.op.trigger.type == XENSND_OP_TRIGGER_PAUSE;
	default:
		return false;
	}
}
