/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/wire.h"

#include <errno.h>

#include "src/log.h"
#include "src/transport.h"

/* One ring of requests a turn, then the next card's. */
#define SERVE_MAX 32u

static const uint8_t wire_formats[PCM_FORMATS] = {
	[PCM_S16_LE] = XENSND_PCM_FORMAT_S16_LE,
	[PCM_S24_LE] = XENSND_PCM_FORMAT_S24_LE,
	[PCM_S32_LE] = XENSND_PCM_FORMAT_S32_LE,
	[PCM_FLOAT_LE] = XENSND_PCM_FORMAT_F32_LE,
};

static enum pcm_format format_of(uint8_t wire_format)
{
	for (unsigned i = 0; i < PCM_FORMATS; i++) {
		if (wire_formats[i] == wire_format) {
			return (enum pcm_format)i;
		}
	}
	return PCM_UNKNOWN;
}

static void wire_log(const struct wire *wire, enum log_level level, const char *text, int err)
{
	log_line(level, "%s.%s: %s%s%s", wire->card->name, wire->slot->label, text, err ? ": " : "",
		 err ? strerror(-err) : "");
}

/* --- the stream and who has it */

static void publish(struct wire *wire)
{
	if (wire->owner == WIRE_IO && wire->active && wire->stream &&
	    wire->stream->io.state == STREAM_RUNNING) {
		wire->owner = WIRE_PUBLISHED;
		card_publish(wire->slot, wire->stream);
	}
}

/* Takes the stream back; true if it is io's already. */
static bool retire(struct wire *wire)
{
	if (wire->owner == WIRE_PUBLISHED) {
		wire->token = card_retire(wire->side, wire->slot);
		wire->owner = WIRE_RETIRED;
	}
	if (wire->owner == WIRE_RETIRED && card_quiet(wire->side, wire->token)) {
		wire->owner = WIRE_IO;
	}
	return wire->owner == WIRE_IO;
}

static void close_stream(struct wire *wire)
{
	if (!wire->stream) {
		return;
	}
	wire->last_position_bytes = wire->stream->rt.position * wire->stream->frame_bytes;
	stream_setup_destroy(wire->stream);
	wire->stream = NULL;
	shbuf_unmap(&wire->buffer);
	wire_log(wire, LOG_INFO, "closed", 0);
}

/* --- requests; each returns 0 or a negative XEN_E status */

static int do_open(struct wire *wire, const struct wire_clock *clock)
{
	const struct xensnd_open_req *open = &wire->request.op.open;
	const struct stream_params params = {
		.format = format_of(open->pcm_format),
		.rate_hz = open->pcm_rate,
		.channels = open->pcm_channels,
		.ring_bytes = open->buffer_sz,
		.period_bytes = open->period_sz,
	};
	const struct stream_limits limits = {
		.rate_hz = clock->rate_hz,
		.channels = wire->slot->channels,
		.ring_bytes_max = wire->slot->buffer_bytes_max,
	};
	int err = stream_setup_check(&params, &limits);

	/* A second OPEN replaces the first: HW_PARAMS twice without HW_FREE does that. */
	close_stream(wire);
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
	wire->stream = stream_setup_create(wire->slot->dir, &params, wire->buffer.sh_mem,
					   &wire->evt, &wire->slot->strip);
	if (!wire->stream) {
		shbuf_unmap(&wire->buffer);
		return -XEN_ENOMEM;
	}
	transport_open(wire->stream, wire->last_position_bytes);
	log_info("%s.%s: open, %s, %u channels, %u Hz, ring %u, period %u", wire->card->name,
		 wire->slot->label, pcm_name(params.format), params.channels, params.rate_hz,
		 wire->stream->ring_frames, wire->stream->period_frames);
	return 0;
}

static int do_close(struct wire *wire)
{
	close_stream(wire);
	return 0;
}

