/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SET_VOLUME, GET_VOLUME, MUTE, UNMUTE: the data in the buffer, its size, and when it takes effect.
 * test_gain tests the effect on samples.
 */
#include "tests/unit/xen/stream_ring_fixture.h"

#define RING 16384u

/* The guest's buffer at this offset. */
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
	assert_int_equal(ring.runtime->gain.io.muted[0], left);
	assert_int_equal(ring.runtime->gain.io.muted[1], right);
}

static void test_volumes(void **state)
{
	(void)state;
	assert_int_equal(ask_open(RING), 0);
	expect_volumes(0, 0);
	assert_int_equal(ask_volume(XENSND_OP_SET_VOLUME, 0, -6000, 3000), 0);
	expect_volumes(-6000, 3000);
	/* The very end of the buffer, and an unaligned offset. */
	assert_int_equal(ask_volume(XENSND_OP_SET_VOLUME, RING - 8, -1, 1), 0);
	expect_volumes(-1, 1);
	assert_int_equal(ask_volume(XENSND_OP_SET_VOLUME, 4095, -7001, 7001), 0);
	expect_volumes(-7001, 7001);
	/* A fader's range is limited at both ends. */
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
	/* The high bytes of a word do not count. */
	memcpy(at(RING - 8), "\200\0\0\0\0\377\377\377", 8);
	assert_int_equal(ask_move(XENSND_OP_MUTE, RING - 8, 8), 0);
	expect_muted(true, true);
	expect_volumes(-6000, -7000);
	/* A zero leaves its channel unchanged. */
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
	/* One byte per channel is not a volume. */
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
	/* STOP and START keep the volume. */
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

/* Plays a cycle of full-scale samples; returns the level at the port. */
static float play_one(void)
{
	static float ports[2][64];
	float *const out[] = { ports[0], ports[1] };
	int16_t sample = 16384;

	for (unsigned i = 0; i < RING / 2; i++) {
		memcpy(at(i * 2), &sample, 2);
	}
	stream_rt_playback(ring.runtime, out, 64);
	return ports[0][0];
}

/* A volume set while the stream is halted applies at once; while it runs, it ramps. */
static void test_ramps_only_what_is_heard(void **state)
{
	(void)state;
	stream_ring_activate(&ring, true);
	assert_int_equal(ask_open(RING), 0);
	memcpy(at(0), "\1\1", 2);
	assert_int_equal(ask_move(XENSND_OP_MUTE, 0, 2), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	assert_true(play_one() == 0.0f);
	memcpy(at(0), "\1\1", 2);
	assert_int_equal(ask_move(XENSND_OP_UNMUTE, 0, 2), 0);
	assert_float_equal(play_one(), 0.5f / GAIN_RAMP_FRAMES, 1e-9f);
	stream_ring_activate(&ring, false);
	stream_ring_activate(&ring, true);
	assert_true(play_one() == 0.5f);
}

/* A restarted daemon applies them from the first frame on. */
static void test_outlives_the_daemon(void **state)
{
	(void)state;
	stream_ring_activate(&ring, true);
	assert_int_equal(ask_open(RING), 0);
	assert_int_equal(ask_volume(XENSND_OP_SET_VOLUME, 0, -193000, 3000), 0);
	memcpy(at(0), "\0\1", 2);
	assert_int_equal(ask_move(XENSND_OP_MUTE, 0, 2), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	stream_ring_activate(&ring, false);
	stream_ring_close(&ring, true);
	handover.runtime.gain.io.volume_mdb[1] = INT32_MAX;
	assert_int_equal(open_ring(&ring, true), 0);
	assert_true(adopted);
	expect_volumes(-193000, GAIN_MDB_MAX);
	expect_muted(false, true);
	stream_ring_activate(&ring, true);
	assert_true(play_one() == 0.0f);
}

/* The operator's level applies to every stream that is opened, in addition to the guest's volume.
 */
static void test_below_the_operators_fader(void **state)
{
	(void)state;
	fader_set_gain(&card->streams[0].strip.fader, FADER_DB_MIN);
	stream_ring_activate(&ring, true);
	assert_int_equal(ask_open(RING), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	assert_true(play_one() == 0.0f);
	expect_volumes(0, 0);
	/* A restarted daemon uses its own levels, not its predecessor's. */
	stream_ring_activate(&ring, false);
	stream_ring_close(&ring, true);
	fader_set_gain(&card->streams[0].strip.fader, 0.0f);
	assert_int_equal(open_ring(&ring, true), 0);
	assert_true(adopted);
	stream_ring_activate(&ring, true);
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
