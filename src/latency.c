/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/latency.h"

/* The frame of src/stream.h's lead, which wakes Linux in time. */
#define LEAD 1u

static uint32_t divisor(uint32_t a, uint32_t b)
{
	while (b) {
		uint32_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static uint32_t above(uint32_t a, uint32_t b)
{
	return a > b ? a - b : 0;
}

void latency_state(struct latency *latency, uint32_t ring, uint32_t period)
{
	atomic_store(&latency->stream, (uint64_t)ring << 32 | period);
}

struct latency_range latency_find(const struct latency *latency, enum pcm_dir dir, uint32_t cycle)
{
	uint64_t stream = atomic_load(&((struct latency *)(uintptr_t)latency)->stream);
	uint32_t ring = stream ? (uint32_t)(stream >> 32) : 2 * cycle;
	uint32_t period = stream ? (uint32_t)stream : cycle;
	/* A guest that wants no positions looks when it likes: as if it did every cycle. */
	uint32_t step = period ? period : cycle, lead = period ? LEAD : 0;
	/* From a period's first frame to the beginning of the cycle that completes it. */
	uint32_t least = above(step, cycle), most = step - divisor(step, cycle);

	if (dir == PCM_CAPTURE) {
		return (struct latency_range){ least + lead, most + lead };
	}
	return (struct latency_range){ above(ring, most), above(ring, least) };
}
