/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A day and an hour of a stream, which 32 bits cannot count. The clock is a loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/sound/frontend.h"

#define RING 16384u
#define CYCLE 4096u
#define DAY_CYCLES (25u * 3600u * (48000u / 8) / (CYCLE / 8))

static float port[CYCLE];

static float value(uint64_t cycle)
{
	return (float)(cycle % 30000 + 1) / 32768.0f;
}

/* The guest's next period, whose first frame says which it is. */
static void write_period(struct rig *rig, uint64_t cycle)
{
	rig->ring[cycle * CYCLE % RING] = (int16_t)(cycle % 30000 + 1);
	stream_trigger_ack(rig->runtime, (uint32_t)(cycle * CYCLE % RING) * 2, CYCLE * 2);
}

static void expect_all(const struct rig *rig, uint64_t frames)
{
	assert_true(frames > UINT32_MAX);
	assert_true(rig->fe.last_frames == frames);
	assert_int_equal(rig->fe.dropped, 0);
	assert_int_equal(rig->fe.elapsed, DAY_CYCLES);
	assert_int_equal(rt_counter_get(&rig->strip.underruns), 0);
	assert_int_equal(rt_counter_get(&rig->strip.overruns), 0);
}

static void test_playback(void **state)
{
	float *out[] = { port };
	struct rig rig;

	(void)state;
	rig_open(&rig, PCM_PLAYBACK, 1, RING, CYCLE);
	for (uint64_t cycle = 0; cycle < RING / CYCLE; cycle++) {
		write_period(&rig, cycle);
	}
	stream_trigger_start(rig.runtime);
	for (uint64_t cycle = 0; cycle < DAY_CYCLES; cycle++) {
		stream_rt_playback(rig.runtime, out, CYCLE);
		assert_true(port[0] == value(cycle));
		frontend_interrupt(&rig.fe);
		write_period(&rig, cycle + RING / CYCLE);
	}
	/* The position has the lead of one frame. */
	expect_all(&rig, (uint64_t)DAY_CYCLES * CYCLE + 1);
	rig_close(&rig);
}

static void test_capture(void **state)
{
	const float *in[] = { port };
	uint64_t read = 0;
	struct rig rig;

	(void)state;
	rig_open(&rig, PCM_CAPTURE, 1, RING, CYCLE);
	stream_trigger_start(rig.runtime);
	for (uint64_t cycle = 0; cycle < DAY_CYCLES; cycle++) {
		port[0] = value(cycle);
		stream_rt_capture(rig.runtime, in, CYCLE);
		frontend_interrupt(&rig.fe);
		/* Behind the lead. */
		assert_int_equal(rig.ring[(cycle * CYCLE + 1) % RING], cycle % 30000 + 1);
		for (; read + CYCLE <= rig.fe.last_frames; read += CYCLE) {
			stream_trigger_ack(rig.runtime, (uint32_t)(read % RING) * 2, CYCLE * 2);
		}
	}
	expect_all(&rig, (uint64_t)DAY_CYCLES * CYCLE + 1);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_playback),
		cmocka_unit_test(test_capture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
