/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A JACK client that listens to the test pattern while its source comes and goes:
 *
 *   jackfollow -c CH -f FORMAT -n FRAMES [-s SEED] [-t SECONDS] PREFIX
 *
 * Connects its ports to PREFIX1 … PREFIX<CH> whenever they appear, until SIGTERM or for -t seconds.
 * Then it prints one JSON line about all frames that were not silent: "heard" counts the frames of
 * the pattern that follow the one before, "lost" the frames left out between them, "gaps" the
 * places where that happened, and "wrong" all others: altered, repeated, or back in time. Exit
 * status 0: nothing is wrong, 1: something is, 2: could not run.
 */
#include "pattern.h"
#include "signals.h"

#include <jack/jack.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Interval between searches for new ports: what is played before they are found is not heard. */
#define LOOK_MS 5
/* How far ahead the pattern is searched for the sound after a gap. */
#define GAP_MAX 100000u
/* Consecutive frames that make a place certain: a single one could match by chance. */
#define CERTAIN 8u

static struct follow {
	struct pattern pattern;
	uint64_t frames;  /* of the pattern */
	unsigned seconds; /* at most */
	const char *prefix;
	unsigned channels;
	jack_client_t *client;
	jack_port_t *ports[PATTERN_CHANNELS_MAX];
	float *data[PATTERN_CHANNELS_MAX];
	uint64_t room;
	_Atomic uint64_t stored; /* written by the callback */
	atomic_bool whole;	 /* all ports are connected; each connects in a cycle of its own */
	atomic_bool lost_server;
	atomic_uint xruns;
} follow;

static int process(jack_nframes_t frames, void *unused)
{
	uint64_t stored = follow.stored;
	bool whole = follow.whole; /* once: it may change meanwhile */
	jack_nframes_t n = frames;

	(void)unused;
	if (n > follow.room - stored) {
		n = (jack_nframes_t)(follow.room - stored);
	}
	for (unsigned c = 0; c < follow.channels && whole; c++) {
		memcpy(follow.data[c] + stored, jack_port_get_buffer(follow.ports[c], frames),
		       n * sizeof(float));
	}
	follow.stored = stored + n;
	return 0;
}

static void on_shutdown(void *unused)
{
	(void)unused;
	follow.lost_server = true;
}

static int on_xrun(void *unused)
{
	(void)unused;
	follow.xruns++;
	return 0;
}

static bool parse(int argc, char **argv)
{
	int c;

	follow.seconds = 600;
	while ((c = getopt(argc, argv, "c:f:n:s:t:")) != -1) {
		switch (c) {
		case 'c':
			follow.channels = (unsigned)atoi(optarg);
			break;
		case 'f':
			if (pattern_parse_format(optarg, &follow.pattern.format)) {
				return false;
			}
			break;
		case 'n':
			follow.frames = strtoull(optarg, NULL, 10);
			break;
		case 's':
			follow.pattern.seed = strtoull(optarg, NULL, 10);
			break;
		case 't':
			follow.seconds = (unsigned)atoi(optarg);
			break;
		default:
			return false;
		}
	}
	follow.pattern.channels = follow.channels;
	follow.prefix = argv[optind];
	return follow.prefix && follow.frames && follow.channels &&
	       follow.channels <= PATTERN_CHANNELS_MAX;
}

static bool open_client(void)
{
	follow.client = jack_client_open("jackfollow", JackNoStartServer, NULL);
	if (!follow.client) {
		return false;
	}
	follow.room = (uint64_t)follow.seconds * jack_get_sample_rate(follow.client);
	for (unsigned c = 0; c < follow.channels; c++) {
		char name[16];

		snprintf(name, sizeof(name), "in_%u", c + 1);
		follow.ports[c] = jack_port_register(follow.client, name, JACK_DEFAULT_AUDIO_TYPE,
						     JackPortIsInput, 0);
		follow.data[c] = calloc(follow.room, sizeof(float));
		if (!follow.ports[c] || !follow.data[c]) {
			return false;
		}
	}
	mlockall(MCL_CURRENT);
	jack_set_process_callback(follow.client, process, NULL);
	jack_set_xrun_callback(follow.client, on_xrun, NULL);
	jack_on_shutdown(follow.client, on_shutdown, NULL);
	return jack_activate(follow.client) == 0;
}

