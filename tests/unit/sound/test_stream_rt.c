/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cycles on a stream, as Linux's front end sees it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/sound/frontend.h"

#define CYCLE_MAX 8192

static float port[2][CYCLE_MAX];

static void play(struct rig *rig, uint32_t frames)
{
	float *out[2] = { port[0], port[1] };

	for (uint32_t i = 0; i < frames; i++) {
		port[0][i] = port[1][i] = 2.0f; /* must be overwritten, every frame */
	}
	stream_rt_playback(rig->runtime, out, frames);
}

static int16_t heard(uint32_t frame)
{
	return (int16_t)lrintf(port[0][frame] * 32768.0f);
}

static int16_t count_on(int16_t sample)
{
	sample = (int16_t)((uint16_t)sample + 1u);
	return sample ? sample : 1;
}

/* A guest that keeps its ring as full as it knows: everything is heard once and in order. */
static void play_through(uint32_t ring, uint32_t period, uint32_t cycle, unsigned cycles)
{
	struct rig rig;
	uint64_t appl = 0, heard_frames = 0;
	int16_t next = 1, expected = 0;

	rig_open(&rig, PCM_PLAYBACK, 2, ring, period);
	rig_write(&rig, appl, ring, next);
	appl += ring;
	stream_trigger_start(rig.runtime);
	for (unsigned n = 0; n < cycles; n++) {
		uint32_t room;

		play(&rig, cycle);
		for (uint32_t i = 0; i < cycle; i++, heard_frames++) {
			expected = (int16_t)(heard_frames % 30000 + 1);
			assert_int_equal(heard(i), expected);
			assert_true(port[0][i] == port[1][i]);
		}
		frontend_interrupt(&rig.fe);
		room = (uint32_t)(rig.fe.last_frames + ring - appl);
		for (uint32_t i = 0; i < room; i++) {
			rig_write(&rig, appl, 1, (int16_t)(appl % 30000 + 1));
			appl++;
		}
	}
	assert_int_equal(rig.fe.dropped, 0);
	assert_int_equal(rt_counter_get(&rig.strip.underruns), 0);
	assert_int_equal(rt_counter_get(&rig.strip.cycles), cycles);
	rig_close(&rig);
}

/* Meters measure what the ports carry, while wanted. */
static void test_metered(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, PCM_PLAYBACK, 2, 720, 240);
	fader_set_gain(&rig.strip.fader, -20.0f);
	gain_set_level(&rig.runtime->gain, &rig.strip.fader);
	gain_settle(&rig.runtime->gain);
	rig_write(&rig, 0, 720, 16384);
	stream_trigger_start(rig.runtime);
	play(&rig, 64);
	assert_true(meter_take_peak(&rig.strip.meter, 0) == 0.0f);
	meter_want(&rig.strip.meter, true);
	play(&rig, 64);
	assert_float_equal(meter_take_peak(&rig.strip.meter, 1), 0.05f, 0.001f);
	assert_true(meter_rms(&rig.strip.meter, 1) > 0.0f);
	rig_close(&rig);
}

static void test_every_frame_once(void **state)
{
	(void)state;
	play_through(720, 240, 64, 1000);
	play_through(1000, 250, 64, 1000);
	play_through(4800, 1200, 256, 1000);
	play_through(4096, 1024, 1024, 200);
	play_through(16384, 4096, 1024, 200);
	play_through(1001, 77, 16, 1000);
}

static unsigned wakeups(enum pcm_dir dir, uint32_t period, uint32_t cycle, unsigned periods)
{
	const float *in[2] = { port[0], port[1] };
	struct rig rig;
	unsigned elapsed;

	rig_open(&rig, dir, 2, 4 * period, period);
	if (dir == PCM_PLAYBACK) {
		rig_write(&rig, 0, 4 * period, 1);
	}
	stream_trigger_start(rig.runtime);
	for (unsigned done = 0; done < periods * period; done += cycle) {
		if (dir == PCM_PLAYBACK) {
			play(&rig, cycle);
		} else {
			stream_rt_capture(rig.runtime, in, cycle);
		}
		frontend_interrupt(&rig.fe);
	}
	elapsed = rig.fe.elapsed;
	rig_close(&rig);
	return elapsed;
}

