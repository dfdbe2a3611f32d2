/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SET_VOLUME, GET_VOLUME, MUTE, UNMUTE: what lies in the buffer, how much of it, and when it is
 * heard. What it does to samples is test_gain's.
 */
#include "tests/unit/wire_fixture.h"

#define RING 16384u

/* Where the guest's buffer is in its memory. */
static void *at(uint32_t offset)
{
	return page[DATA_GREF] + offset;
}

static int ask_volume(uint8_t operation, uint32_t offset, int32_t left, int32_t right)
{
	const int32_t volumes[] = { left, right };

	memcpy(at(offset), volumes, sizeof(volumes));
	return ask_move(operation, offset, sizeof(volumes));
}

static void expect_volumes(int32_t left, int32_t right)
{
	int32_t got[4] = { 111, 222, 333, 444 };

	memcpy(at(1021), got, sizeof(got));
	assert_int_equal(ask_move(XENSND_OP_GET_VOLUME, 1025, 8), 0);
	memcpy(got, at(1021), sizeof(got));
	assert_int_equal(got[0], 111);
	assert_int_equal(got[1], left);
	assert_int_equal(got[2], right);
	assert_int_equal(got[3], 444);
}

static void expect_muted(bool left, bool right)
{
	assert_int_equal(wire.stream->gain.io.muted[0], left);
	assert_int_equal(wire.stream->gain.io.muted[1], right);
}

static void test_volumes(void **state)
{
	(void)state;
	assert_int_equal(ask_open(RING), 0);
	expect_volumes(0, 0);
	assert_int_equal(ask_volume(XENSND_OP_SET_VOLUME, 0, -6000, 3000), 0);
	expect_volumes(-6000, 3000);
	/* The very end of the buffer, and no word's boundary. */
	assert_int_equal(ask_volume(XENSND_OP_SET_VOLUME, RING - 8, -1, 1), 0);
	expect_volumes(-1, 1);
	assert_int_equal(ask_volume(XENSND_OP_SET_VOLUME, 4095, -7001, 7001), 0);
	expect_volumes(-7001, 7001);
	/* A fader has two ends. */
	assert_int_equal(ask_volume(XENSND_OP_SET_VOLUME, 0, INT32_MIN, INT32_MAX), 0);
	expect_volumes(GAIN_MDB_MIN, GAIN_MDB_MAX);
}

static void test_two_layouts_of_mute(void **state)
{
	(void)state;
	assert_int_equal(ask_open(RING), 0);
	assert_int_equal(ask_volume(XENSND_OP_SET_VOLUME, 0, -6000, -7000), 0);
	memcpy(at(0), "\0\1", 2);
	assert_int_equal(ask_move(XENSND_OP_MUTE, 0, 2), 0);
	expect_muted(false, true);
	/* The high bytes of a word are nothing. */
	memcpy(at(RING - 8), "\200\0\0\0\0\377\377\377", 8);
	assert_int_equal(ask_move(XENSND_OP_MUTE, RING - 8, 8), 0);
	expect_muted(true, true);
	expect_volumes(-6000, -7000);
	/* A zero says nothing about its channel. */
	assert_int_equal(ask_move(XENSND_OP_UNMUTE, RING - 8, 8), 0);
	expect_muted(false, true);
	memcpy(at(5), "\0\377", 2);
	assert_int_equal(ask_move(XENSND_OP_UNMUTE, 5, 2), 0);
	expect_muted(false, false);
}

static void test_refused(void **state)
{
	static const uint32_t bad[][2] = {
		{ 0, 0 },	 { 0, 1 },    { 0, 3 },	   { 0, 4 },	      { 0, 7 },
		{ 0, 9 },	 { 0, 16 },   { 0, RING }, { 0, UINT32_MAX }, { RING - 1, 2 },
		{ RING - 7, 8 }, { RING, 2 }, { RING, 8 }, { UINT32_MAX, 8 }, { UINT32_MAX - 1, 2 },
	};

	(void)state;
	for (uint8_t op = XENSND_OP_SET_VOLUME; op <= XENSND_OP_UNMUTE; op++) {
		assert_int_equal(ask_move(op, 0, 8), -XEN_EINVAL);
	}
	assert_int_equal(ask_open(RING), 0);
	assert_int_equal(ask_volume(XENSND_OP_SET_VOLUME, 0, -6000, 3000), 0);
	memset(at(0), 0x77, RING);
	for (uint8_t op = XENSND_OP_SET_VOLUME; op <= XENSND_OP_UNMUTE; op++) {
		for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
			assert_int_equal(ask_move(op, bad[i][0], bad[i][1]), -XEN_EINVAL);
		}
	}
	/* A byte a channel is no volume. */
	assert_int_equal(ask_move(XENSND_OP_SET_VOLUME, 0, 2), -XEN_EINVAL);
	assert_int_equal(ask_move(XENSND_OP_GET_VOLUME, 0, 2), -XEN_EINVAL);
	for (unsigned i = 0; i < RING; i++) {
		assert_int_equal(*(unsigned char *)at(i), 0x77);
	}
	expect_volumes(-6000, 3000);
	expect_muted(false, false);
}

