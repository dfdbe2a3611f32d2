/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An ALSA program for the guest, with exactly defined behaviour; prints one JSON line.
 *
 *   alsaprobe wake [--capture] [-t SECONDS]
 *       Writes (or reads) one period at a time, and waits only while none is free (or recorded).
 *       A wake-up is one return from a wait; wakes_per_period divides their number by the periods
 *       that were written (or read) meanwhile. A driver that wakes for every period gives 1, one
 *       that wakes for every second period 0.5. A gap is the time from one wake-up to the next.
 *   alsaprobe play -N FRAMES
 *       Plays the pattern period by period with ALSA's default software parameters (the stream
 *       starts with the first frames; with --full, when its ring is full), then drains. After
 *       SIGTERM, it drains after the current period.
 *   alsaprobe hold
 *       Plays silence forever and retries whatever fails: it does not let go of the device before
 *       SIGTERM, even if the device is gone.
 *   alsaprobe xrun -R ROUNDS
 *       Round k: prepare, write some of the pattern of seed + k, then alternately stall until the
 *       driver reports an xrun, or drop in mid-play. Every other pair of rounds writes less than
 *       a ring. The last round is drained. A round whose xrun occurred while it wrote is "early".
 *
 *   -D DEVICE  -r RATE  -p PERIOD  -b BUFFER (default: 4 periods)  -f FORMAT  -c CHANNELS  -s SEED
 *
 * Exit status 0: ran to its end (play: without an xrun), 1: did not, 2: could not run.
 */
#include "pattern.h"

#include <alsa/asoundlib.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define GAPS_MAX 65536 /* recorded; further ones are left out */
#define ROUNDS_MAX 256
#define STALL_MS 5000 /* longer than any ring that is tried */

static volatile sig_atomic_t terminated;

struct probe {
	const char *device;
	unsigned int rate_hz, seconds, rounds;
	snd_pcm_uframes_t period, buffer;
	uint64_t frames;
	bool capture;
	bool full;
	struct pattern pattern;
	snd_pcm_t *pcm;
	unsigned char *data; /* one buffer */
	size_t frame_bytes;
	unsigned int xruns;
	double open_ms;
};

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

static int fail(const char *what, int error)
{
	fprintf(stderr, "alsaprobe: %s: %s\n", what, snd_strerror(error));
	return error;
}

static int set_hardware(struct probe *o)
{
	snd_pcm_format_t format = snd_pcm_format_value(pattern_alsa_name(o->pattern.format));
	snd_pcm_hw_params_t *hw;
	int error;

	snd_pcm_hw_params_alloca(&hw);
	snd_pcm_hw_params_any(o->pcm, hw);
	if ((error = snd_pcm_hw_params_set_access(o->pcm, hw, SND_PCM_ACCESS_RW_INTERLEAVED)) ||
	    (error = snd_pcm_hw_params_set_format(o->pcm, hw, format)) ||
	    (error = snd_pcm_hw_params_set_channels(o->pcm, hw, o->pattern.channels)) ||
	    (error = snd_pcm_hw_params_set_rate(o->pcm, hw, o->rate_hz, 0)) ||
	    (error = snd_pcm_hw_params_set_period_size(o->pcm, hw, o->period, 0)) ||
	    (error = snd_pcm_hw_params_set_buffer_size(o->pcm, hw, o->buffer)) ||
	    (error = snd_pcm_hw_params(o->pcm, hw))) {
		return fail("parameters", error);
	}
	return 0;
}

static int start_when_full(struct probe *o)
{
	snd_pcm_sw_params_t *sw;
	int error;

	snd_pcm_sw_params_alloca(&sw);
	if ((error = snd_pcm_sw_params_current(o->pcm, sw)) ||
	    (error = snd_pcm_sw_params_set_start_threshold(o->pcm, sw, o->buffer)) ||
	    (error = snd_pcm_sw_params(o->pcm, sw))) {
		return fail("start threshold", error);
	}
	return 0;
}

static int open_device(struct probe *o)
{
	double start = now_ms();
	int error = snd_pcm_open(&o->pcm, o->device,
				 o->capture ? SND_PCM_STREAM_CAPTURE : SND_PCM_STREAM_PLAYBACK, 0);

	if (error) {
		return fail(o->device, error);
	}
	error = set_hardware(o);
	error = error || !o->full ? error : start_when_full(o);
	o->open_ms = now_ms() - start;
	o->frame_bytes = o->pattern.channels * pattern_sample_bytes(o->pattern.format);
	o->data = calloc(o->buffer, o->frame_bytes);
	return error ? error : o->data ? 0 : -ENOMEM;
}

/* ---- wake ---- */

struct series {
	double ms[GAPS_MAX];
	unsigned int count;
};