/* The front end counts a period only when more than a period has passed. */
static void test_wakes_every_period(void **state)
{
	(void)state;
	assert_int_equal(wakeups(PCM_PLAYBACK, 256, 256, 100), 100);
	assert_int_equal(wakeups(PCM_PLAYBACK, 1024, 256, 100), 100);
	assert_int_equal(wakeups(PCM_CAPTURE, 256, 256, 100), 100);
	assert_int_equal(wakeups(PCM_CAPTURE, 1024, 512, 100), 100);
}

static int32_t fill_of(const struct rig *rig)
{
	return atomic_load(&rig->strip.status.fill_frames);
}

/* Nothing stops a guest from announcing full rings without end. */
static void test_fill_has_bounds(void **state)
{
	const float *in[2] = { port[0], port[1] };
	struct rig rig;

	(void)state;
	rig_open(&rig, PCM_PLAYBACK, 1, 1000, 250);
	stream_trigger_start(rig.runtime);
	play(&rig, 100);
	assert_int_equal(fill_of(&rig), 0);
	/* Two cycles and the lead are taken by then. */
	rig_write(&rig, 0, 401, 1);
	play(&rig, 100);
	assert_int_equal(fill_of(&rig), 200);
	for (unsigned i = 0; i < 2200000; i++) {
		stream_trigger_ack(rig.runtime, 401 * 2, 1000 * 2);
	}
	play(&rig, 100);
	assert_int_equal(fill_of(&rig), 1000);
	rig_close(&rig);

	rig_open(&rig, PCM_CAPTURE, 1, 1000, 250);
	stream_trigger_start(rig.runtime);
	stream_rt_capture(rig.runtime, in, 999);
	stream_rt_capture(rig.runtime, in, 999);
	assert_int_equal(fill_of(&rig), 1000);
	rig_close(&rig);
}

static void test_lead_waits_for_its_frame(void **state)
{
	struct rig rig;

	(void)state;
	/* ALSA's default start threshold: START comes with the first period. */
	rig_open(&rig, PCM_PLAYBACK, 1, 1024, 256);
	rig_write(&rig, 0, 256, 1);
	stream_trigger_start(rig.runtime);
	play(&rig, 256);
	for (uint32_t i = 0; i < 256; i++) {
		assert_int_equal(heard(i), i + 1);
	}
	assert_int_equal(rig.runtime->rt.hw_frames, 256);
	rig_write(&rig, 256, 512, 257);
	play(&rig, 256);
	assert_int_equal(rig.runtime->rt.hw_frames, 513);
	for (uint32_t i = 0; i < 256; i++) {
		assert_int_equal(heard(i), i + 257);
	}
	play(&rig, 256);
	for (uint32_t i = 0; i < 255; i++) {
		assert_int_equal(heard(i), i + 513);
	}
	rig_close(&rig);
}

/* A guest stops when its last frame counts as played: it must be on the port by then. */
static void test_last_frame_is_heard(void **state)
{
	(void)state;
	for (uint32_t written = 1; written <= 700; written++) {
		struct rig rig;
		uint32_t last = 0;

		rig_open(&rig, PCM_PLAYBACK, 1, 1000, 250);
		rig_write(&rig, 0, written, 1);
		stream_trigger_start(rig.runtime);
		while (rig.runtime->rt.hw_frames < written) {
			play(&rig, 64);
			for (uint32_t i = 0; i < 64; i++) {
				if (heard(i)) {
					assert_int_equal(heard(i), last + 1);
					last++;
				}
			}
		}
		assert_int_equal(last, written);
		rig_close(&rig);
	}
}

