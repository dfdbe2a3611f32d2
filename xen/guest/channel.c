/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/guest/channel.h"

#include <errno.h>
#include <poll.h>

#include "src/base/log.h"
#include "src/base/rt.h"

/* --- pages and ports */

static int page_make(struct domain *domain, uint32_t *page)
{
	int result = domain_alloc(domain, 1);

	if (result < 0) {
		return result;
	}
	*page = (uint32_t)result;
	domain_grant(domain, *page, 1);
	return 0;
}

int channel_init(struct channel *channel, struct domain *domain)
{
	struct xen_sndif_sring *sh_ring;
	int result;

	memset(channel, 0, sizeof(*channel));
	channel->domain = domain;
	result = page_make(domain, &channel->ring_page);
	if (result == 0) {
		result = page_make(domain, &channel->evt_page);
	}
	if (result == 0) {
		result = domain_port_alloc(domain, &channel->ring_port);
	}
	if (result == 0) {
		result = domain_port_alloc(domain, &channel->evt_port);
	}
	if (result < 0) {
		return result;
	}
	sh_ring = domain_page(domain, channel->ring_page);
	SHARED_RING_INIT(sh_ring);
	FRONT_RING_INIT(&channel->ring, sh_ring, XENSND_EVENT_PAGE_SIZE);
	channel->sh_evt = domain_page(domain, channel->evt_page);
	channel->answered = true;
	return 0;
}

static unsigned page_end(struct domain *domain, uint32_t *page)
{
	unsigned mapped = 0;

	if (*page != 0) {
		mapped = domain_revoke(domain, *page, 1);
		if (mapped == 0) {
			domain_free(domain, *page, 1);
		}
	}
	*page = 0;
	return mapped;
}

unsigned channel_finish(struct channel *channel)
{
	unsigned mapped;

	if (channel->domain == NULL) {
		return 0;
	}
	domain_port_free(channel->domain, &channel->ring_port);
	domain_port_free(channel->domain, &channel->evt_port);
	mapped = page_end(channel->domain, &channel->ring_page);
	return mapped + page_end(channel->domain, &channel->evt_page);
}

void channel_open(struct channel *channel)
{
	channel->open = true;
	channel_reset(channel);
}

void channel_close(struct channel *channel)
{
	channel->open = false;
}

void channel_reset(struct channel *channel)
{
	channel->next_id = 0;
}

/* --- events */

static void events_take(struct channel *channel)
{
	struct xensnd_event_page *sh_page = channel->sh_evt;
	uint32_t cons = rt_sh_load(&sh_page->in_cons);
	uint32_t prod = rt_sh_load(&sh_page->in_prod);
	struct xensnd_evt event;

	if (prod - cons > XENSND_IN_RING_LEN) {
		/* Linux would read on, but the page holds no valid events then. */
		channel->events_beyond++;
		cons = prod;
	}
	for (; cons != prod; cons++) {
		event = XENSND_IN_RING_REF(sh_page, cons);
		if (event.id != channel->evt_id++) {
			channel->events_lost++;
			continue;
		}
		channel->events++;
		if (event.type == XENSND_EVT_CUR_POS && channel->moved != NULL) {
			channel->moved(channel->arg, event.op.cur_pos.position);
		}
	}
	/* Release: finish reading the events before the back end may overwrite them. */
	rt_sh_store(&sh_page->in_cons, cons);
}

/* --- requests */

static void answers_take(struct channel *channel)
{
	struct xen_sndif_front_ring *ring = &channel->ring;
	struct xensnd_resp answer;
	uint32_t prod;
	int more;

	do {
		prod = rt_sh_load(&ring->sring->rsp_prod);
		if (prod - ring->rsp_cons > RING_SIZE(ring)) {
			prod = ring->rsp_cons + RING_SIZE(ring);
		}
		for (; ring->rsp_cons != prod; ring->rsp_cons++) {
			answer = *RING_GET_RESPONSE(ring, ring->rsp_cons);
			if (answer.id != channel->id || channel->answered) {
				channel->stray_answers++;
				continue;
			}
			channel->answer = answer;
			channel->answered = true;
		}
		if (ring->rsp_cons != ring->req_prod_pvt) {
			RING_FINAL_CHECK_FOR_RESPONSES(ring, more);
		} else {
			ring->sring->rsp_event = ring->rsp_cons + 1;
			more = 0;
		}
	} while (more);
}

bool channel_poll(struct channel *channel, int64_t deadline_ns, int stop)
{
	struct pollfd fds[] = { { .fd = channel->ring_port.to_guest, .events = POLLIN },
				{ .fd = channel->evt_port.to_guest, .events = POLLIN },
				{ .fd = stop, .events = POLLIN } };
	int64_t left_ns = deadline_ns - stats_now_ns();
	struct timespec timeout = { .tv_sec = left_ns / 1000000000,
				    .tv_nsec = left_ns % 1000000000 };

	if (left_ns <= 0) {
		return false;
	}
	if (ppoll(fds, 3, &timeout, NULL) < 0) {
		return errno == EINTR;
	}
	if (domain_notified(&channel->ring_port) && channel->open) {
		answers_take(channel);
	}
	if (domain_notified(&channel->evt_port) && channel->open) {
		events_take(channel);
	}
	return (fds[2].revents & POLLIN) == 0;
}

void channel_prepare(struct xensnd_req *request, uint8_t operation)
{
	/* Linux fills in an operation's own fields and leaves the rest of the slot as it was. */
	memset(request, 0xa5, sizeof(*request));
	request->operation = operation;
}

int channel_send(struct channel *channel, struct xensnd_req *request)
{
	struct xen_sndif_front_ring *ring = &channel->ring;
	int notify;

	if (!channel->open) {
		return -EIO;
	}
	/* Late answers release their slots only here. */
	if (RING_FULL(ring)) {
		answers_take(channel);
	}
	if (RING_FULL(ring)) {
		return -EIO;
	}
	channel->id = channel->next_id++;
	channel->answered = false;
	request->id = channel->id;
	*RING_GET_REQUEST(ring, ring->req_prod_pvt) = *request;
	ring->req_prod_pvt++;
	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(ring, notify);
	if (notify) {
		domain_notify(&channel->ring_port);
	}
	return 0;
}

int channel_wait(struct channel *channel, int timeout_ms)
{
	int64_t deadline_ns = stats_now_ns() + timeout_ms * INT64_C(1000000);

	while (!channel->answered) {
		if (!channel_poll(channel, deadline_ns, -1) && !channel->answered) {
			channel->timeouts++;
			log_warning("request timed out: req_prod %u, req_event %u, rsp_prod %u",
				    channel->ring.sring->req_prod, channel->ring.sring->req_event,
				    channel->ring.sring->rsp_prod);
			/* An answer from here on is stray, even with the id of the next request. */
			channel->answered = true;
			return -ETIMEDOUT;
		}
	}
	return channel->answer.status;
}

int channel_request(struct channel *channel, struct xensnd_req *request)
{
	int64_t begin_ns = stats_now_ns();
	int result = channel_send(channel, request);

	if (result < 0) {
		return result;
	}
	result = channel_wait(channel, CHANNEL_TIMEOUT_MS);
	if (result != -ETIMEDOUT && request->operation < CHANNEL_OPS) {
		stats_add(&channel->round_trips[request->operation], stats_now_ns() - begin_ns);
	}
	return result;
}
