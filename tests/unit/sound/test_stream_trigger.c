/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unusual sequences of START, STOP, PAUSE, RESUME and WRITE, and what must be heard after each. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/sound/frontend.h"

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

/* Runs cycles; expects `frames` frames that count up from `first`, then silence. */
static void expect_heard(unsigned cycles, uint32_t first, uint32_t frames)
{
	float *out[1] = { port };

	for (uint32_t n = 0; n < cycles * CYCLE; n++) {
		if (n % CYCLE == 0) {
			stream_rt_playback(rig.runtime, out, CYCLE);
		}
		assert_int_equal(lrintf(port[n % CYCLE] * 32768.0f), n < frames ? first + n : 0);
	}
	frontend_interrupt(&rig.fe);
	assert_int_equal(rig.fe.hw, rig.runtime->rt.hw_frames % RING);
}

static uint64_t underruns(void)
{
	return rt_counter_get(&rig.strip.underruns);
}

static void test_start_while_running(void **state)
{
	(void)state;
	rig_write(&rig, 0, RING, 1);
	stream_trigger_start(rig.runtime);
	expect_heard(3, 1, RING);
	stream_trigger_start(rig.runtime);
	stream_trigger_resume(rig.runtime);
	expect_heard(3, 1 + 3 * CYCLE, RING);
}

/* A guest that waits for a period gets an event, wherever it is in the period; others get none. */
static void test_wake(void **state)
{
	unsigned elapsed;

	(void)state;
	rig_write(&rig, 0, RING, 1);
	stream_trigger_wake(rig.runtime);
	frontend_interrupt(&rig.fe);
	assert_int_equal(rig.fe.elapsed, 0);
	stream_trigger_start(rig.runtime);
	for (unsigned cycles = 0; cycles < 9; cycles += 4) {
		elapsed = rig.fe.elapsed;
		stream_trigger_wake(rig.runtime);
		frontend_interrupt(&rig.fe);
		assert_true(rig.fe.elapsed > elapsed);
		stream_rt_playback(rig.runtime, &(float *){ port }, CYCLE);
		frontend_interrupt(&rig.fe);
	}
	stream_trigger_pause(rig.runtime);
	elapsed = rig.fe.elapsed;
	stream_trigger_wake(rig.runtime);
	frontend_interrupt(&rig.fe);
	assert_int_equal(rig.fe.elapsed, elapsed);
}

static void test_resume_without_pause(void **state)
{
	(void)state;
	rig_write(&rig, 0, 100, 1);
	stream_trigger_resume(rig.runtime);
	assert_int_equal(rig.runtime->io.state, STREAM_RT_RUNNING);
	expect_heard(4, 1, 100);
	stream_trigger_stop(rig.runtime);
	rig_write(&rig, 0, 100, 7);
	stream_trigger_resume(rig.runtime);
	expect_heard(4, 7, 100);
}

static void test_written_while_paused(void **state)
{
	(void)state;
	rig_write(&rig, 0, 500, 1);
	stream_trigger_start(rig.runtime);
	expect_heard(4, 1, 500);
	stream_trigger_pause(rig.runtime);
	/* The rest of the ring, and past its end up to what was played. */
	rig_write(&rig, 500, 500, 501);
	rig_write(&rig, 1000, 4 * CYCLE, 1001);
	stream_trigger_resume(rig.runtime);
	expect_heard(15, 1 + 4 * CYCLE, 1000);
	assert_int_equal(underruns(), 0);
	expect_heard(2, 1 + 19 * CYCLE, 1000 + 4 * CYCLE - 19 * CYCLE);
	assert_int_equal(underruns(), 1);
}

static void test_pause_then_start(void **state)
{
	(void)state;
	rig_write(&rig, 0, RING, 1);
	stream_trigger_start(rig.runtime);
	expect_heard(4, 1, RING);
	stream_trigger_pause(rig.runtime);
	stream_trigger_pause(rig.runtime);
	rig_write(&rig, 0, 300, 5001);
	stream_trigger_start(rig.runtime);
	expect_heard(8, 5001, 300);
	assert_int_equal(underruns(), 1);
}