static void test_belongs_to_the_open_stream(void **state)
{
	(void)state;
	assert_int_equal(ask_open(RING), 0);
	assert_int_equal(ask_volume(XENSND_OP_SET_VOLUME, 0, -6000, 3000), 0);
	memcpy(at(0), "\1\1", 2);
	assert_int_equal(ask_move(XENSND_OP_MUTE, 0, 2), 0);
	/* STOP and START are no new stream. */
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_STOP), 0);
	expect_volumes(-6000, 3000);
	expect_muted(true, true);
	assert_int_equal(ask_open(RING), 0);
	expect_volumes(0, 0);
	expect_muted(false, false);
	assert_int_equal(ask_volume(XENSND_OP_SET_VOLUME, 0, -6000, 3000), 0);
	assert_int_equal(ask_simple(XENSND_OP_CLOSE), 0);
	assert_int_equal(ask_open(RING), 0);
	expect_volumes(0, 0);
}

/* What JACK would hear of a ring of full-scale samples. */
static float play_one(void)
{
	static float ports[2][64];
	float *const out[] = { ports[0], ports[1] };
	int16_t sample = 16384;

	for (unsigned i = 0; i < RING / 2; i++) {
		memcpy(at(i * 2), &sample, 2);
	}
	stream_playback(wire.stream, out, 64);
	return ports[0][0];
}

/* Set while nobody hears the stream, it needs no ramp; set while it runs, it has one. */
static void test_ramps_only_what_is_heard(void **state)
{
	(void)state;
	wire_activate(&wire, true);
	assert_int_equal(ask_open(RING), 0);
	memcpy(at(0), "\1\1", 2);
	assert_int_equal(ask_move(XENSND_OP_MUTE, 0, 2), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	assert_true(play_one() == 0.0f);
	memcpy(at(0), "\1\1", 2);
	assert_int_equal(ask_move(XENSND_OP_UNMUTE, 0, 2), 0);
	assert_float_equal(play_one(), 0.5f / GAIN_RAMP_FRAMES, 1e-9f);
	wire_activate(&wire, false);
	wire_activate(&wire, true);
	assert_true(play_one() == 0.5f);
}

/* A daemon that is started again goes on with them, from the first frame. */
static void test_outlives_the_daemon(void **state)
{
	(void)state;
	wire_activate(&wire, true);
	assert_int_equal(ask_open(RING), 0);
	assert_int_equal(ask_volume(XENSND_OP_SET_VOLUME, 0, -193000, 3000), 0);
	memcpy(at(0), "\0\1", 2);
	assert_int_equal(ask_move(XENSND_OP_MUTE, 0, 2), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	wire_activate(&wire, false);
	wire_close(&wire, true);
	kept.stream.gain.io.volume_mdb[1] = INT32_MAX;
	assert_int_equal(open_wire(&wire, true), 0);
	assert_true(adopted);
	expect_volumes(-193000, GAIN_MDB_MAX);
	expect_muted(false, true);
	wire_activate(&wire, true);
	assert_true(play_one() == 0.0f);
}

/* What the operator set holds for every stream that is opened, and the guest's is beside it. */
static void test_below_the_operators_fader(void **state)
{
	(void)state;
	fader_set_gain(&card->slots[0].strip.fader, FADER_DB_MIN);
	wire_activate(&wire, true);
	assert_int_equal(ask_open(RING), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	assert_true(play_one() == 0.0f);
	expect_volumes(0, 0);
	/* A daemon that is started again knows its own levels, not the last one's. */
	wire_activate(&wire, false);
	wire_close(&wire, true);
	fader_set_gain(&card->slots[0].strip.fader, 0.0f);
	assert_int_equal(open_wire(&wire, true), 0);
	assert_true(adopted);
	wire_activate(&wire, true);
	assert_true(play_one() == 0.5f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_volumes, open_playback, close_all),
		cmocka_unit_test_setup_teardown(test_two_layouts_of_mute, open_playback, close_all),
		cmocka_unit_test_setup_teardown(test_refused, open_playback, close_all),
		cmocka_unit_test_setup_teardown(test_refused, open_capture, close_all),
		cmocka_unit_test_setup_teardown(test_belongs_to_the_open_stream, open_capture,
						close_all),
		cmocka_unit_test_setup_teardown(test_ramps_only_what_is_heard, open_playback,
						close_all),
		cmocka_unit_test_setup_teardown(test_outlives_the_daemon, open_playback, close_all),
		cmocka_unit_test_setup_teardown(test_below_the_operators_fader, open_playback,
						close_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
