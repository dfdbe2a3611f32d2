/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/stream_ring.h"

#include <errno.h>
#include <stddef.h>

#include "src/sound/stream_trigger.h"
#include "xen/stream_ring_request.h"

/* src/sound has its own definition of the event page: it must match sndif.h's. */
_Static_assert(sizeof(struct evt_page) == XENSND_EVENT_PAGE_SIZE &&
		       sizeof(struct evt_event) == sizeof(struct xensnd_evt) &&
		       EVT_RING_LENGTH == XENSND_IN_RING_LEN && EVT_CUR_POS == XENSND_EVT_CUR_POS,
	       "event page sizes");
_Static_assert(offsetof(struct evt_page, in_cons) == offsetof(struct xensnd_event_page, in_cons) &&
		       offsetof(struct evt_page, in_prod) ==
			       offsetof(struct xensnd_event_page, in_prod) &&
		       offsetof(struct evt_page, events) == XENSND_IN_RING_OFFS,
	       "event page layout");
_Static_assert(offsetof(struct evt_event, id) == offsetof(struct xensnd_evt, id) &&
		       offsetof(struct evt_event, type) == offsetof(struct xensnd_evt, type) &&
		       offsetof(struct evt_event, position_bytes) ==
			       offsetof(struct xensnd_evt, op.cur_pos.position),
	       "event layout");

/* --- the ring */

static void respond(struct stream_ring *ring, int status,
		    const struct xensnd_query_hw_param *answer)
{
	struct xensnd_resp response = {
		.id = ring->request.id,
		.operation = ring->request.operation,
		.status = status,
	};
	RING_IDX prod = ring->request_ring.rsp_prod_pvt;

	if (answer) {
		response.resp.hw_param = *answer;
	}
	memcpy(RING_GET_RESPONSE(&ring->request_ring, prod), &response, sizeof(response));
	ring->request_ring.rsp_prod_pvt = prod + 1;
	RING_PUSH_RESPONSES(&ring->request_ring);
	/*
	 * Always, whatever the guest's rsp_event says: Linux does not advance it while the device
	 * is closed, so one late answer would hold back every later one.
	 */
	ring->hv->ops->evtchn_notify(ring->requests, ring->port);
}

/* Serves the request taken or its next part; whether it is answered now. */
static bool dispatch(struct stream_ring *ring, const struct stream_ring_clock *clock)
{
	bool query = ring->request.operation == XENSND_OP_HW_PARAM_QUERY;
	struct xensnd_query_hw_param answer;
	int status = stream_ring_request(ring, clock, &answer);

	if (status == STREAM_RING_UNFINISHED) {
		return false;
	}
	if (stream_ring_request_changes_status(ring)) {
		stream_ring_publish_status(ring);
	}
	respond(ring, status, query && !status ? &answer : NULL);
	return true;
}

/* Whether a previous daemon took the next request and did not answer it. */
static bool taken_before(const struct stream_ring *ring)
{
	return ring->handover->taken == ring->request_ring.req_cons + 1;
}

static void take_request(struct stream_ring *ring)
{
	struct stream_ring_handover *handover = ring->handover;
	RING_IDX cons = ring->request_ring.req_cons;

	if (!taken_before(ring)) {
		RING_COPY_REQUEST(&ring->request_ring, cons, &handover->request);
		handover->appl_frames = ring->runtime
						? rt_counter_get(&ring->runtime->shared.appl_frames)
						: 0;
		rt_keep_order();
		handover->taken = cons + 1;
		/* Orders our copy before the answer, which may be half written when we die. */
		rt_keep_order();
	}
	ring->request = handover->request;
	ring->request_ring.req_cons = cons + 1;
}

/* Takes the next request; false if there is none, or if the guest broke the ring's rules. */
static bool take_next(struct stream_ring *ring)
{
	RING_IDX prod = rt_sh_load(&ring->request_ring.sring->req_prod);

	if (prod - ring->request_ring.rsp_prod_pvt > RING_SIZE(&ring->request_ring)) {
		stream_ring_log(ring, LOG_WARNING,
				"more requests than the ring holds; no longer serving it", 0);
		ring->broken = true;
	}
	if (ring->broken || ring->request_ring.req_cons == prod) {
		return false;
	}
	take_request(ring);
	return true;
}

