/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One back end goes on where another ended, in any state of the stream, and begins anew where what
 * was left can not be right. Both are in one process: the old one is simply not used any more.
 */
#include "tests/unit/adopt.h"

static int set_up_capture(void **state)
{
	(void)state;
	return adopt_set_up_dir(PCM_CAPTURE);
}

/* The kernel's part in the death of a process. */
static void let_go(void)
{
	atomic_store(&card->slots[0].running, NULL);
	memset(mapped, 0, sizeof(mapped));
	mappings = 0;
}

static int ask_here(const struct xensnd_req *request)
{
	push(request);
	wire_serve(&wire, &clock_48k);
	if (wire_opens(&wire)) {
		wire_open_next(&wire, &clock_48k);
	}
	return pull().status;
}

static int trigger(uint8_t type)
{
	return ask_here(
		&(struct xensnd_req){ .operation = XENSND_OP_TRIGGER, .op.trigger.type = type });
}

static int move(uint8_t operation, uint32_t offset, uint32_t frames)
{
	return ask_here(&(struct xensnd_req){ .operation = operation,
					      .op.rw = { offset * 2, frames * 2 } });
}

/* A stream that ran a cycle, left by a back end that told (leave) or did not. */
static void run_and_leave(bool tell)
{
	struct xensnd_req request = open_mono();
	float cycle[CYCLE];
	float *const out[] = { cycle };

	assert_int_equal(open_wire(&wire, false), 0);
	assert_false(adopted);
	wire_activate(&wire, true);
	assert_int_equal(ask_here(&request), 0);
	assert_int_equal(move(XENSND_OP_WRITE, 0, 300), 0);
	assert_int_equal(trigger(XENSND_OP_TRIGGER_START), 0);
	stream_playback(card_running(&card->slots[0]), out, CYCLE);
	if (tell) {
		wire_activate(&wire, false);
		wire_close(&wire, true);
		assert_int_equal(mappings, 0);
	}
	let_go();
}

static void close_here(void)
{
	wire_activate(&wire, false);
	wire_close(&wire, false);
}

static void test_running(void **state)
{
	(void)state;
	for (unsigned tell = 0; tell < 2; tell++) {
		float cycle[CYCLE];
		float *const out[] = { cycle };

		run_and_leave(tell);
		for (unsigned i = 0; i < 300; i++) {
			((int16_t *)page[DATA_GREF])[i] = (int16_t)(i + 1);
		}
		notified = 0;
		assert_int_equal(open_wire(&wire, true), 0);
		assert_true(adopted);
		/* its position once more, and an answer that may not have been notified of */
		assert_int_equal(notified, 2);
		frontend_interrupt(&fe);
		assert_int_equal(fe.dropped, 0);
		assert_int_equal(fe.last_frames % RING, CYCLE + 1);
		assert_null(card_running(&card->slots[0]));
		wire_activate(&wire, true);
		stream_playback(card_running(&card->slots[0]), out, CYCLE);
		/* the carried frame, then what the ring holds at the position */
		assert_true(cycle[0] == 0.0f);
		for (unsigned i = 1; i < CYCLE; i++) {
			assert_true(cycle[i] == (float)(CYCLE + 1 + i) / 32768.0f);
		}
		assert_int_equal(move(XENSND_OP_WRITE, 300, 10), 0);
		assert_int_equal(rt_counter_get(&wire.stream->shared.frontier) % RING, 310);
		close_here();
		/* HW_FREE */
		frontend_interrupt(&fe);
		fe.last_frames = fe.hw = fe.out = 0;
	}
}

static void test_halted_and_paused(void **state)
{
	(void)state;
	run_and_leave(false);
	assert_int_equal(open_wire(&wire, true), 0);
	assert_int_equal(trigger(XENSND_OP_TRIGGER_PAUSE), 0);
	let_go();
	assert_int_equal(open_wire(&wire, true), 0);
	assert_true(adopted);
	wire_activate(&wire, true);
	assert_null(card_running(&card->slots[0]));
	assert_int_equal(trigger(XENSND_OP_TRIGGER_RESUME), 0);
	assert_int_equal(wire.stream->rt.position, CYCLE + 1);
	assert_non_null(card_running(&card->slots[0]));
	wire_activate(&wire, false);
	assert_int_equal(trigger(XENSND_OP_TRIGGER_STOP), 0);
	let_go();
	assert_int_equal(open_wire(&wire, true), 0);
	assert_true(adopted);
	wire_activate(&wire, true);
	assert_null(card_running(&card->slots[0]));
	assert_int_equal(wire.stream->rt.position, RING);
	assert_int_equal(move(XENSND_OP_WRITE, 0, 100), 0);
	assert_int_equal(trigger(XENSND_OP_TRIGGER_START), 0);
	assert_int_equal(rt_counter_get(&wire.stream->shared.frontier), RING + 100);
	frontend_interrupt(&fe);
	assert_int_equal(fe.dropped, 0);
	close_here();
}

