/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The level of each channel of a stream, as its ports carry it: the greatest sample since somebody
 * last looked, and the mean square over some 300 ms. The process callback measures while somebody
 * looks; ctl looks. Amplitudes and their squares, 1 is full scale. Nothing fails.
 */
#ifndef XENJACK_METER_H
#define XENJACK_METER_H

#include <stdbool.h>

#include "src/pcm.h"
#include "src/rt.h"

/* 300 ms at 48 kHz, as ballistics of IEC 60268-17 have it: a cycle of n weighs n / (n + this). */
#define METER_SLOW_FRAMES 14400u

/* What a wild float can be taken for: +80 dB, from which it falls back in seconds. */
#define METER_SQUARE_MAX 1e8f

struct meter {
	/* shared */
	_Atomic bool wanted; /* ctl writes */
	/* RT writes; ctl sets peaks to 0 when it takes them */
	_Atomic float peaks[PCM_CHANNELS_MAX];
	_Atomic float squares[PCM_CHANNELS_MAX];
};

/* --- ctl */

/* Has the callback measure, or not any more. */
void meter_want(struct meter *meter, bool wanted);

/* The greatest sample since it was last taken. One that comes in this moment may be lost to it. */
float meter_take_peak(struct meter *meter, uint32_t channel);

/* The root of the mean square. */
float meter_rms(const struct meter *meter, uint32_t channel);

/* Nothing is heard any more. */
void meter_clear(struct meter *meter);

/* --- the process callback */

RT_SAFE void meter_measure(struct meter *meter, const float *const *samples, uint32_t channels,
			   uint32_t frames);

RT_SAFE static inline bool meter_wanted(struct meter *meter)
{
	return atomic_load_explicit(&meter->wanted, memory_order_relaxed);
}

#endif
