/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reported latencies against a stream that is run frame by frame. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "src/sound/latency.h"

/* More than the least common multiple of any two lengths used here. */
#define FRAMES 500000u

static struct latency_range find(enum pcm_dir dir, uint32_t ring, uint32_t period, uint32_t cycle)
{
	struct latency latency = { 0 };

	latency_publish(&latency, ring, period);
	return latency_find(&latency, dir, cycle);
}

static void widen(struct latency_range *range, uint32_t value)
{
	range->min = value < range->min ? value : range->min;
	range->max = value > range->max ? value : range->max;
}

/*
 * Cycle after cycle: the position afterwards is one frame ahead, Linux wakes the program when more
 * than a period has passed, and the program moves all whole periods. The n-th frame that it moves
 * in a cycle counts as moved at the cycle's n-th frame.
 */
static void run(uint32_t ring, uint32_t period, uint32_t cycle,
		struct latency_range found[PCM_DIRS])
{
	uint32_t moved = 0;

	found[PCM_PLAYBACK] = found[PCM_CAPTURE] = (struct latency_range){ UINT32_MAX, 0 };
	for (uint32_t start = 0; start < FRAMES; start += cycle) {
		uint32_t position = start + cycle + 1;
		uint32_t whole = (position - 1) / period * period;

		for (uint32_t frame = moved; frame < whole; frame++) {
			uint32_t handled = start + frame - moved;

			/* Ring frame 0 is the lead; frame f is port frame f - 1. */
			if (frame > 0) {
				widen(&found[PCM_CAPTURE], handled - (frame - 1));
			}
			/* The ring is full before the start; port frame f is ring frame f. */
			widen(&found[PCM_PLAYBACK], ring + frame - handled);
		}
		moved = whole;
	}
}

static void test_simulated(void **state)
{
	static const uint32_t cycles[] = { 16, 64, 100, 128, 256, 1000, 1024 };
	static const uint32_t periods[] = { 16, 48, 64, 100, 128, 240, 256, 441, 1024, 2048 };
	struct latency_range found[PCM_DIRS], said;

	(void)state;
	for (size_t c = 0; c < sizeof(cycles) / sizeof(*cycles); c++) {
		for (size_t p = 0; p < sizeof(periods) / sizeof(*periods); p++) {
			run(4096, periods[p], cycles[c], found);
			for (unsigned dir = 0; dir < PCM_DIRS; dir++) {
				said = find((enum pcm_dir)dir, 4096, periods[p], cycles[c]);
				assert_int_equal(said.min, found[dir].min);
				assert_int_equal(said.max, found[dir].max);
			}
		}
	}
}

/*
 * The same with a resampler, in seconds: a cycle moves the guest's whole frames that belong to it.
 * Finds the least and greatest latency of each direction, in JACK's frames, not rounded.
 */
static void run_resampled(uint32_t period, uint32_t cycle, uint32_t guest_hz, uint32_t jack_hz,
			  double found[PCM_DIRS][2])
{
	const double frame_length = (double)jack_hz / guest_hz;
	uint64_t moved = 0;

	found[0][0] = found[1][0] = 1e9;
	found[0][1] = found[1][1] = 0;
	for (uint64_t start = 0; start < FRAMES; start += cycle) {
		uint64_t whole = (start + cycle) * guest_hz / jack_hz / period * period;

		for (uint64_t frame = moved; frame < whole; frame++) {
			double handled = (double)start + (double)(frame - moved) * frame_length;
			double out = (double)(4096 + frame) * frame_length - handled;
			double in = handled - ((double)frame - 1) * frame_length;

			found[PCM_PLAYBACK][0] = fmin(found[PCM_PLAYBACK][0], out);
			found[PCM_PLAYBACK][1] = fmax(found[PCM_PLAYBACK][1], out);
			if (frame > 0) {
				found[PCM_CAPTURE][0] = fmin(found[PCM_CAPTURE][0], in);
				found[PCM_CAPTURE][1] = fmax(found[PCM_CAPTURE][1], in);
			}
		}
		moved = whole;
	}
}