static void test_late_guest_is_silence(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, PCM_PLAYBACK, 2, 720, 240);
	rig_write(&rig, 0, 720, 1);
	stream_trigger_start(rig.runtime);
	for (unsigned n = 0; n < 100; n++) {
		play(&rig, 64);
		for (uint32_t i = 0; i < 64; i++) {
			uint32_t frame = n * 64 + i;

			assert_int_equal(heard(i), frame < 720 ? (int)frame + 1 : 0);
		}
	}
	assert_int_equal(rt_counter_get(&rig.strip.underruns), 1);
	/* The guest may continue at the clock's position: from there on everything is heard again.
	 */
	assert_true(rig.runtime->rt.hw_frames > 6400);
	rig_close(&rig);
}

/* STOP, PREPARE (which sends no request), START: ALSA begins at the ring's first frame. */
static void recover(uint32_t ring, uint32_t period, uint32_t cycle, unsigned rounds)
{
	struct rig rig;

	rig_open(&rig, PCM_PLAYBACK, 1, ring, period);
	for (unsigned round = 0; round < rounds; round++) {
		int16_t next = (int16_t)(1 + round * 100);
		uint32_t written = ring / 2 + 37 * round % (ring / 2);

		assert_int_equal(rig.fe.hw, 0);
		rig_write(&rig, 0, written, next);
		stream_trigger_start(rig.runtime);
		for (unsigned n = 0; n < 2 + round % 3; n++) {
			play(&rig, cycle);
			for (uint32_t i = 0; i < cycle; i++) {
				if (heard(i)) {
					assert_int_equal(heard(i), next);
					next = count_on(next);
				}
			}
			frontend_interrupt(&rig.fe);
			assert_int_equal(rig.fe.hw, rig.runtime->rt.hw_frames % ring);
		}
		stream_trigger_stop(rig.runtime);
		frontend_interrupt(&rig.fe);
		for (uint32_t i = 0; i < ring; i++) {
			assert_int_equal(rig.ring[i], 0);
		}
	}
	assert_int_equal(rig.fe.dropped, 0);
	rig_close(&rig);
}

static void test_recovers_in_any_ring(void **state)
{
	(void)state;
	recover(720, 240, 64, 50);
	recover(1000, 250, 64, 50);
	recover(4800, 1200, 256, 50);
	recover(16384, 4096, 1024, 50);
	recover(1001, 77, 32, 50);
}

static void test_start_after_pause(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, PCM_PLAYBACK, 1, 1000, 250);
	rig_write(&rig, 0, 1000, 1);
	stream_trigger_start(rig.runtime);
	play(&rig, 64);
	stream_trigger_pause(rig.runtime);
	frontend_interrupt(&rig.fe);
	/* Suspend, resume and prepare send nothing on the stream ring. */
	rig_write(&rig, 0, 100, 500);
	stream_trigger_start(rig.runtime);
	frontend_interrupt(&rig.fe);
	assert_int_equal(rig.fe.hw, 0);
	for (uint32_t i = 0; i < 256; i++) {
		if (i % 64 == 0) {
			play(&rig, 64);
		}
		assert_int_equal(heard(i % 64), i < 100 ? 500 + (int)i : 0);
	}
	rig_close(&rig);
}

static void test_resume_goes_on(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, PCM_PLAYBACK, 1, 1000, 250);
	rig_write(&rig, 0, 1000, 1);
	stream_trigger_start(rig.runtime);
	play(&rig, 64);
	stream_trigger_pause(rig.runtime);
	stream_trigger_resume(rig.runtime);
	play(&rig, 64);
	assert_int_equal(heard(0), 65);
	rig_close(&rig);
}

static void test_cycle_longer_than_ring(void **state)
{
	struct rig rig;
	const float *in[1] = { port[0] };

	(void)state;
	rig_open(&rig, PCM_PLAYBACK, 1, 720, 240);
	rig_write(&rig, 0, 720, 1);
	stream_trigger_start(rig.runtime);
	play(&rig, 4096);
	for (uint32_t i = 0; i < 4096; i++) {
		assert_int_equal(heard(i), i < 719 ? (int)i + 1 : 0);
	}
	frontend_interrupt(&rig.fe);
	assert_int_equal(rig.fe.hw, 719);
	rig_close(&rig);

	rig_open(&rig, PCM_CAPTURE, 1, 720, 240);
	stream_trigger_start(rig.runtime);
	stream_rt_capture(rig.runtime, in, 4096);
	assert_int_equal(rig.runtime->rt.hw_frames, 719);
	assert_int_equal(rt_counter_get(&rig.strip.overruns), 1);
	rig_close(&rig);
}

