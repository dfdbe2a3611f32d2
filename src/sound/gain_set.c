/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "src/sound/gain.h"

static int32_t clamp(int32_t mdb)
{
	return mdb > GAIN_MDB_MAX ? GAIN_MDB_MAX : mdb < GAIN_MDB_MIN ? GAIN_MDB_MIN : mdb;
}

/* Exactly 1 at 0 dB, so that the callback leaves the samples alone. */
static float amplitude_of(int32_t mdb)
{
	if (mdb == 0) {
		return 1.0f;
	}
	return mdb == GAIN_MDB_MIN ? 0.0f : powf(10.0f, (float)mdb / 20000.0f);
}

static void announce(struct gain *gain)
{
	float targets[PCM_CHANNELS_MAX];

	for (uint32_t c = 0; c < gain->channels; c++) {
		float volume = gain->io.muted[c] ? 0.0f : amplitude_of(gain->io.volume_mdb[c]);

		targets[c] = volume * gain->io.level[c];
	}
	amplitudes_set(&gain->targets, targets, gain->channels);
}

void gain_init(struct gain *gain, uint32_t channels)
{
	assert(channels <= PCM_CHANNELS_MAX);
	memset(gain, 0, sizeof(*gain));
	gain->channels = channels;
	for (uint32_t c = 0; c < channels; c++) {
		gain->io.level[c] = 1.0f;
	}
	announce(gain);
	gain_settle(gain);
}

void gain_adopt(struct gain *gain, uint32_t channels)
{
	assert(channels <= PCM_CHANNELS_MAX);
	gain->channels = channels;
	gain_set_volume(gain, gain->io.volume_mdb);
	gain_settle(gain);
}

void gain_set_volume(struct gain *gain, const int32_t *volume_mdb)
{
	for (uint32_t c = 0; c < gain->channels; c++) {
		gain->io.volume_mdb[c] = clamp(volume_mdb[c]);
	}
	announce(gain);
}

void gain_set_level(struct gain *gain, const struct fader *fader)
{
	float level[PCM_CHANNELS_MAX];
	uint32_t changes;

	/* If they are being set right now, another message follows. */
	if (amplitudes_get(&fader->amplitudes, level, gain->channels, &changes)) {
		memcpy(gain->io.level, level, gain->channels * sizeof(*level));
		announce(gain);
	}
}

void gain_get_volume(const struct gain *gain, int32_t *volume_mdb)
{
	memcpy(volume_mdb, gain->io.volume_mdb, gain->channels * sizeof(*volume_mdb));
}

void gain_mute(struct gain *gain, const bool *which, bool muted)
{
	for (uint32_t c = 0; c < gain->channels; c++) {
		gain->io.muted[c] = which[c] ? muted : gain->io.muted[c];
	}
	announce(gain);
}
