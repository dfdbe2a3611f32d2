/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "src/resamp.h"

/*
 * Frames of silence beyond those that the filter looks ahead: libsamplerate adds its phase up in
 * double precision, and must not lack a frame where it is a hair ahead of our whole numbers.
 */
#define SPARE_FRAMES 1u

/* Outputs that bring the library's coefficients in: as many phases as any two usual rates have. */
#define WARM_FRAMES 320u

const uint32_t resamp_rates_hz[] = { 5512,  8000,  11025, 16000,  22050,  32000, 44100,
				     48000, 64000, 96000, 176400, 192000, 0 };

bool resamp_offers(uint32_t rate_hz)
{
	for (const uint32_t *rate = resamp_rates_hz; *rate; rate++) {
		if (*rate == rate_hz) {
			return true;
		}
	}
	return false;
}

/*
 * Finds out how many frames the first one that comes out needs: libsamplerate puts it where the
 * first of them is. 0 after an error.
 */
static uint32_t look_ahead(SRC_STATE *state, uint32_t channels, double ratio)
{
	float *silence = calloc((size_t)channels * (WARM_FRAMES + 1), sizeof(float));
	SRC_DATA data = { .data_in = silence, .src_ratio = ratio };
	uint32_t needed = 0;
	int error = !silence;

	data.data_out = silence ? silence + channels : NULL;
	while (!error && !data.output_frames_gen) {
		data.input_frames = data.output_frames = 1;
		error = src_process(state, &data);
		needed++;
	}
	for (unsigned i = 0; !error && i < WARM_FRAMES; i++) {
		data.input_frames = 1;
		data.output_frames = WARM_FRAMES;
		error = src_process(state, &data);
	}
	free(silence);
	return error ? 0 : needed;
}

static SRC_STATE *new_state(enum resamp_quality quality, uint32_t channels)
{
	static const int converters[] = {
		[RESAMP_FAST] = SRC_SINC_FASTEST,
		[RESAMP_YES] = SRC_SINC_MEDIUM_QUALITY,
		[RESAMP_BEST] = SRC_SINC_BEST_QUALITY,
	};
	int error;

	return src_new(converters[quality], (int)channels, &error);
}

struct resamp *resamp_create(enum resamp_quality quality, bool playback, uint32_t channels,
			     uint32_t guest_hz, uint32_t jack_hz)
{
	struct resamp *resamp = calloc(1, sizeof(*resamp));
	uint32_t needed;

	if (!resamp) {
		return NULL;
	}
	resamp->guest_hz = guest_hz;
	resamp->jack_hz = jack_hz;
	resamp->in_hz = playback ? guest_hz : jack_hz;
	resamp->channels = channels;
	resamp->ratio = playback ? (double)jack_hz / guest_hz : (double)guest_hz / jack_hz;
	resamp->state = src_is_valid_ratio(resamp->ratio) ? new_state(quality, channels) : NULL;
	needed = resamp->state ? look_ahead(resamp->state, channels, resamp->ratio) : 0;
	if (needed) {
		resamp->delay_frames = needed + SPARE_FRAMES;
		/* Besides what is pushed there is the silence at the beginning, later a frame or
		   two; at the end of a cycle what the last frame that comes out does not need. */
		resamp->queue_frames = resamp->delay_frames + 2 * RESAMP_CHUNK_SAMPLES / channels +
				       2 * (uint32_t)(1 / resamp->ratio + 1);
		resamp->queue = malloc((size_t)resamp->queue_frames * channels * sizeof(float));
	}
	if (!resamp->queue) {
		resamp_destroy(resamp);
		return NULL;
	}
	memset(resamp->queue, 0, (size_t)resamp->queue_frames * channels * sizeof(float));
	resamp_restart(resamp);
	return resamp;
}

void resamp_restart(struct resamp *resamp)
{
	/* Writes all of the library's buffer: every page of it is there now. */
	src_reset(resamp->state);
	memset(resamp->queue, 0, (size_t)resamp->delay_frames * resamp->channels * sizeof(float));
	resamp->rt.queued = resamp->delay_frames;
	resamp->rt.phase = 0;
}

void resamp_destroy(struct resamp *resamp)
{
	if (!resamp) {
		return;
	}
	if (resamp->state) {
		src_delete(resamp->state);
	}
	free(resamp->queue);
	free(resamp);
}

uint32_t resamp_delay_frames(const struct resamp *resamp)
{
	uint64_t scaled;

	if (!resamp) {
		return 0;
	}
	scaled = (uint64_t)resamp->delay_frames * resamp->jack_hz;
	return (uint32_t)((scaled + resamp->in_hz / 2) / resamp->in_hz);
}
