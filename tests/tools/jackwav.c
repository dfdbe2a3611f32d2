/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An independent listener: records JACK ports, shows their levels meanwhile, and says whether they
 * played a sound file.
 *
 *   jackwav [-o WAV] [-t SECONDS] --equals FILE PORT...
 *   jackwav -o WAV --delay SECONDS FILE
 *
 *   --equals   compare both from their first frame that is not silent; ports without a channel in
 *              FILE must be silent, and so must everything after its end
 *   --delay    no JACK: copy FILE with silence before it, so that its player can be connected
 *              in time; prints FILE's rate, channels and frames
 *   -o         write what was heard to WAV, as float, from the first cycle with sound on
 *   -t         seconds to wait for the ports, then for sound, then for a cycle (default 20)
 *
 * It ends when it has heard enough, or on a signal. Exit status 0: equal, 1: not, 2: could not run.
 * The callback looks for the first sound, then copies into memory touched in advance.
 */
#include "signals.h"

#include <errno.h>
#include <getopt.h>
#include <jack/jack.h>
#include <math.h>
#include <sndfile.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHANNELS_MAX 64
#define FRAMES_MAX (48000L * 3600) /* an hour: all of it is held in memory */
#define CYCLE_MAX 8192		   /* jackd's longest; the first sound may be its last frame */
#define TAIL_FRAMES 4096	   /* stale sound would follow at once */
#define STEP_MS 20

struct options {
	const char *output, *reference;
	long timeout_ms, delay_s;
	char **ports;
};

/* What should be heard, interleaved; `sound` skips the silence at its start. */
static struct {
	float *data;
	const float *sound;
	long frames;
	unsigned channels;
} ref;

static struct {
	jack_client_t *client;
	jack_port_t *ports[CHANNELS_MAX];
	unsigned channels;
	int rate_hz;
	float *heard[CHANNELS_MAX]; /* room frames each */
	long room;
	sigset_t signals;
	atomic_bool listening, stop;
	atomic_long stored; /* the callback adds frames, anyone may read the ones before */
	atomic_uint xruns, jumps;
	jack_nframes_t expected; /* used by the callback only */
} ear;

/* The first frame of these planes that is not silent; `frames` if there is none. */
static long first_sound(float *const *planes, long frames)
{
	for (long i = 0; i < frames; i++) {
		for (unsigned c = 0; c < ear.channels; c++) {
			if (planes[c][i] != 0.0f) {
				return i;
			}
		}
	}
	return frames;
}

static int process(jack_nframes_t frames, void *unused)
{
	jack_nframes_t now = jack_last_frame_time(ear.client);
	long stored = atomic_load_explicit(&ear.stored, memory_order_relaxed);
	long count = frames < ear.room - stored ? (long)frames : ear.room - stored;
	float *buffers[CHANNELS_MAX];

	(void)unused;
	for (unsigned c = 0; c < ear.channels; c++) {
		buffers[c] = jack_port_get_buffer(ear.ports[c], frames);
	}
	if (!atomic_load(&ear.listening) || (!stored && first_sound(buffers, frames) == frames)) {
		return 0;
	}
	if (stored && count && now != ear.expected) {
		atomic_fetch_add(&ear.jumps, 1);
	}
	ear.expected = now + frames;
	for (unsigned c = 0; c < ear.channels; c++) {
		memcpy(ear.heard[c] + stored, buffers[c], (size_t)count * sizeof(float));
	}
	/* Orders the copies before the count that lets others read them. */
	atomic_store_explicit(&ear.stored, stored + count, memory_order_release);
	return 0;
}

static long stored_frames(void)
{
	return atomic_load_explicit(&ear.stored, memory_order_acquire);
}

static int on_xrun(void *unused)
{
	(void)unused;
	if (stored_frames() && stored_frames() < ear.room) {
		atomic_fetch_add(&ear.xruns, 1);
	}
	return 0;
}

static void on_shutdown(void *unused)
{
	(void)unused;
	fprintf(stderr, "jackwav: the JACK server went away\n");
	atomic_store(&ear.stop, true);
}