static void test_pause_before_start(void **state)
{
	(void)state;
	rig_write(&rig, 0, 300, 1);
	stream_trigger_pause(rig.runtime);
	assert_int_equal(rig.runtime->io.state, STREAM_RT_HALTED);
	stream_trigger_start(rig.runtime);
	expect_heard(8, 1, 300);
}

static void test_stop_while_paused(void **state)
{
	(void)state;
	rig_write(&rig, 0, RING, 1);
	stream_trigger_start(rig.runtime);
	expect_heard(4, 1, RING);
	stream_trigger_pause(rig.runtime);
	stream_trigger_stop(rig.runtime);
	stream_trigger_stop(rig.runtime);
	frontend_interrupt(&rig.fe);
	assert_int_equal(rig.fe.hw, 0);
	rig_write(&rig, 0, 200, 77);
	stream_trigger_start(rig.runtime);
	expect_heard(8, 77, 200);
}

/* A WRITE that raced with STOP and lost. */
static void test_late_write_after_stop(void **state)
{
	(void)state;
	rig_write(&rig, 0, 500, 1);
	stream_trigger_start(rig.runtime);
	expect_heard(4, 1, 500);
	stream_trigger_stop(rig.runtime);
	stream_trigger_ack(rig.runtime, 500 * 2, 100 * 2);
	assert_int_equal(rig.runtime->io.queued, 0);
	rig_write(&rig, 0, 200, 77);
	stream_trigger_start(rig.runtime);
	expect_heard(8, 77, 200);
	assert_int_equal(underruns(), 1);
}

/* Dropped and prepared before it was started: neither sends anything on the stream ring. */
static void test_written_anew_before_start(void **state)
{
	(void)state;
	for (uint32_t first = 1; first <= RING; first += 333) {
		rig_write(&rig, 0, first, 5001);
		rig_write(&rig, 0, 150, 1);
		rig_write(&rig, 150, 50, 151);
		stream_trigger_start(rig.runtime);
		assert_int_equal(rt_counter_get(&rig.runtime->shared.appl_frames) -
					 rig.runtime->rt.hw_frames,
				 200);
		expect_heard(17, 1, 200);
		stream_trigger_stop(rig.runtime);
	}
}

/* A cycle of one period: the guest must count that period. */
static void expect_elapsed(struct rig *odd)
{
	unsigned elapsed = odd->fe.elapsed;

	if (odd->runtime->dir == PCM_PLAYBACK) {
		stream_rt_playback(odd->runtime, &(float *){ port }, CYCLE);
	} else {
		stream_rt_capture(odd->runtime, &(const float *){ port }, CYCLE);
	}
	frontend_interrupt(&odd->fe);
	assert_int_equal(odd->fe.elapsed, elapsed + 1);
}

/*
 * STOP leaves the position at a multiple of the ring, here of a ring that ends one frame before a
 * period does: a lead of one frame would land on the period, which Linux would not count.
 */
static void test_lead_of_two(void **state)
{
	const uint32_t ring = 11 * CYCLE - 1;

	(void)state;
	for (int dir = 0; dir < PCM_DIRS; dir++) {
		struct rig odd;

		rig_open(&odd, (enum pcm_dir)dir, 1, ring, CYCLE);
		for (uint32_t lead = 1; lead <= 2; lead++) {
			uint64_t begin = odd.runtime->rt.hw_frames;

			rig_write(&odd, 0, 500, 1);
			stream_trigger_start(odd.runtime);
			for (unsigned n = 0; n < 3; n++) {
				expect_elapsed(&odd);
			}
			assert_int_equal(odd.runtime->rt.hw_frames - begin, 3 * CYCLE + lead);
			stream_trigger_stop(odd.runtime);
			frontend_interrupt(&odd.fe);
			assert_int_equal(odd.runtime->rt.hw_frames, begin + ring);
		}
		rig_close(&odd);
	}
}

