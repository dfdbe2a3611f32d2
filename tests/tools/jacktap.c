/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An independent JACK client that plays the test pattern into ports, or listens to ports.
 *
 *   jacktap rec   -c CH -n FRAMES -o FILE PORT...        records float32 frames from now on
 *   jacktap check -c CH -f FORMAT [-n FRAMES] [-s SEED] [-k SEGMENTS] [-m FRAMES] [-i FRAMES]
 *                 [-o FILE] PORT... | -r FILE            is it the pattern? (see check.h)
 *   jacktap play  -c CH -f FORMAT -n FRAMES [-s SEED] [-d FRAMES]
 *                 [-r FILE] PORT...
 *
 *   -n  rec, play: number of frames; check: required number in all segments together
 *   -m  check: room for this many frames from the first sound on (default: n and 4 seconds)
 *   -i  check: stop after this much silence following sound (default: half a second)
 *   -r  check: checks FILE, without a server; play: plays FILE instead of the pattern
 *   -d  play: this much silence first, once connected
 *   -g  play: once connected, wait for SIGUSR1 first
 *   -N  name of the client (default jacktap)
 *   -t  seconds to wait for the ports (default 60), then for the first sound
 *
 * PORT... are CH names, or one that ends in '_', to which 1 to CH are added. One JSON line gives
 * the result; exit status 0: good, 1: not the pattern, 2: could not run. SIGTERM and SIGINT
 * end a recording early. The callback only copies to and from memory touched in advance.
 */
#include "check.h"
#include "signals.h"
#include "tapopt.h"

#include <errno.h>
#include <jack/jack.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct tap {
	enum mode mode;
	unsigned int channels;
	float rest; /* the value of silence, beside 0 */
	jack_client_t *client;
	jack_port_t *ports[PATTERN_CHANNELS_MAX];
	float *data[PATTERN_CHANNELS_MAX]; /* room frames each */
	uint64_t room, idle, delay;
	sigset_t signals;
	atomic_bool connected;
	atomic_bool go; /* play: may start */
	atomic_bool stop;
	atomic_bool server_lost;
	atomic_uint xruns;
	atomic_uint cycles;
	/* used by the callback alone until stop or done */
	uint64_t skipped; /* silent frames that were not stored */
	uint64_t stored;  /* rec, check: frames in data; play: taken from there */
	uint64_t quiet;	  /* silent frames since the last sound */
	uint64_t jumps;	  /* cycles whose time does not follow on from the one before */
	jack_nframes_t expected;
	bool began;
	_Atomic uint64_t heard; /* frames since the first sound */
	atomic_bool done;
} tap;

static bool all_silent(float *const *buffers, jack_nframes_t frames)
{
	for (unsigned int c = 0; c < tap.channels; c++) {
		for (jack_nframes_t i = 0; i < frames; i++) {
			if (buffers[c][i] != 0.0f && buffers[c][i] != tap.rest) {
				return false;
			}
		}
	}
	return true;
}

static void listen_cycle(float *const *buffers, jack_nframes_t frames)
{
	bool silent = all_silent(buffers, frames);

	if (silent && tap.mode == MODE_CHECK && !tap.stored) {
		tap.skipped += frames;
		return;
	}

	jack_nframes_t count = frames < tap.room - tap.stored
				       ? frames
				       : (jack_nframes_t)(tap.room - tap.stored);

	for (unsigned int c = 0; c < tap.channels; c++) {
		memcpy(tap.data[c] + tap.stored, buffers[c], count * sizeof(float));
	}
	tap.stored += count;
	tap.quiet = silent ? tap.quiet + frames : 0;
	atomic_store(&tap.heard, tap.stored);
	if (tap.stored == tap.room || (tap.idle && tap.quiet >= tap.idle)) {
		atomic_store(&tap.done, true);
	}
}

static void play_cycle(float *const *buffers, jack_nframes_t frames)
{
	bool go = atomic_load(&tap.go);

	for (jack_nframes_t i = 0; i < frames; i++) {
		bool sound = go && !tap.delay && tap.stored < tap.room;

		for (unsigned int c = 0; c < tap.channels; c++) {
			buffers[c][i] = sound ? tap.data[c][tap.stored] : 0.0f;
		}
		tap.stored += sound;
		tap.delay -= go && tap.delay > 0;
	}
	/* the pattern's last frame has left the client once another cycle has begun */
	if (tap.stored == tap.room) {
		tap.quiet++;
		if (tap.quiet > 2) {
			atomic_store(&tap.done, true);
		}
	}
}

