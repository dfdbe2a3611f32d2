/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/sound/fader.h"

#include <assert.h>
#include <math.h>
#include <string.h>

float fader_clamp(float db)
{
	return db >= FADER_DB_MAX ? FADER_DB_MAX : db > FADER_DB_MIN ? db : FADER_DB_MIN;
}

/* Exactly 1 at 0 dB: the callback leaves such samples alone. */
static float amplitude_of(float db)
{
	return db <= FADER_DB_MIN ? 0.0f : db == 0.0f ? 1.0f : powf(10.0f, db / 20.0f);
}

static void work_out(struct fader *fader)
{
	float amplitudes[PCM_CHANNELS_MAX];
	bool silent = fader->muted || fader->guest_muted || (fader->shadowed && !fader->solo);
	float gain = amplitude_of(fader->gain_db) * amplitude_of(fader->guest_db);

	for (uint32_t c = 0; c < fader->channels; c++) {
		amplitudes[c] = silent ? 0.0f : gain * amplitude_of(fader->trim_db[c]);
	}
	amplitudes_set(&fader->amplitudes, amplitudes, fader->channels);
}

void fader_init(struct fader *fader, uint32_t channels)
{
	assert(channels <= PCM_CHANNELS_MAX);
	memset(fader, 0, sizeof(*fader));
	fader->channels = channels;
	work_out(fader);
}

void fader_set_gain(struct fader *fader, float db)
{
	fader->gain_db = fader_clamp(db);
	work_out(fader);
}

void fader_set_trim(struct fader *fader, uint32_t channel, float db)
{
	assert(channel < fader->channels);
	fader->trim_db[channel] = fader_clamp(db);
	work_out(fader);
}

void fader_set_muted(struct fader *fader, bool muted)
{
	fader->muted = muted;
	work_out(fader);
}

void fader_set_levels(struct fader *fader, float db, const float *trims_db, bool muted)
{
	fader->gain_db = fader_clamp(db);
	for (uint32_t c = 0; c < fader->channels; c++) {
		fader->trim_db[c] = fader_clamp(trims_db[c]);
	}
	fader->muted = muted;
	work_out(fader);
}

void fader_set_solo(struct fader *fader, bool solo, bool shadowed)
{
	fader->solo = solo;
	fader->shadowed = shadowed;
	work_out(fader);
}

void fader_set_guest(struct fader *fader, float db, bool muted)
{
	fader->guest_db = fader_clamp(db);
	fader->guest_muted = muted;
	work_out(fader);
}

/* --- fader position */

/* Where the linear pieces meet. */
static const struct {
	float position, db;
} corners[] = {
	{ 0.0f, -90.0f }, { 0.0625f, -60.0f }, { 0.25f, -30.0f }, { 0.5f, -10.0f }, { 1.0f, 10.0f }
};

#define PIECES (sizeof(corners) / sizeof(*corners) - 1)

float fader_db_of_position(float position)
{
	unsigned i = 0;

	if (!(position > 0.0f)) {
		return FADER_DB_MIN;
	}
	position = position < 1.0f ? position : 1.0f;
	while (i < PIECES - 1 && position > corners[i + 1].position) {
		i++;
	}
	return corners[i].db + (position - corners[i].position) *
				       (corners[i + 1].db - corners[i].db) /
				       (corners[i + 1].position - corners[i].position);
}

float fader_position_of_db(float db)
{
	unsigned i = 0;

	if (!(db > corners[0].db)) {
		return 0.0f;
	}
	db = db < FADER_DB_MAX ? db : FADER_DB_MAX;
	while (i < PIECES - 1 && db > corners[i + 1].db) {
		i++;
	}
	return corners[i].position + (db - corners[i].db) *
					     (corners[i + 1].position - corners[i].position) /
					     (corners[i + 1].db - corners[i].db);
}

float fader_db_of_amplitude(float amplitude)
{
	return amplitude > 0.0f ? fmaxf(20.0f * log10f(amplitude), FADER_DB_MIN) : FADER_DB_MIN;
}
