/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An honest guest with nothing to spare: it writes a period when the last one is over. */
#include <stdio.h>

#include "tests/sim/hostile.h"
#include "tests/sim/raw.h"

/* Long enough that the null clock does not take over before the card's ports are in JACK. */
#define PERIODS_A_RING 32u

/* Frame n has the value n + 1, on both channels. */
static bool write_period(struct front *front, uint32_t number)
{
	uint32_t period = front->params.period, place = number % PERIODS_A_RING * period;
	int16_t *sh_samples = (int16_t *)(void *)front->sh_buffer + (size_t)place * 2;

	for (uint32_t i = 0; i < period; i++) {
		sh_samples[2 * i] = sh_samples[2 * i + 1] = (int16_t)(number * period + i + 1);
	}
	return raw_move(front, XENSND_OP_WRITE, place * RAW_FRAME_BYTES,
			period * RAW_FRAME_BYTES) == 0;
}

void hostile_lean_play(uint32_t period, uint32_t periods)
{
	struct raw raw;

	raw_connect(&raw, "lean");
	raw_alloc(&raw.out, PERIODS_A_RING * period * RAW_FRAME_BYTES);
	raw.out.params.period = period;
	raw_check(raw_open(&raw.out, period * RAW_FRAME_BYTES) == 0, "OPEN");
	for (uint32_t i = 0; i < periods && !raw_failures; i++) {
		raw_check(write_period(&raw.out, i), "WRITE");
		if (raw.out.last_frame >= (uint64_t)(i + 1) * period) {
			printf("    late with period %u\n", i);
		}
		if (i == 0) {
			raw_start(&raw.out);
		}
		/* Unlike one of Linux's, this period is over when the position is at its end. */
		raw_await_frames(&raw.out, (uint64_t)(i + 1) * period);
	}
	/* Until the last frames, and silence after them, have been on the port. */
	raw_await_frames(&raw.out, (uint64_t)(periods + 2) * period);
	printf("    played %u frames\n", periods * period);
	raw_check(raw_simple(&raw.out, XENSND_OP_CLOSE) == 0, "CLOSE");
	raw_finish(&raw);
}
