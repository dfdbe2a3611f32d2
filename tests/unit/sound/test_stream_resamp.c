/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cycles on a stream whose rate is not JACK's, as Linux sees it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/sound/frontend.h"

#define CYCLE_MAX 8192u

static float port[2][CYCLE_MAX];

static void open_rated(struct rig *rig, enum pcm_dir dir, uint32_t guest_hz, uint32_t jack_hz,
		       uint32_t ring, uint32_t period)
{
	rig_open(rig, dir, 2, ring, period);
	rig->runtime->resamp = resamp_create(RESAMP_YES, dir == PCM_PLAYBACK, 2, guest_hz, jack_hz);
	assert_non_null(rig->runtime->resamp);
}

static void close_rated(struct rig *rig)
{
	resamp_destroy(rig->runtime->resamp);
	rig_close(rig);
}

static void play(struct rig *rig, uint32_t frames)
{
	float *out[2] = { port[0], port[1] };

	for (uint32_t i = 0; i < frames; i++) {
		port[0][i] = port[1][i] = 2.0f; /* must be overwritten, every frame */
	}
	stream_rt_playback(rig->runtime, out, frames);
}

static void capture(struct rig *rig, uint32_t frames)
{
	const float *in[2] = { port[0], port[1] };

	stream_rt_capture(rig->runtime, in, frames);
}

/* Fills the space that Linux knows to be free; sample n is n, a straight line. */
static uint64_t refill(struct rig *rig, uint64_t appl)
{
	uint64_t full = rig->fe.last_frames + rig->fe.ring_frames;

	if (full > appl) {
		rig_write(rig, appl, (uint32_t)(full - appl), (int16_t)(appl + 1));
	}
	return full;
}

/* The n-th frame of a straight line comes out at the right place, whatever the cycles. */
static void play_through(uint32_t guest_hz, uint32_t jack_hz, uint32_t ring, uint32_t period)
{
	static const uint32_t cycles[] = { 64, 1024, 17, 512, 1, 300 };
	uint64_t appl = 0, jack = 0, own;
	double delay, worst = 0;
	struct rig rig;

	open_rated(&rig, PCM_PLAYBACK, guest_hz, jack_hz, ring, period);
	delay = rig.runtime->resamp->delay_frames;
	appl = refill(&rig, appl);
	stream_trigger_start(rig.runtime);
	for (unsigned n = 0; appl < 28000; n++) {
		uint32_t frames = cycles[n / 5 % 6];

		play(&rig, frames);
		for (uint32_t i = 0; i < frames; i++) {
			double wanted = (double)(jack + i) * guest_hz / jack_hz - delay + 1;

			assert_true(port[0][i] == port[1][i]);
			/* The line's beginning is a corner, at which the filter rings. */
			if (wanted > delay) {
				worst = fmax(worst, fabs((double)port[0][i] * 32768 - wanted));
			}
		}
		jack += frames;
		own = jack * guest_hz / jack_hz;
		/* Frames really taken: all that belong to the cycles, and the lead. */
		assert_int_equal(rig.runtime->rt.hw_frames, own + rig.runtime->rt.carried);
		frontend_interrupt(&rig.fe);
		assert_int_equal(rig.fe.last_frames, rig.runtime->rt.hw_frames);
		appl = refill(&rig, appl);
	}
	assert_int_equal(rig.fe.dropped, 0);
	assert_int_equal(rt_counter_get(&rig.strip.underruns), 0);
	printf("%u -> %u: off the line by %.4f of a bit at most\n", guest_hz, jack_hz, worst);
	assert_true(worst < 0.5);
	close_rated(&rig);
}

static void test_every_frame_in_its_place(void **state)
{
	(void)state;
	play_through(44100, 48000, 4096, 1024);
	play_through(48000, 44100, 5000, 1250);
	play_through(8000, 48000, 2048, 512);
	play_through(192000, 44100, 16384, 4096);
}

