/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Meter readings of known sounds, in cycles of any length. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "src/sound/meter.h"

#define FRAMES 1031u

static float sound[2][FRAMES];
static const float *const places[2] = { sound[0], sound[1] };

static void fill(unsigned channel, float amplitude)
{
	for (unsigned i = 0; i < FRAMES; i++) {
		sound[channel][i] = amplitude * (i & 1 ? -1.0f : 1.0f);
	}
}

static void test_peak(void **state)
{
	struct meter meter = { 0 };

	(void)state;
	/* The peak at any place in the cycle, of either sign. */
	for (unsigned i = 0; i < FRAMES; i++) {
		fill(0, 0.25f);
		fill(1, 0.0f);
		sound[0][i] = i & 1 ? 0.75f : -0.75f;
		meter_measure(&meter, places, 2, FRAMES);
		assert_true(meter_take_peak(&meter, 0) == 0.75f);
		assert_true(meter_take_peak(&meter, 1) == 0.0f);
	}
	/* The greatest of several cycles, until it is read. */
	fill(0, 0.5f);
	meter_measure(&meter, places, 1, FRAMES);
	fill(0, 0.125f);
	meter_measure(&meter, places, 1, 7);
	assert_true(meter_take_peak(&meter, 0) == 0.5f);
	assert_true(meter_take_peak(&meter, 0) == METER_UNMEASURED);
}

static void run(struct meter *meter, uint32_t cycle, uint32_t frames)
{
	for (uint32_t done = 0; done < frames; done += cycle) {
		meter_measure(meter, places, 2, cycle);
	}
}

static void test_rms(void **state)
{
	static const uint32_t cycles[] = { 16, 64, 333, 1024 };

	(void)state;
	for (unsigned i = 0; i < sizeof(cycles) / sizeof(*cycles); i++) {
		struct meter meter = { 0 };

		fill(0, 0.5f);
		fill(1, 0.0f);
		run(&meter, cycles[i], METER_SLOW_FRAMES);
		/* One time constant: 1 - 1/e of the square, whatever the cycle. */
		assert_true(fabsf(meter_rms(&meter, 0) - 0.5f * sqrtf(0.632f)) < 0.01f);
		run(&meter, cycles[i], 10 * METER_SLOW_FRAMES);
		assert_true(fabsf(meter_rms(&meter, 0) - 0.5f) < 0.001f);
		assert_true(meter_rms(&meter, 1) == 0.0f);
		meter_clear(&meter);
		assert_true(meter_rms(&meter, 0) == 0.0f &&
			    meter_take_peak(&meter, 0) == METER_UNMEASURED);
	}
}

/* Any float that a guest may send: the meter recovers soon. */
static void test_wild_samples(void **state)
{
	static const float wild[] = { NAN, INFINITY, -INFINITY, 3e38f };

	(void)state;
	for (unsigned i = 0; i < sizeof(wild) / sizeof(*wild); i++) {
		struct meter meter = { 0 };

		fill(0, 0.5f);
		sound[0][3] = wild[i];
		meter_measure(&meter, places, 1, FRAMES);
		assert_true(meter_rms(&meter, 0) <= sqrtf(METER_SQUARE_MAX));
		meter_take_peak(&meter, 0);
		fill(0, 0.5f);
		run(&meter, 480, 40 * METER_SLOW_FRAMES);
		assert_true(fabsf(meter_rms(&meter, 0) - 0.5f) < 0.001f);
		assert_true(meter_take_peak(&meter, 0) == 0.5f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_peak),
		cmocka_unit_test(test_rms),
		cmocka_unit_test(test_wild_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