static void series_add(struct series *s, double ms)
{
	if (s->count < GAPS_MAX) {
		s->ms[s->count++] = ms;
	}
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts; the percentile by the nearest rank. */
static double series_percentile(struct series *s, unsigned int percent)
{
	if (!s->count) {
		return 0;
	}
	qsort(s->ms, s->count, sizeof(s->ms[0]), compare);
	return s->ms[((uint64_t)s->count * percent + 99) / 100 - 1];
}

static snd_pcm_sframes_t transfer(struct probe *o, snd_pcm_uframes_t frames)
{
	return o->capture ? snd_pcm_readi(o->pcm, o->data, frames)
			  : snd_pcm_writei(o->pcm, o->data, frames);
}

/* (Re)starts; playback writes a full ring at once, so that it does not begin with an xrun. */
static int wake_start(struct probe *o)
{
	int error = snd_pcm_prepare(o->pcm);

	if (!error && o->capture) {
		return snd_pcm_start(o->pcm);
	}

	snd_pcm_sframes_t count = error ? error : transfer(o, o->buffer);

	return count < 0 && count != -EPIPE ? (int)count : 0;
}

static int wake(struct probe *o)
{
	static struct series gaps, trips;
	unsigned long wakes = 0, periods = 0;
	double last = 0, end;
	int error = wake_start(o);

	for (end = now_ms() + o->seconds * 1e3; !error && now_ms() < end;) {
		snd_pcm_sframes_t avail = snd_pcm_avail_update(o->pcm);

		if (avail >= 0 && (snd_pcm_uframes_t)avail < o->period) {
			error = snd_pcm_wait(o->pcm, STALL_MS);
			if (error == 1) {
				double now = now_ms();

				if (last > 0) {
					series_add(&gaps, now - last);
				}
				last = now;
				wakes++;
			}
			error = error == 0 ? -EIO : error > 0 || error == -EPIPE ? 0 : error;
			continue;
		}
		if (avail >= 0) {
			double start = now_ms();

			avail = transfer(o, o->period);
			series_add(&trips, now_ms() - start);
			periods += avail > 0;
		}
		if (avail < 0) {
			o->xruns += avail == -EPIPE;
			last = 0;
			error = avail == -EPIPE ? wake_start(o) : (int)avail;
		}
	}
	printf("{\"period\":%lu,\"direction\":\"%s\",\"wakes_per_period\":%.3f,\"wakes\":%lu,"
	       "\"periods\":%lu,\"xruns\":%u,\"trip_p50_ms\":%.2f,\"trip_p99_ms\":%.2f,"
	       "\"gap_p50_ms\":%.2f,\"gap_p99_ms\":%.2f,\"open_ms\":%.0f,\"error\":%d}\n",
	       o->period, o->capture ? "capture" : "playback",
	       periods ? (double)wakes / (double)periods : 0, wakes, periods, o->xruns,
	       series_percentile(&trips, 50), series_percentile(&trips, 99),
	       series_percentile(&gaps, 50), series_percentile(&gaps, 99), o->open_ms, error);
	return error ? 1 : 0;
}

/* ---- play, xrun ---- */

/*
 * Writes the pattern, `first` frames at once and then period by period; returns how many frames
 * were taken, or -errno. An xrun ends it; ALSA may then have taken one write more than it reports.
 */
static int64_t write_pattern(struct probe *o, const struct pattern *p, uint64_t frames,
			     snd_pcm_uframes_t first)
{
	uint64_t done = 0;

	while (done < frames && !terminated) {
		snd_pcm_uframes_t chunk = done ? o->period : first;
		snd_pcm_uframes_t want = chunk < frames - done ? chunk : frames - done;

		pattern_fill(p, done, want, o->data);

		snd_pcm_sframes_t count = snd_pcm_writei(o->pcm, o->data, want);

		if (count == -EPIPE) {
			o->xruns++;
			break;
		}
		if (count < 0) {
			return fail("write", (int)count);
		}
		done += (uint64_t)count;
	}
	return (int64_t)done;
}

static int play(struct probe *o)
{
	int64_t done = write_pattern(o, &o->pattern, o->frames, o->period);
	int error = done < 0 ? (int)done : snd_pcm_drain(o->pcm);

	printf("{\"written\":%lld,\"xruns\":%u,\"open_ms\":%.0f,\"error\":%d}\n", (long long)done,
	       o->xruns, o->open_ms, error);
	return error || o->xruns || ((uint64_t)done != o->frames && !terminated) ? 1 : 0;
}

static int hold(struct probe *o)
{
	unsigned int refused = 0;

	while (!terminated) {
		if (snd_pcm_writei(o->pcm, o->data, o->period) < 0) {
			refused++;
			snd_pcm_prepare(o->pcm);
			sleep_ms(50);
		}
	}
	printf("{\"refused\":%u}\n", refused);
	return 0;
}

static void on_terminate(int number)
{
	(void)number;
	terminated = 1;
}

static bool stall(struct probe *o)
{
	for (unsigned int ms = 0; ms < STALL_MS; ms += 5) {
		if (snd_pcm_avail_update(o->pcm) == -EPIPE) {
			return true;
		}
		sleep_ms(5);
	}
	return false;
}

/* How a round ended: "xrun", "drop", "drain"; "early" if the ring ran empty while being filled. */
static const char *xrun_round(struct probe *o, unsigned int round, int64_t *written)
{
	struct pattern p = o->pattern;
	bool is_short = round / 2 % 2;
	uint64_t frames = is_short ? o->period + 7 * (round + 1)
				   : 2 * o->buffer + 131 * (round + 1);
	unsigned int early = o->xruns;

	p.seed += round;
	if (snd_pcm_prepare(o->pcm)) {
		return "failed";
	}
	*written = write_pattern(o, &p, frames, o->buffer);
	if (*written < 0) {
		return "failed";
	}
	if (o->xruns != early) {
		return "early";
	}
	if (round + 1 == o->rounds) {
		return snd_pcm_drain(o->pcm) ? "failed" : "drain";
	}
	if (round % 2) {
		/* part of it has been played by then, and part has not */
		sleep_ms((long)(*written < (int64_t)o->buffer ? *written * 500 / o->rate_hz : 0));
		return snd_pcm_drop(o->pcm) ? "failed" : "drop";
	}
	o->xruns += 1;
	return stall(o) ? "xrun" : "failed";
}

static int xrun(struct probe *o)
{
	const char *how[ROUNDS_MAX];
	int64_t written[ROUNDS_MAX] = { 0 };
	unsigned int round = 0;
	bool good = true;

	for (; good && round < o->rounds; round++) {
		how[round] = xrun_round(o, round, &written[round]);
		good = strcmp(how[round], "failed");
	}
	printf("{\"how\":[");
	for (unsigned int i = 0; i < round; i++) {
		printf("%s\"%s\"", i ? "," : "", how[i]);
	}
	printf("],\"written\":[");
	for (unsigned int i = 0; i < round; i++) {
		printf("%s%lld", i ? "," : "", (long long)written[i]);
	}
	printf("],\"xruns\":%u,\"ok\":%s}\n", o->xruns, good ? "true" : "false");
	return good ? 0 : 1;
}

static int parse(struct probe *o, int argc, char **argv)
{
	static const struct option longs[] = { { "capture", no_argument, NULL, 'C' },
					       { "full", no_argument, NULL, 'F' },
					       { 0 } };
	int option, format = 0;

	optind = 2;
	while ((option = getopt_long(argc, argv, "D:r:p:b:f:c:s:t:N:R:", longs, NULL)) != -1) {
		uint64_t number = optarg ? strtoull(optarg, NULL, 10) : 0;

		switch (option) {
		case 'D':
			o->device = optarg;
			break;
		case 'r':
			o->rate_hz = (unsigned int)number;
			break;
		case 'p':
			o->period = number;
			break;
		case 'b':
			o->buffer = number;
			break;
		case 'f':
			format = pattern_parse_format(optarg, &o->pattern.format);
			break;
		case 'c':
			o->pattern.channels = (unsigned int)number;
			break;
		case 's':
			o->pattern.seed = number;
			break;
		case 't':
			o->seconds = (unsigned int)number;
			break;
		case 'N':
			o->frames = number;
			break;
		case 'R':
			o->rounds = (unsigned int)number;
			break;
		case 'C':
			o->capture = true;
			break;
		case 'F':
			o->full = true;
			break;
		default:
			return -EINVAL;
		}
	}
	if (!o->buffer) {
		o->buffer = 4 * o->period;
	}
	return format || optind != argc || !o->period || o->buffer < o->period ||
			       !o->pattern.channels || o->pattern.channels > PATTERN_CHANNELS_MAX ||
			       o->rounds > ROUNDS_MAX
		       ? -EINVAL
		       : 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(struct probe *);
	} modes[] = { { "wake", wake }, { "play", play }, { "hold", hold }, { "xrun", xrun } };
	struct probe o = {
		.device = "hw:0,0",
		.rate_hz = 48000,
		.period = 1024,
		.seconds = 4,
		.rounds = 8,
		.frames = 48000,
		.pattern = { .format = PATTERN_S16, .channels = 2 },
	};

	signal(SIGTERM, on_terminate);
	if (argc < 2 || parse(&o, argc, argv)) {
		argc = 0;
	}
	for (unsigned int i = 0; argc && i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (!strcmp(argv[1], modes[i].name)) {
			int status = open_device(&o) ? 2 : modes[i].run(&o);

			if (o.pcm) {
				snd_pcm_close(o.pcm);
			}
			free(o.data);
			return status;
		}
	}
	fprintf(stderr,
		"usage: alsaprobe wake|play|hold|xrun [--capture] [-D DEVICE] [-p PERIOD] ...\n");
	return 2;
}