static void record_through(uint32_t guest_hz, uint32_t jack_hz, uint32_t ring, uint32_t period)
{
	static const uint32_t cycles[] = { 64, 1024, 17, 512, 1, 300 };
	uint64_t jack = 0, own = 0, lead;
	double delay, worst = 0;
	struct rig rig;

	open_rated(&rig, PCM_CAPTURE, guest_hz, jack_hz, ring, period);
	delay = rig.runtime->resamp->delay_frames;
	stream_trigger_start(rig.runtime);
	lead = rig.runtime->rt.lead_due;
	assert_int_equal(lead, 1);
	for (unsigned n = 0; jack < 28000; n++) {
		uint32_t frames = cycles[n / 5 % 6];
		uint64_t before = own;

		for (uint32_t i = 0; i < frames; i++) {
			port[0][i] = port[1][i] = (float)(jack + i + 1) / 32768;
		}
		capture(&rig, frames);
		jack += frames;
		own = jack * guest_hz / jack_hz;
		frontend_interrupt(&rig.fe);
		assert_int_equal(rig.fe.last_frames, own + lead);
		for (uint64_t i = before; i < own; i++) {
			double wanted = (double)i * jack_hz / guest_hz - delay + 1;
			int16_t *frame = rig.ring + (i + lead) % ring * 2;

			assert_int_equal(frame[0], frame[1]);
			if (wanted > delay) {
				worst = fmax(worst, fabs(frame[0] - wanted));
			}
		}
		stream_trigger_ack(rig.runtime,
				   (uint32_t)((before + (before ? lead : 0)) % ring) * 4,
				   (uint32_t)(own - before + (before ? 0 : lead)) * 4);
	}
	assert_int_equal(rt_counter_get(&rig.strip.overruns), 0);
	printf("%u <- %u: off the line by %.4f of a bit at most\n", guest_hz, jack_hz, worst);
	/* The output is rounded to integers. */
	assert_true(worst < 1.0);
	close_rated(&rig);
}

static void test_records_every_frame(void **state)
{
	(void)state;
	record_through(44100, 48000, 4096, 1024);
	record_through(48000, 44100, 5000, 1250);
	record_through(8000, 48000, 2048, 512);
	record_through(96000, 44100, 16384, 4096);
}

static unsigned wakeups(enum pcm_dir dir, uint32_t guest_hz, uint32_t jack_hz, uint32_t period,
			uint32_t cycle, unsigned cycles)
{
	uint64_t appl = 0;
	struct rig rig;
	unsigned elapsed;

	open_rated(&rig, dir, guest_hz, jack_hz, 4 * period, period);
	memset(port, 0, sizeof(port));
	appl = dir == PCM_PLAYBACK ? refill(&rig, appl) : 0;
	stream_trigger_start(rig.runtime);
	for (unsigned n = 0; n < cycles; n++) {
		if (dir == PCM_PLAYBACK) {
			play(&rig, cycle);
		} else {
			capture(&rig, cycle);
		}
		frontend_interrupt(&rig.fe);
		appl = dir == PCM_PLAYBACK ? refill(&rig, appl) : 0;
	}
	elapsed = rig.fe.elapsed;
	close_rated(&rig);
	return elapsed;
}

static void test_wakes_every_period(void **state)
{
	(void)state;
	assert_int_equal(wakeups(PCM_PLAYBACK, 48000, 96000, 256, 512, 100), 100);
	assert_int_equal(wakeups(PCM_CAPTURE, 48000, 96000, 256, 512, 100), 100);
	assert_int_equal(wakeups(PCM_PLAYBACK, 44100, 48000, 147, 160, 100), 100);
	/* Periods that are not a whole number of cycles: as many as fit. */
	assert_int_equal(wakeups(PCM_PLAYBACK, 44100, 48000, 1024, 256, 1000), 229);
	assert_int_equal(wakeups(PCM_CAPTURE, 44100, 48000, 1024, 256, 1000), 229);
}

/* A guest stops when its last frame counts as played: it must have been on the port by then. */
static void test_last_frame_is_heard(void **state)
{
	(void)state;
	for (uint32_t written = 1; written <= 700; written += 3) {
		uint64_t told = 0;
		float loudest = 0;
		struct rig rig;

		open_rated(&rig, PCM_PLAYBACK, 44100, 48000, 1000, 250);
		rig_write(&rig, 0, written, 1);
		memset(rig.ring, 0, (written - 1) * 4);
		rig.ring[2 * (written - 1)] = rig.ring[2 * (written - 1) + 1] = 16384;
		stream_trigger_start(rig.runtime);
		while (rig.fe.last_frames < written) {
			play(&rig, 64);
			frontend_interrupt(&rig.fe);
			assert_true(rig.fe.last_frames >= told);
			assert_true(rig.fe.last_frames < told + 1000);
			told = rig.fe.last_frames;
			for (uint32_t i = 0; i < 64; i++) {
				loudest = fmaxf(loudest, port[0][i]);
			}
		}
		/* The impulse's centre may lie between two of JACK's frames. */
		assert_true(loudest > 0.25f);
		stream_trigger_stop(rig.runtime);
		frontend_interrupt(&rig.fe);
		assert_int_equal(rig.fe.hw, 0);
		close_rated(&rig);
	}
}

