/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every request in the states that matter, good and bad, against a guest made of an array of
 * pages. The rows of bad input that other back ends fell over are all here.
 */
#include "tests/unit/wire_fixture.h"

static void test_life(void **state)
{
	(void)state;
	wire_activate(&wire, true);
	assert_int_equal(ask_open(16384), 0);
	assert_int_equal(mapped[DATA_GREF + 3], 1);
	assert_int_equal(mapped[DIR_GREF], 0);
	assert_int_equal(ask_move(XENSND_OP_WRITE, 0, 4096), 0);
	assert_null(card_running(wire.slot));
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	assert_ptr_equal(card_running(wire.slot), wire.stream);
	assert_int_equal(ask_move(XENSND_OP_WRITE, 4096, 12288), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_STOP), 0);
	assert_null(card_running(wire.slot));
	assert_int_equal(ask_simple(XENSND_OP_CLOSE), 0);
	assert_int_equal(mapped[DATA_GREF], 0);
	assert_null(wire.stream);
}

static void test_move_outside_the_buffer(void **state)
{
	static const uint32_t bad[][2] = {
		{ 16385, 0 },
		{ 16384, 1 },
		{ 0, 16385 },
		{ 16380, 8 },
		{ UINT32_MAX, 1 },
		{ 4, UINT32_MAX },
		{ UINT32_MAX, UINT32_MAX },
	};

	(void)state;
	assert_int_equal(ask_open(16384), 0);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(ask_move(XENSND_OP_WRITE, bad[i][0], bad[i][1]), -XEN_EINVAL);
	}
	assert_int_equal(ask_move(XENSND_OP_WRITE, 16384, 0), 0);
	assert_int_equal(ask_move(XENSND_OP_READ, 0, 16), -XEN_EINVAL);
}

static void test_capture_moves_outside(void **state)
{
	(void)state;
	assert_int_equal(ask_move(XENSND_OP_READ, 0, 16), -XEN_EINVAL);
	assert_int_equal(ask_open(16384), 0);
	assert_int_equal(ask_move(XENSND_OP_READ, 0, 16), 0);
	assert_int_equal(ask_move(XENSND_OP_READ, 16384, 4), -XEN_EINVAL);
	assert_int_equal(ask_move(XENSND_OP_WRITE, 0, 16), -XEN_EINVAL);
}

static void test_before_open(void **state)
{
	(void)state;
	assert_int_equal(ask_move(XENSND_OP_WRITE, 0, 16), -XEN_EINVAL);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), -XEN_EINVAL);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_PAUSE), -XEN_EINVAL);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_RESUME), -XEN_EINVAL);
	/* Linux undoes a failed START with a STOP, and closes what it never opened. */
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_STOP), 0);
	assert_int_equal(ask_simple(XENSND_OP_CLOSE), 0);
}

static void test_bad_directories(void **state)
{
	struct xensnd_req request = open_request(16384);
	uint32_t *words;
	unsigned calls;

	(void)state;
	words = (uint32_t *)page[DIR_GREF];
	/* Fewer references than the size needs. */
	fill_directory(3);
	assert_int_equal(ask(&request), -XEN_EINVAL);
	/* Linux's "no grant", a grant that does not exist. */
	fill_directory(4);
	words[2] = UINT32_MAX;
	assert_int_equal(ask(&request), -XEN_EINVAL);
	words[2] = PAGES + 5;
	assert_int_equal(ask(&request), -XEN_EINVAL);
	/* A directory that is not there. */
	request.op.open.gref_directory = 0;
	assert_int_equal(ask(&request), -XEN_EINVAL);
	request.op.open.gref_directory = PAGES;
	assert_int_equal(ask(&request), -XEN_EINVAL);
	/* A directory that is its own next page: the walk is as long as the size, no longer. */
	card->slots[0].buffer_bytes_max = 16u << 20;
	request = open_request(8u << 20);
	for (unsigned i = 0; i < 1023; i++) {
		words[1 + i] = DATA_GREF + i;
	}
	words[0] = DIR_GREF;
	calls = map_calls;
	assert_int_equal(ask(&request), -XEN_EINVAL);
	assert_int_equal(map_calls - calls, 3 + 1);
	/* One that ends too early. */
	words[0] = 0;
	assert_int_equal(ask(&request), -XEN_EINVAL);
	assert_null(wire.stream);
	assert_int_equal(mappings, 2);
}