static void test_capture(void **state)
{
	const float *in[2] = { port[0], port[1] };
	struct rig rig;
	uint64_t read = 0;

	(void)state;
	rig_open(&rig, PCM_CAPTURE, 2, 1000, 250);
	stream_trigger_start(rig.runtime);
	for (unsigned n = 0; n < 400; n++) {
		for (uint32_t i = 0; i < 64; i++) {
			port[0][i] = (float)(n * 64 + i + 1) / 32768.0f;
			port[1][i] = -port[0][i];
		}
		stream_rt_capture(rig.runtime, in, 64);
		frontend_interrupt(&rig.fe);
		for (; read < rig.fe.last_frames; read++) {
			uint32_t place = (uint32_t)(read % 1000);

			/* The lead is one frame of silence. */
			assert_int_equal(rig.ring[2 * place], read ? (int)read : 0);
			assert_int_equal(rig.ring[2 * place + 1], read ? -(int)read : 0);
			stream_trigger_ack(rig.runtime, place * 4, 4);
		}
	}
	assert_int_equal(read, 400 * 64 + 1);
	assert_int_equal(rt_counter_get(&rig.strip.overruns), 0);
	rig_close(&rig);
}

static void test_no_events_when_not_wanted(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, PCM_PLAYBACK, 1, 1024, 0);
	rig_write(&rig, 0, 1024, 1);
	notified = 0;
	stream_trigger_start(rig.runtime);
	play(&rig, 256);
	stream_trigger_stop(rig.runtime);
	assert_int_equal(notified, 0);
	assert_int_equal(rig.fe.page->in_prod, 0);
	rig_close(&rig);
}

/* A guest that takes no events: nothing blocks, no id is skipped, the next event catches up. */
static void test_full_event_page(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, PCM_PLAYBACK, 1, 1000, 250);
	stream_trigger_start(rig.runtime);
	for (unsigned n = 0; n < 100; n++) {
		play(&rig, 64);
	}
	assert_int_equal(rt_counter_get(&rig.strip.lost), 100 - 63);
	frontend_interrupt(&rig.fe);
	play(&rig, 64);
	frontend_interrupt(&rig.fe);
	assert_int_equal(rig.fe.dropped, 0);
	assert_int_equal(rig.fe.hw, rig.runtime->rt.hw_frames % 1000);
	/* The same if the page is full at STOP: the position follows before the next START. */
	for (unsigned n = 0; n < 64; n++) {
		play(&rig, 64);
	}
	stream_trigger_stop(rig.runtime);
	assert_true(rig.runtime->io.announce_due);
	frontend_interrupt(&rig.fe);
	stream_trigger_start(rig.runtime);
	frontend_interrupt(&rig.fe);
	assert_int_equal(rig.fe.hw, 0);
	assert_int_equal(rig.fe.dropped, 0);
	rig_close(&rig);
}

/* After 2^32 events the index wraps, and 63 streams do not divide 2^32. */
static void test_event_index_wrap(void **state)
{
	(void)state;
	for (uint32_t lag = 0; lag < 70; lag++) {
		struct rig rig;
		uint32_t start = UINT32_MAX - 40;

		rig_open(&rig, PCM_PLAYBACK, 1, 1000, 250);
		rig.fe.page->in_prod = rig.fe.page->in_cons = start;
		rig.fe.next_id = (uint16_t)start;
		evt_init(&rig.evt, count_notify, NULL, 1, rig.fe.page);
		stream_trigger_start(rig.runtime);
		for (unsigned n = 0; n < 200; n++) {
			play(&rig, 64);
			if (lag == 0 || n % lag == 0) {
				frontend_interrupt(&rig.fe);
			}
		}
		frontend_interrupt(&rig.fe);
		play(&rig, 64);
		frontend_interrupt(&rig.fe);
		assert_int_equal(rig.fe.hw, rig.runtime->rt.hw_frames % 1000);
		assert_int_equal(rig.fe.dropped, 0);
		assert_int_equal(rig.fe.events + rt_counter_get(&rig.strip.lost), 201);
		rig_close(&rig);
	}
}