/* Frames in the resampler at STOP are not heard after the next START. */
static void test_starts_anew(void **state)
{
	struct rig rig;

	(void)state;
	open_rated(&rig, PCM_PLAYBACK, 44100, 48000, 4000, 1000);
	for (unsigned round = 0; round < 5; round++) {
		rig_write(&rig, 0, 4000, 20000);
		stream_trigger_start(rig.runtime);
		for (unsigned n = 0; n < 5 + round; n++) {
			play(&rig, 256);
			frontend_interrupt(&rig.fe);
		}
		assert_true(port[0][255] > 0.5f);
		stream_trigger_stop(rig.runtime);
		frontend_interrupt(&rig.fe);
		assert_int_equal(rig.fe.hw, 0);
		/* The stream is drained: nothing was written since. */
		stream_trigger_start(rig.runtime);
		for (unsigned n = 0; n < 5; n++) {
			play(&rig, 256);
			for (uint32_t i = 0; i < 256; i++) {
				assert_true(port[0][i] == 0.0f);
			}
			frontend_interrupt(&rig.fe);
		}
		stream_trigger_stop(rig.runtime);
		frontend_interrupt(&rig.fe);
	}
	close_rated(&rig);
}

/* Rings too small for the cycles: the guest hears gaps, but keeps up. */
static void small_ring(enum pcm_dir dir, uint32_t guest_hz, uint32_t ring, uint32_t cycle)
{
	uint64_t told = 0;
	struct rig rig;

	open_rated(&rig, dir, guest_hz, 48000, ring, ring);
	memset(port, 0, sizeof(port));
	stream_trigger_start(rig.runtime);
	for (unsigned n = 0; n < 200; n++) {
		if (dir == PCM_PLAYBACK) {
			play(&rig, cycle);
		} else {
			capture(&rig, cycle);
		}
		frontend_interrupt(&rig.fe);
		assert_true(rig.fe.last_frames >= told && rig.fe.last_frames - told < ring);
		told = rig.fe.last_frames;
		if (n % 3 == 0) {
			stream_trigger_ack(rig.runtime, 0, 16);
		}
	}
	assert_true(told > ring);
	close_rated(&rig);
}

static void test_small_rings(void **state)
{
	static const uint32_t rings[] = { 16, 37, 100, 1000 }, cycles[] = { 16, 333, 8192 };

	(void)state;
	for (unsigned r = 0; r < 4; r++) {
		for (unsigned c = 0; c < 3; c++) {
			small_ring(PCM_PLAYBACK, 44100, rings[r], cycles[c]);
			small_ring(PCM_CAPTURE, 44100, rings[r], cycles[c]);
			small_ring(PCM_PLAYBACK, 192000, rings[r], cycles[c]);
			small_ring(PCM_CAPTURE, 192000, rings[r], cycles[c]);
		}
	}
}

/* A volume works in both directions. */
static void test_gain(void **state)
{
	const int32_t volume_mdb[2] = { -6000, 0 };
	struct rig rig;

	(void)state;
	open_rated(&rig, PCM_CAPTURE, 44100, 48000, 4096, 1024);
	gain_set_volume(&rig.runtime->gain, volume_mdb);
	gain_settle(&rig.runtime->gain);
	stream_trigger_start(rig.runtime);
	for (uint32_t i = 0; i < CYCLE_MAX; i++) {
		port[0][i] = port[1][i] = 0.5f;
	}
	for (unsigned n = 0; n < 10; n++) {
		capture(&rig, 256);
	}
	assert_in_range(rig.ring[2 * 2000], 8211 - 2, 8211 + 2);
	assert_in_range(rig.ring[2 * 2000 + 1], 16384 - 2, 16384 + 2);
	close_rated(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_frame_in_its_place),
		cmocka_unit_test(test_records_every_frame),
		cmocka_unit_test(test_wakes_every_period),
		cmocka_unit_test(test_last_frame_is_heard),
		cmocka_unit_test(test_starts_anew),
		cmocka_unit_test(test_small_rings),
		cmocka_unit_test(test_gain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