/* Connects the ports that exist and are not connected yet. */
static void look(void)
{
	bool whole = true;

	for (unsigned c = 0; c < follow.channels; c++) {
		char name[256];

		snprintf(name, sizeof(name), "%s%u", follow.prefix, c + 1);
		if (!jack_port_connected(follow.ports[c]) &&
		    jack_port_by_name(follow.client, name)) {
			jack_connect(follow.client, name, jack_port_name(follow.ports[c]));
		}
		whole &= jack_port_connected(follow.ports[c]) > 0;
	}
	follow.whole = whole;
}

static bool silent(uint64_t at)
{
	for (unsigned c = 0; c < follow.channels; c++) {
		if (follow.data[c][at] != 0.0f) {
			return false;
		}
	}
	return true;
}

static bool is_frame(uint64_t at, uint64_t frame)
{
	for (unsigned c = 0; c < follow.channels; c++) {
		float wanted = pattern_float(&follow.pattern, frame, c);

		if (memcmp(&follow.data[c][at], &wanted, sizeof(wanted)) != 0) {
			return false;
		}
	}
	return true;
}

/* Whether the sound from `at` on is the pattern from `frame` on, at most to the end of either. */
static bool is_place(uint64_t at, uint64_t frame)
{
	for (unsigned i = 0; i < CERTAIN; i++, at++, frame++) {
		if (at == follow.stored || frame == follow.frames || (i && silent(at))) {
			break;
		}
		if (!is_frame(at, frame)) {
			return false;
		}
	}
	return true;
}

/* How many frames before `next` the sound from `at` on is in the pattern; 0: it is not. */
static uint64_t is_again(uint64_t at, uint64_t next)
{
	for (uint64_t back = 1; back <= next && back < GAP_MAX; back++) {
		if (is_place(at, next - back)) {
			return back;
		}
	}
	return 0;
}

static void tell_wrong(uint64_t at, uint64_t next)
{
	fprintf(stderr,
		"jackfollow: wrong sound at %llu, expected frame %llu: it is %llu frames back\n",
		(unsigned long long)at, (unsigned long long)next,
		(unsigned long long)is_again(at, next));
}

static int judge(void)
{
	uint64_t next = 0, heard = 0, lost = 0, gaps = 0, wrong = 0, longest = 0, last_wrong = 0;

	for (uint64_t at = 0; at < follow.stored; at++) {
		uint64_t frame = next;

		if (silent(at)) {
			continue;
		}
		if (!is_frame(at, next)) {
			while (frame < follow.frames && frame < next + GAP_MAX &&
			       !is_place(at, frame)) {
				frame++;
			}
		}
		if (frame == follow.frames || frame == next + GAP_MAX) {
			if (at != last_wrong + 1) {
				tell_wrong(at, next);
			}
			last_wrong = at;
			wrong++;
			continue;
		}
		if (frame != next) {
			gaps++;
			lost += frame - next;
			longest = frame - next > longest ? frame - next : longest;
		}
		heard++;
		next = frame + 1;
	}
	printf("{\"wrong\":%llu,\"heard\":%llu,\"lost\":%llu,\"gaps\":%llu,\"longest\":%llu,"
	       "\"last\":%llu,\"xruns\":%u}\n",
	       (unsigned long long)wrong, (unsigned long long)heard, (unsigned long long)lost,
	       (unsigned long long)gaps, (unsigned long long)longest, (unsigned long long)next,
	       follow.xruns);
	return wrong ? 1 : 0;
}

int main(int argc, char **argv)
{
	const sigset_t signals = signals_block();
	bool stop = false;

	if (!parse(argc, argv)) {
		fprintf(stderr, "usage: jackfollow -c CHANNELS -f FORMAT -n FRAMES [-s SEED] "
				"[-t SECONDS] PREFIX\n");
		return 2;
	}
	if (!open_client()) {
		fprintf(stderr, "jackfollow: no JACK server, port or memory\n");
		return 2;
	}
	fprintf(stderr, "jackfollow: listening\n");
	while (!stop && !follow.lost_server && follow.stored < follow.room) {
		look();
		stop = signals_sleep(&signals, LOOK_MS) != 0;
	}
	/* While the client closes, the server cuts one connection after the other. */
	follow.whole = false;
	jack_client_close(follow.client);
	return judge();
}
