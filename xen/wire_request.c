/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/wire_request.h"

#include <errno.h>

#include "src/log.h"
#include "src/transport.h"
#include "xen/format.h"
#include "xen/query.h"

/* --- requests; each returns 0 or a negative XEN_E status */

static int do_open(struct wire *wire, const struct wire_clock *clock)
{
	const struct xensnd_open_req *open = &wire->request.op.open;
	const struct stream_params params = {
		.format = format_find(open->pcm_format),
		.rate_hz = open->pcm_rate,
		.channels = open->pcm_channels,
		.ring_bytes = open->buffer_sz,
		.period_bytes = open->period_sz,
	};
	const struct stream_limits limits = {
		.rate_hz = clock->rate_hz,
		.channels = wire->slot->channels,
		.ring_bytes_max = wire->slot->buffer_bytes_max,
		.resample = wire->card->resample != RESAMP_NO,
	};
	struct wire_kept *kept = wire->kept;
	struct resamp *resamp;
	int err = stream_setup_check(&params, &limits);

	/* A second OPEN replaces the first: HW_PARAMS twice without HW_FREE does that. */
	wire_close_stream(wire);
	if (err) {
		wire_log(wire, LOG_WARNING, "OPEN with parameters that were not offered", 0);
		return -XEN_EINVAL;
	}
	err = shbuf_map(&wire->buffer, wire->hv, wire->card->domid, open->gref_directory,
			open->buffer_sz);
	if (err) {
		wire_log(wire, LOG_WARNING, "OPEN: mapping the buffer", err);
		return err == -ENOMEM ? -XEN_ENOMEM : -XEN_EINVAL;
	}
	err = wire_resample(wire, &params, clock->rate_hz, &resamp);
	if (err) {
		wire_log(wire, LOG_WARNING, "OPEN: making a resampler", err);
		shbuf_unmap(&wire->buffer);
		return -XEN_ENOMEM;
	}
	stream_setup_init(&kept->stream, wire->slot->dir, &params, wire->buffer.sh_mem, &kept->evt,
			  &wire->slot->strip);
	kept->stream.resamp = resamp;
	wire->stream = &kept->stream;
	transport_open(wire->stream, kept->last_position_bytes);
	kept->params = params;
	kept->gref_directory = open->gref_directory;
	/* Last: from here on it may be adopted. */
	atomic_store(&kept->open, true);
	log_info("%s.%s: open, %s, %u channels, %u Hz%s, ring %u, period %u", wire->card->name,
		 wire->slot->label, pcm_name(params.format), params.channels, params.rate_hz,
		 resamp ? " resampled" : "", wire->stream->ring_frames,
		 wire->stream->period_frames);
	return 0;
}

static int do_close(struct wire *wire)
{
	wire_close_stream(wire);
	return 0;
}

/* Whether there is a stream, and the request's offset and length lie within its buffer. */
static bool within_buffer(const struct wire *wire)
{
	const struct xensnd_rw_req *rw = &wire->request.op.rw;
	uint32_t size;

	if (!wire->stream) {
		return false;
	}
	size = wire->stream->ring_frames * wire->stream->frame_bytes;
	return rw->offset <= size && rw->length <= size - rw->offset;
}

static int do_move(struct wire *wire, enum pcm_dir dir)
{
	const struct xensnd_rw_req *rw = &wire->request.op.rw;

	if (!within_buffer(wire) || wire->stream->dir != dir) {
		return -XEN_EINVAL;
	}
	transport_moved(wire->stream, rw->offset, rw->length);
	return 0;
}

static int do_trigger(struct wire *wire)
{
	if (!wire->stream) {
		/* STOP of what does not run is Linux's undo after a failed START. */
		return wire->request.op.trigger.type == XENSND_OP_TRIGGER_STOP ? 0 : -XEN_EINVAL;
	}
	switch (wire->request.op.trigger.type) {
	case XENSND_OP_TRIGGER_START:
		if (wire->owner == WIRE_IO) {
			transport_start(wire->stream);
			wire_publish(wire);
		}
		return 0;
	case XENSND_OP_TRIGGER_RESUME:
		if (wire->owner == WIRE_IO) {
			transport_resume(wire->stream);
			wire_publish(wire);
		}
		return 0;
	case XENSND_OP_TRIGGER_STOP:
		transport_stop(wire->stream);
		return 0;
	case XENSND_OP_TRIGGER_PAUSE:
		transport_pause(wire->stream);
		return 0;
	default:
		return -XEN_EINVAL;
	}
}

