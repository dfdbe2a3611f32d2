/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HW_PARAM_QUERY against all possible OPENs: every combination of small numbers is checked with
 * stream_setup_check, and an answer must be the smallest box of ranges around those accepted.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "src/sound/stream_setup.h"
#include "xen/format.h"
#include "xen/query.h"

#define RATE 48000u
#define CHANNELS 4u
#define BUFFERS 48u
#define PERIODS 24u
#define RATES 13u /* JACK's, then the resampler's */

/* --- what is accepted, found by brute force */

static bool offered[RATES][PCM_FORMATS][CHANNELS + 1][BUFFERS][PERIODS];

static uint32_t rate_of(unsigned r)
{
	return r ? resamp_rates_hz[r - 1] : RATE;
}

static unsigned rates_of(const struct query_limits *limits)
{
	return limits->resample ? RATES : 1;
}

/* The most guest frames in a JACK cycle: their number may vary by one. */
static uint32_t cycle_of(const struct query_limits *limits, uint32_t rate_hz)
{
	return (uint32_t)ceil((double)limits->period_frames * rate_hz / RATE);
}

static bool is_offered(const struct query_limits *limits, uint32_t rate_hz, enum pcm_format format,
		       uint32_t channels, uint32_t buffer, uint32_t period)
{
	uint32_t cycle = cycle_of(limits, rate_hz);
	const struct stream_limits open_limits = {
		.rate_hz = RATE,
		.channels = limits->channels,
		.ring_bytes_max = limits->ring_bytes_max,
		.resample = limits->resample,
	};
	const struct stream_params params = {
		.format = format,
		.rate_hz = rate_hz,
		.channels = channels,
		.ring_bytes = buffer * channels * pcm_sample_bytes(format),
		.period_bytes = period * channels * pcm_sample_bytes(format),
	};

	return stream_setup_check(&params, &open_limits) == 0 && period > 0 && period >= cycle &&
	       2 * period <= buffer && buffer >= 2 * cycle;
}

static void try_rate(const struct query_limits *limits, unsigned r)
{
	for (unsigned f = 0; f < PCM_FORMATS; f++) {
		for (uint32_t c = 0; c <= CHANNELS; c++) {
			for (uint32_t b = 0; b < BUFFERS; b++) {
				for (uint32_t p = 0; p < PERIODS; p++) {
					offered[r][f][c][b][p] = is_offered(
						limits, rate_of(r), (enum pcm_format)f, c, b, p);
				}
			}
		}
	}
}

static void try_all(const struct query_limits *limits)
{
	for (unsigned r = 0; r < rates_of(limits); r++) {
		try_rate(limits, r);
	}
}

static bool within(uint32_t value, uint32_t min, uint32_t max)
{
	return value >= min && value <= max;
}

static void widen(uint32_t value, uint32_t *min, uint32_t *max)
{
	*min = value < *min ? value : *min;
	*max = value > *max ? value : *max;
}

static void widen_box(struct xensnd_query_hw_param *queue,
		      const struct xensnd_query_hw_param *asked, unsigned r)
{
	for (unsigned f = 0; f < PCM_FORMATS; f++) {
		for (uint32_t c = 0; c <= CHANNELS; c++) {
			for (uint32_t b = 0; b < BUFFERS; b++) {
				for (uint32_t p = 0; p < PERIODS; p++) {
					if (!offered[r][f][c][b][p] ||
					    !(asked->formats & format_bit((enum pcm_format)f)) ||
					    !within(c, asked->channels.min, asked->channels.max) ||
					    !within(b, asked->buffer.min, asked->buffer.max) ||
					    !within(p, asked->period.min, asked->period.max)) {
						continue;
					}
					queue->formats |= format_bit((enum pcm_format)f);
					widen(rate_of(r), &queue->rates.min, &queue->rates.max);
					widen(c, &queue->channels.min, &queue->channels.max);
					widen(b, &queue->buffer.min, &queue->buffer.max);
					widen(p, &queue->period.min, &queue->period.max);
				}
			}
		}
	}
}

