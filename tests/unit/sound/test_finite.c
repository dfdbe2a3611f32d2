/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever floats a guest plays, ports carry finite ones; and all that are finite are exact. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/sound/frontend.h"

#define RING 4096u
#define CYCLE 256u

static struct rig rig;
static float port[CYCLE];

/* A rig whose stream is mono of 32-bit floats: as long as a stereo one of s16. */
static int set_up(void **state)
{
	const struct stream_params params = {
		.format = PCM_FLOAT_LE,
		.channels = 1,
		.ring_bytes = RING * sizeof(float),
		.period_bytes = RING / 4 * sizeof(float),
	};

	(void)state;
	rig_open(&rig, PCM_PLAYBACK, 2, RING, RING / 4);
	stream_setup_init(rig.runtime, PCM_PLAYBACK, &params, rig.ring, &rig.evt, &rig.strip);
	stream_trigger_open(rig.runtime, 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	resamp_destroy(rig.runtime->resamp);
	rig_close(&rig);
	return 0;
}

/* Fills the ring with these samples, over and over, and starts. */
static void write_floats(const float *samples, unsigned count)
{
	for (unsigned i = 0; i < RING; i++) {
		memcpy((char *)rig.ring + i * sizeof(float), &samples[i % count], sizeof(float));
	}
	stream_trigger_ack(rig.runtime, 0, RING * sizeof(float));
	stream_trigger_start(rig.runtime);
}

static void play(void)
{
	float *out[1] = { port };

	for (unsigned i = 0; i < CYCLE; i++) {
		port[i] = NAN;
	}
	stream_rt_playback(rig.runtime, out, CYCLE);
}

static const float samples[] = { FLT_MAX, -FLT_MAX, 3e38f, 1.07e38f, 1.08e38f,
				 -1e38f,  0.5f,	    -0.0f, 1e-40f,   -1e-45f,
				 1.0f,	  -0.25f,   2e38f, -2e38f,   FLT_MIN / 2 };
#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

static void test_untouched(void **state)
{
	(void)state;
	write_floats(samples, SAMPLES);
	for (unsigned n = 0; n < RING / CYCLE - 1; n++) {
		play();
		for (unsigned i = 0; i < CYCLE; i++) {
			assert_memory_equal(&port[i], &samples[(n * CYCLE + i) % SAMPLES],
					    sizeof(float));
		}
	}
}

/* At +10 dB, a product that is too large is silence; every other has its bits. */
static void test_volume(void **state)
{
	const int32_t volume_mdb = GAIN_MDB_MAX;
	unsigned silenced = 0;
	float amplitude;

	(void)state;
	gain_set_volume(&rig.runtime->gain, &volume_mdb);
	gain_settle(&rig.runtime->gain);
	amplitude = rig.runtime->gain.rt.ramps[0].to;
	assert_float_equal(amplitude, 3.1623f, 0.001f);
	meter_want(&rig.strip.meter, true);
	write_floats(samples, SAMPLES);
	for (unsigned n = 0; n < RING / CYCLE - 1; n++) {
		play();
		for (unsigned i = 0; i < CYCLE; i++) {
			float wanted = samples[(n * CYCLE + i) % SAMPLES] * amplitude;

			if (!isfinite(wanted)) {
				wanted = 0.0f;
				silenced++;
			}
			assert_memory_equal(&port[i], &wanted, sizeof(float));
		}
	}
	assert_true(silenced > RING / 4);
	assert_true(isfinite(meter_take_peak(&rig.strip.meter, 0)));
}

/* On the way down from +10 dB, too, to the cycle in which the ramp ends; whatever its length. */
static void test_ramp_down(void **state)
{
	static const int32_t volumes_mdb[] = { GAIN_MDB_MAX, -6000 };
	static const float loud[] = { FLT_MAX, -FLT_MAX };

	(void)state;
	gain_set_volume(&rig.runtime->gain, &volumes_mdb[0]);
	gain_settle(&rig.runtime->gain);
	write_floats(loud, 2);
	gain_set_volume(&rig.runtime->gain, &volumes_mdb[1]);
	for (unsigned frames = 0; frames < 2 * GAIN_RAMP_FRAMES; frames += 200) {
		float *out[1] = { port };

		stream_rt_playback(rig.runtime, out, 200);
		for (unsigned i = 0; i < 200; i++) {
			assert_true(isfinite(port[i]));
		}
	}
	assert_true(fabsf(port[0]) < FLT_MAX && fabsf(port[0]) > 0.5f * FLT_MAX);
	assert_false(rig.runtime->gain.rt.boosts);
}

/* And on the way up to it. */
static void test_ramp_up(void **state)
{
	static const float loud[] = { 0.5f * FLT_MAX };
	static const int32_t volume_mdb = GAIN_MDB_MAX;
	unsigned silenced = 0;

	(void)state;
	write_floats(loud, 1);
	gain_set_volume(&rig.runtime->gain, &volume_mdb);
	for (unsigned n = 0; n < RING / CYCLE - 1; n++) {
		play();
		for (unsigned i = 0; i < CYCLE; i++) {
			assert_true(isfinite(port[i]));
			silenced += port[i] == 0.0f;
		}
	}
	assert_true(silenced > RING / 2);
}

/* The sums of a resampler overshoot; and then a volume is 0 or less than 1, and a ramp to it. */
static void test_resampled(void **state)
{
	static const float square[] = {
		FLT_MAX,  FLT_MAX,  FLT_MAX,  FLT_MAX,	FLT_MAX,  FLT_MAX,
		-FLT_MAX, -FLT_MAX, -FLT_MAX, -FLT_MAX, -FLT_MAX, -FLT_MAX
	};
	static const int32_t volumes_mdb[] = { 0, -10000, GAIN_MDB_MIN };
	unsigned heard = 0;

	(void)state;
	rig.runtime->resamp = resamp_create(RESAMP_YES, true, 1, 44100, 48000);
	assert_non_null(rig.runtime->resamp);
	write_floats(square, 12);
	for (unsigned n = 0; n < RING / CYCLE - 1; n++) {
		if (n % 4 == 0) {
			gain_set_volume(&rig.runtime->gain, &volumes_mdb[n / 4 % 3]);
		}
		play();
		for (unsigned i = 0; i < CYCLE; i++) {
			assert_true(isfinite(port[i]));
			heard += port[i] != 0.0f;
		}
	}
	assert_true(heard > RING / 4);
}

#define FINITE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FINITE(test_untouched), FINITE(test_volume),	FINITE(test_ramp_down),
		FINITE(test_ramp_up),	FINITE(test_resampled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
