/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/sound/latency.h"

/* The frame of lead (src/sound/stream_rt.h), which wakes Linux in time. */
#define LEAD 1u

/* The durations of a guest's frame and of one of JACK's, in the same unit. */
struct frames {
	uint64_t guest, jack;
};

static uint64_t divisor(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static uint64_t above(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static uint64_t pack(uint32_t high, uint32_t low)
{
	return (uint64_t)high << 32 | low;
}

static struct frames find_frames(const struct latency *latency)
{
	uint64_t rates = atomic_load(&latency->rates);
	uint32_t guest_hz = (uint32_t)(rates >> 32), jack_hz = (uint32_t)rates;
	uint64_t common = divisor(guest_hz, jack_hz);

	return rates ? (struct frames){ jack_hz / common, guest_hz / common }
		     : (struct frames){ 1, 1 };
}

static uint32_t in_jack(uint64_t time, const struct frames *frames)
{
	return (uint32_t)((time + frames->jack / 2) / frames->jack);
}

void latency_publish(struct latency *latency, uint32_t ring, uint32_t period)
{
	atomic_store(&latency->stream, pack(ring, period));
}

void latency_publish_resampler(struct latency *latency, uint32_t guest_hz, uint32_t jack_hz,
			       uint32_t delay)
{
	atomic_store(&latency->rates, pack(guest_hz, jack_hz));
	atomic_store(&latency->delay, delay);
}

struct latency_range latency_find(const struct latency *latency, enum pcm_dir dir, uint32_t cycle)
{
	struct frames frames = find_frames(latency);
	uint32_t delay = atomic_load(&latency->delay);
	uint64_t stream = atomic_load(&latency->stream);
	uint64_t cycle_time = cycle * frames.jack;
	uint64_t ring = stream ? (stream >> 32) * frames.guest : 2 * cycle_time;
	uint64_t period = stream ? (uint32_t)stream * frames.guest : cycle_time;
	/* A guest without positions may look at any time: assume every cycle. */
	uint64_t step = period ? period : cycle_time, lead = period ? LEAD * frames.guest : 0;
	/* From a period's first frame to the beginning of the cycle that completes it. */
	uint64_t least = above(step, cycle_time), most = step - divisor(step, cycle_time);

	if (dir == PCM_CAPTURE) {
		return (struct latency_range){ in_jack(least + lead, &frames) + delay,
					       in_jack(most + lead, &frames) + delay };
	}
	return (struct latency_range){ in_jack(above(ring, most), &frames) + delay,
				       in_jack(above(ring, least), &frames) + delay };
}

void latency_forget(struct latency *latency)
{
	latency->told = (struct latency_range){ 0, 0 };
}

bool latency_renew(struct latency *latency, enum pcm_dir dir, uint32_t cycle)
{
	struct latency_range range = latency_find(latency, dir, cycle);
	bool due = range.min != latency->told.min || range.max != latency->told.max;

	latency->told = range;
	return due;
}