static int do_move(struct wire *wire, enum pcm_dir dir)
{
	const struct xensnd_rw_req *rw = &wire->request.op.rw;
	uint32_t size;

	if (!wire->stream || wire->stream->dir != dir) {
		return -XEN_EINVAL;
	}
	size = wire->stream->ring_frames * wire->stream->frame_bytes;
	if (rw->offset > size || rw->length > size - rw->offset) {
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
			publish(wire);
		}
		return 0;
	case XENSND_OP_TRIGGER_RESUME:
		if (wire->owner == WIRE_IO) {
			transport_resume(wire->stream);
			publish(wire);
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
		uint64_t bit = UINT64_C(1) << wire_formats[i];

		if (formats & bit) {
			uint32_t bytes = pcm_sample_bytes((enum pcm_format)i);

			common |= bit;
			*sample_bytes_min = bytes < *sample_bytes_min ? bytes : *sample_bytes_min;
		}
	}
	return common;
}

static int do_query(struct wire *wire, const struct wire_clock *clock,
		    struct xensnd_query_hw_param *answer)
{
	uint32_t frames_max, sample_bytes;
	bool ok;

	*answer = wire->request.op.hw_param;
	answer->formats = common_formats(answer->formats, &sample_bytes);
	ok = answer->formats &&
	     narrow(&answer->rates.min, &answer->rates.max, clock->rate_hz, clock->rate_hz) &&
	     narrow(&answer->channels.min, &answer->channels.max, 1, wire->slot->channels);
	if (!ok) {
		return -XEN_EINVAL;
	}
	/* What fits for the smallest frame; Linux keeps larger ones within its own limit. */
	frames_max = wire->slot->buffer_bytes_max / (sample_bytes * answer->channels.min);
	/* Two cycles: one that JACK takes while the guest fills the other. */
	ok = narrow(&answer->buffer.min, &answer->buffer.max, 2 * clock->period_frames,
		    frames_max) &&
	     narrow(&answer->period.min, &answer->period.max, clock->period_frames, frames_max);
	return ok ? 0 : -XEN_EINVAL;
}

/* --- the ring */

static void respond(struct wire *wire, int status, const struct xensnd_query_hw_param *answer)
{
	struct xensnd_resp response = {
		.id = wire->request.id,
		.operation = wire->request.operation,
		.status = status,
	};
	RING_IDX prod = wire->ring.rsp_prod_pvt;

	if (answer) {
		response.resp.hw_param = *answer;
	}
	memcpy(RING_GET_RESPONSE(&wire->ring, prod), &response, sizeof(response));
	wire->ring.rsp_prod_pvt = prod + 1;
	RING_PUSH_RESPONSES(&wire->ring);
	/*
	 * Always, whatever the guest's rsp_event says: Linux does not move it while the device is
	 * closed, and a late answer would then hold every later one back.
	 */
	wire->hv->ops->evtchn_notify(wire->requests, wire->port);
}

static void dispatch(struct wire *wire, const struct wire_clock *clock)
{
	struct xensnd_query_hw_param answer;
	int status;

	switch (wire->request.operation) {
	case XENSND_OP_OPEN:
		status = do_open(wire, clock);
		break;
	case XENSND_OP_CLOSE:
		status = do_close(wire);
		break;
	case XENSND_OP_READ:
		status = do_move(wire, PCM_CAPTURE);
		break;
	case XENSND_OP_WRITE:
		status = do_move(wire, PCM_PLAYBACK);
		break;
	case XENSND_OP_TRIGGER:
		status = do_trigger(wire);
		break;
	case XENSND_OP_HW_PARAM_QUERY:
		status = do_query(wire, clock, &answer);
		respond(wire, status, status ? NULL : &answer);
		return;
	default:
		status = -XEN_EOPNOTSUPP;
		break;
	}
	respond(wire, status, NULL);
}

/* Whether the request in our copy may only be served when the stream is io's. */
static bool needs_stream(const struct wire *wire)
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

