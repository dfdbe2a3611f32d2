/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The volume and mute of each channel of an open stream, as its guest sets them, and times that
 * what the operator set (src/fader.h), applied without clicks: a change is a
 * ramp, linear in amplitude, of GAIN_RAMP_FRAMES whatever the length of a cycle. At 0 dB no
 * sample is touched. io sets, the process callback follows; a word a channel lies between them.
 * Volumes are in 0.001 dB (_mdb), as in sndif. A volume beyond either end is set to that end,
 * as a fader would be. Nothing here fails.
 */
#ifndef XENJACK_GAIN_H
#define XENJACK_GAIN_H

#include <stdbool.h>

#include "src/fader.h"
#include "src/pcm.h"
#include "src/rt.h"

#define GAIN_MDB_MAX 10000     /* what mixing desks end at */
#define GAIN_MDB_MIN (-193000) /* here and below is silence: Ardour's end of the scale */

/* 16 ms at 48 kHz: too slow to click, too fast to be heard as a fade. */
#define GAIN_RAMP_FRAMES 768u

struct gain_ramp {
	float from, to; /* amplitudes */
	uint32_t left;	/* frames until `to` is reached */
};

struct gain {
	uint32_t channels; /* fixed */

	/* shared: io writes, RT reads */
	_Atomic uint32_t changes; /* counts them: tells RT to look at the targets */
	_Atomic float targets[PCM_CHANNELS_MAX];

	/* the callback's while the stream is published, io's otherwise */
	struct {
		uint32_t changes; /* those that are followed */
		bool active;	  /* some channel is not at 0 dB */
		struct gain_ramp ramps[PCM_CHANNELS_MAX];
	} rt;

	/* io's */
	struct {
		int32_t volume_mdb[PCM_CHANNELS_MAX];
		bool muted[PCM_CHANNELS_MAX];
		float level[PCM_CHANNELS_MAX]; /* the operator's, an amplitude */
	} io;
};

/* --- io */

/* All channels at 0 dB and not muted. */
void gain_init(struct gain *gain, uint32_t channels);

/* Goes on with the volumes and mutes that are in there, as far as they can be. */
void gain_adopt(struct gain *gain, uint32_t channels);

/* Sets the volume of every channel; those that are muted stay so. */
void gain_set_volume(struct gain *gain, const int32_t *volume_mdb);

/* What the operator wants of it; the guest's volumes stay as they are. */
void gain_set_level(struct gain *gain, const struct fader *fader);

/* The volumes as the guest set them, muted or not, within the scale's ends. */
void gain_get_volume(const struct gain *gain, int32_t *volume_mdb);

/* Mutes the channels for which `which` is true, or gives them their volume back. */
void gain_mute(struct gain *gain, const bool *which, bool muted);

/* Takes what is set over at once, without a ramp: for a stream that nobody hears just now. */
void gain_settle(struct gain *gain);

/* --- the process callback */

/* Takes new targets over; gain_active calls it. */
RT_SAFE void gain_follow(struct gain *gain);

/*
 * Scales frames of src[0..channels-1], from frame `at` on, into dst[0..channels-1], from 0 on; dst
 * may be src if `at` is 0.
 */
RT_SAFE void gain_scale(struct gain *gain, float *const *dst, const float *const *src, uint32_t at,
			uint32_t frames);

/* Whether there is anything to scale; once a cycle, and false costs two loads. */
RT_SAFE static inline bool gain_active(struct gain *gain)
{
	/* Orders the count before the targets it announces; pairs with the setters' release. */
	if (atomic_load_explicit(&gain->changes, memory_order_acquire) != gain->rt.changes) {
		gain_follow(gain);
	}
	return gain->rt.active;
}

#endif
