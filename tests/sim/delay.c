/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measures the delay of a path through JACK, in frames:
 *
 *   delay [-r] -n FRAMES SINK SOURCE [PORT...]
 *                       from its own output to SINK, and from SOURCE to its input;
 *                       -r: rounds what it receives, for a path that resamples
 *   delay -t NAME       a client that copies its port "in" to its port "out"
 *   delay -w PORT...    prints the latencies that the PORTs report, and again when they change
 *
 * It plays a counter and compares what comes back with what it plays in the same frame. When the
 * delay has been the same for FRAMES frames in a row, it prints one JSON line: the delay, how often
 * it changed before, and the latencies that the PORTs report. Exit status 0, or 2: could not run.
 * JACK adds a period to a path that is a loop in its graph, and nothing to others. -w changes
 * nothing in the graph: a change would make the server compute all latencies anew.
 */
#include "tests/tools/signals.h"

#include <errno.h>
#include <jack/jack.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Exact in a float, and longer than any path. */
#define COUNTER_MAX (1u << 20)

static struct delay {
	jack_client_t *client;
	jack_port_t *in, *out;
	bool through, rounded;
	uint32_t wanted;
	/* used by the callback alone until done */
	uint32_t counter, delay, run, changes;
	atomic_bool done;
} delay;

static void count(float sample)
{
	float scaled = sample * (float)COUNTER_MAX + (delay.rounded ? 0.5f : 0.0f);
	uint32_t value = scaled > 0.0f ? (uint32_t)scaled : 0, found;

	/* Silence, or not our counter. */
	if (value == 0 || value >= COUNTER_MAX ||
	    (!delay.rounded && (float)value / (float)COUNTER_MAX != sample)) {
		delay.run = 0;
		return;
	}
	found = (delay.counter + COUNTER_MAX - value) % COUNTER_MAX;
	if (found != delay.delay) {
		delay.changes += delay.delay != 0;
		delay.delay = found;
		delay.run = 0;
	}
	delay.run++;
	if (delay.run >= delay.wanted) {
		delay.done = true;
	}
}

static int process(jack_nframes_t frames, void *unused)
{
	const float *in = jack_port_get_buffer(delay.in, frames);
	float *out = jack_port_get_buffer(delay.out, frames);

	(void)unused;
	if (delay.through) {
		memcpy(out, in, frames * sizeof(float));
		return 0;
	}
	for (jack_nframes_t i = 0; i < frames && !delay.done; i++) {
		delay.counter = (delay.counter + 1) % COUNTER_MAX;
		out[i] = (float)delay.counter / (float)COUNTER_MAX;
		count(in[i]);
	}
	return 0;
}

static bool enter(const char *name)
{
	delay.client = jack_client_open(name, JackNoStartServer, NULL);
	return delay.client != NULL;
}

static bool start(const char *name)
{
	if (!enter(name)) {
		return false;
	}
	delay.in = jack_port_register(delay.client, "in", JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput,
				      0);
	delay.out = jack_port_register(delay.client, "out", JACK_DEFAULT_AUDIO_TYPE,
				       JackPortIsOutput, 0);
	jack_set_process_callback(delay.client, process, NULL);
	return delay.in && delay.out && jack_activate(delay.client) == 0;
}

static bool link_up(const char *source, const char *sink)
{
	int result = jack_connect(delay.client, source, sink);

	if (result && result != EEXIST) {
		fprintf(stderr, "cannot connect %s to %s: error %d\n", source, sink, result);
		return false;
	}
	return true;
}

static int tell_range(char *text, size_t size, const char *name)
{
	jack_port_t *port = jack_port_by_name(delay.client, name);
	jack_latency_range_t capture = { 0, 0 }, playback = { 0, 0 };

	if (port) {
		jack_port_get_latency_range(port, JackCaptureLatency, &capture);
		jack_port_get_latency_range(port, JackPlaybackLatency, &playback);
	}
	return snprintf(text, size, "\"%s\": {\"capture\": [%u, %u], \"playback\": [%u, %u]}", name,
			capture.min, capture.max, playback.min, playback.max);
}

static void tell_ranges(char *text, size_t size, char **names, int count)
{
	size_t length = (size_t)snprintf(text, size, "{");

	for (int i = 0; i < count && length < size; i++) {
		length += (size_t)tell_range(text + length, size - length, names[i]);
		length += (size_t)snprintf(text + length, size - length,
					   i + 1 < count ? ", " : "}");
	}
}

static void watch(char **names, int count, const sigset_t *signals)
{
	char last[1024] = "", now[1024];

	do {
		tell_ranges(now, sizeof(now), names, count);
		if (strcmp(now, last) != 0) {
			puts(now);
			fflush(stdout);
			strcpy(last, now);
		}
	} while (!signals_sleep(signals, 10));
}

int main(int argc, char **argv)
{
	char ranges[1024];
	const sigset_t signals = signals_block();
	int option, number;

	while ((option = getopt(argc, argv, "n:rt:w")) != -1) {
		if (option == 'n') {
			delay.wanted = (uint32_t)strtoul(optarg, NULL, 10);
		} else if (option == 'r') {
			delay.rounded = true;
		} else if (option == 't') {
			delay.through = true;
			if (!start(optarg)) {
				return 2;
			}
			sigwait(&signals, &number);
			/* A client that dies without closing holds up a synchronous server. */
			jack_deactivate(delay.client);
			return 0;
		} else if (option == 'w') {
			if (!enter("onlooker")) {
				return 2;
			}
			watch(argv + optind, argc - optind, &signals);
			return 0;
		} else {
			return 2;
		}
	}
	if (argc < optind + 2 || !start("delay") || !link_up("delay:out", argv[optind]) ||
	    !link_up(argv[optind + 1], "delay:in")) {
		return 2;
	}
	while (!delay.done && !signals_sleep(&signals, 10)) {
	}
	tell_ranges(ranges, sizeof(ranges), argv + optind + 2, argc - optind - 2);
	printf("{\"delay\": %u, \"changes\": %u, \"ports\": %s}\n", delay.delay, delay.changes,
	       argc > optind + 2 ? ranges : "{}");
	jack_deactivate(delay.client);
	return 0;
}