/* --- erasing a large ring, part by part */

/* A bit more than three parts. */
#define LARGE 100000u
#define PART (STREAM_TRIGGER_ERASE_BYTES / 2)

static uint32_t loud_frames(const struct rig *large)
{
	uint32_t loud = 0;

	for (uint32_t i = 0; i < LARGE; i++) {
		loud += large->ring[i] != 0;
	}
	return loud;
}

static void make_loud(struct rig *large)
{
	for (uint32_t i = 0; i < LARGE; i++) {
		large->ring[i] = 1;
	}
}

static bool write_little(struct stream_rt *runtime)
{
	return stream_trigger_ack(runtime, 0, 2 * 100);
}

static bool open_anew(struct stream_rt *runtime)
{
	return stream_trigger_open(runtime, 0);
}

/*
 * Calls it until it is done; each call erases one part, in order, until `kept` frames are left.
 * `first` is the first frame erased. Until the last call, nothing else changes.
 */
static void expect_parts(struct rig *large, bool (*trigger)(struct stream_rt *), uint32_t first,
			 uint32_t last)
{
	const struct stream_rt before = *large->runtime;
	uint32_t erased = 0;

	make_loud(large);
	while (!trigger(large->runtime)) {
		erased += PART;
		assert_int_equal(loud_frames(large), LARGE - erased);
		assert_int_equal(large->ring[first], 0);
		assert_int_equal(large->ring[first + erased - 1], 0);
		assert_int_equal(large->runtime->io.state, before.io.state);
		assert_int_equal(large->runtime->io.queued, before.io.queued);
		assert_int_equal(large->runtime->rt.hw_frames, before.rt.hw_frames);
	}
	assert_int_equal(loud_frames(large), LARGE - (last - first));
	assert_true(last - first - erased <= PART);
	assert_int_equal(large->runtime->io.erased, 0);
}

static void test_large_ring(void **state)
{
	struct rig large;

	(void)state;
	rig_open(&large, PCM_PLAYBACK, 1, LARGE, 250);
	expect_parts(&large, open_anew, 0, LARGE);
	rig_write(&large, 0, LARGE, 1);
	expect_parts(&large, write_little, 100, LARGE);
	assert_int_equal(large.runtime->io.queued, 100);
	stream_trigger_start(large.runtime);
	stream_rt_playback(large.runtime, &(float *){ port }, CYCLE);
	stream_trigger_pause(large.runtime);
	rig_write(&large, 0, 7, 1);
	expect_parts(&large, stream_trigger_resume, 0, 0);
	stream_trigger_pause(large.runtime);
	rig_write(&large, 0, 7, 1);
	expect_parts(&large, stream_trigger_start, 7, LARGE);
	assert_int_equal(large.runtime->io.state, STREAM_RT_RUNNING);
	assert_int_equal(large.runtime->rt.hw_frames % LARGE, 0);
	expect_parts(&large, stream_trigger_stop, 0, LARGE);
	assert_int_equal(large.runtime->io.state, STREAM_RT_HALTED);
	expect_parts(&large, stream_trigger_stop, 0, 0);
	/* A capture ring is the guest's to read. */
	large.runtime->dir = PCM_CAPTURE;
	stream_trigger_start(large.runtime);
	stream_trigger_pause(large.runtime);
	expect_parts(&large, stream_trigger_start, 0, 0);
	expect_parts(&large, stream_trigger_stop, 0, 0);
	large.runtime->dir = PCM_PLAYBACK;
	/* Exactly one part is done at once. */
	rig_write(&large, 0, PART, 1);
	make_loud(&large);
	assert_true(stream_trigger_ack(large.runtime, 0, 0));
	assert_int_equal(loud_frames(&large), LARGE - PART);
	rig_close(&large);
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
		cmocka_unit_test(test_lead_of_two),
		cmocka_unit_test(test_large_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
