/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event page. Lines:
 *
 *   index N       a new connection whose page begins at index N
 *   push N        N positions
 *   take N        the guest takes up to N events, 0: all
 *   poke WORD N   the guest writes N to any word of the page
 *   adopt         the next daemon takes over
 *
 * As long as the guest keeps the rules, it gets every event that was pushed, once and in order,
 * also where the index wraps. Whatever it does, nothing outside the page is touched.
 */
#include <string.h>

#include "src/sound/evt.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/memory.h"
#include "xen/abi.h"

#define GREF 1u

static struct memory *memory;
static struct evt evt;
static void *sh_page; /* as the back end sees it */
static bool honest;   /* the guest has kept the rules since the connection */
static uint64_t next_position;
static uint64_t taken_position; /* that the guest expects next */
static uint32_t in_cons;

static struct xensnd_event_page *page_of_guest(void)
{
	return (struct xensnd_event_page *)memory->pages[GREF];
}

static void notify(struct hv_evtchn *handle, int port)
{
	(void)handle;
	FUZZ_CHECK(port == 5);
}

static void connect(uint32_t index)
{
	struct xensnd_event_page *page = page_of_guest();

	page->in_cons = page->in_prod = in_cons = index;
	evt_init(&evt, notify, NULL, 5, sh_page);
	honest = true;
	next_position = taken_position = 0;
}

static void push(uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		uint32_t before = evt.in_prod;
		bool pushed = evt_push(&evt, next_position);

		FUZZ_CHECK(evt.in_prod == before + pushed);
		/* A page that the guest has emptied has room. */
		FUZZ_CHECK(pushed || !honest || before != in_cons);
		next_position += pushed;
	}
}

/* As Linux does: it drops an event whose id does not follow. */
static void take(uint64_t count)
{
	struct xensnd_event_page *page = page_of_guest();

	for (uint64_t i = 0; in_cons != page->in_prod && i < count; i++) {
		struct xensnd_evt event = XENSND_IN_RING_REF(page, in_cons);

		FUZZ_CHECK(event.id == (uint16_t)in_cons);
		FUZZ_CHECK(event.op.cur_pos.position == taken_position);
		taken_position++;
		page->in_cons = ++in_cons;
	}
	FUZZ_CHECK(count < 64 || evt_empty(&evt));
}

static void adopt(void)
{
	struct evt left = evt;

	evt = (struct evt){ .in_prod = left.in_prod };
	evt_adopt(&evt, notify, NULL, 5, sh_page);
	FUZZ_CHECK(evt.in_prod == left.in_prod && page_of_guest()->in_prod == left.in_prod);
}

static void run(const struct fuzz_line *line)
{
	const uint64_t *numbers = line->numbers;

	switch (line->word[0]) {
	case 'i':
		connect((uint32_t)numbers[0]);
		break;
	case 'p':
		if (line->word[1] == 'o') {
			memory_poke(memory, GREF, numbers[0], (uint32_t)numbers[1]);
			honest = false;
		} else {
			push(numbers[0] % 128);
		}
		break;
	case 't':
		if (honest) {
			take(numbers[0] ? numbers[0] : UINT64_MAX);
		}
		break;
	case 'a':
		adopt();
		break;
	default:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_text text = fuzz_text(data, size);
	const uint32_t gref = GREF;
	struct fuzz_line line;

	fuzz_begin();
	memory = memory_begin();
	sh_page = memory->hv.ops->map(&memory->hv, 1, &gref, 1);
	connect(0);
	for (unsigned i = 0; i < 64 && fuzz_next_line(&text, &line); i++) {
		run(&line);
	}
	memory->hv.ops->unmap(&memory->hv, sh_page, 1);
	memory_end(memory);
	fuzz_accepted = honest;
	return 0;
}
