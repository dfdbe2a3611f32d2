/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event page's index, by induction over every index there is, the wrap at 2^32 included. The
 * invariant holds on a fresh page; after a push, and after the guest has taken events, it holds
 * again. Under it, no event is written over one that the guest has not taken, and a guest that
 * forges in_cons changes nothing but whether the page counts as full.
 */
#include "proof.h"

#include "src/sound/evt.h"

static struct evt_page page;
static uint32_t written; /* the slot of the last event */

/* evt_push copies an event with it and nothing else; where to is all that matters here. */
static void note_slot(const void *sh_slot)
{
	written = (uint32_t)((const struct evt_event *)sh_slot - page.events);
}

#include <string.h>
#undef memcpy
#define memcpy(to, from, size) note_slot((size) == sizeof(*page.events) ? (to) : (from))

#include "src/sound/evt.c"

void notify(struct hv_evtchn *handle, int port)
{
	(void)handle;
	(void)port;
}

/* Events that the guest has not taken, and what is known of them. */
static bool invariant(uint32_t in_prod, uint32_t in_cons)
{
	uint32_t waiting = in_prod - in_cons;

	return waiting <= EVT_RING_LENGTH &&
	       /* from index 4 on, none from before the wrap waits */
	       (in_prod < 4 || waiting <= in_prod) &&
	       /* between, so few that their slots differ */
	       (in_prod < 1 || in_prod > 3 || waiting <= 4);
}

int main(void)
{
	struct evt evt = { .notify = notify, .sh_page = &page, .in_prod = nondet_u32() };
	uint32_t before = evt.in_prod, behind = nondet_u32();
	bool pushed;

	PROVE(invariant(0, 0));
	page.in_cons = nondet_u32();
	page.in_prod = nondet_u32();
	pushed = evt_push(&evt, 2);
	PROVE(evt.in_prod == before + pushed);
	PROVE(!pushed || (page.in_prod == evt.in_prod && written == before % EVT_RING_LENGTH));
	if (invariant(before, page.in_cons)) {
		PROVE(invariant(evt.in_prod, page.in_cons));
		PROVE(pushed || before != page.in_cons);
		/* Any event that waited: it is still there. */
		ASSUME(behind < before - page.in_cons);
		PROVE(!pushed || written != (page.in_cons + behind) % EVT_RING_LENGTH);
		PROVE(invariant(before, page.in_cons + behind + 1));
	}
	return 0;
}