static void sleep_a_step(void)
{
	if (signals_sleep(&ear.signals, STEP_MS)) {
		atomic_store(&ear.stop, true);
	}
}

/* --- the file that should be heard */

static SNDFILE *open_file(const char *path, SF_INFO *info)
{
	SNDFILE *file;

	*info = (SF_INFO){ 0 };
	file = sf_open(path, SFM_READ, info);
	if (!file) {
		fprintf(stderr, "jackwav: %s: %s\n", path, sf_strerror(NULL));
	} else if (info->frames < 1 || info->frames > FRAMES_MAX || info->channels > CHANNELS_MAX) {
		fprintf(stderr, "jackwav: %s: too long, too many channels, or empty\n", path);
		sf_close(file);
		file = NULL;
	}
	return file;
}

static void skip_silence(long frames)
{
	size_t i = 0, end = (size_t)frames * ref.channels;

	while (i < end && ref.data[i] == 0.0f) {
		i++;
	}
	i -= i % ref.channels;
	ref.sound = ref.data + i;
	ref.frames = frames - (long)(i / ref.channels);
}

static int load_reference(const struct options *options)
{
	SF_INFO info;
	SNDFILE *file = open_file(options->reference, &info);
	sf_count_t got;

	if (!file) {
		return -EINVAL;
	}
	ref.channels = (unsigned)info.channels;
	ref.data = calloc((size_t)info.frames * ref.channels, sizeof(float));
	got = ref.data ? sf_readf_float(file, ref.data, info.frames) : 0;
	sf_close(file);
	if (got != info.frames) {
		fprintf(stderr, "jackwav: cannot read %s to its end\n", options->reference);
		return -EIO;
	}
	skip_silence((long)info.frames);
	if (!ref.frames || ref.channels > ear.channels) {
		fprintf(stderr, "jackwav: %s: %s\n", options->reference,
			ref.frames ? "more channels than ports" : "nothing but silence");
		return -EINVAL;
	}
	return 0;
}

/* Copies samples unchanged; `real`: the file's samples are floats, not integers. */
static int copy_frames(SNDFILE *from, SNDFILE *to, sf_count_t frames, bool real, sf_count_t skip)
{
	double frame[CHANNELS_MAX] = { 0 };
	sf_count_t written = 0;

	sf_command(from, SFC_SET_NORM_DOUBLE, NULL, real);
	sf_command(to, SFC_SET_NORM_DOUBLE, NULL, real);
	for (sf_count_t i = -skip; i < frames; i++) {
		if (i < 0 || sf_readf_double(from, frame, 1) == 1) {
			written += sf_writef_double(to, frame, 1);
		}
	}
	return written == skip + frames ? 0 : -EIO;
}

static int copy_delayed(const struct options *options, const char *path)
{
	SF_INFO info, out;
	SNDFILE *from = open_file(path, &info), *to;
	int sample = info.format & SF_FORMAT_SUBMASK, error = -EIO;
	/* PCM_16, PCM_24 and PCM_32 are numbered without a gap. */
	bool real = sample < SF_FORMAT_PCM_16 || sample > SF_FORMAT_PCM_32;

	if (!from) {
		return 2;
	}
	out = info;
	out.format = SF_FORMAT_WAV | (real ? SF_FORMAT_FLOAT : sample);
	to = sf_open(options->output, SFM_WRITE, &out);
	if (to) {
		error = copy_frames(from, to, info.frames, real,
				    options->delay_s * info.samplerate);
		error = sf_close(to) ? -EIO : error;
	}
	sf_close(from);
	if (error) {
		fprintf(stderr, "jackwav: cannot copy %s to %s\n", path, options->output);
		return 2;
	}
	printf("%d %d %ld\n", info.samplerate, info.channels, (long)info.frames);
	return 0;
}

/* --- levels of what was stored since they were last shown */

static float peak(unsigned channel, long from, long to)
{
	float most = 0.0f;

	for (long i = from; i < to; i++) {
		most = fmaxf(most, fabsf(ear.heard[channel][i]));
	}
	return most;
}

