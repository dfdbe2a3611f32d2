/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Streams at other rates than JACK's, from OPEN on, and when JACK's rate changes under them. */
#include "tests/unit/xen/stream_ring_fixture.h"

static const struct stream_ring_clock clock_44k = { .rate_hz = 44100, .period_frames = 256 };

static int set_up(void **state)
{
	open_playback(state);
	card->resample = RESAMP_FAST;
	stream_ring_retune(&ring, &clock_48k);
	return 0;
}

static int open_at(uint32_t rate_hz)
{
	struct xensnd_req request = open_request(16384);

	request.op.open.pcm_rate = rate_hz;
	fill_directory(4);
	return ask(&request);
}

static void run_cycles(unsigned count)
{
	static float port[2][256];
	float *out[2] = { port[0], port[1] };

	for (unsigned n = 0; n < count; n++) {
		stream_rt_playback(card_running(ring.stream), out, 256);
	}
}

static void test_open(void **state)
{
	(void)state;
	assert_int_equal(open_at(48000), 0);
	assert_null(ring.runtime->resamp);
	assert_int_equal(resamp_delay_frames(ring.runtime->resamp), 0);
	assert_int_equal(open_at(44100), 0);
	assert_non_null(ring.runtime->resamp);
	assert_int_equal(resamp_delay_frames(ring.runtime->resamp), 24);
	assert_int_equal(open_at(192000), 0);
	assert_int_equal(ring.runtime->resamp->guest_hz, 192000);
	/* Linux does not know this rate. */
	assert_int_equal(open_at(88200), -XEN_EINVAL);
	assert_null(ring.runtime);
	assert_int_equal(open_at(0), -XEN_EINVAL);
	card->resample = RESAMP_NO;
	assert_int_equal(open_at(44100), -XEN_EINVAL);
	assert_int_equal(open_at(48000), 0);
}

static void test_query(void **state)
{
	struct xensnd_req request = { .operation = XENSND_OP_HW_PARAM_QUERY,
				      .op.hw_param = { .formats = UINT64_MAX,
						       .rates = { 0, UINT32_MAX },
						       .channels = { 0, UINT32_MAX },
						       .buffer = { 0, UINT32_MAX },
						       .period = { 0, UINT32_MAX } } };
	struct xensnd_resp response;

	(void)state;
	push(&request);
	serve_whole(&ring);
	response = pull();
	assert_int_equal(response.status, 0);
	assert_int_equal(response.resp.hw_param.rates.min, 5512);
	assert_int_equal(response.resp.hw_param.rates.max, 192000);
	/* A cycle of 256 frames is 29.4 of the guest's. */
	assert_int_equal(response.resp.hw_param.period.min, 30);
	assert_int_equal(response.resp.hw_param.buffer.min, 60);
}

/* JACK comes back at another rate: without a resampler, the pitch would be wrong. */
static void jack_comes_back(const struct stream_ring_clock *clock)
{
	stream_ring_activate(&ring, false);
	stream_ring_retune(&ring, clock);
	stream_ring_activate(&ring, true);
}

