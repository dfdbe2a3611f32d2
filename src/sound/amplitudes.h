/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An amplitude for each channel, which one thread sets and one other reads: all of them from the
 * same moment, or not yet. Neither waits for the other.
 */
#ifndef XENJACK_AMPLITUDES_H
#define XENJACK_AMPLITUDES_H

#include <stdatomic.h>
#include <stdbool.h>

#include "src/base/rt.h"
#include "src/sound/pcm.h"

struct amplitudes {
	_Atomic uint32_t changes; /* counts up; odd while they are being set */
	_Atomic float channels[PCM_CHANNELS_MAX];
};

RT_SAFE static inline void amplitudes_set(struct amplitudes *amplitudes, const float *from,
					  uint32_t count)
{
	/* Whoever set them last may have been killed meanwhile: even or odd, this one is odd. */
	uint32_t setting = (atomic_load_explicit(&amplitudes->changes, memory_order_relaxed) + 1) |
			   1;

	atomic_store_explicit(&amplitudes->changes, setting, memory_order_relaxed);
	for (uint32_t c = 0; c < count; c++) {
		/* Who reads this one reads `setting` afterwards, or a later count. */
		atomic_store_explicit(&amplitudes->channels[c], from[c], memory_order_release);
	}
	atomic_store_explicit(&amplitudes->changes, setting + 1, memory_order_release);
}

/* Whether they may have been set since `changes`. */
RT_SAFE static inline bool amplitudes_changed(const struct amplitudes *amplitudes, uint32_t changes)
{
	return atomic_load_explicit(&amplitudes->changes, memory_order_relaxed) != changes;
}

/* False while they are being set: ask again later. `changes` is for amplitudes_changed. */
RT_SAFE static inline bool amplitudes_get(const struct amplitudes *amplitudes, float *to,
					  uint32_t count, uint32_t *changes)
{
	uint32_t before = atomic_load_explicit(&amplitudes->changes, memory_order_acquire);

	if (before % 2 != 0) {
		return false;
	}
	for (uint32_t c = 0; c < count; c++) {
		to[c] = atomic_load_explicit(&amplitudes->channels[c], memory_order_acquire);
	}
	if (amplitudes_changed(amplitudes, before)) {
		return false;
	}
	*changes = before;
	return true;
}

#endif