/* A word a channel, 0.001 dB, somewhere in the buffer that also holds the samples. */
static int do_volume(struct wire *wire)
{
	const struct xensnd_rw_req *rw = &wire->request.op.rw;
	int32_t volume_mdb[PCM_CHANNELS_MAX];

	if (!within_buffer(wire) || rw->length != wire->stream->channels * sizeof(*volume_mdb)) {
		return -XEN_EINVAL;
	}
	if (wire->request.operation == XENSND_OP_GET_VOLUME) {
		gain_get_volume(&wire->stream->gain, volume_mdb);
		shbuf_write(&wire->buffer, rw->offset, volume_mdb, rw->length);
	} else {
		shbuf_read(&wire->buffer, rw->offset, volume_mdb, rw->length);
		gain_set_volume(&wire->stream->gain, volume_mdb);
	}
	return 0;
}

/* sndif.h says bytes and draws words: the length tells which, and of a word the low byte counts. */
static int do_mute(struct wire *wire)
{
	const struct xensnd_rw_req *rw = &wire->request.op.rw;
	uint8_t payload[PCM_CHANNELS_MAX * 4];
	bool which[PCM_CHANNELS_MAX];
	uint32_t channels, stride;

	if (!within_buffer(wire)) {
		return -XEN_EINVAL;
	}
	channels = wire->stream->channels;
	stride = rw->length / channels;
	if ((stride != 1 && stride != 4) || rw->length != stride * channels) {
		return -XEN_EINVAL;
	}
	shbuf_read(&wire->buffer, rw->offset, payload, rw->length);
	for (uint32_t c = 0; c < channels; c++) {
		which[c] = payload[(size_t)c * stride] != 0;
	}
	gain_mute(&wire->stream->gain, which, wire->request.operation == XENSND_OP_MUTE);
	return 0;
}

/* A guest whose every query fails sees no reason: the user has to. */
static void check_hopeless(struct wire *wire, const struct query_limits *limits)
{
	struct xensnd_query_hw_param all = {
		.formats = UINT64_MAX,
		.rates = { 0, UINT32_MAX },
		.channels = { 0, UINT32_MAX },
		.buffer = { 0, UINT32_MAX },
		.period = { 0, UINT32_MAX },
	};

	if (!wire->hopeless && query_narrow(&all, limits)) {
		wire->hopeless = true;
		log_warning("%s.%s: can not be opened: no two JACK periods of %u frames fit into "
			    "its buffer of %u bytes",
			    wire->card->name, wire->slot->label, limits->period_frames,
			    limits->ring_bytes_max);
	}
}

static int do_query(struct wire *wire, const struct wire_clock *clock,
		    struct xensnd_query_hw_param *answer)
{
	const struct query_limits limits = {
		.rate_hz = clock->rate_hz,
		.period_frames = clock->period_frames,
		.channels = wire->slot->channels,
		.ring_bytes_max = wire->slot->buffer_bytes_max,
		.resample = wire->card->resample != RESAMP_NO,
	};

	*answer = wire->request.op.hw_param;
	if (query_narrow(answer, &limits)) {
		check_hopeless(wire, &limits);
		return -XEN_EINVAL;
	}
	return 0;
}

int wire_request(struct wire *wire, const struct wire_clock *clock,
		 struct xensnd_query_hw_param *answer)
{
	switch (wire->request.operation) {
	case XENSND_OP_OPEN:
		return do_open(wire, clock);
	case XENSND_OP_CLOSE:
		return do_close(wire);
	case XENSND_OP_READ:
		return do_move(wire, PCM_CAPTURE);
	case XENSND_OP_WRITE:
		return do_move(wire, PCM_PLAYBACK);
	case XENSND_OP_SET_VOLUME:
	case XENSND_OP_GET_VOLUME:
		return do_volume(wire);
	case XENSND_OP_MUTE:
	case XENSND_OP_UNMUTE:
		return do_mute(wire);
	case XENSND_OP_TRIGGER:
		return do_trigger(wire);
	case XENSND_OP_HW_PARAM_QUERY:
		return do_query(wire, clock, answer);
	default:
		return -XEN_EOPNOTSUPP;
	}
}

bool wire_request_is_long(const struct wire *wire)
{
	return wire->request.operation == XENSND_OP_OPEN;
}

bool wire_request_shows(const struct wire *wire)
{
	switch (wire->request.operation) {
	case XENSND_OP_READ:
	case XENSND_OP_WRITE:
	case XENSND_OP_HW_PARAM_QUERY:
	case XENSND_OP_GET_VOLUME:
		return false;
	default:
		return true;
	}
}

/* Whether the request in our copy may only be served when the stream is io's. */
bool wire_request_waits(const struct wire *wire)
{
	switch (wire->request.operation) {
	case XENSND_OP_OPEN:
	case XENSND_OP_CLOSE:
		return true;
	case XENSND_OP_TRIGGER:
		return wire->request.op.trigger.type == XENSND_OP_TRIGGER_STOP ||
		       wire->request.op.trigger.type == XENSND_OP_TRIGGER_PAUSE;
	default:
		return false;
	}
}