/* The smallest box around everything accepted within `asked`; false if there is nothing. */
static bool least_box(const struct query_limits *limits, const struct xensnd_query_hw_param *asked,
		      struct xensnd_query_hw_param *queue)
{
	*queue = (struct xensnd_query_hw_param){ .rates.min = UINT32_MAX,
						 .channels.min = UINT32_MAX,
						 .buffer.min = UINT32_MAX,
						 .period.min = UINT32_MAX };
	for (unsigned r = 0; r < rates_of(limits); r++) {
		if (within(rate_of(r), asked->rates.min, asked->rates.max)) {
			widen_box(queue, asked, r);
		}
	}
	return queue->formats;
}

/* --- random queries */

static uint32_t below(uint32_t end)
{
	return (uint32_t)rand() % end;
}

static void some_interval(uint32_t *min, uint32_t *max, uint32_t end)
{
	switch (below(6)) {
	case 0:
		*min = 0;
		*max = UINT32_MAX;
		break;
	case 1:
		*min = *max = below(end);
		break;
	case 2: /* empty, more often than not */
		*min = below(end);
		*max = below(end);
		break;
	case 3:
		*min = below(end);
		*max = UINT32_MAX;
		break;
	default:
		*min = below(end / 2);
		*max = *min + below(end);
		break;
	}
}

static struct xensnd_query_hw_param some_space(const struct query_limits *limits)
{
	struct xensnd_query_hw_param space;

	space.formats = below(3) ? UINT64_MAX : (uint64_t)rand() << 31 ^ (uint64_t)rand();
	space.rates.min = below(10) ? 0 : RATE + below(2);
	space.rates.max = below(10) ? UINT32_MAX : RATE - below(2);
	if (limits->resample && below(2)) {
		space.rates.min = rate_of(below(RATES)) + below(2);
		space.rates.max = space.rates.min + below(60000);
	}
	some_interval(&space.channels.min, &space.channels.max, CHANNELS + 2);
	some_interval(&space.buffer.min, &space.buffer.max, BUFFERS);
	some_interval(&space.period.min, &space.period.max, PERIODS);
	return space;
}

/* So small that all possible buffers and periods are within the tables. */
static struct query_limits some_limits(bool resample)
{
	return (struct query_limits){ .rate_hz = RATE,
				      .resample = resample,
				      .period_frames = below(9),
				      .channels = 1 + below(CHANNELS),
				      .ring_bytes_max = 40 + below(150) };
}

/* Omits smaller samples: with the most bytes, they would exceed the tables. */
static uint64_t formats_for(const struct query_limits *limits)
{
	uint64_t formats = 0;

	for (unsigned i = 0; i < PCM_FORMATS; i++) {
		if (limits->ring_bytes_max / pcm_sample_bytes((enum pcm_format)i) < BUFFERS) {
			formats |= format_bit((enum pcm_format)i);
		}
	}
	return formats;
}

static void compare(bool resample, unsigned limits_tried, unsigned asked_of_each)
{
	unsigned possible = 0, impossible = 0;

	srand(1);
	for (unsigned l = 0; l < limits_tried; l++) {
		const struct query_limits limits = some_limits(resample);

		try_all(&limits);
		for (unsigned n = 0; n < asked_of_each; n++) {
			struct xensnd_query_hw_param asked = some_space(&limits), queue, answer;

			asked.formats &= formats_for(&limits);
			answer = asked;
			if (!least_box(&limits, &asked, &queue)) {
				assert_int_equal(query_narrow(&answer, &limits), -EINVAL);
				impossible++;
				continue;
			}
			assert_int_equal(query_narrow(&answer, &limits), 0);
			assert_memory_equal(&answer, &queue, sizeof(queue));
			/* Narrowing an answer changes nothing. */
			assert_int_equal(query_narrow(&answer, &limits), 0);
			assert_memory_equal(&answer, &queue, sizeof(queue));
			possible++;
		}
	}
	printf("%u spaces with an answer, %u without\n", possible, impossible);
	assert_true(possible > limits_tried * asked_of_each / 6);
	assert_true(impossible > limits_tried * asked_of_each / 6);
}

