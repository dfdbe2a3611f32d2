/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Streams of other rates than JACK's, from OPEN on, and when JACK's changes under an open one. */
#include "tests/unit/wire_fixture.h"

static const struct wire_clock clock_44k = { 44100, 256 };

static int set_up(void **state)
{
	open_playback(state);
	card->resample = RESAMP_FAST;
	wire_retune(&wire, &clock_48k);
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
		stream_playback(card_running(wire.slot), out, 256);
	}
}

static void test_open(void **state)
{
	(void)state;
	assert_int_equal(open_at(48000), 0);
	assert_null(wire.stream->resamp);
	assert_int_equal(resamp_delay_frames(wire.stream->resamp), 0);
	assert_int_equal(open_at(44100), 0);
	assert_non_null(wire.stream->resamp);
	assert_int_equal(resamp_delay_frames(wire.stream->resamp), 24);
	assert_int_equal(open_at(192000), 0);
	assert_int_equal(wire.stream->resamp->guest_hz, 192000);
	/* Linux has no name for it. */
	assert_int_equal(open_at(88200), -XEN_EINVAL);
	assert_null(wire.stream);
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
	wire_serve(&wire, &clock_48k);
	response = pull();
	assert_int_equal(response.status, 0);
	assert_int_equal(response.resp.hw_param.rates.min, 5512);
	assert_int_equal(response.resp.hw_param.rates.max, 192000);
	/* A cycle of 256 frames is 29.4 of them. */
	assert_int_equal(response.resp.hw_param.period.min, 30);
	assert_int_equal(response.resp.hw_param.buffer.min, 60);
}

/* Without a resampler it would be too fast or too slow. */
static void jack_comes_back(const struct wire_clock *clock)
{
	wire_activate(&wire, false);
	wire_retune(&wire, clock);
	wire_activate(&wire, true);
}

static void test_jack_changes(void **state)
{
	uint64_t position;

	(void)state;
	card->resample = RESAMP_NO;
	assert_int_equal(open_at(48000), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	wire_activate(&wire, true);
	run_cycles(10);
	assert_int_equal(wire.stream->rt.position, 2560);
	jack_comes_back(&clock_44k);
	assert_int_equal(wire.stream->resamp->jack_hz, 44100);
	run_cycles(441);
	position = 2560 + 441 * 256 * UINT64_C(48000) / 44100;
	assert_int_equal(wire.stream->rt.position, position);
	/* What was made for a JACK of this rate stays. */
	jack_comes_back(&clock_44k);
	assert_non_null(wire.stream->resamp);
	jack_comes_back(&clock_48k);
	assert_null(wire.stream->resamp);
	run_cycles(10);
	assert_int_equal(wire.stream->rt.position, position + 2560);
}

static struct latency_range stated(void)
{
	return latency_find(&wire.slot->latency, PCM_PLAYBACK, 256);
}

/* A resampler's delay counts, also that of one that a JACK of another rate made necessary. */
static void test_latency(void **state)
{
	uint32_t before;

	(void)state;
	assert_int_equal(open_at(48000), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	wire_activate(&wire, true);
	before = wire.stream->ring_frames - wire.stream->period_frames;
	assert_int_equal(stated().max, before + 256);
	jack_comes_back(&clock_44k);
	/* The ring lasts as long as it did, which is less of such frames. */
	before = (before * 441 + 240) / 480;
	assert_int_equal(stated().max, before + 256 + resamp_delay_frames(wire.stream->resamp));
	jack_comes_back(&clock_48k);
	assert_int_equal(stated().max, wire.stream->ring_frames - wire.stream->period_frames + 256);
}

/* A JACK that does not go away for that; a cycle may just be at work on the stream. */
static void test_jack_changes_while_it_runs(void **state)
{
	(void)state;
	assert_int_equal(open_at(48000), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	wire_activate(&wire, true);
	wire_retune(&wire, &clock_44k);
	assert_non_null(card_running(wire.slot)->resamp);
	card_enter(wire.side);
	wire_retune(&wire, &clock_48k);
	assert_null(card_running(wire.slot));
	assert_false(wire_settle(&wire, &clock_48k));
	assert_non_null(wire.stream->resamp);
	card_leave(wire.side);
	assert_true(wire_settle(&wire, &clock_48k));
	assert_ptr_equal(card_running(wire.slot), wire.stream);
	assert_null(wire.stream->resamp);
}

/* The null clock has what JACK does not run, and goes at JACK's pace too. */
static void test_jack_changes_without_it(void **state)
{
	(void)state;
	assert_int_equal(open_at(48000), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	wire_retune(&wire, &clock_44k);
	assert_ptr_equal(wire_idle(&wire), wire.stream);
	assert_int_equal(wire.stream->resamp->jack_hz, 44100);
	/* And while the callback that had it is still inside. */
	wire_activate(&wire, true);
	card_enter(wire.side);
	wire_activate(&wire, false);
	wire_retune(&wire, &clock_48k);
	assert_non_null(wire.stream->resamp);
	card_leave(wire.side);
	assert_true(wire_settle(&wire, &clock_48k));
	assert_ptr_equal(wire_idle(&wire), wire.stream);
	assert_null(wire.stream->resamp);
}

/* A stream that does not run is fitted before it does. */
static void test_jack_changes_under_a_halted_stream(void **state)
{
	(void)state;
	assert_int_equal(open_at(44100), 0);
	assert_int_equal(wire.stream->resamp->jack_hz, 48000);
	jack_comes_back(&clock_44k);
	assert_null(wire.stream->resamp);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	assert_ptr_equal(card_running(wire.slot), wire.stream);
}

/* The next daemon makes its own. */
static void test_adopted(void **state)
{
	struct resamp *before;
	uint64_t position;

	(void)state;
	assert_int_equal(open_at(44100), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	wire_activate(&wire, true);
	run_cycles(10);
	position = wire.stream->rt.position;
	before = wire.stream->resamp;
	wire_activate(&wire, false);
	wire_close(&wire, true);
	/* Not that of the process before, which lies somewhere else there. */
	kept.stream.resamp = (struct resamp *)(uintptr_t)1;
	assert_int_equal(open_wire(&wire, true), 0);
	assert_true(adopted);
	wire_retune(&wire, &clock_48k);
	wire_activate(&wire, true);
	assert_non_null(before);
	assert_int_equal(wire.stream->resamp->guest_hz, 44100);
	run_cycles(10);
	assert_int_equal(wire.stream->rt.position, position + 2560 * 441 / 480);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