/* Nothing was open: positions of the next stream still begin behind what was announced. */
static void test_closed(void **state)
{
	struct xensnd_req request = open_mono();

	(void)state;
	run_and_leave(false);
	assert_int_equal(open_wire(&wire, true), 0);
	assert_int_equal(ask_here(&(struct xensnd_req){ .operation = XENSND_OP_CLOSE }), 0);
	let_go();
	assert_int_equal(open_wire(&wire, true), 0);
	assert_true(adopted);
	assert_null(wire.stream);
	assert_int_equal(trigger(XENSND_OP_TRIGGER_START), -XEN_EINVAL);
	assert_int_equal(ask_here(&request), 0);
	assert_int_equal(wire.stream->rt.position, RING);
	close_here();
}

static void test_capture(void **state)
{
	struct xensnd_req request = open_mono();
	float cycle[CYCLE];
	const float *const in[] = { cycle };

	(void)state;
	for (unsigned i = 0; i < CYCLE; i++) {
		cycle[i] = (float)(i + 1) / 32768.0f;
	}
	assert_int_equal(open_wire(&wire, false), 0);
	wire_activate(&wire, true);
	assert_int_equal(ask_here(&request), 0);
	assert_int_equal(trigger(XENSND_OP_TRIGGER_START), 0);
	stream_capture(card_running(&card->slots[0]), in, CYCLE);
	let_go();
	assert_int_equal(open_wire(&wire, true), 0);
	assert_true(adopted);
	wire_activate(&wire, true);
	stream_capture(card_running(&card->slots[0]), in, CYCLE);
	for (unsigned i = 0; i < 2 * CYCLE; i++) {
		assert_int_equal(((int16_t *)page[DATA_GREF])[1 + i], i % CYCLE + 1);
	}
	assert_int_equal(move(XENSND_OP_READ, 0, CYCLE), 0);
	frontend_interrupt(&fe);
	assert_int_equal(fe.dropped, 0);
	assert_int_equal(fe.hw, 1 + 2 * CYCLE);
	close_here();
}

/* An event was written and counted, and then the page's index was not set any more. */
static void test_event_that_was_not_published(void **state)
{
	struct xensnd_event_page *sh_page = (struct xensnd_event_page *)page[EVT_GREF];

	(void)state;
	run_and_leave(false);
	sh_page->in_prod--;
	assert_int_equal(open_wire(&wire, true), 0);
	assert_int_equal(sh_page->in_prod, kept.evt.in_prod);
	frontend_interrupt(&fe);
	assert_int_equal(fe.dropped, 0);
	assert_int_equal(fe.last_frames, CYCLE + 1);
	close_here();
}

/* --- what is not adopted */

static void other_ring(void)
{
	kept.refs.ring_gref++;
}

static void other_port(void)
{
	kept.refs.evt_port++;
}

static void no_format(void)
{
	kept.params.format = (enum pcm_format)(PCM_FORMATS + 5);
}

static void too_many_channels(void)
{
	kept.params.channels = card->slots[0].channels + 1;
}

static void smaller_limit(void)
{
	card->slots[0].buffer_bytes_max = RING_BYTES - 2;
}

static void no_directory(void)
{
	memset(page[DIR_GREF], 0, HV_PAGE_SIZE);
}

static void too_much_carried(void)
{
	kept.stream.rt.carried = STREAM_LEAD_MAX + 1;
}

static void too_much_queued(void)
{
	kept.stream.io.queued = RING + 1;
}

static void too_much_lead(void)
{
	kept.stream.rt.lead = kept.stream.rt.carried = 1000;
}

static void no_state(void)
{
	memset(&kept.stream.io.state, 0x7f, sizeof(kept.stream.io.state));
}

static void test_begins_anew(void **state)
{
	static void (*const spoil[])(void) = {
		other_ring,   other_port,    no_format,	       too_many_channels, smaller_limit,
		no_directory, too_much_lead, too_much_carried, too_much_queued,	  no_state,
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(spoil) / sizeof(spoil[0]); i++) {
		run_and_leave(false);
		spoil[i]();
		assert_int_equal(open_wire(&wire, true), 0);
		assert_false(adopted);
		assert_null(wire.stream);
		assert_int_equal(mappings, 2);
		assert_false(kept.open);
		assert_memory_equal(&kept.refs, &card->slots[0].refs, sizeof(kept.refs));
		/* Its programs get errors, and can close. */
		assert_int_equal(move(XENSND_OP_WRITE, 0, 1), -XEN_EINVAL);
		assert_int_equal(trigger(XENSND_OP_TRIGGER_STOP), 0);
		assert_int_equal(ask_here(&(struct xensnd_req){ .operation = XENSND_OP_CLOSE }), 0);
		close_here();
		fill_directory(1);
		card->slots[0].buffer_bytes_max = 65536;
	}
}

#define PLAYBACK(test) cmocka_unit_test_setup_teardown(test, adopt_set_up, adopt_tear_down)
#define CAPTURE(test) cmocka_unit_test_setup_teardown(test, set_up_capture, adopt_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAYBACK(test_running),
		PLAYBACK(test_halted_and_paused),
		PLAYBACK(test_closed),
		CAPTURE(test_capture),
		PLAYBACK(test_event_that_was_not_published),
		PLAYBACK(test_begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
