/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What users can see of an open stream, besides its counters. The io thread writes it, word by
 * word, when a request has changed something; the process callback writes the fill; the main thread
 * reads. What is read between two writes is corrected by the next read. Frames are the guest's.
 * Nothing fails.
 */
#ifndef XENJACK_STREAM_STATUS_H
#define XENJACK_STREAM_STATUS_H

#include <stdbool.h>

#include "src/base/rt.h"
#include "src/sound/pcm.h"

enum stream_state {
	STREAM_CLOSED,
	STREAM_OPEN,
	STREAM_RUNNING, /* started, whoever runs its cycles */
};

struct stream_status {
	_Atomic enum stream_state state;
	/* not 0 while it is open */
	_Atomic uint32_t rate_hz, channels, ring_frames, period_frames;
	_Atomic enum pcm_format format;
	_Atomic uint32_t resampler_frames;	      /* its delay, in JACK's frames */
	_Atomic int32_t volume_mdb[PCM_CHANNELS_MAX]; /* as the guest set it */
	_Atomic bool muted[PCM_CHANNELS_MAX];	      /* as the guest set it */
	_Atomic int32_t fill_frames;		      /* the fill; the callback writes */
};

#endif
