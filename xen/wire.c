/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/wire.h"

#include <errno.h>

#include "src/transport.h"
#include "xen/wire_request.h"

/* One ring of requests a turn, then the next card's. */
#define SERVE_MAX 32u

void wire_log(const struct wire *wire, enum log_level level, const char *text, int err)
{
	log_line(level, "%s.%s: %s%s%s", wire->card->name, wire->slot->label, text, err ? ": " : "",
		 err ? strerror(-err) : "");
}

/* --- the stream and who has it */

int wire_resample(const struct wire *wire, const struct stream_params *params, uint32_t jack_hz,
		  struct resamp **resamp)
{
	/* A stream may be older than JACK's rate: it goes on, whatever may be opened now. */
	enum resamp_quality quality = wire->card->resample ? wire->card->resample : RESAMP_YES;

	*resamp = NULL;
	if (params->rate_hz == jack_hz) {
		return 0;
	}
	*resamp = resamp_create(quality, wire->slot->dir == PCM_PLAYBACK, params->channels,
				params->rate_hz, jack_hz);
	return *resamp ? 0 : -ENOMEM;
}

/* Fits the stream to a JACK that may have another rate than when it was opened. */
static void fit_rate(struct wire *wire)
{
	const struct stream_params *params = &wire->kept->params;
	struct resamp *now = wire->stream->resamp, *resamp;
	int err;

	if (!wire->rate_hz || wire->rate_hz == (now ? now->jack_hz : params->rate_hz)) {
		return;
	}
	err = wire_resample(wire, params, wire->rate_hz, &resamp);
	if (err) {
		wire_log(wire, LOG_WARNING, "goes on too slow or too fast: no resampler", err);
		return;
	}
	resamp_destroy(now);
	wire->stream->resamp = resamp;
	wire_show(wire);
	wire_log(wire, LOG_INFO, resamp ? "resampled from now on" : "not resampled any more", 0);
}

bool wire_started(const struct wire *wire)
{
	return wire->stream && wire->stream->io.state == STREAM_RUNNING;
}

struct stream *wire_idle(const struct wire *wire)
{
	return wire->owner == WIRE_IO && !wire->active && wire_started(wire) ? wire->stream : NULL;
}

void wire_publish(struct wire *wire)
{
	if (wire->owner == WIRE_IO && wire->active && wire_started(wire)) {
		/* What was set while nobody heard the stream needs no ramp. */
		gain_settle(&wire->stream->gain);
		wire->owner = WIRE_PUBLISHED;
		card_publish(wire->slot, wire->stream);
	}
}

/*
 * jack_deactivate may have cut the callback off in the middle (card_cut). What it has taken or
 * given is not known to the guest then, which could not tell the next advance from none if together
 * they were a whole ring. Event ids have no gap: evt_push counts them before the guest sees them.
 */
static void recover(struct stream *stream)
{
	/* What is in a resampler is not told anyway, and the callback sees to the ring there. */
	if (!stream->resamp && stream->rt.position != rt_counter_get(&stream->shared.position)) {
		transport_adopt(stream);
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
		recover(wire->stream);
		fit_rate(wire);
	}
	if (wire->owner == WIRE_IO && wire->kicked) {
		wire->kicked = false;
		transport_wake(wire->stream);
		wire_close_stream(wire);
	}
	return wire->owner == WIRE_IO;
}

void wire_kick(struct wire *wire)
{
	if (wire->stream) {
		wire_log(wire, LOG_NOTICE, "closed by order, not by its guest", 0);
		wire->kicked = true;
		retire(wire);
	}
}

void wire_retune(struct wire *wire, const struct wire_clock *clock)
{
	bool changed = wire->rate_hz != clock->rate_hz;

	wire->rate_hz = clock->rate_hz;
	if (!changed || !wire->stream) {
		return;
	}
	if (wire->owner == WIRE_IO) {
		/* The null clock runs at JACK's pace too. */
		fit_rate(wire);
	} else if (wire->owner == WIRE_PUBLISHED && retire(wire)) {
		/* PipeWire changes its rate while it runs. */
		wire_publish(wire);
	}
}