static int process(jack_nframes_t frames, void *unused)
{
	float *buffers[PATTERN_CHANNELS_MAX];
	jack_nframes_t now = jack_last_frame_time(tap.client);

	(void)unused;
	atomic_fetch_add(&tap.cycles, 1);
	for (unsigned int c = 0; c < tap.channels; c++) {
		buffers[c] = jack_port_get_buffer(tap.ports[c], frames);
	}
	/* Stopped: while the client closes, the server cuts one connection after the other. */
	if (!atomic_load(&tap.connected) || atomic_load(&tap.done) || atomic_load(&tap.stop)) {
		if (tap.mode == MODE_PLAY) {
			for (unsigned int c = 0; c < tap.channels; c++) {
				memset(buffers[c], 0, frames * sizeof(float));
			}
		}
		return 0;
	}
	tap.jumps += tap.began && now != tap.expected;
	tap.expected = now + frames;
	tap.began = true;
	if (tap.mode == MODE_PLAY) {
		play_cycle(buffers, frames);
	} else {
		listen_cycle(buffers, frames);
	}
	return 0;
}

static int on_xrun(void *unused)
{
	(void)unused;
	atomic_fetch_add(&tap.xruns, 1);
	return 0;
}

static void on_shutdown(void *unused)
{
	(void)unused;
	atomic_store(&tap.server_lost, true);
	atomic_store(&tap.stop, true);
}

static void sleep_ms(long ms)
{
	int number = signals_sleep(&tap.signals, ms);

	if (number) {
		atomic_store(number == SIGUSR1 ? &tap.go : &tap.stop, true);
	}
}

/* Touched and locked, so that the callback never faults on it. */
static int get_memory(uint64_t frames)
{
	for (unsigned int c = 0; c < tap.channels; c++) {
		tap.data[c] = malloc(frames * sizeof(float));
		if (!tap.data[c]) {
			return -ENOMEM;
		}
		memset(tap.data[c], 0xff, frames * sizeof(float));
	}
	mlockall(MCL_CURRENT);
	return 0;
}

static int open_client(const char *client)
{
	tap.client = jack_client_open(client, JackNoStartServer, NULL);
	if (!tap.client) {
		fprintf(stderr, "jacktap: no JACK server\n");
		return -EIO;
	}
	for (unsigned int c = 0; c < tap.channels; c++) {
		char name[16];

		snprintf(name, sizeof(name), "%u", c + 1);
		tap.ports[c] = jack_port_register(
			tap.client, name, JACK_DEFAULT_AUDIO_TYPE,
			tap.mode == MODE_PLAY ? JackPortIsOutput : JackPortIsInput, 0);
		if (!tap.ports[c]) {
			fprintf(stderr, "jacktap: no port\n");
			return -EIO;
		}
	}
	jack_set_process_callback(tap.client, process, NULL);
	jack_set_xrun_callback(tap.client, on_xrun, NULL);
	jack_on_shutdown(tap.client, on_shutdown, NULL);
	return jack_activate(tap.client) ? -EIO : 0;
}

static bool connect_now(unsigned int channel, const char *other)
{
	const char *own = jack_port_name(tap.ports[channel]);

	if (!jack_port_by_name(tap.client, other)) {
		return false;
	}

	int error = tap.mode == MODE_PLAY ? jack_connect(tap.client, own, other)
					  : jack_connect(tap.client, other, own);

	return !error || error == EEXIST;
}

/* A port exists before its client is active, but can be connected only afterwards: retry. */
static int connect_port(unsigned int channel, const char *other, long *patience_ms)
{
	while (!connect_now(channel, other)) {
		if (atomic_load(&tap.stop) || *patience_ms <= 0) {
			fprintf(stderr, "jacktap: cannot connect %s\n", other);
			return -ENOENT;
		}
		sleep_ms(100);
		*patience_ms -= 100;
	}
	return 0;
}

/* A connection takes effect in the next cycle, and a new client may wait for its first one. */
static void await_cycle(long *patience_ms)
{
	unsigned int before = atomic_load(&tap.cycles);

	while (atomic_load(&tap.cycles) - before < 2 && !atomic_load(&tap.stop) &&
	       *patience_ms > 0) {
		sleep_ms(10);
		*patience_ms -= 10;
	}
}

/* Connect, run until done or stopped, leave. */
static int run(const struct tapopt *o)
{
	long patience_ms = o->timeout_s * 1000L;
	int error = open_client(o->name);
	bool hears = false;

	for (unsigned int c = 0; !error && c < tap.channels; c++) {
		error = connect_port(c, o->ports[c], &patience_ms);
	}
	if (!error) {
		await_cycle(&patience_ms);
		/* Set before the message, which makes others play. */
		atomic_store(&tap.connected, true);
		fprintf(stderr, "jacktap: connected\n");
	}
	patience_ms = o->timeout_s * 1000L;
	while (!error && !atomic_load(&tap.stop) && !atomic_load(&tap.done)) {
		sleep_ms(100);
		patience_ms -= 100;
		if (!hears && atomic_load(&tap.heard)) {
			fprintf(stderr, "jacktap: hears sound\n");
			hears = true;
		}
		if (tap.mode == MODE_CHECK && !hears && patience_ms <= 0) {
			break;
		}
	}
	if (tap.client) {
		jack_client_close(tap.client);
	}
	return error;
}

