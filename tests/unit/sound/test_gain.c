/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Volume and mute on samples: what is untouched, what ramps, whatever the cycles. */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/sound/frontend.h"

#define FRAMES 8192u
#define RAMP GAIN_RAMP_FRAMES

static float sound[2][FRAMES];

static void fill(float value)
{
	for (unsigned i = 0; i < FRAMES; i++) {
		sound[0][i] = sound[1][i] = value;
	}
}

static void scale(struct gain *gain, uint32_t at, uint32_t frames)
{
	float *const places[2] = { sound[0] + at, sound[1] + at };

	if (gain_active(gain)) {
		gain_scale(gain, places, (const float *const *)places, 0, frames);
	}
}

static void set(struct gain *gain, int32_t left_mdb, int32_t right_mdb)
{
	gain_set_volume(gain, (const int32_t[]){ left_mdb, right_mdb });
}

static void mute(struct gain *gain, bool left, bool right, bool muted)
{
	gain_mute(gain, (const bool[]){ left, right }, muted);
}

static float amplitude(double db)
{
	return (float)pow(10.0, db / 20.0);
}

/* The greatest difference between neighbouring frames of a channel. */
static float greatest_step(unsigned channel, unsigned from, unsigned to)
{
	float greatest = 0;

	for (unsigned i = from + 1; i < to; i++) {
		greatest = fmaxf(greatest, fabsf(sound[channel][i] - sound[channel][i - 1]));
	}
	return greatest;
}

static void test_unity_touches_nothing(void **state)
{
	/* Bits that arithmetic would change: a signalling NaN, denormals, both zeros. */
	static const uint32_t bits[] = { 0x7f800001, 0x00000001, 0x807fffff, 0x80000000, 0 };
	uint32_t *words = (uint32_t *)sound[0];
	struct gain gain;

	(void)state;
	gain_init(&gain, 2);
	set(&gain, -6000, -6000);
	fill(1.0f);
	scale(&gain, 0, FRAMES);
	set(&gain, 0, 0);
	scale(&gain, 0, RAMP);
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < FRAMES; i++) {
			words[i] = bits[i % 5] + i / 5 * 7;
		}
		scale(&gain, 0, FRAMES);
		for (unsigned i = 0; i < FRAMES; i++) {
			assert_int_equal(words[i], bits[i % 5] + i / 5 * 7);
		}
		gain_init(&gain, 2);
		assert_false(gain_active(&gain));
	}
}

static void test_ramp(void **state)
{
	static const int32_t volumes[] = { -6000, 10000, -193000, 0, -60000, 6000 };
	struct gain gain;
	float last = 1.0f;

	(void)state;
	gain_init(&gain, 2);
	for (unsigned n = 0; n < sizeof(volumes) / sizeof(*volumes); n++) {
		float to = volumes[n] == -193000 ? 0.0f : amplitude(volumes[n] / 1000.0);

		set(&gain, volumes[n], 0);
		fill(1.0f);
		sound[0][0] = last;
		scale(&gain, 1, FRAMES - 1);
		assert_true(greatest_step(0, 0, RAMP + 1) <=
			    fabsf(to - last) / (float)RAMP * 1.01f + 1e-6f);
		assert_true(sound[0][RAMP - 1] != sound[0][RAMP]);
		assert_true(fabsf(sound[0][RAMP] - to) <= to * 1e-6f);
		assert_true(sound[0][RAMP] == sound[0][FRAMES - 1]);
		assert_true(greatest_step(1, 0, FRAMES) == 0.0f);
		last = sound[0][FRAMES - 1];
	}
}

static void test_ends_of_the_scale(void **state)
{
	struct gain gain;
	int32_t got[2];

	(void)state;
	gain_init(&gain, 2);
	set(&gain, INT32_MAX, INT32_MIN);
	gain_get_volume(&gain, got);
	assert_int_equal(got[0], GAIN_MDB_MAX);
	assert_int_equal(got[1], GAIN_MDB_MIN);
	fill(1.0f);
	scale(&gain, 0, FRAMES);
	assert_true(fabsf(sound[0][RAMP] - amplitude(10.0)) < 1e-6f);
	assert_true(sound[1][RAMP] == 0.0f);
	/* Silence stays silence, whatever the samples. */
	sound[1][0] = INFINITY;
	sound[1][1] = NAN;
	scale(&gain, 0, 2);
	assert_true(sound[1][0] == 0.0f && sound[1][1] == 0.0f);
	/* The quietest volume that is not silence. */
	set(&gain, 0, GAIN_MDB_MIN + 1);
	fill(1.0f);
	scale(&gain, 0, FRAMES);
	assert_true(sound[1][FRAMES - 1] > 0.0f && isnormal(sound[1][FRAMES - 1]));
	for (unsigned i = 0; i < RAMP; i++) {
		assert_true(isnormal(sound[1][i]));
	}
}