static void print_bar(const char *port, float level)
{
	static const char full[] = "##############################"; /* 2 dB each */
	int width = (int)sizeof(full) - 1;
	float db = level > 0.0f ? 20.0f * log10f(level) : -INFINITY;
	int cells = db > -60.0f ? width + (int)floorf(db / 2.0f) : 0;

	cells = cells > width ? width : cells;
	fprintf(stderr, "  %-24s [%-*.*s] %6.1f dB\n", port, width, cells, full, (double)db);
}

static void show_levels(const struct options *options, long now_ms)
{
	static long shown, shown_ms;
	bool tty = isatty(STDERR_FILENO);
	long stored = stored_frames();

	if (!stored || now_ms - shown_ms < (tty ? 100 : 1000)) {
		return;
	}
	if (shown && tty) {
		fprintf(stderr, "\033[%uA", ear.channels);
	}
	for (unsigned c = 0; c < ear.channels; c++) {
		print_bar(options->ports[c], peak(c, shown, stored));
	}
	shown = stored;
	shown_ms = now_ms;
}

/* --- JACK */

/* Touched, and locked if permitted, so that the callback does not fault on it. */
static int get_memory(long room)
{
	for (unsigned c = 0; c < ear.channels; c++) {
		size_t size = (size_t)room * sizeof(float);

		ear.heard[c] = malloc(size);
		if (!ear.heard[c]) {
			fprintf(stderr, "jackwav: out of memory\n");
			return -ENOMEM;
		}
		memset(ear.heard[c], 0, size);
		(void)mlock(ear.heard[c], size);
	}
	ear.room = room;
	return 0;
}

static int open_client(void)
{
	ear.client = jack_client_open("jackwav", JackNoStartServer, NULL);
	if (!ear.client) {
		fprintf(stderr, "jackwav: no JACK server\n");
		return -EIO;
	}
	ear.rate_hz = (int)jack_get_sample_rate(ear.client);
	for (unsigned c = 0; c < ear.channels; c++) {
		char name[16];

		snprintf(name, sizeof(name), "in_%u", c + 1);
		ear.ports[c] = jack_port_register(ear.client, name, JACK_DEFAULT_AUDIO_TYPE,
						  JackPortIsInput, 0);
		if (!ear.ports[c]) {
			fprintf(stderr, "jackwav: the JACK server has no port left\n");
			return -ENOSPC;
		}
	}
	jack_set_process_callback(ear.client, process, NULL);
	jack_set_xrun_callback(ear.client, on_xrun, NULL);
	jack_on_shutdown(ear.client, on_shutdown, NULL);
	return jack_activate(ear.client) ? -EIO : 0;
}

/* A port exists before its client is active, but can be connected only afterwards: retry. */
static int connect_port(unsigned channel, const char *port, long patience_ms)
{
	for (; patience_ms > 0 && !atomic_load(&ear.stop); patience_ms -= STEP_MS) {
		if (jack_port_by_name(ear.client, port) &&
		    !jack_connect(ear.client, port, jack_port_name(ear.ports[channel]))) {
			return 0;
		}
		sleep_a_step();
	}
	fprintf(stderr, "jackwav: no port %s\n", port);
	return -ENOENT;
}

static void listen_on(const struct options *options)
{
	long patience_ms = options->timeout_ms, now_ms = 0, before = 0;

	atomic_store(&ear.listening, true);
	while (stored_frames() < ear.room && patience_ms > 0 && !atomic_load(&ear.stop)) {
		long stored = stored_frames();

		show_levels(options, now_ms);
		sleep_a_step();
		now_ms += STEP_MS;
		patience_ms = stored == before ? patience_ms - STEP_MS : options->timeout_ms;
		before = stored;
	}
	/* While the client closes, the server cuts one connection after the other. */
	atomic_store(&ear.listening, false);
}

static int record(const struct options *options)
{
	int error = open_client();

	for (unsigned c = 0; !error && c < ear.channels; c++) {
		error = connect_port(c, options->ports[c], options->timeout_ms);
	}
	if (!error) {
		listen_on(options);
	}
	if (ear.client) {
		jack_client_close(ear.client);
	}
	if (atomic_load(&ear.xruns) || atomic_load(&ear.jumps)) {
		fprintf(stderr, "jackwav: late cycles: %u xruns, JACK's time jumped %u times\n",
			atomic_load(&ear.xruns), atomic_load(&ear.jumps));
	}
	return error;
}