/* Positions never go back, even if a closed device has left events in the page. */
static void test_reopen_behind_old_events(void **state)
{
	struct rig rig;
	struct stream_rt here, *second = &here;
	const struct stream_params params = {
		.format = PCM_S16_LE, .channels = 1, .ring_bytes = 1400, .period_bytes = 700
	};
	int16_t ring[700];

	(void)state;
	rig_open(&rig, PCM_PLAYBACK, 1, 1000, 250);
	stream_trigger_start(rig.runtime);
	play(&rig, 64);
	stream_trigger_stop(rig.runtime);
	stream_setup_init(second, PCM_PLAYBACK, &params, ring, &rig.evt, &rig.strip);
	stream_trigger_open(second, rig.runtime->rt.hw_frames * 2);
	assert_int_equal(second->rt.hw_frames, 1400);
	frontend_interrupt(&rig.fe);
	stream_trigger_open(second, rig.runtime->rt.hw_frames * 2);
	assert_int_equal(second->rt.hw_frames, 0);
	rig_close(&rig);
}

static void test_refuses_bad_parameters(void **state)
{
	const struct stream_limits limits = { 48000, 2, 65536, false };
	const struct stream_params good = { PCM_S16_LE, 48000, 2, 4096, 1024 };
	struct stream_params bad[] = {
		{ PCM_UNKNOWN, 48000, 2, 4096, 1024 }, { PCM_S16_LE, 44100, 2, 4096, 1024 },
		{ PCM_S16_LE, 0, 2, 4096, 1024 },      { PCM_S16_LE, 48000, 0, 4096, 1024 },
		{ PCM_S16_LE, 48000, 3, 4092, 1020 },  { PCM_S16_LE, 48000, 255, 51000, 1020 },
		{ PCM_S16_LE, 48000, 2, 0, 0 },	       { PCM_S16_LE, 48000, 2, 60, 0 },
		{ PCM_S16_LE, 48000, 2, 65540, 1024 }, { PCM_S16_LE, 48000, 2, UINT32_MAX, 1024 },
		{ PCM_S16_LE, 48000, 2, 4097, 1024 },  { PCM_S16_LE, 48000, 2, 4096, 4100 },
		{ PCM_S16_LE, 48000, 2, 4096, 1023 },  { PCM_S16_LE, 48000, 2, 4096, UINT32_MAX },
	};

	(void)state;
	assert_int_equal(stream_setup_check(&good, &limits), 0);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_true(stream_setup_check(&bad[i], &limits) < 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_metered),
		cmocka_unit_test(test_every_frame_once),
		cmocka_unit_test(test_wakes_every_period),
		cmocka_unit_test(test_fill_has_bounds),
		cmocka_unit_test(test_lead_waits_for_its_frame),
		cmocka_unit_test(test_last_frame_is_heard),
		cmocka_unit_test(test_late_guest_is_silence),
		cmocka_unit_test(test_recovers_in_any_ring),
		cmocka_unit_test(test_start_after_pause),
		cmocka_unit_test(test_resume_goes_on),
		cmocka_unit_test(test_cycle_longer_than_ring),
		cmocka_unit_test(test_capture),
		cmocka_unit_test(test_no_events_when_not_wanted),
		cmocka_unit_test(test_full_event_page),
		cmocka_unit_test(test_event_index_wrap),
		cmocka_unit_test(test_reopen_behind_old_events),
		cmocka_unit_test(test_refuses_bad_parameters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
