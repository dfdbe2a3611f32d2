/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/sound/meter.h"

#include <math.h>

/* Parallel sums and maxima, which the compiler can keep in one vector register. */
#define LANES 8u

struct block {
	float peak, sum;
};

static struct block look_at(const float *samples, uint32_t frames)
{
	float peaks[LANES] = { 0 }, sums[LANES] = { 0 };
	struct block block = { 0 };
	uint32_t i;

	for (i = 0; i + LANES <= frames; i += LANES) {
		for (uint32_t lane = 0; lane < LANES; lane++) {
			float sample = fabsf(samples[i + lane]);

			peaks[lane] = sample > peaks[lane] ? sample : peaks[lane];
			sums[lane] += sample * sample;
		}
	}
	for (; i < frames; i++) {
		float sample = fabsf(samples[i]);

		peaks[0] = sample > peaks[0] ? sample : peaks[0];
		sums[0] += sample * sample;
	}
	for (uint32_t lane = 0; lane < LANES; lane++) {
		block.peak = peaks[lane] > block.peak ? peaks[lane] : block.peak;
		block.sum += sums[lane];
	}
	return block;
}

void meter_measure(struct meter *meter, const float *const *samples, uint32_t channels,
		   uint32_t frames)
{
	float weight = 1.0f / ((float)frames + (float)METER_SLOW_FRAMES);

	for (uint32_t c = 0; c < channels; c++) {
		const struct block block = look_at(samples[c], frames);
		float square = atomic_load_explicit(&meter->squares[c], memory_order_relaxed);

		square = (square * (float)METER_SLOW_FRAMES + block.sum) * weight;
		/* Otherwise NaN and infinity, which a guest may send, would stay for ever. */
		square = square < METER_SQUARE_MAX ? square : METER_SQUARE_MAX;
		atomic_store_explicit(&meter->squares[c], square, memory_order_relaxed);
		if (block.peak > atomic_load_explicit(&meter->peaks[c], memory_order_relaxed)) {
			atomic_store_explicit(&meter->peaks[c], block.peak, memory_order_relaxed);
		}
	}
}

void meter_want(struct meter *meter, bool wanted)
{
	atomic_store_explicit(&meter->wanted, wanted, memory_order_relaxed);
}

float meter_take_peak(struct meter *meter, uint32_t channel)
{
	return atomic_exchange_explicit(&meter->peaks[channel], METER_UNMEASURED,
					memory_order_relaxed);
}

float meter_rms(const struct meter *meter, uint32_t channel)
{
	return sqrtf(atomic_load_explicit(&meter->squares[channel], memory_order_relaxed));
}

void meter_clear(struct meter *meter)
{
	for (uint32_t c = 0; c < PCM_CHANNELS_MAX; c++) {
		atomic_store_explicit(&meter->peaks[c], METER_UNMEASURED, memory_order_relaxed);
		atomic_store_explicit(&meter->squares[c], 0.0f, memory_order_relaxed);
	}
}