static int write_file(const char *name)
{
	FILE *file = fopen(name, "wb");

	for (uint64_t i = 0; file && i < tap.stored; i++) {
		for (unsigned int c = 0; c < tap.channels; c++) {
			fwrite(&tap.data[c][i], sizeof(float), 1, file);
		}
	}
	if (!file || fclose(file)) {
		perror(name);
		return -EIO;
	}
	return 0;
}

static void check_memory(struct check *check)
{
	check_skip(check, tap.skipped);
	for (uint64_t i = 0; i < tap.stored; i++) {
		uint32_t words[PATTERN_CHANNELS_MAX];

		for (unsigned int c = 0; c < tap.channels; c++) {
			memcpy(&words[c], &tap.data[c][i], sizeof(words[c]));
		}
		check_feed(check, words);
	}
}

static int check_file(struct check *check, const char *name)
{
	uint32_t words[PATTERN_CHANNELS_MAX];
	FILE *file = fopen(name, "rb");

	if (!file) {
		perror(name);
		return -EIO;
	}
	while (fread(words, sizeof(words[0]), tap.channels, file) == tap.channels) {
		check_feed(check, words);
	}
	fclose(file);
	return 0;
}

/*
 * Reports the server's trouble. A jump of the frame time loses frames if the server is
 * asynchronous; if it is synchronous, the jump only shows how long a late cycle took.
 */
static void print_cycles(void)
{
	printf(",\"xruns\":%u,\"jumps\":%llu,\"server_lost\":%s}\n", atomic_load(&tap.xruns),
	       (unsigned long long)tap.jumps, atomic_load(&tap.server_lost) ? "true" : "false");
}

static int rec(const struct tapopt *o)
{
	tap.room = o->frames;
	if (get_memory(tap.room) || run(o) || write_file(o->write)) {
		return 2;
	}
	printf("{\"recorded\":%llu", (unsigned long long)tap.stored);
	print_cycles();
	return tap.stored == o->frames ? 0 : 1;
}

static int check(const struct tapopt *o)
{
	struct check check;

	if (check_init(&check, &o->pattern, PATTERN_JACK, o->segments)) {
		return 2;
	}
	if (o->read) {
		if (check_file(&check, o->read)) {
			return 2;
		}
	} else {
		tap.room = o->room;
		tap.idle = o->idle;
		if (get_memory(tap.room) || run(o) || (o->write && write_file(o->write))) {
			return 2;
		}
		check_memory(&check);
	}

	bool ok = check_ok(&check, o->frames);

	putchar('{');
	check_print(&check, o->frames, stdout);
	print_cycles();
	check_finish(&check);
	return ok ? 0 : 1;
}

static int read_file(const char *name)
{
	FILE *file = fopen(name, "rb");
	uint64_t samples = 0;

	if (!file) {
		perror(name);
		return -EIO;
	}
	while (samples < tap.room * tap.channels &&
	       fread(&tap.data[samples % tap.channels][samples / tap.channels], sizeof(float), 1,
		     file)) {
		samples++;
	}
	fclose(file);
	return 0;
}

static int play(const struct tapopt *o)
{
	tap.room = o->frames;
	tap.delay = o->delay;
	if (get_memory(tap.room) || (o->read && read_file(o->read))) {
		return 2;
	}
	for (unsigned int c = 0; !o->read && c < tap.channels; c++) {
		for (uint64_t i = 0; i < tap.room; i++) {
			tap.data[c][i] = pattern_float(&o->pattern, i, c);
		}
	}
	if (run(o)) {
		return 2;
	}
	printf("{\"played\":%llu", (unsigned long long)tap.stored);
	print_cycles();
	return tap.stored == tap.room ? 0 : 1;
}

int main(int argc, char **argv)
{
	static struct tapopt o = {
		.pattern = { .channels = 2 },
		.segments = 1,
		.timeout_s = 60,
		.idle = 24000,
		.name = "jacktap",
	};

	if (argc < 2 || tapopt_parse(&o, argc, argv)) {
		fprintf(stderr, "usage: jacktap rec|check|play -c CHANNELS -f FORMAT -n FRAMES "
				"[options] PORT...\n");
		return 2;
	}
	tap.mode = o.mode;
	tap.channels = o.pattern.channels;
	tap.rest = pattern_rest(o.pattern.format);
	atomic_store(&tap.go, !o.wait_for_go);
	tap.signals = signals_block();

	int status = o.mode == MODE_REC ? rec(&o) : o.mode == MODE_CHECK ? check(&o) : play(&o);

	for (unsigned int c = 0; c < tap.channels; c++) {
		free(tap.data[c]);
	}
	return status;
}