bool wire_serve(struct wire *wire, const struct wire_clock *clock)
{
	int more;

	for (unsigned n = 0; n < SERVE_MAX && !wire->deferred && !wire->broken; n++) {
		RING_IDX prod = rt_sh_load(&wire->ring.sring->req_prod);
		RING_IDX cons = wire->ring.req_cons;

		if (prod - wire->ring.rsp_prod_pvt > RING_SIZE(&wire->ring)) {
			wire_log(wire, LOG_WARNING, "more requests than the ring holds: ignored",
				 0);
			wire->broken = true;
			return false;
		}
		if (cons == prod) {
			break;
		}
		RING_COPY_REQUEST(&wire->ring, cons, &wire->request);
		wire->ring.req_cons = cons + 1;
		if (needs_stream(wire) && !retire(wire)) {
			wire->deferred = true;
		} else {
			dispatch(wire, clock);
		}
	}
	if (wire->deferred || wire->broken) {
		return false;
	}
	RING_FINAL_CHECK_FOR_REQUESTS(&wire->ring, more);
	return more;
}

void wire_activate(struct wire *wire, bool active)
{
	wire->active = active;
	if (!active) {
		retire(wire);
	} else if (!wire->deferred && retire(wire)) {
		publish(wire);
	}
}

bool wire_settle(struct wire *wire, const struct wire_clock *clock)
{
	if (wire->owner == WIRE_RETIRED && !retire(wire)) {
		return false;
	}
	if (wire->deferred) {
		wire->deferred = false;
		dispatch(wire, clock);
	}
	publish(wire);
	return true;
}

/* --- opening and closing */

static int map_page(struct wire *wire, uint32_t gref, void **sh_page)
{
	*sh_page = wire->hv->ops->map(wire->hv, wire->card->domid, &gref, 1);
	return *sh_page ? 0 : errno ? -errno : -EINVAL;
}

static int bind_port(struct wire *wire, struct hv_evtchn *handle, uint32_t remote, int *port)
{
	*port = wire->hv->ops->evtchn_bind(handle, wire->card->domid, remote);
	return *port < 0 ? *port : 0;
}

static int connect_wire(struct wire *wire)
{
	const struct card_refs *refs = &wire->slot->refs;
	int err = map_page(wire, refs->ring_gref, &wire->sh_ring_page);

	err = err ? err : map_page(wire, refs->evt_gref, &wire->sh_evt_page);
	err = err ? err : bind_port(wire, wire->requests, refs->ring_port, &wire->port);
	if (!err) {
		wire->events = wire->hv->ops->evtchn_open(wire->hv);
		err = wire->events ? 0 : -errno;
	}
	return err ? err : bind_port(wire, wire->events, refs->evt_port, &wire->evt_port);
}

int wire_open(struct wire *wire, struct hv *hv, struct hv_evtchn *requests, struct card *card,
	      struct slot *slot)
{
	xen_sndif_sring_t *sh_ring;
	RING_IDX done;
	int err;

	*wire = (struct wire){
		.hv = hv,
		.requests = requests,
		.card = card,
		.slot = slot,
		.side = &card->sides[slot->dir],
		.port = -1,
		.evt_port = -1,
	};
	err = connect_wire(wire);
	if (err) {
		wire_log(wire, LOG_ERROR, "connecting to the guest's rings", err);
		wire_close(wire);
		return err;
	}
	sh_ring = wire->sh_ring_page;
	/* 0 on a fresh ring; on one left by a daemon that died, what it had not answered. */
	done = rt_sh_load(&sh_ring->rsp_prod);
	BACK_RING_ATTACH(&wire->ring, sh_ring, done, HV_PAGE_SIZE);
	evt_init(&wire->evt, hv->ops, wire->events, wire->evt_port, wire->sh_evt_page);
	return 0;
}

void wire_close(struct wire *wire)
{
	if (!wire->hv) {
		return;
	}
	close_stream(wire);
	if (wire->port >= 0) {
		wire->hv->ops->evtchn_unbind(wire->requests, wire->port);
	}
	wire->hv->ops->evtchn_close(wire->events);
	if (wire->sh_evt_page) {
		wire->hv->ops->unmap(wire->hv, wire->sh_evt_page, 1);
	}
	if (wire->sh_ring_page) {
		wire->hv->ops->unmap(wire->hv, wire->sh_ring_page, 1);
	}
	*wire = (struct wire){ 0 };
}