static void test_long_directory(void **state)
{
	struct xensnd_req request = open_request(1030 * HV_PAGE_SIZE);
	uint32_t *first = (uint32_t *)page[DIR_GREF], *second = (uint32_t *)page[DIR_GREF + 1];

	(void)state;
	card->slots[0].buffer_bytes_max = 16u << 20;
	first[0] = DIR_GREF + 1;
	for (unsigned i = 0; i < 1030; i++) {
		*(i < 1023 ? &first[1 + i] : &second[1 + i - 1023]) = DATA_GREF + i;
	}
	assert_int_equal(ask(&request), 0);
	assert_int_equal(mapped[DATA_GREF + 1029], 1);
	assert_int_equal(mapped[DATA_GREF + 1030], 0);
}

static void test_tiny_period(void **state)
{
	struct xensnd_req request = open_request(16384);

	(void)state;
	/* One frame: events come with JACK's cycles, however often the guest wants them. */
	fill_directory(4);
	request.op.open.period_sz = 4;
	wire_activate(&wire, true);
	assert_int_equal(ask(&request), 0);
	notified = 0;
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	assert_int_equal(notified, 1); /* the response, no event */
}

static void test_start_twice(void **state)
{
	struct stream *stream;

	(void)state;
	wire_activate(&wire, true);
	assert_int_equal(ask_open(16384), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	stream = wire.stream;
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	assert_ptr_equal(card_running(wire.slot), stream);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_STOP), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_STOP), 0);
}

static void test_open_twice(void **state)
{
	(void)state;
	wire_activate(&wire, true);
	assert_int_equal(ask_open(16384), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	assert_int_equal(ask_open(8192), 0);
	assert_null(card_running(wire.slot));
	assert_int_equal(wire.stream->ring_frames, 2048);
	assert_int_equal(mapped[DATA_GREF], 1);
	assert_int_equal(mapped[DATA_GREF + 3], 0);
}

static void test_unknown_operations(void **state)
{
	(void)state;
	for (unsigned op = XENSND_OP_HW_PARAM_QUERY + 1; op < 256; op++) {
		assert_int_equal(ask_simple((uint8_t)op), -XEN_EOPNOTSUPP);
	}
	assert_int_equal(ask_open(16384), 0);
	for (unsigned type = 4; type < 256; type++) {
		assert_int_equal(ask_trigger((uint8_t)type), -XEN_EINVAL);
	}
}

static void test_ring_overflow(void **state)
{
	(void)state;
	front.sring->req_prod = 33;
	assert_false(wire_serve(&wire, &clock_48k));
	assert_int_equal(front.sring->rsp_prod, 0);
	assert_true(wire.broken);
	/* And it stays so: no guest gets a second chance to find a gap. */
	front.sring->req_prod = 1;
	assert_false(wire_serve(&wire, &clock_48k));
	assert_int_equal(front.sring->rsp_prod, 0);
}

static void test_ring_going_back(void **state)
{
	(void)state;
	assert_int_equal(ask_simple(XENSND_OP_CLOSE), 0);
	front.sring->req_prod = 0;
	assert_false(wire_serve(&wire, &clock_48k));
	assert_int_equal(front.sring->rsp_prod, 1);
	assert_true(wire.broken);
}

static void test_full_ring_at_once(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 32; i++) {
		push(&(struct xensnd_req){ .operation = XENSND_OP_CLOSE });
	}
	assert_false(wire_serve(&wire, &clock_48k));
	assert_int_equal(front.sring->rsp_prod, 32);
	assert_int_equal(notified, 32);
	assert_int_equal(front.sring->req_event, 33);
}

