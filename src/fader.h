/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the operator set of a stream: gain, a trim for each channel, mute, solo. It stays while the
 * guest opens and closes, beside the guest's own volume (src/gain.h), which multiplies with it. ctl
 * sets, io reads the amplitudes that come of it and has the callback ramp to them. In dB, from
 * FADER_DB_MIN, which is silence, to FADER_DB_MAX; what is beyond is set to the end. Nothing fails.
 */
#ifndef XENJACK_FADER_H
#define XENJACK_FADER_H

#include <stdbool.h>

#include "src/pcm.h"
#include "src/rt.h"

/* As far as src/gain.h goes: a mixing desk's and Ardour's ends. */
#define FADER_DB_MAX 10.0f
#define FADER_DB_MIN (-193.0f)

struct fader {
	/* ctl's */
	uint32_t channels; /* fixed */
	float gain_db;
	float trim_db[PCM_CHANNELS_MAX];
	bool muted;
	bool solo;
	bool shadowed; /* others are solo */

	/* shared: ctl writes, io reads */
	_Atomic float amplitudes[PCM_CHANNELS_MAX];
};

/* 0 dB, no trim, not muted. */
void fader_init(struct fader *fader, uint32_t channels);

/* Each works out the amplitudes anew. NaN is taken for silence. */
void fader_set_gain(struct fader *fader, float db);
void fader_set_trim(struct fader *fader, uint32_t channel, float db);
void fader_set_muted(struct fader *fader, bool muted);
/* All of these at once, a trim for each channel: nothing between is ever heard. */
void fader_set_levels(struct fader *fader, float db, const float *trims_db, bool muted);
void fader_set_solo(struct fader *fader, bool solo, bool shadowed);

/* A measured amplitude in dB of full scale, FADER_DB_MIN at least. */
float fader_db_of_amplitude(float amplitude);

/*
 * The way of a desk's fader, 0 to 1, in four straight pieces of dB: 1 is +10, 3/4 is 0, 1/2 is -10,
 * 1/4 is -30, 1/16 is -60, 0 is silence. (Behringer's X32 has it so, and the surfaces made for it.)
 */
float fader_db_of_way(float way);
float fader_way_of_db(float db);

#endif