static void test_jack_changes(void **state)
{
	uint64_t hw_frames;

	(void)state;
	card->resample = RESAMP_NO;
	assert_int_equal(open_at(48000), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	stream_ring_activate(&ring, true);
	run_cycles(10);
	assert_int_equal(ring.runtime->rt.hw_frames, 2560);
	jack_comes_back(&clock_44k);
	assert_int_equal(ring.runtime->resamp->jack_hz, 44100);
	run_cycles(441);
	hw_frames = 2560 + 441 * 256 * UINT64_C(48000) / 44100;
	assert_int_equal(ring.runtime->rt.hw_frames, hw_frames);
	/* A resampler made for this rate of JACK's stays. */
	jack_comes_back(&clock_44k);
	assert_non_null(ring.runtime->resamp);
	jack_comes_back(&clock_48k);
	assert_null(ring.runtime->resamp);
	run_cycles(10);
	assert_int_equal(ring.runtime->rt.hw_frames, hw_frames + 2560);
}

static struct latency_range stated(void)
{
	return latency_find(&ring.stream->latency, PCM_PLAYBACK, 256);
}

/* The latency includes a resampler's delay, also after JACK's rate has changed. */
static void test_latency(void **state)
{
	uint32_t before;

	(void)state;
	assert_int_equal(open_at(48000), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	stream_ring_activate(&ring, true);
	before = ring.runtime->ring_frames - ring.runtime->period_frames;
	assert_int_equal(stated().max, before + 256);
	jack_comes_back(&clock_44k);
	/* The ring lasts as long as before, which is fewer of JACK's frames. */
	before = (before * 441 + 240) / 480;
	assert_int_equal(stated().max, before + 256 + resamp_delay_frames(ring.runtime->resamp));
	jack_comes_back(&clock_48k);
	assert_int_equal(stated().max,
			 ring.runtime->ring_frames - ring.runtime->period_frames + 256);
}

/* JACK changes its rate without going away, possibly with a cycle inside the stream. */
static void test_jack_changes_while_it_runs(void **state)
{
	(void)state;
	assert_int_equal(open_at(48000), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	stream_ring_activate(&ring, true);
	stream_ring_retune(&ring, &clock_44k);
	assert_non_null(card_running(ring.stream)->resamp);
	card_enter(ring.side);
	stream_ring_retune(&ring, &clock_48k);
	assert_null(card_running(ring.stream));
	assert_false(stream_ring_settle(&ring));
	assert_non_null(ring.runtime->resamp);
	card_leave(ring.side);
	assert_true(stream_ring_settle(&ring));
	assert_ptr_equal(card_running(ring.stream), ring.runtime);
	assert_null(ring.runtime->resamp);
}

/* The null clock runs what JACK does not, also at JACK's new rate. */
static void test_jack_changes_without_it(void **state)
{
	(void)state;
	assert_int_equal(open_at(48000), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	stream_ring_retune(&ring, &clock_44k);
	assert_ptr_equal(stream_ring_idle(&ring), ring.runtime);
	assert_int_equal(ring.runtime->resamp->jack_hz, 44100);
	/* And while the previous callback is still inside. */
	stream_ring_activate(&ring, true);
	card_enter(ring.side);
	stream_ring_activate(&ring, false);
	stream_ring_retune(&ring, &clock_48k);
	assert_non_null(ring.runtime->resamp);
	card_leave(ring.side);
	assert_true(stream_ring_settle(&ring));
	assert_ptr_equal(stream_ring_idle(&ring), ring.runtime);
	assert_null(ring.runtime->resamp);
}

/* A halted stream gets its resampler before it runs. */
static void test_jack_changes_under_a_halted_stream(void **state)
{
	(void)state;
	assert_int_equal(open_at(44100), 0);
	assert_int_equal(ring.runtime->resamp->jack_hz, 48000);
	jack_comes_back(&clock_44k);
	assert_null(ring.runtime->resamp);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	assert_ptr_equal(card_running(ring.stream), ring.runtime);
}

/* The next daemon makes its own resampler. */
static void test_adopted(void **state)
{
	struct resamp *before;
	uint64_t hw_frames;

	(void)state;
	assert_int_equal(open_at(44100), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	stream_ring_activate(&ring, true);
	run_cycles(10);
	hw_frames = ring.runtime->rt.hw_frames;
	before = ring.runtime->resamp;
	stream_ring_activate(&ring, false);
	stream_ring_close(&ring, true);
	/* A pointer left by the previous process is not used. */
	handover.runtime.resamp = (struct resamp *)(uintptr_t)1;
	assert_int_equal(open_ring(&ring, true), 0);
	assert_true(adopted);
	stream_ring_retune(&ring, &clock_48k);
	stream_ring_activate(&ring, true);
	assert_non_null(before);
	assert_int_equal(ring.runtime->resamp->guest_hz, 44100);
	run_cycles(10);
	assert_int_equal(ring.runtime->rt.hw_frames, hw_frames + 2560 * 441 / 480);
}

/* --- the limit of resampling */

static unsigned lines;

static void count_line(void *arg, enum log_level level, const char *line)
{
	(void)arg;
	lines += level <= LOG_WARNING && strstr(line, "[limits] resampling");
}

static void limit_to(struct resample_limit *limit, uint32_t percent)
{
	limit->percent = percent;
	lines = 0;
	log_set_level(LOG_WARNING);
	log_set_sink(count_line, NULL);
	stream_ring_retune(&ring, &(struct stream_ring_clock){ 48000, 256, limit });
}

/* What is beyond the limit cannot be opened; it is logged once. */
static void test_limit(void **state)
{
	struct resample_limit limit = { 0 };

	(void)state;
	limit_to(&limit, 1);
	/* 2 channels of 75 ns in 48000 frames a second */
	assert_int_equal(open_at(44100), 0);
	assert_int_equal(limit.shares->ppm, 7200);
	assert_int_equal(limit.shares->domid, card->domid);
	card->resample = RESAMP_YES;
	for (unsigned i = 0; i < 10; i++) {
		assert_int_equal(open_at(44100), -XEN_EBUSY);
		assert_null(ring.runtime);
		assert_null(limit.shares);
		assert_int_equal(mappings, 2);
	}
	assert_int_equal(lines, 1);
	assert_int_equal(open_at(48000), 0);
	assert_null(limit.shares);
	limit.percent = 2;
	assert_int_equal(open_at(44100), 0);
	assert_int_equal(limit.shares->ppm, 14400);
	assert_int_equal(ask_simple(XENSND_OP_CLOSE), 0);
	assert_null(limit.shares);
	log_set_sink(NULL, NULL);
}

/* A share is given back with its ring, also when the stream is left to the next daemon. */
static void test_limit_is_given_back(void **state)
{
	struct resample_limit limit = { 0 };

	(void)state;
	limit_to(&limit, 1);
	assert_int_equal(open_at(44100), 0);
	stream_ring_close(&ring, true);
	assert_null(limit.shares);
	assert_int_equal(open_ring(&ring, true), 0);
	limit_to(&limit, 1);
	assert_int_equal(limit.shares->ppm, 7200);
	stream_ring_close(&ring, false);
	assert_null(limit.shares);
	assert_int_equal(open_ring(&ring, false), 0);
	log_set_sink(NULL, NULL);
}

/* A stream that is open goes on, if need be at a lower quality, and never beyond the limit. */
static void test_jack_changes_beyond_the_limit(void **state)
{
	struct resample_limit limit = { 0 };
	const struct stream_ring_clock other = { 44100, 256, &limit };
	const struct stream_ring_clock first = { 48000, 256, &limit };

	(void)state;
	limit_to(&limit, 1);
	card->resample = RESAMP_YES;
	assert_int_equal(open_at(48000), 0);
	jack_comes_back(&other);
	assert_non_null(ring.runtime->resamp);
	assert_int_equal(limit.shares->ppm, 7200);
	jack_comes_back(&first);
	assert_null(ring.runtime->resamp);
	assert_null(limit.shares);
	limit.percent = 0;
	for (unsigned i = 0; i < 10; i++) {
		jack_comes_back(&other);
		assert_null(ring.runtime->resamp);
		assert_null(limit.shares);
		jack_comes_back(&first);
	}
	assert_int_equal(lines, 1);
	log_set_sink(NULL, NULL);
}

#define RATES(test) cmocka_unit_test_setup_teardown(test, set_up, close_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RATES(test_open),
		RATES(test_query),
		RATES(test_jack_changes),
		RATES(test_latency),
		RATES(test_jack_changes_while_it_runs),
		RATES(test_jack_changes_without_it),
		RATES(test_jack_changes_under_a_halted_stream),
		RATES(test_adopted),
		RATES(test_limit),
		RATES(test_limit_is_given_back),
		RATES(test_jack_changes_beyond_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
