/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The level of each channel of a stream, as its ports carry it: the peak since it was last read,
 * and the mean square over some 300 ms. The process callback measures while somebody watches; the
 * main thread reads. Amplitudes and their squares, 1 is full scale. Nothing fails.
 */
#ifndef XENJACK_METER_H
#define XENJACK_METER_H

#include <stdbool.h>

#include "src/base/rt.h"
#include "src/sound/pcm.h"

/* 300 ms at 48 kHz, the ballistics of IEC 60268-17: a cycle of n weighs n / (n + this). */
#define METER_SLOW_FRAMES 14400u

/* In place of a peak: no cycle was measured. */
#define METER_UNMEASURED (-1.0f)

/* The limit for wild floats: +80 dB, from which the level falls back within seconds. */
#define METER_SQUARE_MAX 1e8f

struct meter {
	/* shared */
	_Atomic bool wanted; /* the main thread writes */
	/* the callback writes; taking a peak leaves METER_UNMEASURED */
	_Atomic float peaks[PCM_CHANNELS_MAX];
	_Atomic float squares[PCM_CHANNELS_MAX];
};

/* --- the main thread */

/* Starts or stops the callback's measuring. */
RT_SAFE void meter_want(struct meter *meter, bool wanted);

/*
 * The peak since it was last taken, or METER_UNMEASURED: whoever asks more often than JACK has
 * cycles must not take that for silence. A peak that arrives at this very moment may be lost.
 */
RT_SAFE float meter_take_peak(struct meter *meter, uint32_t channel);

/* The RMS level. */
RT_SAFE float meter_rms(const struct meter *meter, uint32_t channel);

/* Resets all levels: nothing is measured yet. */
RT_SAFE void meter_clear(struct meter *meter);

/* --- the process callback */

RT_SAFE void meter_measure(struct meter *meter, const float *const *samples, uint32_t channels,
			   uint32_t frames);

RT_SAFE static inline bool meter_wanted(struct meter *meter)
{
	return atomic_load_explicit(&meter->wanted, memory_order_relaxed);
}

#endif