/* Takes the stream back; whether the io thread has it and its memory now. */
static bool is_complete(struct stream_ring *ring)
{
	return stream_ring_retire(ring) && !stream_memory_busy(&ring->memory);
}

enum stream_ring_left stream_ring_serve(struct stream_ring *ring,
					const struct stream_ring_clock *clock)
{
	int more;

	if (!ring->broken && (ring->deferred || take_next(ring))) {
		ring->deferred = stream_ring_request_waits(ring) && !is_complete(ring);
		if (ring->deferred) {
			return STREAM_RING_WAITS;
		}
		ring->deferred = !dispatch(ring, clock);
		if (ring->deferred) {
			return STREAM_RING_MORE;
		}
		stream_ring_publish(ring);
	}
	if (ring->broken) {
		return STREAM_RING_NOTHING;
	}
	RING_FINAL_CHECK_FOR_REQUESTS(&ring->request_ring, more);
	return more ? STREAM_RING_MORE : STREAM_RING_NOTHING;
}

void stream_ring_activate(struct stream_ring *ring, bool active)
{
	ring->active = active;
	if (!active) {
		stream_ring_retire(ring);
	} else if (!ring->deferred && stream_ring_retire(ring)) {
		stream_ring_publish(ring);
	}
}

bool stream_ring_settle(struct stream_ring *ring)
{
	if (ring->owner == STREAM_RING_RETIRED && !stream_ring_retire(ring)) {
		return false;
	}
	if (!ring->deferred) {
		stream_ring_publish(ring);
	}
	return !stream_memory_busy(&ring->memory);
}

/* --- opening and closing */

static int map_page(struct stream_ring *ring, uint32_t gref, void **sh_page)
{
	*sh_page = ring->hv->ops->map(ring->hv, ring->card->domid, &gref, 1);
	return *sh_page ? 0 : errno ? -errno : -EINVAL;
}

static int bind_port(struct stream_ring *ring, struct hv_evtchn *handle, uint32_t remote, int *port)
{
	*port = ring->hv->ops->evtchn_bind(handle, ring->card->domid, remote);
	return *port < 0 ? *port : 0;
}

static int connect_ring(struct stream_ring *ring)
{
	const struct card_refs *refs = &ring->stream->refs;
	int err = map_page(ring, refs->ring_gref, &ring->sh_ring_page);

	err = err ? err : map_page(ring, refs->evt_gref, &ring->sh_evt_page);
	err = err ? err : bind_port(ring, ring->requests, refs->ring_port, &ring->port);
	if (!err) {
		ring->events = ring->hv->ops->evtchn_open(ring->hv);
		err = ring->events ? 0 : -errno;
	}
	return err ? err : bind_port(ring, ring->events, refs->evt_port, &ring->evt_port);
}

/* A WRITE or READ that is served again has to start from the earlier appl_frames. */
static void undo_move(struct stream_ring *ring)
{
	const struct stream_ring_handover *handover = ring->handover;
	uint8_t operation = handover->request.operation;

	if (taken_before(ring) && (operation == XENSND_OP_WRITE || operation == XENSND_OP_READ)) {
		rt_counter_set(&ring->runtime->shared.appl_frames, handover->appl_frames);
	}
}

static int adopt_stream(struct stream_ring *ring)
{
	struct stream_ring_handover *handover = ring->handover;
	const struct stream_params params = handover->params;
	const struct stream_limits limits = {
		/* JACK's current rate does not matter here: see stream_ring_retune. */
		.rate_hz = params.rate_hz,
		.channels = ring->stream->channels,
		.ring_bytes_max = ring->stream->buffer_bytes_max,
	};
	const struct stream_memory_want want = {
		.domid = ring->card->domid,
		.gref_directory = handover->gref_directory,
		.bytes = params.ring_bytes,
	};
	int err = params.format < PCM_FORMATS ? stream_setup_check(&params, &limits) : -EINVAL;

	if (!err) {
		stream_memory_make(&ring->memory, NULL, ring->hv, &want);
		err = ring->memory.err;
	}
	err = err ? err
		  : stream_setup_adopt(&handover->runtime, ring->stream->dir, &params,
				       ring->memory.buffer.sh_mem, &handover->evt,
				       &ring->stream->strip);
	if (err) {
		stream_memory_free(&ring->memory, NULL);
		return err;
	}
	ring->runtime = &handover->runtime;
	undo_move(ring);
	stream_ring_publish_status(ring);
	stream_trigger_adopt(ring->runtime);
	return 0;
}

