/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every row of the table in docs/requests.md as requests on stream_ring_fixture's stream ring, and
 * what must hold after any of them. A row that covers several requests has variants.
 */
#ifndef XENJACK_TEST_REQUEST_ROWS_H
#define XENJACK_TEST_REQUEST_ROWS_H

#include "tests/unit/xen/stream_ring_fixture.h"

#define ROWS_RING 16384u

/* In the order in which they are reached. */
enum state { CLOSED, HALTED, RUNNING, PAUSED, STATES };

static int row_open(unsigned variant)
{
	(void)variant;
	return ask_open(ROWS_RING);
}

static int row_bad_numbers(unsigned variant)
{
	static const struct xensnd_open_req bad[] = {
		{ .pcm_rate = 44100 },	   { .pcm_rate = UINT32_MAX },	   { .pcm_format = 63 },
		{ .pcm_format = 255 },	   { .pcm_channels = 3 },	   { .pcm_channels = 255 },
		{ .buffer_sz = 60 },	   { .buffer_sz = 65540 },	   { .buffer_sz = 16381 },
		{ .buffer_sz = 1u << 31 }, { .period_sz = ROWS_RING + 4 }, { .period_sz = 3 },
	};
	struct xensnd_req request = open_request(ROWS_RING);
	struct xensnd_open_req *open = &request.op.open;

	fill_directory(ROWS_RING / HV_PAGE_SIZE);
	open->pcm_rate = bad[variant].pcm_rate ? bad[variant].pcm_rate : open->pcm_rate;
	open->pcm_format = bad[variant].pcm_format ? bad[variant].pcm_format : open->pcm_format;
	open->pcm_channels = bad[variant].pcm_channels ? bad[variant].pcm_channels
						       : open->pcm_channels;
	open->buffer_sz = bad[variant].buffer_sz ? bad[variant].buffer_sz : open->buffer_sz;
	open->period_sz = bad[variant].period_sz ? bad[variant].period_sz : open->period_sz;
	return ask(&request);
}

static int row_bad_directory(unsigned variant)
{
	static const uint32_t directories[] = { DIR_GREF, 0, PAGES, UINT32_MAX };
	struct xensnd_req request = open_request(ROWS_RING);

	fill_directory(ROWS_RING / HV_PAGE_SIZE - 1);
	request.op.open.gref_directory = directories[variant];
	return ask(&request);
}

static int row_close(unsigned variant)
{
	(void)variant;
	return ask_simple(XENSND_OP_CLOSE);
}

/* WRITE for playback, READ for capture; or the other way round. */
static uint8_t mover(bool other)
{
	return (card->streams[0].dir == PCM_PLAYBACK) != other ? XENSND_OP_WRITE : XENSND_OP_READ;
}

static int row_move(unsigned variant)
{
	static const uint32_t good[][2] = {
		{ 0, 4096 }, { 4096, 12288 }, { 0, 0 }, { ROWS_RING, 0 }, { 16380, 4 }, { 1, 3 },
	};

	return ask_move(mover(false), good[variant][0], good[variant][1]);
}

static int row_move_outside(unsigned variant)
{
	static const uint32_t bad[][2] = {
		{ 0, ROWS_RING + 1 }, { ROWS_RING, 4 },	 { ROWS_RING + 1, 0 },
		{ 16380, 8 },	      { UINT32_MAX, 1 }, { 4, UINT32_MAX },
	};

	return ask_move(mover(false), bad[variant][0], bad[variant][1]);
}

static int row_move_other(unsigned variant)
{
	(void)variant;
	return ask_move(mover(true), 0, 4096);
}

static int row_set_volume(unsigned variant)
{
	return ask_move(XENSND_OP_SET_VOLUME, variant, 8);
}

static int row_get_volume(unsigned variant)
{
	return ask_move(XENSND_OP_GET_VOLUME, variant, 8);
}

static int row_mute(unsigned variant)
{
	return ask_move(XENSND_OP_MUTE, ROWS_RING - 8, variant ? 8 : 2);
}

static int row_unmute(unsigned variant)
{
	return ask_move(XENSND_OP_UNMUTE, ROWS_RING - 8, variant ? 8 : 2);
}

static int row_bad_payload(unsigned variant)
{
	static const uint32_t bad[][2] = {
		{ 0, 0 }, { 0, 1 }, { 0, 4 }, { 0, 9 }, { ROWS_RING - 4, 8 }, { UINT32_MAX, 8 },
	};
	unsigned i = variant / 4;

	return ask_move((uint8_t)(XENSND_OP_SET_VOLUME + variant % 4), bad[i][0], bad[i][1]);
}

