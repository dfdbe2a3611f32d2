/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/evt.h"

#include <string.h>

#include "xen/abi.h"

/* Words of the page that change; offsets are sndif.h's. */
static void *sh_in_cons(const struct evt *evt)
{
	return &((struct xensnd_event_page *)evt->sh_page)->in_cons;
}

static void *sh_in_prod(const struct evt *evt)
{
	return &((struct xensnd_event_page *)evt->sh_page)->in_prod;
}

/*
 * How many events the page holds. 63 is no power of two: where the free-running index wraps from
 * 2^32 - 1, which is slot 3, to 0, slots 0 to 3 come twice within five events. Until the guest has
 * taken those before the wrap, only fewer fit. On a fresh page indices 0 to 3 never meet that.
 */
static uint32_t capacity(uint32_t in_prod)
{
	return in_prod < 4 ? 4 : XENSND_IN_RING_LEN;
}

void evt_init(struct evt *evt, const struct hv_ops *ops, struct hv_evtchn *handle, int port,
	      void *sh_page)
{
	*evt = (struct evt){ .ops = ops, .handle = handle, .port = port, .sh_page = sh_page };
	evt->in_prod = rt_sh_load(sh_in_prod(evt));
}

void evt_adopt(struct evt *evt, const struct hv_ops *ops, struct hv_evtchn *handle, int port,
	       void *sh_page)
{
	uint32_t in_prod = evt->in_prod;

	evt_init(evt, ops, handle, port, sh_page);
	evt->in_prod = in_prod;
	rt_sh_store(sh_in_prod(evt), in_prod);
}

bool evt_push(struct evt *evt, uint64_t position_bytes)
{
	struct xensnd_event_page *sh_page = evt->sh_page;
	uint32_t in_prod = evt->in_prod;
	struct xensnd_evt event = {
		/* Linux drops every event whose id is not the last one's successor. */
		.id = (uint16_t)in_prod,
		.type = XENSND_EVT_CUR_POS,
		.op.cur_pos.position = position_bytes,
	};

	/* in_cons is the guest's: a forged one makes the page look full, no more. */
	if (in_prod - rt_sh_load(sh_in_cons(evt)) >= capacity(in_prod)) {
		return false;
	}
	memcpy(&XENSND_IN_RING_REF(sh_page, in_prod), &event, sizeof(event));
	/* Orders the event before our count of it: we may die here, and be adopted. */
	atomic_signal_fence(memory_order_release);
	evt->in_prod = in_prod + 1;
	/* Orders the event before the index that makes it visible. */
	rt_sh_store(sh_in_prod(evt), evt->in_prod);
	evt->ops->evtchn_notify(evt->handle, evt->port);
	return true;
}

bool evt_empty(const struct evt *evt)
{
	return rt_sh_load(sh_in_cons(evt)) == evt->in_prod;
}