/* Continues where the previous daemon ended; false if that is impossible. */
static bool adopt_handover(struct stream_ring *ring)
{
	struct stream_ring_handover *handover = ring->handover;
	int err = 0;

	if (!atomic_load(&handover->begun) ||
	    memcmp(&handover->refs, &ring->stream->refs, sizeof(handover->refs)) != 0) {
		return false;
	}
	evt_adopt(&handover->evt, ring->hv->ops->evtchn_notify, ring->events, ring->evt_port,
		  ring->sh_evt_page);
	if (atomic_load(&handover->open)) {
		err = adopt_stream(ring);
		stream_ring_log(ring, err ? LOG_WARNING : LOG_INFO,
				"adopting the previous daemon's open stream", err);
	}
	/* An answer may have been given without a notification. */
	ring->hv->ops->evtchn_notify(ring->requests, ring->port);
	return !err;
}

static void begin_handover(struct stream_ring *ring)
{
	struct stream_ring_handover *handover = ring->handover;

	/* Cleared first and set last: if we are killed in between, nobody adopts what we leave. */
	atomic_store(&handover->begun, false);
	rt_keep_order();
	memset(handover, 0, sizeof(*handover));
	handover->refs = ring->stream->refs;
	handover->taken = ring->request_ring.req_cons;
	evt_init(&handover->evt, ring->hv->ops->evtchn_notify, ring->events, ring->evt_port,
		 ring->sh_evt_page);
	rt_keep_order();
	atomic_store(&handover->begun, true);
}

int stream_ring_open(struct stream_ring *ring, struct hv *hv, struct hv_evtchn *requests,
		     struct card *card, struct stream *stream,
		     struct stream_ring_handover *handover, bool *adopt)
{
	xen_sndif_sring_t *sh_ring;
	RING_IDX done;
	int err;

	*ring = (struct stream_ring){
		.hv = hv,
		.requests = requests,
		.card = card,
		.stream = stream,
		.side = &card->sides[stream->dir],
		.handover = handover,
		.port = -1,
		.evt_port = -1,
	};
	err = connect_ring(ring);
	if (err) {
		stream_ring_log(ring, LOG_ERROR, "cannot connect to the guest's rings", err);
		stream_ring_close(ring, true);
		return err;
	}
	sh_ring = ring->sh_ring_page;
	/* 0 on a fresh ring. On one left by a previous daemon, it had answered up to here. */
	done = rt_sh_load(&sh_ring->rsp_prod);
	BACK_RING_ATTACH(&ring->request_ring, sh_ring, done, HV_PAGE_SIZE);
	*adopt = *adopt && adopt_handover(ring);
	if (!*adopt) {
		begin_handover(ring);
	}
	return 0;
}

void stream_ring_close(struct stream_ring *ring, bool leave)
{
	if (!ring->hv) {
		return;
	}
	/* Nothing of it may be left behind when the ring goes: a card may fail to attach. */
	ring->mapper = NULL;
	(void)stream_ring_end(ring, leave);
	if (ring->port >= 0) {
		ring->hv->ops->evtchn_unbind(ring->requests, ring->port);
	}
	ring->hv->ops->evtchn_close(ring->events);
	if (ring->sh_evt_page) {
		ring->hv->ops->unmap(ring->hv, ring->sh_evt_page, 1);
	}
	if (ring->sh_ring_page) {
		ring->hv->ops->unmap(ring->hv, ring->sh_ring_page, 1);
	}
	*ring = (struct stream_ring){ 0 };
}
