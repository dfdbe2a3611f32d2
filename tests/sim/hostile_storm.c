/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One guest's storms of costly requests, and how long requests of another take. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/sim/hostile.h"
#include "tests/sim/raw.h"

#define MIB 1048576u
#define WRITE_PAUSE_NS 500000L

static void storm_open(struct raw *raw, uint32_t size)
{
	raw_alloc(&raw->out, size);
	raw_check(raw_open(&raw->out, size / 4) == 0, "OPEN");
}

static void erase_once(struct front *front)
{
	raw_move(front, XENSND_OP_WRITE, 0, front->params.buffer * front->frame_bytes);
	raw_move(front, XENSND_OP_WRITE, 0, 0);
}

static void trigger_once(struct front *front)
{
	raw_trigger(front, XENSND_OP_TRIGGER_START);
	raw_trigger(front, XENSND_OP_TRIGGER_STOP);
}

static void open_once(struct front *front)
{
	raw_simple(front, XENSND_OP_CLOSE);
	raw_open(front, front->params.buffer * front->frame_bytes / 4);
}

static void log_once(struct front *front)
{
	raw_open(front, 3);
}

static const struct storm {
	const char *name;
	void (*once)(struct front *front); /* NULL: reconnects */
	uint32_t size;
	unsigned channels, rate_hz;
} storms[] = {
	{ "erase", erase_once, 4 * MIB, 2, 48000 },
	{ "start-stop", trigger_once, 4 * MIB, 2, 48000 },
	{ "open-4-mib", open_once, 4 * MIB, 2, 48000 },
	{ "open-8-mib", open_once, 8 * MIB, 2, 48000 },
	{ "open-resampled", open_once, MIB, 32, 44100 },
	{ "log", log_once, 65536, 2, 48000 },
	{ "reconnect", NULL, 65536, 2, 48000 },
};

bool hostile_storm(const char *name)
{
	const struct storm *storm = storms;
	struct raw raw;

	while (strcmp(storm->name, name) != 0) {
		if (++storm == storms + sizeof(storms) / sizeof(storms[0])) {
			return false;
		}
	}
	raw_channels = storm->channels;
	raw_rate_hz = storm->rate_hz;
	raw_connect(&raw, "storm");
	storm_open(&raw, storm->size);
	printf("storming\n");
	fflush(stdout);
	while (!raw_failures) {
		if (storm->once) {
			storm->once(&raw.out);
		} else {
			raw_reload(&raw);
			storm_open(&raw, storm->size);
		}
	}
	return true;
}

static void print_times(const struct stats *times)
{
	printf("p50 %lu p99 %lu max %lu\n", (unsigned long)stats_percentile(times, 50) / 1000,
	       (unsigned long)stats_percentile(times, 99) / 1000,
	       (unsigned long)times->max_ns / 1000);
}

void hostile_write_times(unsigned count)
{
	static struct stats times;
	struct raw raw;
	int64_t begin_ns;

	raw_connect(&raw, "neighbour");
	storm_open(&raw, 65536);
	for (unsigned i = 0; i < count && !raw_failures; i++) {
		begin_ns = stats_now_ns();
		raw_check(raw_move(&raw.out, XENSND_OP_WRITE, 0, 4096) == 0, "WRITE");
		stats_add(&times, stats_now_ns() - begin_ns);
		nanosleep(&(struct timespec){ .tv_nsec = WRITE_PAUSE_NS }, NULL);
	}
	print_times(&times);
	raw_finish(&raw);
}

void hostile_open_times(uint32_t size, unsigned count)
{
	static struct stats times;
	struct raw raw;
	int64_t begin_ns;

	raw_connect(&raw, "opener");
	raw_alloc(&raw.out, size);
	for (unsigned i = 0; i < count && !raw_failures; i++) {
		begin_ns = stats_now_ns();
		raw_check(raw_open(&raw.out, size / 4) == 0, "OPEN");
		stats_add(&times, stats_now_ns() - begin_ns);
		raw_check(raw_simple(&raw.out, XENSND_OP_CLOSE) == 0, "CLOSE");
	}
	print_times(&times);
	raw_finish(&raw);
}

void hostile_lives(unsigned count)
{
	struct raw raw;

	for (unsigned i = 0; i < count && !raw_failures; i++) {
		raw_connect(&raw, "brief");
		storm_open(&raw, 65536);
		raw_check(raw_trigger(&raw.out, XENSND_OP_TRIGGER_START) == 0, "START");
		raw_finish(&raw);
		if ((i + 1) % 1000 == 0) {
			printf("%u lives\n", i + 1);
			fflush(stdout);
		}
	}
}
