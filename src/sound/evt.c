/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/sound/evt.h"

#include <string.h>

/*
 * How many events the page can hold. 63 is not a power of two: when the free-running index wraps
 * from 2^32 - 1, which is slot 3, to 0, slots 0 to 3 come up twice within five events. Until the
 * guest has taken the events before the wrap, only 4 fit. On a fresh page, indices 0 to 3 never
 * reach that limit.
 */
static uint32_t capacity(uint32_t in_prod)
{
	return in_prod < 4 ? 4 : EVT_RING_LENGTH;
}

void evt_init(struct evt *evt, evt_notify *notify, struct hv_evtchn *handle, int port,
	      void *sh_page)
{
	*evt = (struct evt){ .notify = notify, .handle = handle, .port = port, .sh_page = sh_page };
	evt->in_prod = rt_sh_load(&evt->sh_page->in_prod);
}

void evt_adopt(struct evt *evt, evt_notify *notify, struct hv_evtchn *handle, int port,
	       void *sh_page)
{
	/* Sets only these: in_prod is right at every moment, whenever a daemon was killed. */
	evt->notify = notify;
	evt->handle = handle;
	evt->port = port;
	evt->sh_page = sh_page;
	rt_sh_store(&evt->sh_page->in_prod, evt->in_prod);
}

bool evt_push(struct evt *evt, uint64_t position_bytes)
{
	struct evt_page *sh_page = evt->sh_page;
	uint32_t in_prod = evt->in_prod;
	const struct evt_event event = {
		/* Linux drops every event whose id is not the last one's successor. */
		.id = (uint16_t)in_prod,
		.type = EVT_CUR_POS,
		.position_bytes = position_bytes,
	};

	/* The guest owns in_cons: a forged value makes the page look full, no more. */
	if (in_prod - rt_sh_load(&evt->sh_page->in_cons) >= capacity(in_prod)) {
		return false;
	}
	memcpy(&sh_page->events[in_prod % EVT_RING_LENGTH], &event, sizeof(event));
	/* Orders the event before our count of it, in case we are killed here and adopted. */
	rt_keep_order();
	evt->in_prod = in_prod + 1;
	/* Orders the event before the index that makes it visible. */
	rt_sh_store(&evt->sh_page->in_prod, evt->in_prod);
	evt->notify(evt->handle, evt->port);
	return true;
}

bool evt_empty(const struct evt *evt)
{
	return rt_sh_load(&evt->sh_page->in_cons) == evt->in_prod;
}
