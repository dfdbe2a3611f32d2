/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Odd orders of START, STOP, PAUSE, RESUME and WRITE, heard: what each of them must leave behind.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/frontend.h"

#define RING 1000u
#define CYCLE 64u

static struct rig rig;
static float port[CYCLE];

static int set_up(void **state)
{
	(void)state;
	rig_open(&rig, PCM_PLAYBACK, 1, RING, 250);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	rig_close(&rig);
	return 0;
}

/* Plays cycles and expects `frames` frames that count from `first`, then silence. */
static void expect_heard(unsigned cycles, uint32_t first, uint32_t frames)
{
	float *out[1] = { port };

	for (uint32_t n = 0; n < cycles * CYCLE; n++) {
		if (n % CYCLE == 0) {
			stream_playback(rig.stream, out, CYCLE);
		}
		assert_int_equal(lrintf(port[n % CYCLE] * 32768.0f), n < frames ? first + n : 0);
	}
	frontend_interrupt(&rig.fe);
	assert_int_equal(rig.fe.hw, rig.stream->rt.position % RING);
}

static uint64_t underruns(void)
{
	return rt_counter_get(&rig.strip.underruns);
}

static void test_start_while_running(void **state)
{
	(void)state;
	rig_write(&rig, 0, RING, 1);
	transport_start(rig.stream);
	expect_heard(3, 1, RING);
	transport_start(rig.stream);
	transport_resume(rig.stream);
	expect_heard(3, 1 + 3 * CYCLE, RING);
}

/* A guest that waits for a period is told of one, wherever it is in that; one that waits for none
 * is told nothing. */
static void test_wake(void **state)
{
	unsigned elapsed;

	(void)state;
	rig_write(&rig, 0, RING, 1);
	transport_wake(rig.stream);
	frontend_interrupt(&rig.fe);
	assert_int_equal(rig.fe.elapsed, 0);
	transport_start(rig.stream);
	for (unsigned cycles = 0; cycles < 9; cycles += 4) {
		elapsed = rig.fe.elapsed;
		transport_wake(rig.stream);
		frontend_interrupt(&rig.fe);
		assert_true(rig.fe.elapsed > elapsed);
		stream_playback(rig.stream, &(float *){ port }, CYCLE);
		frontend_interrupt(&rig.fe);
	}
	transport_pause(rig.stream);
	elapsed = rig.fe.elapsed;
	transport_wake(rig.stream);
	frontend_interrupt(&rig.fe);
	assert_int_equal(rig.fe.elapsed, elapsed);
}

static void test_resume_without_pause(void **state)
{
	(void)state;
	rig_write(&rig, 0, 100, 1);
	transport_resume(rig.stream);
	assert_int_equal(rig.stream->io.state, STREAM_RUNNING);
	expect_heard(4, 1, 100);
	transport_stop(rig.stream);
	rig_write(&rig, 0, 100, 7);
	transport_resume(rig.stream);
	expect_heard(4, 7, 100);
}

static void test_written_while_paused(void **state)
{
	(void)state;
	rig_write(&rig, 0, 500, 1);
	transport_start(rig.stream);
	expect_heard(4, 1, 500);
	transport_pause(rig.stream);
	/* The rest of the ring, and over its end: as far as what was played. */
	rig_write(&rig, 500, 500, 501);
	rig_write(&rig, 1000, 4 * CYCLE, 1001);
	transport_resume(rig.stream);
	expect_heard(15, 1 + 4 * CYCLE, 1000);
	assert_int_equal(underruns(), 0);
	expect_heard(2, 1 + 19 * CYCLE, 1000 + 4 * CYCLE - 19 * CYCLE);
	assert_int_equal(underruns(), 1);
}

static void test_pause_then_start(void **state)
{
	(void)state;
	rig_write(&rig, 0, RING, 1);
	transport_start(rig.stream);
	expect_heard(4, 1, RING);
	transport_pause(rig.stream);
	transport_pause(rig.stream);
	rig_write(&rig, 0, 300, 5001);
	transport_start(rig.stream);
	expect_heard(8, 5001, 300);
	assert_int_equal(underruns(), 1);
}

static void test_pause_before_start(void **state)
{
	(void)state;
	rig_write(&rig, 0, 300, 1);
	transport_pause(rig.stream);
	assert_int_equal(rig.stream->io.state, STREAM_HALTED);
	transport_start(rig.stream);
	expect_heard(8, 1, 300);
}

static void test_stop_while_paused(void **state)
{
	(void)state;
	rig_write(&rig, 0, RING, 1);
	transport_start(rig.stream);
	expect_heard(4, 1, RING);
	transport_pause(rig.stream);
	transport_stop(rig.stream);
	transport_stop(rig.stream);
	frontend_interrupt(&rig.fe);
	assert_int_equal(rig.fe.hw, 0);
	rig_write(&rig, 0, 200, 77);
	transport_start(rig.stream);
	expect_heard(8, 77, 200);
}

/* A WRITE that raced with STOP, and came second. */
static void test_late_write_after_stop(void **state)
{
	(void)state;
	rig_write(&rig, 0, 500, 1);
	transport_start(rig.stream);
	expect_heard(4, 1, 500);
	transport_stop(rig.stream);
	transport_moved(rig.stream, 500 * 2, 100 * 2);
	assert_int_equal(rig.stream->io.queued, 0);
	rig_write(&rig, 0, 200, 77);
	transport_start(rig.stream);
	expect_heard(8, 77, 200);
	assert_int_equal(underruns(), 1);
}

/* Dropped and prepared before it was started: nothing of that is on the wire. */
static void test_written_anew_before_start(void **state)
{
	(void)state;
	for (uint32_t first = 1; first <= RING; first += 333) {
		rig_write(&rig, 0, first, 5001);
		rig_write(&rig, 0, 150, 1);
		rig_write(&rig, 150, 50, 151);
		transport_start(rig.stream);
		assert_int_equal(rt_counter_get(&rig.stream->shared.frontier) -
					 rig.stream->rt.position,
				 200);
		expect_heard(17, 1, 200);
		transport_stop(rig.stream);
	}
}

#define PLAYBACK(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAYBACK(test_start_while_running),
		PLAYBACK(test_resume_without_pause),
		PLAYBACK(test_written_while_paused),
		PLAYBACK(test_pause_then_start),
		PLAYBACK(test_pause_before_start),
		PLAYBACK(test_stop_while_paused),
		PLAYBACK(test_late_write_after_stop),
		PLAYBACK(test_written_anew_before_start),
		PLAYBACK(test_wake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
