/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What users may see of a stream while a guest has it open, beside its counters: io writes it, word
 * by word, when a request has changed something, and the process callback the fill; ctl reads. What
 * is read between two words is right at the next look. Frames are the guest's. Nothing fails.
 */
#ifndef XENJACK_SIGHT_H
#define XENJACK_SIGHT_H

#include <stdbool.h>

#include "src/pcm.h"
#include "src/rt.h"

enum sight_state {
	SIGHT_CLOSED,
	SIGHT_OPEN,
	SIGHT_RUNNING, /* started, whoever runs its cycles */
};

struct sight {
	_Atomic enum sight_state state;
	/* not 0 where it is open */
	_Atomic uint32_t rate_hz, channels, ring_frames, period_frames;
	_Atomic enum pcm_format format;
	_Atomic uint32_t resampler_frames;	      /* JACK's */
	_Atomic int32_t volume_mdb[PCM_CHANNELS_MAX]; /* as the guest set it */
	_Atomic bool muted[PCM_CHANNELS_MAX];	      /* likewise */
	_Atomic int32_t fill_frames; /* written and not taken, or given and not read; RT writes */
};

#endif
