/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest that changes its volumes while it plays a constant value, and records what comes back. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/hostile.h"
#include "tests/sim/raw.h"

#define FRAMES 384000u /* played once: the ring never wraps */
#define BYTES (FRAMES * RAW_FRAME_BYTES)
#define VALUE 16384

/* Frames between two requests. */
#define STEP_FRAMES 4096u

static void await_step(struct front *front)
{
	/* The events that wait in the page, and a new one. */
	raw_await_events(front, raw_events_made(front) - raw_events_taken(front) + 1);
	raw_await_frames(front, front->last_frame + STEP_FRAMES);
}

/* The payload is written where the clock has been and does not return. */
static void turn(struct front *front, uint8_t operation, const void *payload, uint32_t length)
{
	memcpy(front->sh_buffer, payload, length);
	raw_check(raw_move(front, operation, 0, length) == 0, "operation %u", operation);
	await_step(front);
}

static void set_volume(struct front *front, int32_t left_mdb, int32_t right_mdb)
{
	const int32_t volume_mdb[] = { left_mdb, right_mdb };

	turn(front, XENSND_OP_SET_VOLUME, volume_mdb, sizeof(volume_mdb));
}

static void expect_volume(struct front *front, int32_t left_mdb, int32_t right_mdb)
{
	int32_t got[2];

	raw_check(raw_move(front, XENSND_OP_GET_VOLUME, 64, sizeof(got)) == 0, "GET_VOLUME");
	memcpy(got, front->sh_buffer + 64, sizeof(got));
	raw_check(got[0] == left_mdb && got[1] == right_mdb, "GET_VOLUME: %d %d", got[0], got[1]);
}

static void play_volumes(struct front *out)
{
	const uint32_t both[] = { 1, 1 };
	const uint8_t left[] = { 1, 0 };

	set_volume(out, -6000, 3000);
	turn(out, XENSND_OP_MUTE, left, sizeof(left));
	expect_volume(out, -6000, 3000);
	turn(out, XENSND_OP_UNMUTE, both, sizeof(both));
	set_volume(out, 0, 0);
}

static void record_volumes(struct front *in)
{
	const uint32_t right[] = { 0, 1 };
	const uint8_t both[] = { 1, 1 };

	set_volume(in, -12000, -1000);
	turn(in, XENSND_OP_MUTE, right, sizeof(right));
	turn(in, XENSND_OP_UNMUTE, both, sizeof(both));
	expect_volume(in, -12000, -1000);
	set_volume(in, 0, 0);
}

static void save(const char *path, const void *sh_samples)
{
	FILE *file = fopen(path, "wb");

	raw_check(file && fwrite(sh_samples, BYTES, 1, file) == 1, "cannot write %s", path);
	if (file) {
		fclose(file);
	}
}

void hostile_volume_turn(const char *path)
{
	struct raw raw;
	int16_t *sh_samples;
	sigset_t go;
	int number;

	sigemptyset(&go);
	sigaddset(&go, SIGUSR1);
	sigprocmask(SIG_BLOCK, &go, NULL);
	raw_connect(&raw, "knob");
	/* Sent when the ear is connected. */
	sigwait(&go, &number);
	raw_alloc(&raw.in, BYTES);
	raw_alloc(&raw.out, BYTES);
	raw_check(raw_open(&raw.in, BYTES / 4) == 0 && raw_open(&raw.out, BYTES / 4) == 0, "OPEN");
	sh_samples = (int16_t *)(void *)raw.out.sh_buffer;
	for (uint32_t i = 0; i < BYTES / 2; i++) {
		sh_samples[i] = VALUE;
	}
	raw_check(raw_move(&raw.out, XENSND_OP_WRITE, 0, BYTES) == 0, "WRITE");
	raw_start(&raw.in);
	raw_start(&raw.out);
	await_step(&raw.out);
	play_volumes(&raw.out);
	record_volumes(&raw.in);
	raw_check(raw_trigger(&raw.out, XENSND_OP_TRIGGER_STOP) == 0 &&
			  raw_trigger(&raw.in, XENSND_OP_TRIGGER_STOP) == 0,
		  "STOP");
	raw_check(raw.out.last_frame <= FRAMES, "the machine is too slow");
	/* Restores the silence that the payloads have overwritten. */
	memset(raw.in.sh_buffer, 0, 128);
	save(path, raw.in.sh_buffer);
	raw_finish(&raw);
}