static void test_new_target_in_mid_ramp(void **state)
{
	struct gain gain;
	float there;

	(void)state;
	gain_init(&gain, 2);
	set(&gain, -193000, -193000);
	fill(1.0f);
	scale(&gain, 0, 300);
	there = sound[0][299];
	assert_true(there > 0.5f && there < 0.7f);
	set(&gain, 6000, -193000);
	scale(&gain, 300, FRAMES - 300);
	assert_true(greatest_step(0, 0, FRAMES) <= 2.0f / (float)RAMP);
	assert_true(sound[0][300] > there);
	assert_true(sound[0][300 + RAMP - 2] < sound[0][300 + RAMP - 1]);
	assert_true(sound[0][300 + RAMP - 1] == sound[0][FRAMES - 1]);
	/* The other channel's target did not change: its ramp went on. */
	assert_true(sound[1][RAMP - 2] > 0.0f && sound[1][RAMP - 1] == 0.0f);
}

static void test_mute_gives_the_volume_back(void **state)
{
	struct gain gain;
	int32_t got[2];
	float before;

	(void)state;
	gain_init(&gain, 2);
	set(&gain, -3000, 0);
	fill(1.0f);
	scale(&gain, 0, FRAMES);
	before = sound[0][FRAMES - 1];
	mute(&gain, true, false, true);
	fill(1.0f);
	scale(&gain, 0, FRAMES);
	assert_true(sound[0][RAMP - 2] > 0.0f && sound[0][RAMP - 1] == 0.0f);
	assert_true(sound[1][RAMP] == 1.0f);
	gain_get_volume(&gain, got);
	assert_int_equal(got[0], -3000);
	/* A volume set while muted applies later; unmuting the other channel changes nothing. */
	set(&gain, -9000, 0);
	mute(&gain, false, true, false);
	fill(1.0f);
	scale(&gain, 0, FRAMES);
	assert_true(sound[0][0] == 0.0f && sound[0][FRAMES - 1] == 0.0f);
	set(&gain, -3000, 0);
	mute(&gain, true, true, false);
	fill(1.0f);
	scale(&gain, 0, FRAMES);
	assert_true(sound[0][RAMP - 1] == before);
	assert_true(greatest_step(0, 0, FRAMES) < 1.0f / (float)RAMP);
}

static void test_settled_at_once(void **state)
{
	struct gain gain;

	(void)state;
	gain_init(&gain, 2);
	mute(&gain, true, true, true);
	gain_settle(&gain);
	fill(1.0f);
	scale(&gain, 0, 1);
	assert_true(sound[0][0] == 0.0f && sound[1][0] == 0.0f);
	mute(&gain, true, true, false);
	gain_settle(&gain);
	assert_false(gain_active(&gain));
}

/* --- with another thread that sets gains */

/* All channels change together: none while some have been set and others not. */
static void test_all_or_none(void **state)
{
	struct gain gain;

	(void)state;
	gain_init(&gain, 2);
	atomic_fetch_add(&gain.targets.changes, 1);
	atomic_store(&gain.targets.channels[0], 0.5f);
	assert_false(gain_active(&gain));
	/* The setter was killed there, and the next one begins anew. */
	set(&gain, GAIN_MDB_MIN, GAIN_MDB_MIN);
	assert_true(gain_active(&gain));
	assert_true(gain.rt.ramps[0].to == 0.0f && gain.rt.ramps[1].to == 0.0f);
}

/* Nor does a level that the operator is setting reach the gain in part. */
static void test_level_all_or_none(void **state)
{
	struct fader fader;
	struct gain gain;

	(void)state;
	fader_init(&fader, 2);
	gain_init(&gain, 2);
	atomic_fetch_add(&fader.amplitudes.changes, 1);
	atomic_store(&fader.amplitudes.channels[0], 0.5f);
	gain_set_level(&gain, &fader);
	set(&gain, 0, 0);
	assert_false(gain_active(&gain));
	fader_set_gain(&fader, FADER_DB_MIN);
	gain_set_level(&gain, &fader);
	assert_true(gain_active(&gain));
	assert_true(gain.rt.ramps[0].to == 0.0f && gain.rt.ramps[1].to == 0.0f);
}

static atomic_bool turning;

/* One thread sets both channels to the same, another never sees them apart. */
static void *turn_both(void *arg)
{
	struct amplitudes *both = arg;

	for (unsigned n = 1; n <= 200000; n++) {
		const float to[2] = { (float)n, (float)n };

		amplitudes_set(both, to, 2);
	}
	turning = false;
	return NULL;
}

static void test_never_apart(void **state)
{
	static struct amplitudes both;
	float got[2] = { 0.0f, 0.0f }, last = 0.0f;
	uint32_t changes;
	pthread_t thread;
	bool went_on;

	(void)state;
	turning = true;
	assert_int_equal(pthread_create(&thread, NULL, turn_both, &both), 0);
	do {
		went_on = turning;
		if (amplitudes_get(&both, got, 2, &changes)) {
			assert_true(got[0] == got[1] && got[0] >= last);
			assert_true((float)(changes / 2) == got[0]);
			last = got[0];
		}
	} while (went_on);
	pthread_join(thread, NULL);
	assert_true(amplitudes_get(&both, got, 2, &changes) && got[1] == 200000.0f);
}

