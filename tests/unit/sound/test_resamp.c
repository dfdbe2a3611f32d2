/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The resampler: exact frame counts, whatever the cycles; the delay, to the frame; and its effect
 * on a sine. docs/resampling.md has the numbers that this prints.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "src/sound/resamp.h"

#define CHUNK 256u

static const char *const names[] = { "no", "fast", "yes", "best" };

/* Frames in and out of a mono resampler over a number of cycles, as a stream moves them. */
struct run {
	float *in, *out;
	uint32_t in_frames, out_frames;
};

static void run_init(struct run *run, uint32_t in_frames, uint32_t out_frames)
{
	run->in = calloc(in_frames, sizeof(float));
	run->out = calloc(out_frames, sizeof(float));
	run->in_frames = in_frames;
	run->out_frames = out_frames;
}

static void run_finish(struct run *run)
{
	free(run->in);
	free(run->out);
}

/* One cycle: puts in its input in chunks and takes its output; both must pass completely. */
static void cycle(struct resamp *resamp, const struct run *run, uint32_t at_in, uint32_t n_in,
		  uint32_t at_out, uint32_t n_out)
{
	const float *in = run->in;
	float *out = run->out;
	uint32_t done = 0;

	do {
		uint32_t n = n_in < CHUNK ? n_in : CHUNK;

		resamp_push(resamp, &in, at_in, n);
		done += resamp_pull(resamp, &out, at_out + done, n_out - done);
		at_in += n;
		n_in -= n;
	} while (n_in);
	assert_int_equal(done, n_out);
}

/* Runs cycles of this many JACK frames until input or output is used up. */
static void run_cycles(struct resamp *resamp, bool playback, const struct run *run,
		       uint32_t jack_frames)
{
	uint32_t at_in = 0, at_out = 0;

	for (;;) {
		uint32_t guest_frames = resamp_advance(resamp, jack_frames);
		uint32_t n_in = playback ? guest_frames : jack_frames;
		uint32_t n_out = playback ? jack_frames : guest_frames;

		if (at_in + n_in > run->in_frames || at_out + n_out > run->out_frames) {
			return;
		}
		cycle(resamp, run, at_in, n_in, at_out, n_out);
		at_in += n_in;
		at_out += n_out;
	}
}

/* --- counts */

/* Any two rates, cycles of any lengths: everything passes, and the total is exact. */
static void exact(enum resamp_quality quality, bool playback, uint32_t guest_hz, uint32_t jack_hz)
{
	static const uint32_t cycles[] = { 1, 16, 17, 64, 1024, 8192, 3, 256 };
	struct resamp *resamp = resamp_create(quality, playback, 3, guest_hz, jack_hz);
	uint64_t jack = 0, guest = 0;
	struct run run;

	assert_non_null(resamp);
	for (unsigned n = 0; n < 60; n++) {
		uint32_t jack_frames = cycles[(n / 3 + (unsigned)rand()) % 8];
		uint32_t guest_frames = resamp_advance(resamp, jack_frames);
		uint32_t n_in = playback ? guest_frames : jack_frames;
		uint32_t n_out = playback ? jack_frames : guest_frames;
		uint32_t done = 0, left = n_in;

		jack += jack_frames;
		guest += guest_frames;
		assert_int_equal(guest, jack * guest_hz / jack_hz);
		run_init(&run, n_in + 1, n_out + 1);
		do {
			uint32_t part = left < CHUNK ? left : CHUNK;
			const float *in[3] = { run.in, run.in, run.in };
			float *out[3] = { run.out, run.out, run.out };

			resamp_push(resamp, in, n_in - left, part);
			done += resamp_pull(resamp, out, done, n_out - done);
			left -= part;
		} while (left);
		assert_int_equal(done, n_out);
		run_finish(&run);
	}
	resamp_destroy(resamp);
}

static void test_exact(void **state)
{
	static const uint32_t jack_hz[] = { 22050, 44100, 48000, 88200, 96000, 192000 };

	(void)state;
	srand(1);
	for (const uint32_t *rate = resamp_rates_hz; *rate; rate++) {
		for (unsigned i = 0; i < 6; i++) {
			exact(RESAMP_FAST, true, *rate, jack_hz[i]);
			exact(RESAMP_FAST, false, *rate, jack_hz[i]);
		}
	}
	exact(RESAMP_YES, true, 44100, 48000);
	exact(RESAMP_BEST, false, 44100, 48000);
	exact(RESAMP_BEST, true, 192000, 8000);
	exact(RESAMP_BEST, true, 8000, 192000);
	exact(RESAMP_YES, false, 5512, 768000);
}

