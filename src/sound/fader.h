/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The operator's settings of a stream: gain, a trim for each channel, mute, solo; and those that
 * apply to it because they are its guest's as a whole: gain, mute. They outlive OPEN and CLOSE, and
 * multiply with the guest's own volume (src/sound/gain.h). The main thread sets them; the io thread
 * reads the resulting amplitudes and has the callback ramp to them. In dB, from FADER_DB_MIN, which
 * is silence, to FADER_DB_MAX; values beyond are clamped. Nothing fails.
 */
#ifndef XENJACK_FADER_H
#define XENJACK_FADER_H

#include <stdbool.h>

#include "src/base/rt.h"
#include "src/sound/amplitudes.h"
#include "src/sound/pcm.h"

/* The top of a mixer's fader, and the bottom of Ardour's scale: silence from there down. */
#define FADER_DB_MAX 10.0f
#define FADER_DB_MIN (-193.0f)

struct fader {
	/* the main thread's */
	uint32_t channels; /* fixed */
	float gain_db;
	float trim_db[PCM_CHANNELS_MAX];
	bool muted;
	bool solo;
	bool shadowed; /* other streams are solo */
	float guest_db;
	bool guest_muted;

	/* shared: the main thread writes, the io thread reads */
	struct amplitudes amplitudes;
};

/* 0 dB, no trim, not muted. */
void fader_init(struct fader *fader, uint32_t channels);

/* Each recomputes the amplitudes. NaN counts as silence. */
void fader_set_gain(struct fader *fader, float db);
void fader_set_trim(struct fader *fader, uint32_t channel, float db);
void fader_set_muted(struct fader *fader, bool muted);
/* Sets all of these at once, with a trim for each channel: nothing in between is ever heard. */
void fader_set_levels(struct fader *fader, float db, const float *trims_db, bool muted);
void fader_set_solo(struct fader *fader, bool solo, bool shadowed);
/* What holds for all streams of the guest. */
void fader_set_guest(struct fader *fader, float db, bool muted);

/* A gain within the scale; silence for NaN. */
float fader_clamp(float db);

/* A measured amplitude in dBFS, at least FADER_DB_MIN. */
float fader_db_of_amplitude(float amplitude);

/*
 * The travel of a mixer's fader, 0 to 1, in four pieces that are linear in dB: 1 is +10, 3/4 is 0,
 * 1/2 is -10, 1/4 is -30, 1/16 is -60, 0 is silence. (As on Behringer's X32 and on surfaces made
 * for it.)
 */
float fader_db_of_position(float position);
float fader_position_of_db(float db);

#endif