/* Exact up to rounding of one frame, with the resampler's delay added. */
static void test_resampled(void **state)
{
	static const uint32_t rates[][2] = {
		{ 44100, 48000 }, { 48000, 44100 }, { 8000, 48000 },
		{ 16000, 8000 },  { 96000, 48000 },
	};
	static const uint32_t periods[] = { 64, 100, 441, 1024 };

	(void)state;
	for (size_t r = 0; r < sizeof(rates) / sizeof(*rates); r++) {
		for (size_t p = 0; p < 2 * sizeof(periods) / sizeof(*periods); p++) {
			uint32_t period = periods[p / 2], cycle = p % 2 ? 256 : 64;
			struct latency latency = { 0 };
			double found[PCM_DIRS][2];

			run_resampled(period, cycle, rates[r][0], rates[r][1], found);
			latency_publish(&latency, 4096, period);
			latency_publish_resampler(&latency, rates[r][0], rates[r][1], 37);
			for (unsigned dir = 0; dir < PCM_DIRS; dir++) {
				struct latency_range said = latency_find(&latency,
									 (enum pcm_dir)dir, cycle);

				assert_int_equal(said.min,
						 37 + (uint32_t)floor(found[dir][0] + 0.5));
				assert_int_equal(said.max,
						 37 + (uint32_t)floor(found[dir][1] + 0.5));
			}
		}
	}
}

/* Latencies are renewed only when they have changed. */
static void test_renewed(void **state)
{
	struct latency latency = { 0 };

	(void)state;
	assert_true(latency_renew(&latency, PCM_PLAYBACK, 256));
	assert_int_equal(latency.told.min, 512);
	assert_int_equal(latency.told.max, 512);
	assert_false(latency_renew(&latency, PCM_PLAYBACK, 256));
	/* As if it had been open all the time. */
	latency_publish(&latency, 512, 256);
	assert_false(latency_renew(&latency, PCM_PLAYBACK, 256));
	latency_publish(&latency, 1024, 256);
	assert_true(latency_renew(&latency, PCM_PLAYBACK, 256));
	assert_false(latency_renew(&latency, PCM_PLAYBACK, 256));
	assert_true(latency_renew(&latency, PCM_PLAYBACK, 128));
	latency_publish_resampler(&latency, 44100, 48000, 0);
	assert_true(latency_renew(&latency, PCM_PLAYBACK, 128));
	latency_publish_resampler(&latency, 44100, 48000, 5);
	assert_true(latency_renew(&latency, PCM_PLAYBACK, 128));
	latency_publish_resampler(&latency, 0, 0, 0);
	assert_true(latency_renew(&latency, PCM_PLAYBACK, 128));
	latency_forget(&latency);
	assert_true(latency_renew(&latency, PCM_PLAYBACK, 128));
}

/* Both directions add up to the ring and the frame of lead, whatever JACK's period is. */
static void test_sum(void **state)
{
	(void)state;
	for (uint32_t cycle = 16; cycle <= 1024; cycle *= 2) {
		struct latency_range out = find(PCM_PLAYBACK, 4096, 1024, cycle);
		struct latency_range in = find(PCM_CAPTURE, 4096, 1024, cycle);

		assert_int_equal(out.min, out.max);
		assert_int_equal(in.min, in.max);
		assert_int_equal(out.min + in.min, 4097);
	}
}

/* Nothing open, no positions, a ring that is shorter than a cycle. */
static void test_corners(void **state)
{
	struct latency_range range = find(PCM_PLAYBACK, 0, 0, 256);

	(void)state;
	assert_int_equal(range.min, 512);
	assert_int_equal(range.max, 512);
	range = find(PCM_CAPTURE, 0, 0, 256);
	assert_int_equal(range.min, 1);
	assert_int_equal(range.max, 1);
	range = find(PCM_CAPTURE, 4096, 0, 256);
	assert_int_equal(range.min, 0);
	assert_int_equal(range.max, 0);
	range = find(PCM_PLAYBACK, 64, 4096, 256);
	assert_int_equal(range.min, 0);
	assert_int_equal(range.max, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_simulated), cmocka_unit_test(test_resampled),
		cmocka_unit_test(test_renewed),	  cmocka_unit_test(test_sum),
		cmocka_unit_test(test_corners),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
