/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A test sound for resamplers, and its judge: two channels of floats with an impulse, a sine, and
 * another impulse SECONDS after the first.
 *
 *   sine gen -r RATE -t SECONDS > FILE
 *   sine judge -r RATE -t SECONDS [-d DB] FILE
 *
 * Whole seconds are whole frames at any rate, so both impulses must come out alike, and exactly
 * this far apart; otherwise, frames were lost or repeated. The whole sine between them is compared
 * with its best fit. `judge` prints one JSON line. Exit status 0: the impulses are alike and as far
 * apart as they should be, and the sines are DB above the rest (default 120); 1: not; 2: could not
 * run.
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHANNELS 2
#define SINE_PEAK 0.891 /* -1 dB, as in docs/resampling.md */
#define IMPULSE_PEAK 0.8
#define LOUD 0.02
/* An impulse is louder than LOUD for less than this, whatever filter it passed. */
#define IMPULSE_FRAMES 100
/* After this, nothing is left of a filter's response. */
#define MARGIN_FRAMES 1000
/* Alike impulses differ by less than this. */
#define ALIKE 1e-4

static const int sines_hz[CHANNELS] = { 1000, 440 }; /* whole periods in a twentieth of a second */

struct options {
	long rate_hz, seconds;
	double least_db;
	const char *file;
};

/* Silence before the first impulse, on either side of the sine; three times as much at the end. */
static long rest_frames(const struct options *o)
{
	return o->rate_hz / 10;
}

static double sound(const struct options *o, long frame, int channel)
{
	long rest = rest_frames(o), place = frame - rest, distance = o->seconds * o->rate_hz;

	if (place == 0 || place == distance) {
		return IMPULSE_PEAK;
	}
	if (place <= rest || place >= distance - rest) {
		return 0;
	}
	return SINE_PEAK * sin(2 * M_PI * sines_hz[channel] * (double)place / (double)o->rate_hz);
}

static int generate(const struct options *o)
{
	long frames = o->seconds * o->rate_hz + 4 * rest_frames(o) + 1;

	for (long i = 0; i < frames; i++) {
		float frame[CHANNELS];

		for (int c = 0; c < CHANNELS; c++) {
			frame[c] = (float)sound(o, i, c);
		}
		fwrite(frame, sizeof(frame), 1, stdout);
	}
	return ferror(stdout) || fflush(stdout) ? 2 : 0;
}

/* --- what was heard */

/* One channel. */
struct heard {
	const float *data; /* of this channel, CHANNELS apart */
	long frames;
	long first, last; /* the impulses */
	double alike;	  /* their largest difference */
	double amplitude, db;
};

static double at(const struct heard *heard, long frame)
{
	return frame >= 0 && frame < heard->frames ? (double)heard->data[frame * CHANNELS] : 0;
}

/* The peak of the impulse that begins at `start`. */
static long peak(const struct heard *heard, long start)
{
	long best = start;

	for (long i = start; i < start + IMPULSE_FRAMES; i++) {
		if (fabs(at(heard, i)) > fabs(at(heard, best))) {
			best = i;
		}
	}
	return best;
}

static bool find_impulses(struct heard *heard)
{
	long start = 0, end = heard->frames - 1;

	while (start <= end && fabs(at(heard, start)) < LOUD) {
		start++;
	}
	while (end > start && fabs(at(heard, end)) < LOUD) {
		end--;
	}
	heard->first = peak(heard, start);
	heard->last = peak(heard, end - IMPULSE_FRAMES + 1);
	for (long i = -IMPULSE_FRAMES; i <= IMPULSE_FRAMES; i++) {
		heard->alike = fmax(heard->alike,
				    fabs(at(heard, heard->first + i) - at(heard, heard->last + i)));
	}
	return start < end;
}

/* Correlates over whole periods of the sine, which gives the least-squares fit. */
static void fit(struct heard *heard, const struct options *o, int hz)
{
	long distance = o->seconds * o->rate_hz, skip = rest_frames(o) + MARGIN_FRAMES;
	long start = heard->first + skip, whole = o->rate_hz / 20;
	long frames = (distance - 2 * skip) / whole * whole;
	double step = 2 * M_PI * hz / (double)o->rate_hz, c = 0, s = 0, rest = 0;

	for (long i = 0; i < frames; i++) {
		c += at(heard, start + i) * cos(step * (double)i) * 2 / (double)frames;
		s += at(heard, start + i) * sin(step * (double)i) * 2 / (double)frames;
	}
	for (long i = 0; i < frames; i++) {
		double error = at(heard, start + i) - c * cos(step * (double)i) -
			       s * sin(step * (double)i);

		rest += error * error / (double)frames;
	}
	heard->amplitude = hypot(c, s);
	heard->db = 10 * log10((c * c + s * s) / 2 / fmax(rest, 1e-30));
}

static bool judge_channel(const struct options *o, const float *data, long frames, int channel)
{
	struct heard heard = { .data = data + channel, .frames = frames };
	long wanted = o->seconds * o->rate_hz;
	bool any = find_impulses(&heard);

	fit(&heard, o, sines_hz[channel]);
	printf("%s{\"apart\":%ld,\"differ\":%.1e,\"amplitude\":%.5f,\"db\":%.1f}",
	       channel ? "," : "", heard.last - heard.first, heard.alike, heard.amplitude,
	       heard.db);
	return any && heard.last - heard.first == wanted && heard.alike < ALIKE &&
	       fabs(heard.amplitude - SINE_PEAK) < 0.001 && heard.db >= o->least_db;
}

static int judge(const struct options *o)
{
	FILE *file = fopen(o->file, "rb");
	float *data = NULL;
	bool ok = true;
	long bytes, frames;

	if (!file || fseek(file, 0, SEEK_END) || (bytes = ftell(file)) < 0) {
		perror(o->file);
		return 2;
	}
	rewind(file);
	frames = bytes / (long)sizeof(float) / CHANNELS;
	data = malloc((size_t)bytes + 1);
	if (!data || fread(data, 1, (size_t)bytes, file) != (size_t)bytes) {
		perror(o->file);
		return 2;
	}
	fclose(file);
	printf("{\"wanted\":%ld,\"heard\":[", o->seconds * o->rate_hz);
	for (int c = 0; c < CHANNELS; c++) {
		ok &= judge_channel(o, data, frames, c);
	}
	printf("],\"ok\":%s}\n", ok ? "true" : "false");
	free(data);
	return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct options o = { .least_db = 120 };
	int option;

	while ((option = getopt(argc, argv, "r:t:d:")) != -1) {
		if (option == 'r') {
			o.rate_hz = strtol(optarg, NULL, 10);
		} else if (option == 't') {
			o.seconds = strtol(optarg, NULL, 10);
		} else if (option == 'd') {
			o.least_db = strtod(optarg, NULL);
		}
	}
	if (o.rate_hz >= 8000 && o.seconds > 0 && optind + 1 == argc &&
	    strcmp(argv[optind], "gen") == 0) {
		return generate(&o);
	}
	if (o.rate_hz >= 8000 && o.seconds > 0 && optind + 2 == argc &&
	    strcmp(argv[optind], "judge") == 0) {
		o.file = argv[optind + 1];
		return judge(&o);
	}
	fprintf(stderr, "usage: sine gen|judge -r RATE -t SECONDS [-d DB] [FILE]\n");
	return 2;
}