static int write_wav(const char *path)
{
	SF_INFO info = { .samplerate = ear.rate_hz,
			 .channels = (int)ear.channels,
			 .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT };
	SNDFILE *file = sf_open(path, SFM_WRITE, &info);
	sf_count_t written = 0;
	long stored = stored_frames();
	float frame[CHANNELS_MAX];

	for (long i = 0; file && i < stored; i++) {
		for (unsigned c = 0; c < ear.channels; c++) {
			frame[c] = ear.heard[c][i];
		}
		written += sf_writef_float(file, frame, 1);
	}
	if (!file || sf_close(file) || written != stored) {
		fprintf(stderr, "jackwav: cannot write %s: %s\n", path, sf_strerror(NULL));
		return -EIO;
	}
	return 0;
}

/* --- the verdict */

static float expected(long frame, unsigned channel)
{
	if (frame >= ref.frames || channel >= ref.channels) {
		return 0.0f;
	}
	return ref.sound[(size_t)frame * ref.channels + channel];
}

/* Prints one line; returns 0 if every frame of the reference was heard, and nothing else. */
static int judge(void)
{
	long stored = stored_frames(), start = first_sound(ear.heard, stored);

	if (start == stored) {
		puts("not equal: nothing was heard");
		return 1;
	}
	for (long i = 0; i < ref.frames + TAIL_FRAMES && start + i < stored; i++) {
		for (unsigned c = 0; c < ear.channels; c++) {
			float heard = ear.heard[c][start + i], played = expected(i, c);

			if (heard != played) {
				printf("not equal: frame %ld of %ld, channel %u is %.9g and "
				       "should be %.9g\n",
				       i, ref.frames, c + 1, (double)heard, (double)played);
				return 1;
			}
		}
	}
	if (stored - start < ref.frames) {
		printf("not equal: ended after %ld of %ld frames\n", stored - start, ref.frames);
		return 1;
	}
	printf("equal: %ld frames from the first sound on, every sample\n", ref.frames);
	return 0;
}

static int run(const struct options *options)
{
	if (load_reference(options) || get_memory(ref.frames + CYCLE_MAX + TAIL_FRAMES) ||
	    record(options) || (options->output && write_wav(options->output))) {
		return 2;
	}
	return judge();
}

static int parse(struct options *options, int argc, char **argv)
{
	static const struct option table[] = {
		{ "equals", required_argument, NULL, 'e' },
		{ "delay", required_argument, NULL, 'd' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "o:t:", table, NULL)) != -1) {
		switch (c) {
		case 'o':
			options->output = optarg;
			break;
		case 't':
			options->timeout_ms = strtol(optarg, NULL, 10) * 1000;
			break;
		case 'e':
			options->reference = optarg;
			break;
		case 'd':
			options->delay_s = strtol(optarg, NULL, 10);
			break;
		default:
			return -EINVAL;
		}
	}
	options->ports = argv + optind;
	ear.channels = (unsigned)(argc - optind);
	if (options->delay_s) {
		return options->delay_s > 0 && options->output && ear.channels == 1 ? 0 : -EINVAL;
	}
	return options->timeout_ms > 0 && options->reference && ear.channels - 1 < CHANNELS_MAX
		       ? 0
		       : -EINVAL;
}

int main(int argc, char **argv)
{
	struct options options = { .timeout_ms = 20000 };
	int status;

	if (parse(&options, argc, argv)) {
		fputs("usage: jackwav [-o WAV] [-t SECONDS] --equals FILE PORT...\n"
		      "       jackwav -o WAV --delay SECONDS FILE\n",
		      stderr);
		return 2;
	}
	if (options.delay_s) {
		return copy_delayed(&options, options.ports[0]);
	}
	ear.signals = signals_block();
	status = run(&options);
	for (unsigned c = 0; c < ear.channels; c++) {
		free(ear.heard[c]);
	}
	free(ref.data);
	return status;
}