/* --- sound */

struct pair {
	uint32_t from_hz, to_hz;
};

static const struct pair pairs[] = {
	{ 44100, 48000 }, { 48000, 44100 }, { 48000, 96000 },
	{ 8000, 48000 },  { 96000, 48000 }, { 48000, 8000 },
};

#define PAIRS (sizeof(pairs) / sizeof(*pairs))
#define SOUND_PAIRS 4u /* the first ones, whose sound docs/resampling.md describes */

/* Makes a resampler from one rate to the other, for playback or capture. */
static struct resamp *make(enum resamp_quality quality, bool playback, struct pair pair)
{
	struct resamp *resamp = resamp_create(quality, playback, 1,
					      playback ? pair.from_hz : pair.to_hz,
					      playback ? pair.to_hz : pair.from_hz);

	assert_non_null(resamp);
	return resamp;
}

/* The centre of an impulse at input frame `at`, in output frames. */
static double impulse(struct resamp *resamp, bool playback, struct pair pair, uint32_t at)
{
	uint32_t seconds_in = pair.from_hz, seconds_out = pair.to_hz;
	double weight = 0, moment = 0;
	struct run run;

	resamp_restart(resamp);
	run_init(&run, seconds_in, seconds_out);
	run.in[at] = 1;
	run_cycles(resamp, playback, &run, 256);
	for (uint32_t i = 0; i < run.out_frames; i++) {
		double energy = (double)run.out[i] * (double)run.out[i];

		weight += energy;
		moment += energy * i;
	}
	run_finish(&run);
	return moment / weight;
}

static void test_delay(void **state)
{
	(void)state;
	for (unsigned p = 0; p < PAIRS; p++) {
		for (int q = RESAMP_FAST; q <= RESAMP_BEST; q++) {
			for (int playback = 0; playback < 2; playback++) {
				struct pair pair = pairs[p];
				struct resamp *resamp = make((enum resamp_quality)q, playback,
							     pair);
				double ratio = (double)pair.to_hz / pair.from_hz;
				double jack = playback ? 1 : 1 / ratio;
				uint32_t delay = resamp_delay_frames(resamp);
				/* Its offset from where the rates alone would put it. */
				double seen = impulse(resamp, playback, pair, 1000) - 1000 * ratio;

				printf("%u -> %u, %s, %s: stated %u frames of JACK, seen %.2f\n",
				       pair.from_hz, pair.to_hz, names[q],
				       playback ? "playback" : "capture", delay, seen * jack);
				/* The delay is stated in whole frames. */
				assert_true(fabs(seen * jack - delay) < 0.51);
				resamp_destroy(resamp);
			}
		}
	}
}

/* A sine after resampling. */
struct sine {
	double amplitude;
	double harmonics; /* power of harmonics 2 to 9 */
	double rest;	  /* power of everything else */
};

/* Subtracts the sine of `hz` from samples that hold whole periods of it; returns its amplitude. */
static double extract(double *x, uint32_t n, double hz, uint32_t rate_hz)
{
	double c = 0, s = 0;

	for (uint32_t i = 0; i < n; i++) {
		double turn = 2 * M_PI * fmod(hz * i / rate_hz, 1);

		c += 2 * x[i] * cos(turn) / n;
		s += 2 * x[i] * sin(turn) / n;
	}
	for (uint32_t i = 0; i < n; i++) {
		double turn = 2 * M_PI * fmod(hz * i / rate_hz, 1);

		x[i] -= c * cos(turn) + s * sin(turn);
	}
	return hypot(c, s);
}

/*
 * Resamples a sine of -1 dB and analyses 1 / parts of a second of the output. `hz` must be a
 * multiple of 10 and `parts` a divisor of 10, so that this is a whole number of periods.
 */
