/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A back end goes on where another ended, in any state of the stream, and starts anew if what was
 * left is invalid. Both are in one process: the old one is simply not used any more.
 */
#include "tests/unit/xen/adopt.h"

#include <math.h>

static int set_up_capture(void **state)
{
	(void)state;
	return adopt_set_up_dir(PCM_CAPTURE);
}

/* What the kernel does when a process dies. */
static void let_go(void)
{
	atomic_store(&card->streams[0].running, NULL);
	memset(mapped, 0, sizeof(mapped));
	mappings = 0;
}

static int ask_here(const struct xensnd_req *request)
{
	push(request);
	serve_whole(&ring);
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

/* Runs a cycle of a stream, then ends the back end, in good order (tell) or not. */
static void run_and_leave(bool tell)
{
	struct xensnd_req request = open_mono();
	float cycle[CYCLE];
	float *const out[] = { cycle };

	assert_int_equal(open_ring(&ring, false), 0);
	assert_false(adopted);
	stream_ring_activate(&ring, true);
	assert_int_equal(ask_here(&request), 0);
	assert_int_equal(move(XENSND_OP_WRITE, 0, 300), 0);
	assert_int_equal(trigger(XENSND_OP_TRIGGER_START), 0);
	stream_rt_playback(card_running(&card->streams[0]), out, CYCLE);
	if (tell) {
		stream_ring_activate(&ring, false);
		stream_ring_close(&ring, true);
		assert_int_equal(mappings, 0);
	}
	let_go();
}

/*
 * A back end takes the request that was sent, dies after so many parts of it, and another serves it
 * anew: it erases the whole buffer. `runs`: it finds a stream, and that it is running.
 */
static void die_after(unsigned parts, uint32_t bytes, bool runs)
{
	const unsigned char *data = page[DATA_GREF];

	for (unsigned i = 0; i < parts; i++) {
		assert_int_equal(stream_ring_serve(&ring, &clock_48k), STREAM_RING_MORE);
	}
	let_go();
	/* Nothing is erased yet, for all that the next one knows. */
	memset(page[DATA_GREF], 1, bytes);
	assert_int_equal(open_ring(&ring, true), 0);
	assert_true(adopted);
	assert_int_equal(ring.runtime != NULL, runs);
	assert_int_equal(stream_ring_started(&ring), runs);
	assert_int_equal(serve_whole(&ring), STREAM_RING_NOTHING);
	assert_int_equal(pull().status, 0);
	for (uint32_t i = 0; i < bytes; i++) {
		assert_int_equal(data[i], 0);
	}
}

static void test_while_erasing(void **state)
{
	const uint32_t bytes = 4 * STREAM_TRIGGER_ERASE_BYTES;
	struct xensnd_req request = open_request(bytes);
	struct xensnd_req stop = { .operation = XENSND_OP_TRIGGER,
				   .op.trigger.type = XENSND_OP_TRIGGER_STOP };

	(void)state;
	fill_directory(bytes / HV_PAGE_SIZE);
	card->streams[0].buffer_bytes_max = bytes;
	assert_int_equal(open_ring(&ring, false), 0);
	assert_int_equal(ask_here(&request), 0);
	for (unsigned parts = 0; parts < 4; parts++) {
		assert_int_equal(trigger(XENSND_OP_TRIGGER_START), 0);
		push(&stop);
		die_after(parts, bytes, true);
		assert_false(stream_ring_started(&ring));
	}
	stream_ring_close(&ring, false);
}

/* One that dies while it opens a stream has opened none, and has closed the one before. */
static void test_while_opening(void **state)
{
	const uint32_t bytes = 4 * STREAM_TRIGGER_ERASE_BYTES;
	struct xensnd_req request = open_request(bytes);

	(void)state;
	fill_directory(bytes / HV_PAGE_SIZE);
	card->streams[0].buffer_bytes_max = bytes;
	assert_int_equal(open_ring(&ring, false), 0);
	for (unsigned parts = 0; parts < 4; parts++) {
		push(&request);
		die_after(parts, bytes, false);
		assert_non_null(ring.runtime);
	}
	stream_ring_close(&ring, false);
}

static void close_here(void)
{
	stream_ring_activate(&ring, false);
	stream_ring_close(&ring, false);
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
		assert_int_equal(open_ring(&ring, true), 0);
		assert_true(adopted);
		/* its position once more, and for an answer whose notification may be missing */
		assert_int_equal(notified, 2);
		frontend_interrupt(&fe);
		assert_int_equal(fe.dropped, 0);
		assert_int_equal(fe.last_frames % RING, CYCLE + 1);
		assert_null(card_running(&card->streams[0]));
		stream_ring_activate(&ring, true);
		stream_rt_playback(card_running(&card->streams[0]), out, CYCLE);
		/* the carried frame, then what the ring holds at the position */
		assert_true(cycle[0] == 0.0f);
		for (unsigned i = 1; i < CYCLE; i++) {
			assert_true(cycle[i] == (float)(CYCLE + 1 + i) / 32768.0f);
		}
		assert_int_equal(move(XENSND_OP_WRITE, 300, 10), 0);
		assert_int_equal(rt_counter_get(&ring.runtime->shared.appl_frames) % RING, 310);
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
	assert_int_equal(open_ring(&ring, true), 0);
	assert_int_equal(trigger(XENSND_OP_TRIGGER_PAUSE), 0);
	let_go();
	assert_int_equal(open_ring(&ring, true), 0);
	assert_true(adopted);
	stream_ring_activate(&ring, true);
	assert_null(card_running(&card->streams[0]));
	assert_int_equal(trigger(XENSND_OP_TRIGGER_RESUME), 0);
	assert_int_equal(ring.runtime->rt.hw_frames, CYCLE + 1);
	assert_non_null(card_running(&card->streams[0]));
	stream_ring_activate(&ring, false);
	assert_int_equal(trigger(XENSND_OP_TRIGGER_STOP), 0);
	let_go();
	assert_int_equal(open_ring(&ring, true), 0);
	assert_true(adopted);
	stream_ring_activate(&ring, true);
	assert_null(card_running(&card->streams[0]));
	assert_int_equal(ring.runtime->rt.hw_frames, RING);
	assert_int_equal(move(XENSND_OP_WRITE, 0, 100), 0);
	assert_int_equal(trigger(XENSND_OP_TRIGGER_START), 0);
	assert_int_equal(rt_counter_get(&ring.runtime->shared.appl_frames), RING + 100);
	frontend_interrupt(&fe);
	assert_int_equal(fe.dropped, 0);
	close_here();
}

/* Nothing was open: positions of the next stream still begin after the last announced one. */
static void test_closed(void **state)
{
	struct xensnd_req request = open_mono();

	(void)state;
	run_and_leave(false);
	assert_int_equal(open_ring(&ring, true), 0);
	assert_int_equal(ask_here(&(struct xensnd_req){ .operation = XENSND_OP_CLOSE }), 0);
	let_go();
	assert_int_equal(open_ring(&ring, true), 0);
	assert_true(adopted);
	assert_null(ring.runtime);
	assert_int_equal(trigger(XENSND_OP_TRIGGER_START), -XEN_EINVAL);
	assert_int_equal(ask_here(&request), 0);
	assert_int_equal(ring.runtime->rt.hw_frames, RING);
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
	assert_int_equal(open_ring(&ring, false), 0);
	stream_ring_activate(&ring, true);
	assert_int_equal(ask_here(&request), 0);
	assert_int_equal(trigger(XENSND_OP_TRIGGER_START), 0);
	stream_rt_capture(card_running(&card->streams[0]), in, CYCLE);
	let_go();
	assert_int_equal(open_ring(&ring, true), 0);
	assert_true(adopted);
	stream_ring_activate(&ring, true);
	stream_rt_capture(card_running(&card->streams[0]), in, CYCLE);
	for (unsigned i = 0; i < 2 * CYCLE; i++) {
		assert_int_equal(((int16_t *)page[DATA_GREF])[1 + i], i % CYCLE + 1);
	}
	assert_int_equal(move(XENSND_OP_READ, 0, CYCLE), 0);
	frontend_interrupt(&fe);
	assert_int_equal(fe.dropped, 0);
	assert_int_equal(fe.hw, 1 + 2 * CYCLE);
	close_here();
}

/* The back end died after it had written and counted an event, before it set the page's index. */
static void test_event_that_was_not_published(void **state)
{
	struct xensnd_event_page *sh_page = (struct xensnd_event_page *)page[EVT_GREF];

	(void)state;
	run_and_leave(false);
	sh_page->in_prod--;
	assert_int_equal(open_ring(&ring, true), 0);
	assert_int_equal(sh_page->in_prod, handover.evt.in_prod);
	frontend_interrupt(&fe);
	assert_int_equal(fe.dropped, 0);
	assert_int_equal(fe.last_frames, CYCLE + 1);
	close_here();
}

/* --- what is not adopted */

static void other_ring(void)
{
	handover.refs.ring_gref++;
}

static void other_port(void)
{
	handover.refs.evt_port++;
}

static void no_format(void)
{
	handover.params.format = (enum pcm_format)(PCM_FORMATS + 5);
}

static void too_many_channels(void)
{
	handover.params.channels = card->streams[0].channels + 1;
}

static void smaller_limit(void)
{
	card->streams[0].buffer_bytes_max = RING_BYTES - 2;
}

static void no_directory(void)
{
	memset(page[DIR_GREF], 0, HV_PAGE_SIZE);
}

static void too_much_carried(void)
{
	handover.runtime.rt.carried = STREAM_RT_LEAD_MAX + 1;
}

static void carried_before_the_lead(void)
{
	handover.runtime.rt.lead = STREAM_RT_LEAD_MAX;
	handover.runtime.rt.carried = STREAM_RT_LEAD_MAX;
	handover.runtime.rt.lead_due = 1;
}

static void another_lead_due(void)
{
	handover.runtime.rt.lead = STREAM_RT_LEAD_MAX;
	handover.runtime.rt.carried = 0;
	handover.runtime.rt.lead_due = 1;
}

static void too_much_queued(void)
{
	handover.runtime.io.queued = RING + 1;
}

static void too_much_lead(void)
{
	handover.runtime.rt.lead = handover.runtime.rt.carried = 1000;
}

/* The due lead replaces the other: the callback would hold 2^32 - 1 frames more. */
static void not_finite(void)
{
	handover.runtime.rt.carry[1][0] = INFINITY;
}

static void no_state(void)
{
	memset(&handover.runtime.io.state, 0x7f, sizeof(handover.runtime.io.state));
}

static void test_begins_anew(void **state)
{
	static void (*const spoil[])(void) = {
		other_ring,
		other_port,
		no_format,
		too_many_channels,
		smaller_limit,
		no_directory,
		too_much_lead,
		too_much_carried,
		too_much_queued,
		no_state,
		carried_before_the_lead,
		another_lead_due,
		not_finite,
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(spoil) / sizeof(spoil[0]); i++) {
		run_and_leave(false);
		spoil[i]();
		assert_int_equal(open_ring(&ring, true), 0);
		assert_false(adopted);
		assert_null(ring.runtime);
		assert_int_equal(mappings, 2);
		assert_false(handover.open);
		assert_memory_equal(&handover.refs, &card->streams[0].refs, sizeof(handover.refs));
		/* The guest's programs get errors, and can close. */
		assert_int_equal(move(XENSND_OP_WRITE, 0, 1), -XEN_EINVAL);
		assert_int_equal(trigger(XENSND_OP_TRIGGER_STOP), 0);
		assert_int_equal(ask_here(&(struct xensnd_req){ .operation = XENSND_OP_CLOSE }), 0);
		close_here();
		fill_directory(1);
		card->streams[0].buffer_bytes_max = 65536;
	}
}

#define PLAYBACK(test) cmocka_unit_test_setup_teardown(test, adopt_set_up, adopt_tear_down)
#define CAPTURE(test) cmocka_unit_test_setup_teardown(test, set_up_capture, adopt_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAYBACK(test_running),
		PLAYBACK(test_while_erasing),
		PLAYBACK(test_while_opening),
		PLAYBACK(test_halted_and_paused),
		PLAYBACK(test_closed),
		CAPTURE(test_capture),
		PLAYBACK(test_event_that_was_not_published),
		PLAYBACK(test_begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