/* The callback is inside with the stream: STOP is answered when it is outside, no sooner. */
static void test_stop_waits_for_the_callback(void **state)
{
	(void)state;
	wire_activate(&wire, true);
	assert_int_equal(ask_open(16384), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	card_enter(wire.side);
	push(&(struct xensnd_req){ .operation = XENSND_OP_CLOSE });
	push(&(struct xensnd_req){ .operation = XENSND_OP_CLOSE });
	assert_false(wire_serve(&wire, &clock_48k));
	assert_int_equal(front.sring->rsp_prod, front.rsp_cons);
	assert_false(wire_settle(&wire, &clock_48k));
	assert_int_equal(mapped[DATA_GREF], 1);
	card_leave(wire.side);
	assert_true(wire_settle(&wire, &clock_48k));
	assert_int_equal(mapped[DATA_GREF], 0);
	assert_int_equal(pull().status, 0);
	assert_false(wire_serve(&wire, &clock_48k));
	assert_int_equal(pull().status, 0);
}

static void test_jack_away_and_back(void **state)
{
	(void)state;
	assert_int_equal(ask_open(16384), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	assert_null(card_running(wire.slot));
	wire_activate(&wire, true);
	assert_ptr_equal(card_running(wire.slot), wire.stream);
	wire_activate(&wire, false);
	assert_null(card_running(wire.slot));
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_STOP), 0);
	wire_activate(&wire, true);
	assert_null(card_running(wire.slot));
}

/* Closed by order: at once, or when the callback is outside, and refused is what the guest asks of
 * it from then on but its end. */
static void test_kick(void **state)
{
	(void)state;
	wire_kick(&wire);
	for (unsigned inside = 0; inside < 2; inside++) {
		wire_activate(&wire, inside);
		assert_int_equal(ask_open(16384), 0);
		assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
		if (inside) {
			card_enter(wire.side);
		}
		wire_kick(&wire);
		assert_null(card_running(wire.slot));
		if (inside) {
			assert_non_null(wire.stream);
			assert_int_equal(mapped[DATA_GREF], 1);
			/* Not given back to JACK, either. */
			wire_activate(&wire, true);
			assert_null(card_running(wire.slot));
			card_leave(wire.side);
			assert_true(wire_settle(&wire, &clock_48k));
		}
		assert_null(wire.stream);
		assert_int_equal(mapped[DATA_GREF], 0);
		assert_int_equal(wire.slot->strip.sight.state, SIGHT_CLOSED);
		assert_int_equal(ask_move(XENSND_OP_WRITE, 0, 4096), -XEN_EINVAL);
		assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), -XEN_EINVAL);
		assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_STOP), 0);
		assert_int_equal(ask_simple(XENSND_OP_CLOSE), 0);
	}
	/* An OPEN that came behind the order is none of its business. */
	assert_int_equal(ask_open(16384), 0);
	assert_true(wire_settle(&wire, &clock_48k));
	assert_non_null(wire.stream);
}

static struct xensnd_resp query(const struct xensnd_query_hw_param *ask_for)
{
	struct xensnd_req request = { .operation = XENSND_OP_HW_PARAM_QUERY };
	struct xensnd_req *sh_request;

	push(&request);
	sh_request = (struct xensnd_req *)RING_GET_REQUEST(&front, front.req_prod_pvt - 1);
	sh_request->op.hw_param = *ask_for;
	assert_false(wire_serve(&wire, &clock_48k));
	return pull();
}