static struct sine measure(struct resamp *resamp, struct pair pair, double hz, unsigned parts,
			   bool whole)
{
	uint32_t n = pair.to_hz / parts, settle = pair.to_hz / 5;
	double *x = calloc(n, sizeof(*x));
	struct sine sine = { 0 };
	struct run run;

	resamp_restart(resamp);
	run_init(&run, pair.from_hz * 2, settle + n + 1024);
	for (uint32_t i = 0; i < run.in_frames; i++) {
		run.in[i] = (float)(0.891 * sin(2 * M_PI * fmod(hz * i / pair.from_hz, 1)));
	}
	run_cycles(resamp, true, &run, 256);
	for (uint32_t i = 0; i < n; i++) {
		x[i] = run.out[settle + i];
	}
	run_finish(&run);
	sine.amplitude = extract(x, n, hz, pair.to_hz);
	for (unsigned h = 2; whole && h < 10 && h * hz < pair.to_hz / 2.0; h++) {
		double a = extract(x, n, h * hz, pair.to_hz);

		sine.harmonics += a * a / 2;
	}
	for (uint32_t i = 0; i < n; i++) {
		sine.rest += x[i] * x[i] / n;
	}
	free(x);
	return sine;
}

static double db(double power)
{
	return 10 * log10(power);
}

/* The frequency at which a sine loses this many dB, as a fraction of half the lower rate. */
static double corner(struct resamp *resamp, struct pair pair, double loss_db)
{
	double nyquist = (pair.from_hz < pair.to_hz ? pair.from_hz : pair.to_hz) / 2.0;
	double low = 0.5, high = 1.1;

	for (unsigned n = 0; n < 9; n++) {
		double middle = (low + high) / 2;
		double hz = floor(middle * nyquist / 20) * 20;
		double gain = measure(resamp, pair, hz, 10, false).amplitude / 0.891;

		if (2 * db(gain) < -loss_db) {
			high = middle;
		} else {
			low = middle;
		}
	}
	return low;
}

/* Requirements: the measured values, with a margin of some dB. */
static const struct {
	double snr_db, high_snr_db, thdn_db, flat;
} wanted[] = {
	[RESAMP_FAST] = { 100, 95, -100, 0.71 },
	[RESAMP_YES] = { 130, 118, -130, 0.86 },
	[RESAMP_BEST] = { 143, 139, -143, 0.94 },
};

static void check_sound(struct resamp *resamp, struct pair pair, int quality)
{
	double nyquist = (pair.from_hz < pair.to_hz ? pair.from_hz : pair.to_hz) / 2.0;
	struct sine sine = measure(resamp, pair, 1000, 1, true);
	struct sine high = measure(resamp, pair, floor(0.65 * nyquist / 10) * 10, 1, false);
	double signal = sine.amplitude * sine.amplitude / 2;
	double snr = db(signal / sine.rest);
	double high_snr = db(high.amplitude * high.amplitude / 2 / high.rest);
	double thdn = db((sine.rest + sine.harmonics) / signal);
	double flat = corner(resamp, pair, 0.1), half = corner(resamp, pair, 3);

	printf("%u -> %u, %s: SNR %.1f dB at 1 kHz, %.1f dB at 65 %%, THD+N %.1f dB, "
	       "-0.1 dB at %.1f %%, -3 dB at %.1f %%, gain %.4f dB\n",
	       pair.from_hz, pair.to_hz, names[quality], snr, high_snr, thdn, 100 * flat,
	       100 * half, 2 * db(sine.amplitude / 0.891));
	assert_true(snr > wanted[quality].snr_db);
	assert_true(high_snr > wanted[quality].high_snr_db);
	assert_true(thdn < wanted[quality].thdn_db);
	assert_true(flat > wanted[quality].flat);
}

static void test_sound(void **state)
{
	(void)state;
	for (unsigned p = 0; p < SOUND_PAIRS; p++) {
		for (int q = RESAMP_FAST; q <= RESAMP_BEST; q++) {
			struct resamp *resamp = make((enum resamp_quality)q, true, pairs[p]);

			check_sound(resamp, pairs[p], q);
			resamp_destroy(resamp);
		}
	}
}

/* In proportion to channels and to the higher rate, in either direction. */
static void test_cost(void **state)
{
	(void)state;
	assert_int_equal(resamp_cost_ppm(RESAMP_FAST, 2, 44100, 48000), 7200);
	assert_int_equal(resamp_cost_ppm(RESAMP_YES, 2, 44100, 48000), 14400);
	assert_int_equal(resamp_cost_ppm(RESAMP_BEST, 2, 44100, 48000), 48000);
	assert_int_equal(resamp_cost_ppm(RESAMP_YES, 32, 48000, 44100), 230400);
	assert_int_equal(resamp_cost_ppm(RESAMP_YES, 2, 192000, 48000), 57600);
	/* Beyond 32 bits. */
	assert_int_equal(resamp_cost_ppm(RESAMP_BEST, 64, 8000, 768000), 24576000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cost),
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_delay),
		cmocka_unit_test(test_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
