/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cycles that cross the ring's end at every place, in every format, against the reference. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/sound/frontend.h"
#include "tests/unit/sound/reference.h"

#define CHANNELS 3u
#define RING 37u
/* The most that a cycle moves; one frame of the ring stays untouched. */
#define CYCLE (RING - 1)

static unsigned char ring[RING * CHANNELS * 8 + 1], before[sizeof(ring)], line[sizeof(ring)];
static float port[CHANNELS][CYCLE], flat[RING * CHANNELS];

static struct frontend fe;
static struct evt evt;
static struct strip strip;
static struct stream_rt runtime;
static uint32_t random_state = 1;

static unsigned char random_byte(void)
{
	random_state = random_state * 1664525 + 1013904223;
	return (unsigned char)(random_state >> 24);
}

/* Opens a stream on a ring at an odd address, with its next frame at `place`. */
static void open_at(enum pcm_dir dir, enum pcm_format format, uint32_t place)
{
	uint32_t frame_bytes = pcm_frame_bytes(format, CHANNELS);
	const struct stream_params params = { .format = format,
					      .channels = CHANNELS,
					      .ring_bytes = RING * frame_bytes };

	for (uint32_t i = 0; i < sizeof(ring); i++) {
		ring[i] = random_byte();
	}
	evt_init(&evt, count_notify, NULL, 1, fe.page);
	fader_init(&strip.fader, CHANNELS);
	stream_setup_init(&runtime, dir, &params, ring + 1, &evt, &strip);
	runtime.rt.hw_frames = (uint64_t)RING * 1000 + place;
	rt_counter_set(&runtime.shared.appl_frames, runtime.rt.hw_frames + RING);
	memcpy(before, ring, sizeof(ring));
}

/* Copies the ring's frames from `place` on into one piece. */
static void unroll(const unsigned char *bytes, uint32_t place, uint32_t frame_bytes)
{
	uint32_t head = (RING - place) * frame_bytes;

	memcpy(line, bytes + 1 + place * frame_bytes, head);
	memcpy(line + head, bytes + 1, place * frame_bytes);
}

static void play(enum pcm_format format, uint32_t place)
{
	uint32_t frame_bytes = pcm_frame_bytes(format, CHANNELS);
	float *out[CHANNELS] = { port[0], port[1], port[2] };
	unsigned char silence[sizeof(ring)];

	open_at(PCM_PLAYBACK, format, place);
	stream_rt_playback(&runtime, out, CYCLE);
	unroll(before, place, frame_bytes);
	reference_to_float(format, CHANNELS, CYCLE, line, flat);
	for (uint32_t i = 0; i < CYCLE * CHANNELS; i++) {
		float expected = isfinite(flat[i]) ? flat[i] : 0.0f;

		assert_memory_equal(&port[i % CHANNELS][i / CHANNELS], &expected, sizeof(expected));
	}
	/* Frames that were taken are silence now; nothing else has changed. */
	memcpy(silence, line, sizeof(line));
	reference_silence(format, CYCLE * CHANNELS, silence);
	unroll(ring, place, frame_bytes);
	assert_memory_equal(line, silence, RING * frame_bytes);
	assert_int_equal(ring[0], before[0]);
}

static void capture(enum pcm_format format, uint32_t place)
{
	uint32_t frame_bytes = pcm_frame_bytes(format, CHANNELS);
	const float *in[CHANNELS] = { port[0], port[1], port[2] };
	unsigned char expected[sizeof(ring)];

	for (uint32_t i = 0; i < CYCLE * CHANNELS; i++) {
		flat[i] = (float)(random_byte() - 128) / 128;
		port[i % CHANNELS][i / CHANNELS] = flat[i];
	}
	open_at(PCM_CAPTURE, format, place);
	stream_rt_capture(&runtime, in, CYCLE);
	unroll(before, place, frame_bytes);
	memcpy(expected, line, sizeof(line));
	reference_from_float(format, CHANNELS, CYCLE, flat, expected);
	unroll(ring, place, frame_bytes);
	reference_clear_unused(format, CYCLE * CHANNELS, line);
	reference_clear_unused(format, CYCLE * CHANNELS, expected);
	assert_memory_equal(line, expected, RING * frame_bytes);
	assert_int_equal(ring[0], before[0]);
}

static void test_playback(void **state)
{
	(void)state;
	for (unsigned format = 0; format < PCM_FORMATS; format++) {
		for (uint32_t place = 0; place < RING; place++) {
			play((enum pcm_format)format, place);
		}
	}
}

static void test_capture(void **state)
{
	(void)state;
	for (unsigned format = 0; format < PCM_FORMATS; format++) {
		for (uint32_t place = 0; place < RING; place++) {
			capture((enum pcm_format)format, place);
		}
	}
}

/* An overrun or lead of capture, too, writes each format's own silence. */
static void test_lead_of_silence(void **state)
{
	const float *in[CHANNELS] = { port[0], port[1], port[2] };

	(void)state;
	for (unsigned i = 0; i < PCM_FORMATS; i++) {
		enum pcm_format format = (enum pcm_format)i;
		uint32_t frame_bytes = pcm_frame_bytes(format, CHANNELS);
		unsigned char silence[sizeof(ring)];

		open_at(PCM_CAPTURE, format, RING - 1);
		runtime.rt.lead_due = 2;
		stream_rt_capture(&runtime, in, 3);
		reference_silence(format, 2 * CHANNELS, silence);
		unroll(ring, RING - 1, frame_bytes);
		assert_memory_equal(line, silence, 2 * frame_bytes);
	}
}

static int set_up(void **state)
{
	(void)state;
	fe.page = aligned_alloc(4096, 4096);
	memset(fe.page, 0, 4096);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(fe.page);
	reference_finish();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_playback),
		cmocka_unit_test(test_capture),
		cmocka_unit_test(test_lead_of_silence),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
