/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The wire of fake_guest's one stream, and round trips on it. One wire a program; the functions are
 * cmocka's set-up and tear-down, and ask_..., each a request that returns its answer's status.
 */
#ifndef XENJACK_TEST_WIRE_FIXTURE_H
#define XENJACK_TEST_WIRE_FIXTURE_H

#include "tests/unit/fake_guest.h"

static struct wire wire;

/* A JACK cycle is at work on the card whenever a request comes. */
static bool callback_inside;

static inline int open_dir(enum pcm_dir dir)
{
	make_guest(dir);
	return open_wire(&wire, false);
}

static inline int open_playback(void **state)
{
	(void)state;
	return open_dir(PCM_PLAYBACK);
}

static inline int open_capture(void **state)
{
	(void)state;
	return open_dir(PCM_CAPTURE);
}

static inline int close_all(void **state)
{
	(void)state;
	wire_activate(&wire, false);
	wire_close(&wire, false);
	free_guest();
	return 0;
}

/* One round trip; the status. */
static inline int ask(const struct xensnd_req *request)
{
	struct xensnd_resp response;
	unsigned before = notified;

	push(request);
	if (callback_inside) {
		card_enter(wire.side);
	}
	assert_false(wire_serve(&wire, &clock_48k));
	if (wire.deferred && !wire_opens(&wire)) {
		assert_true(callback_inside);
		assert_false(wire_settle(&wire, &clock_48k));
		assert_int_equal(front.sring->rsp_prod, front.rsp_cons);
	}
	if (callback_inside) {
		card_leave(wire.side);
		assert_true(wire_settle(&wire, &clock_48k));
	}
	assert_int_equal(wire.deferred, request->operation == XENSND_OP_OPEN);
	if (wire.deferred) {
		assert_true(wire_opens(&wire));
		wire_open_next(&wire, &clock_48k);
	}
	response = pull();
	assert_int_equal(response.id, (uint16_t)(next_id - 1));
	assert_int_equal(response.operation, request->operation);
	assert_true(response.status <= 0);
	assert_true(notified > before);
	return response.status;
}

static inline int ask_open(uint32_t bytes)
{
	struct xensnd_req request = open_request(bytes);

	fill_directory((bytes + HV_PAGE_SIZE - 1) / HV_PAGE_SIZE);
	return ask(&request);
}

static inline int ask_simple(uint8_t operation)
{
	return ask(&(struct xensnd_req){ .operation = operation });
}

static inline int ask_trigger(uint8_t type)
{
	return ask(&(struct xensnd_req){ .operation = XENSND_OP_TRIGGER, .op.trigger.type = type });
}

static inline int ask_move(uint8_t operation, uint32_t offset, uint32_t length)
{
	return ask(&(struct xensnd_req){ .operation = operation,
					 .op.rw = { .offset = offset, .length = length } });
}

#endif
