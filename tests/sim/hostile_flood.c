/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest that sends requests and notifications as fast as it can, and waits for nothing. */
#include <stdio.h>
#include <string.h>

#include "src/base/rt.h"
#include "tests/sim/hostile.h"
#include "tests/sim/raw.h"

#define SLOTS 32u /* of a ring page */

/* Fills the ring's free slots; how many answers have arrived since the last time. */
static uint32_t fill_ring(struct channel *channel, uint32_t *answered)
{
	struct xen_sndif_front_ring *ring = &channel->ring;
	uint32_t done = rt_sh_load(&ring->sring->rsp_prod), more = done - *answered;
	struct xensnd_req request;

	raw_check(more <= SLOTS, "%u answers to %u requests", more, SLOTS);
	*answered = done;
	while (ring->req_prod_pvt - done < SLOTS) {
		channel_prepare(&request, XENSND_OP_HW_PARAM_QUERY);
		request.id = (uint16_t)ring->req_prod_pvt;
		*RING_GET_REQUEST(ring, ring->req_prod_pvt) = request;
		ring->req_prod_pvt++;
	}
	rt_sh_store(&ring->sring->req_prod, ring->req_prod_pvt);
	domain_notify(&channel->ring_port);
	return more;
}

/* Every request is answered in the end, however late. */
static void drain(struct channel *channel, uint32_t answered)
{
	for (unsigned ms = 0; ms < RAW_PATIENCE_MS && answered != channel->ring.req_prod_pvt;
	     ms++) {
		raw_sleep_ms(1);
		answered = rt_sh_load(&channel->ring.sring->rsp_prod);
	}
	raw_check(answered == channel->ring.req_prod_pvt, "%u requests, %u answers",
		  channel->ring.req_prod_pvt, answered);
}

void hostile_flood(unsigned ms, bool requests)
{
	struct channel *channels[2];
	uint32_t answered[2];
	struct raw raw;
	unsigned long answers = 0, notifications = 0;
	int64_t begin_ns, end_ns;

	raw_connect(&raw, "flood");
	channels[0] = raw.out.channel;
	channels[1] = raw.in.channel;
	for (unsigned i = 0; i < 2; i++) {
		answered[i] = rt_sh_load(&channels[i]->ring.sring->rsp_prod);
	}
	printf("flooding\n");
	fflush(stdout);
	begin_ns = stats_now_ns();
	end_ns = begin_ns + ms * INT64_C(1000000);
	while (stats_now_ns() < end_ns && !raw_failures) {
		for (unsigned i = 0; i < 2; i++) {
			if (requests) {
				answers += fill_ring(channels[i], &answered[i]);
			} else {
				domain_notify(&channels[i]->ring_port);
			}
			notifications++;
		}
	}
	end_ns = stats_now_ns();
	printf("%lu answers and %lu notifications in %ld us\n", answers, notifications,
	       (long)((end_ns - begin_ns) / 1000));
	fflush(stdout);
	for (unsigned i = 0; i < 2; i++) {
		drain(channels[i], answered[i]);
	}
	/* An honest guest again, it must be served like one. */
	raw_sleep_ms(200);
	for (unsigned i = 0; i < 2; i++) {
		channels[i]->ring.rsp_cons = channels[i]->ring.req_prod_pvt;
	}
	raw_check(raw_simple(&raw.out, XENSND_OP_CLOSE) == 0, "CLOSE after the flood");
	raw_finish(&raw);
}
