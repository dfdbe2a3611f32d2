/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stream ring of fake_guest's one stream, and round trips on it. One stream ring per program.
 * The functions are set-up and tear-down for cmocka, and ask_..., each of which sends a request and
 * returns the status of its answer.
 */
#ifndef XENJACK_TEST_WIRE_FIXTURE_H
#define XENJACK_TEST_WIRE_FIXTURE_H

#include "tests/unit/xen/fake_guest.h"

static struct stream_ring ring;

/* If set, a JACK cycle is inside the card whenever a request arrives. */
static bool callback_inside;

static inline int open_dir(enum pcm_dir dir)
{
	make_guest(dir);
	return open_ring(&ring, false);
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
	stream_ring_activate(&ring, false);
	stream_ring_close(&ring, false);
	free_guest();
	return 0;
}

/* A round trip; returns the status. */
static inline int ask(const struct xensnd_req *request)
{
	struct xensnd_resp response;
	unsigned before = notified;

	push(request);
	if (callback_inside) {
		card_enter(ring.side);
	}
	if (serve_whole(&ring) == STREAM_RING_WAITS) {
		assert_true(callback_inside && ring.deferred);
		assert_false(stream_ring_settle(&ring));
		assert_int_equal(front.sring->rsp_prod, front.rsp_cons);
	}
	if (callback_inside) {
		card_leave(ring.side);
		assert_true(stream_ring_settle(&ring));
		assert_int_equal(serve_whole(&ring), STREAM_RING_NOTHING);
	}
	assert_false(ring.deferred);
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