void wire_close_stream(struct wire *wire)
{
	if (!wire->stream) {
		return;
	}
	wire->kept->last_position_bytes = wire->stream->rt.position * wire->stream->frame_bytes;
	atomic_store(&wire->kept->open, false);
	resamp_destroy(wire->stream->resamp);
	wire->stream = NULL;
	shbuf_unmap(&wire->buffer);
	wire_show(wire);
	wire_log(wire, LOG_INFO, "closed", 0);
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
	bool query = wire->request.operation == XENSND_OP_HW_PARAM_QUERY;
	struct xensnd_query_hw_param answer;
	int status = wire_request(wire, clock, &answer);

	if (wire_request_shows(wire)) {
		wire_show(wire);
	}
	respond(wire, status, query && !status ? &answer : NULL);
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
		if ((wire_request_waits(wire) && !retire(wire)) || wire_request_is_long(wire)) {
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
		wire_publish(wire);
	}
}

static void answer_deferred(struct wire *wire, const struct wire_clock *clock)
{
	if (wire->deferred) {
		wire->deferred = false;
		dispatch(wire, clock);
	}
	wire_publish(wire);
}

bool wire_settle(struct wire *wire, const struct wire_clock *clock)
{
	if (wire->owner == WIRE_RETIRED && !retire(wire)) {
		return false;
	}
	if (wire->deferred && wire_request_is_long(wire)) {
		return true;
	}
	answer_deferred(wire, clock);
	return true;
}

bool wire_opens(const struct wire *wire)
{
	return wire->deferred && wire->owner == WIRE_IO && wire_request_is_long(wire);
}

void wire_open_next(struct wire *wire, const struct wire_clock *clock)
{
	answer_deferred(wire, clock);
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

static int adopt_stream(struct wire *wire)
{
	struct wire_kept *kept = wire->kept;
	const struct stream_params params = kept->params;
	const struct stream_limits limits = {
		/* Whatever JACK's is now: see wire_retune. */
		.rate_hz = params.rate_hz,
		.channels = wire->slot->channels,
		.ring_bytes_max = wire->slot->buffer_bytes_max,
	};
	int err = params.format < PCM_FORMATS ? stream_setup_check(&params, &limits) : -EINVAL;

	err = err ? err
		  : shbuf_map(&wire->buffer, wire->hv, wire->card->domid, kept->gref_directory,
			      params.ring_bytes);
	err = err ? err
		  : stream_setup_adopt(&kept->stream, wire->slot->dir, &params, wire->buffer.sh_mem,
				       &kept->evt, &wire->slot->strip);
	if (err) {
		shbuf_unmap(&wire->buffer);
		return err;
	}
	wire->stream = &kept->stream;
	wire_show(wire);
	transport_adopt(wire->stream);
	return 0;
}

/* Goes on where the daemon before us ended; false if that can not be. */
static bool adopt_kept(struct wire *wire)
{
	struct wire_kept *kept = wire->kept;
	int err = 0;

	if (memcmp(&kept->refs, &wire->slot->refs, sizeof(kept->refs)) != 0) {
		return false;
	}
	evt_adopt(&kept->evt, wire->hv->ops, wire->events, wire->evt_port, wire->sh_evt_page);
	if (atomic_load(&kept->open)) {
		err = adopt_stream(wire);
		wire_log(wire, err ? LOG_WARNING : LOG_INFO, "left open by a daemon before", err);
	}
	/* For an answer that was given, but not notified of. */
	wire->hv->ops->evtchn_notify(wire->requests, wire->port);
	return !err;
}

static void begin_kept(struct wire *wire)
{
	struct wire_kept *kept = wire->kept;

	memset(kept, 0, sizeof(*kept));
	kept->refs = wire->slot->refs;
	evt_init(&kept->evt, wire->hv->ops, wire->events, wire->evt_port, wire->sh_evt_page);
}

int wire_open(struct wire *wire, struct hv *hv, struct hv_evtchn *requests, struct card *card,
	      struct slot *slot, struct wire_kept *kept, bool *adopt)
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
		.kept = kept,
		.port = -1,
		.evt_port = -1,
	};
	err = connect_wire(wire);
	if (err) {
		wire_log(wire, LOG_ERROR, "connecting to the guest's rings", err);
		wire_close(wire, true);
		return err;
	}
	sh_ring = wire->sh_ring_page;
	/* 0 on a fresh ring; on one left by a daemon that died, what it had not answered. */
	done = rt_sh_load(&sh_ring->rsp_prod);
	BACK_RING_ATTACH(&wire->ring, sh_ring, done, HV_PAGE_SIZE);
	*adopt = *adopt && adopt_kept(wire);
	if (!*adopt) {
		begin_kept(wire);
	}
	return 0;
}

void wire_close(struct wire *wire, bool leave)
{
	if (!wire->hv) {
		return;
	}
	if (leave && wire->stream) {
		resamp_destroy(wire->stream->resamp);
		shbuf_unmap(&wire->buffer);
	} else {
		wire_close_stream(wire);
	}
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