static void *turn(void *arg)
{
	struct gain *gain = arg;
	unsigned seed = 1;

	for (unsigned n = 0; n < 20000; n++) {
		int32_t volume = (int32_t)(rand_r(&seed) % 40000) - 30000;

		set(gain, volume, -volume);
		mute(gain, rand_r(&seed) % 2, rand_r(&seed) % 2, rand_r(&seed) % 2);
	}
	mute(gain, true, true, false);
	set(gain, -6000, GAIN_MDB_MIN);
	turning = false;
	return NULL;
}

static void test_set_while_it_runs(void **state)
{
	const float most = amplitude(10.0) / (float)RAMP * 1.01f;
	float last[2] = { 1.0f, 1.0f };
	struct gain gain;
	pthread_t thread;
	bool went_on;

	(void)state;
	gain_init(&gain, 2);
	turning = true;
	assert_int_equal(pthread_create(&thread, NULL, turn, &gain), 0);
	do {
		went_on = turning;
		for (unsigned c = 0; c < 2; c++) {
			sound[c][0] = last[c];
			for (unsigned i = 1; i <= RAMP; i++) {
				sound[c][i] = 1.0f;
			}
		}
		for (unsigned i = 1; i < RAMP; i += 64) {
			scale(&gain, i, 64);
		}
		for (unsigned c = 0; c < 2; c++) {
			assert_true(greatest_step(c, 0, RAMP + 1) <= most);
			last[c] = sound[c][RAMP];
		}
	} while (went_on);
	pthread_join(thread, NULL);
	assert_true(fabsf(last[0] - amplitude(-6.0)) < 1e-6f);
	assert_true(last[1] == 0.0f);
}

/* --- through a stream */

/* Runs a stream in cycles of this length, with two volume changes; the output goes to `to`. */
static void run_stream(enum pcm_dir dir, uint32_t cycle, int16_t *to)
{
	const int32_t volumes[] = { -20000, 3000 };
	struct rig rig;

	rig_open(&rig, dir, 1, 2 * FRAMES, 2 * FRAMES);
	if (dir == PCM_PLAYBACK) {
		rig_write(&rig, 0, 2 * FRAMES, 1000);
	}
	stream_trigger_start(rig.runtime);
	for (uint32_t at = 0; at < FRAMES; at += cycle) {
		float *out[1] = { sound[0] };
		const float *in[1] = { sound[0] };

		if (at == 0 || at == 4096) {
			gain_set_volume(&rig.runtime->gain, &volumes[at != 0]);
		}
		if (dir == PCM_PLAYBACK) {
			stream_rt_playback(rig.runtime, out, cycle);
			for (uint32_t i = 0; i < cycle; i++) {
				to[at + i] = (int16_t)lrintf(sound[0][i] * 32768.0f);
			}
			continue;
		}
		for (uint32_t i = 0; i < cycle; i++) {
			sound[0][i] = (float)(1000 + at + i) / 32768.0f;
		}
		stream_rt_capture(rig.runtime, in, cycle);
		for (uint32_t i = 0; i < cycle; i++) {
			assert_true(sound[0][i] == (float)(1000 + at + i) / 32768.0f);
		}
	}
	if (dir == PCM_CAPTURE) {
		memcpy(to, rig.ring + 1, FRAMES * sizeof(*to));
	}
	rig_close(&rig);
}

static void test_cycles_do_not_matter(void **state)
{
	static const uint32_t cycles[] = { 16, 64, 128, 1024, 4096 };
	static int16_t first[FRAMES], other[FRAMES], captured[FRAMES];

	(void)state;
	run_stream(PCM_PLAYBACK, 32, first);
	assert_int_equal(first[4095], lrint(5095 * 0.1));
	assert_int_equal(first[FRAMES - 1], lrint((1000 + FRAMES - 1) * pow(10, 0.15)));
	for (unsigned n = 0; n < sizeof(cycles) / sizeof(*cycles); n++) {
		run_stream(PCM_PLAYBACK, cycles[n], other);
		assert_memory_equal(first, other, sizeof(first));
		run_stream(PCM_CAPTURE, cycles[n], captured);
		assert_memory_equal(first, captured, sizeof(first));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unity_touches_nothing),
		cmocka_unit_test(test_ramp),
		cmocka_unit_test(test_ends_of_the_scale),
		cmocka_unit_test(test_new_target_in_mid_ramp),
		cmocka_unit_test(test_mute_gives_the_volume_back),
		cmocka_unit_test(test_settled_at_once),
		cmocka_unit_test(test_all_or_none),
		cmocka_unit_test(test_level_all_or_none),
		cmocka_unit_test(test_never_apart),
		cmocka_unit_test(test_set_while_it_runs),
		cmocka_unit_test(test_cycles_do_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