static void test_least_box(void **state)
{
	(void)state;
	compare(false, 60, 200);
}

static void test_least_box_of_all_rates(void **state)
{
	(void)state;
	assert_int_equal(resamp_rates_hz[RATES - 1], 0);
	compare(true, 20, 50);
}

/* --- as ALSA does: one parameter after the other is set to an end of its range */

static void pin(struct xensnd_query_hw_param *space, unsigned parameter, bool high)
{
	uint32_t *intervals[] = { &space->channels.min, &space->buffer.min, &space->period.min,
				  &space->rates.min };

	if (parameter == 4) {
		/* The highest or lowest bit of the mask. */
		uint64_t lowest = space->formats & -space->formats;

		while (high && space->formats != lowest) {
			space->formats &= ~lowest;
			lowest = space->formats & -space->formats;
		}
		space->formats = lowest;
	} else {
		intervals[parameter][!high] = intervals[parameter][high];
	}
}

static void expect_open(const struct xensnd_query_hw_param *space,
			const struct query_limits *limits)
{
	const struct stream_limits open_limits = { RATE, limits->channels, limits->ring_bytes_max,
						   limits->resample };
	enum pcm_format format = format_find((uint8_t)__builtin_ctzll(space->formats));
	uint32_t frame_bytes = pcm_frame_bytes(format, space->channels.min);
	const struct stream_params params = {
		.format = format,
		.rate_hz = space->rates.min,
		.channels = space->channels.min,
		.ring_bytes = space->buffer.min * frame_bytes,
		.period_bytes = space->period.min * frame_bytes,
	};

	assert_int_equal(space->channels.min, space->channels.max);
	assert_int_equal(space->buffer.min, space->buffer.max);
	assert_int_equal(space->period.min, space->period.max);
	assert_int_equal(stream_setup_check(&params, &open_limits), 0);
	assert_true(space->buffer.min >= 2 * cycle_of(limits, space->rates.min));
	assert_true(space->period.min >= cycle_of(limits, space->rates.min));
}

static const struct xensnd_query_hw_param everything = {
	.formats = UINT64_MAX,
	.rates = { 0, UINT32_MAX },
	.channels = { 0, UINT32_MAX },
	.buffer = { 0, UINT32_MAX },
	.period = { 0, UINT32_MAX },
};

static void test_any_way_ends_in_an_open(void **state)
{
	static const uint32_t cycles[] = { 1, 16, 32, 64, 256, 1024, 4096, 8192 };

	(void)state;
	srand(2);
	for (unsigned n = 0; n < 20000; n++) {
		const struct query_limits limits = {
			.rate_hz = RATE,
			.period_frames = cycles[below(8)],
			.channels = 1 + below(64),
			.ring_bytes_max = 1u << (10 + below(17)),
			.resample = below(2),
		};
		struct xensnd_query_hw_param space = everything;
		unsigned request[] = { 0, 1, 2, 3, 4 };

		if (query_narrow(&space, &limits)) {
			/* Less than two cycles, even of the shortest samples. */
			uint32_t cycle = cycle_of(&limits, limits.resample ? 5512 : RATE);

			assert_true(limits.ring_bytes_max < 2 * cycle * 2);
			continue;
		}
		for (unsigned i = 0; i < 5; i++) {
			unsigned other = i + below(5 - i), parameter = request[other];

			request[other] = request[i];
			pin(&space, parameter, below(2));
			assert_int_equal(query_narrow(&space, &limits), 0);
		}
		expect_open(&space, &limits);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_least_box),
		cmocka_unit_test(test_least_box_of_all_rates),
		cmocka_unit_test(test_any_way_ends_in_an_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