static void test_query(void **state)
{
	const struct xensnd_query_hw_param all = {
		.formats = UINT64_MAX,
		.rates = { 0, UINT32_MAX },
		.channels = { 0, UINT32_MAX },
		.buffer = { 0, UINT32_MAX },
		.period = { 0, UINT32_MAX },
	};
	struct xensnd_query_hw_param some = all;
	struct xensnd_resp response = query(&all);

	(void)state;
	assert_int_equal(response.status, 0);
	/* All but the compressed ones. */
	assert_int_equal(response.resp.hw_param.formats, (1 << XENSND_PCM_FORMAT_IMA_ADPCM) - 1);
	assert_int_equal(response.resp.hw_param.rates.min, 48000);
	assert_int_equal(response.resp.hw_param.rates.max, 48000);
	assert_int_equal(response.resp.hw_param.channels.min, 1);
	assert_int_equal(response.resp.hw_param.channels.max, 2);
	assert_int_equal(response.resp.hw_param.buffer.min, 512);
	assert_int_equal(response.resp.hw_param.buffer.max, 65536);
	assert_int_equal(response.resp.hw_param.period.min, 256);
	some.rates.max = 44100;
	assert_int_equal(query(&some).status, -XEN_EINVAL);
	some = all;
	some.channels.min = 3;
	assert_int_equal(query(&some).status, -XEN_EINVAL);
	some = all;
	some.formats = 1 << XENSND_PCM_FORMAT_IMA_ADPCM | 1 << XENSND_PCM_FORMAT_MPEG |
		       1 << XENSND_PCM_FORMAT_GSM;
	assert_int_equal(query(&some).status, -XEN_EINVAL);
	assert_false(wire.hopeless);
	/* Two cycles of the smallest frame are 512 bytes. */
	card->slots[0].buffer_bytes_max = 511;
	assert_int_equal(query(&all).status, -XEN_EINVAL);
	assert_true(wire.hopeless);
}

/* Rings that a daemon before us has used: go on behind what it answered. */
static void test_attach_to_used_rings(void **state)
{
	(void)state;
	assert_int_equal(ask_simple(XENSND_OP_CLOSE), 0);
	wire_close(&wire, false);
	push(&(struct xensnd_req){ .operation = XENSND_OP_CLOSE });
	assert_int_equal(open_wire(&wire, false), 0);
	assert_false(wire_serve(&wire, &clock_48k));
	assert_int_equal(pull().status, 0);
}

static void test_bad_references(void **state)
{
	struct wire other;
	struct slot *slot = &card->slots[0];
	const struct card_refs good = slot->refs;
	struct card_refs bad[4] = { good, good, good, good };

	(void)state;
	bad[0].ring_gref = PAGES;
	bad[1].evt_gref = 0;
	bad[2].ring_port = 0;
	bad[3].evt_port = 0;
	for (unsigned i = 0; i < 4; i++) {
		slot->refs = bad[i];
		log_set_level(LOG_ERROR);
		assert_true(open_wire(&other, false) < 0);
		assert_int_equal(mappings, 2);
	}
	slot->refs = good;
}

#define PLAYBACK(test) cmocka_unit_test_setup_teardown(test, open_playback, close_all)
#define CAPTURE(test) cmocka_unit_test_setup_teardown(test, open_capture, close_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAYBACK(test_life),
		PLAYBACK(test_move_outside_the_buffer),
		CAPTURE(test_capture_moves_outside),
		PLAYBACK(test_before_open),
		PLAYBACK(test_bad_directories),
		PLAYBACK(test_long_directory),
		PLAYBACK(test_tiny_period),
		PLAYBACK(test_start_twice),
		PLAYBACK(test_open_twice),
		PLAYBACK(test_unknown_operations),
		PLAYBACK(test_ring_overflow),
		PLAYBACK(test_ring_going_back),
		PLAYBACK(test_full_ring_at_once),
		PLAYBACK(test_stop_waits_for_the_callback),
		PLAYBACK(test_jack_away_and_back),
		PLAYBACK(test_kick),
		PLAYBACK(test_query),
		PLAYBACK(test_attach_to_used_rings),
		PLAYBACK(test_bad_references),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