static int row_start(unsigned variant)
{
	(void)variant;
	return ask_trigger(XENSND_OP_TRIGGER_START);
}

static int row_stop(unsigned variant)
{
	(void)variant;
	return ask_trigger(XENSND_OP_TRIGGER_STOP);
}

static int row_pause(unsigned variant)
{
	(void)variant;
	return ask_trigger(XENSND_OP_TRIGGER_PAUSE);
}

static int row_resume(unsigned variant)
{
	(void)variant;
	return ask_trigger(XENSND_OP_TRIGGER_RESUME);
}

static int row_other_trigger(unsigned variant)
{
	return ask_trigger((uint8_t)(XENSND_OP_TRIGGER_RESUME + 1 + variant));
}

static int row_query(unsigned variant)
{
	struct xensnd_req request = {
		.operation = XENSND_OP_HW_PARAM_QUERY,
		.op.hw_param = { .formats = UINT64_MAX,
				 .rates = { 0, UINT32_MAX },
				 .channels = { variant, UINT32_MAX },
				 .buffer = { 0, UINT32_MAX },
				 .period = { 0, UINT32_MAX } },
	};

	return ask(&request);
}

static int row_query_nothing(unsigned variant)
{
	return row_query(3 + variant);
}

static int row_other_operation(unsigned variant)
{
	return ask_simple((uint8_t)(XENSND_OP_HW_PARAM_QUERY + 1 + variant));
}

enum row { OPEN, CLOSE, START, STOP, PAUSE, ROWS = 20 };

static const struct {
	const char *name;
	unsigned variants;
	int (*ask)(unsigned variant);
} request_rows[ROWS] = {
	[OPEN] = { "OPEN", 1, row_open },
	[CLOSE] = { "CLOSE", 1, row_close },
	[START] = { "START", 1, row_start },
	[STOP] = { "STOP", 1, row_stop },
	[PAUSE] = { "PAUSE", 1, row_pause },
	{ "RESUME", 1, row_resume },
	{ "OPEN with bad numbers", 12, row_bad_numbers },
	{ "OPEN with a bad directory", 4, row_bad_directory },
	{ "WRITE or READ", 6, row_move },
	{ "WRITE or READ outside the buffer", 6, row_move_outside },
	{ "WRITE or READ of the other direction", 1, row_move_other },
	{ "SET_VOLUME", 3, row_set_volume },
	{ "GET_VOLUME", 3, row_get_volume },
	{ "MUTE", 2, row_mute },
	{ "UNMUTE", 2, row_unmute },
	{ "one of these four with a bad payload", 24, row_bad_payload },
	{ "TRIGGER of another type", 252, row_other_trigger },
	{ "HW_PARAM_QUERY", 3, row_query },
	{ "HW_PARAM_QUERY for what there is not", 5, row_query_nothing },
	{ "any other operation", 246, row_other_operation },
};

/* --- invariants */

static inline enum state request_state(void)
{
	if (!ring.runtime) {
		return CLOSED;
	}
	switch (ring.runtime->io.state) {
	case STREAM_RT_RUNNING:
		return RUNNING;
	case STREAM_RT_PAUSED:
		return PAUSED;
	default:
		return HALTED;
	}
}

/* Checks what must hold after any request, in any state. */
static inline void request_check(void)
{
	enum state state = request_state();

	assert_ptr_equal(card_running(ring.stream),
			 state == RUNNING && ring.active ? ring.runtime : NULL);
	assert_int_equal(mapped[DATA_GREF], state != CLOSED);
	assert_int_equal(mappings, state == CLOSED ? 2 : 3);
	if (state == HALTED) {
		/* where the guest's driver and ALSA agree on the ring's first frame */
		assert_int_equal(ring.runtime->rt.hw_frames % ring.runtime->ring_frames, 0);
	}
}

/* Runs a JACK cycle. */
static inline void request_cycle(void)
{
	static float ports[2][256];
	float *const buffers[] = { ports[0], ports[1] };
	struct stream_rt *runtime = card_running(ring.stream);

	card_enter(ring.side);
	if (runtime && runtime->dir == PCM_PLAYBACK) {
		stream_rt_playback(runtime, buffers, 256);
	} else if (runtime) {
		stream_rt_capture(runtime, (const float *const *)buffers, 256);
	}
	card_leave(ring.side);
}

#endif
