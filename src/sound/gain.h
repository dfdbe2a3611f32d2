/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The volume and mute that a guest sets for each channel of an open stream, multiplied with the
 * operator's settings (src/sound/fader.h) and applied without clicks: a change is a ramp, linear in
 * amplitude, of GAIN_RAMP_FRAMES whatever the length of a cycle. At 0 dB no sample is touched. The
 * io thread sets, the process callback follows; they share one word for each channel. Volumes are
 * in 0.001 dB (_mdb), as in sndif. A volume beyond either end is set to that end, as on a fader.
 * Nothing fails.
 */
#ifndef XENJACK_GAIN_H
#define XENJACK_GAIN_H

#include <stdbool.h>

#include "src/base/rt.h"
#include "src/sound/amplitudes.h"
#include "src/sound/fader.h"
#include "src/sound/pcm.h"

#define GAIN_MDB_MAX ((int32_t)(1000 * FADER_DB_MAX))
#define GAIN_MDB_MIN ((int32_t)(1000 * FADER_DB_MIN)) /* silence from here down */

/* 16 ms at 48 kHz: too slow to click, too fast to be heard as a fade. */
#define GAIN_RAMP_FRAMES 768u

struct gain_ramp {
	float from, to; /* amplitudes */
	uint32_t left;	/* frames until `to` is reached */
};

struct gain {
	uint32_t channels; /* fixed */

	struct amplitudes targets; /* shared: the io thread writes, the callback reads */

	/* the callback's while the stream is published, the io thread's otherwise */
	struct {
		uint32_t changes; /* changes already followed */
		bool active;	  /* some channel is not at 0 dB */
		bool boosts;	  /* some channel is above 0 dB: products may overflow */
		struct gain_ramp ramps[PCM_CHANNELS_MAX];
	} rt;

	/* the io thread's */
	struct {
		int32_t volume_mdb[PCM_CHANNELS_MAX];
		bool muted[PCM_CHANNELS_MAX];
		float level[PCM_CHANNELS_MAX]; /* the operator's, as an amplitude */
	} io;
};

/* --- the io thread */

/* All channels at 0 dB and not muted. */
void gain_init(struct gain *gain, uint32_t channels);

/* Keeps the stored volumes and mutes, as far as they are valid. */
void gain_adopt(struct gain *gain, uint32_t channels);

/* Sets the volume of every channel; muted channels stay muted. */
void gain_set_volume(struct gain *gain, const int32_t *volume_mdb);

/* Takes over the operator's settings; the guest's volumes stay as they are. */
void gain_set_level(struct gain *gain, const struct fader *fader);

/* The volumes as the guest set them, muted or not, clamped to the scale. */
void gain_get_volume(const struct gain *gain, int32_t *volume_mdb);

/* Mutes or unmutes the channels for which `which` is true. */
void gain_mute(struct gain *gain, const bool *which, bool muted);

/* --- the process callback, or the io thread while the stream is not published */

/* Applies the settings at once, without a ramp: for a stream that nobody hears at the moment. */
RT_SAFE void gain_settle(struct gain *gain);

/* --- the process callback */

/* Takes over new targets, all of them or none yet; called by gain_active. */
RT_SAFE void gain_follow(struct gain *gain);

/*
 * Scales frames of src[0..channels-1], from frame `at` on, into dst[0..channels-1], from 0 on; dst
 * may be src if `at` is 0.
 */
RT_SAFE void gain_scale(struct gain *gain, float *const *dst, const float *const *src, uint32_t at,
			uint32_t frames);

/* Whether there is anything to scale; call it once a cycle. False costs two loads. */
RT_SAFE static inline bool gain_active(struct gain *gain)
{
	if (amplitudes_changed(&gain->targets, gain->rt.changes)) {
		gain_follow(gain);
	}
	return gain->rt.active;
}

#endif
