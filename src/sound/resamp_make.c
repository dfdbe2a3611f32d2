/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "src/sound/resamp.h"

/*
 * Frames of silence beyond those that the filter looks ahead: libsamplerate sums its phase in
 * double precision, and must not run out of input if that is slightly ahead of our integers.
 */
#define SPARE_FRAMES 1u

/*
 * Output frames that fault in the library's coefficients: as many phases as any two usual rates
 * have.
 */
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

/*
 * libsamplerate has code of its own for 1, 2, 4 and 6 channels, and one for all other numbers,
 * which 3 channels use as well as 64, twenty times as fast.
 */
static uint32_t alike(uint32_t channels)
{
	return channels > 6 ? 3 : channels;
}

/*
 * Finds out how many input frames the first output frame needs: libsamplerate puts it where the
 * first input frame is. That does not depend on the number of channels. Faults in the code and
 * coefficients that as many channels use. 0 on error.
 */
static uint32_t look_ahead(enum resamp_quality quality, uint32_t channels, double ratio)
{
	float *silence = calloc((size_t)channels * (WARM_FRAMES + 1), sizeof(float));
	SRC_STATE *state = new_state(quality, channels);
	SRC_DATA data = { .data_in = silence, .src_ratio = ratio };
	int error = !silence || !state;
	uint32_t needed = 0;

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
	if (state) {
		src_delete(state);
	}
	free(silence);
	return error ? 0 : needed;
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
	needed = resamp->state ? look_ahead(quality, alike(channels), resamp->ratio) : 0;
	if (needed) {
		resamp->delay_frames = needed + SPARE_FRAMES;
		/*
		 * Room beyond what is pushed: at first for the silence, later for a frame or two;
		 * at the end of a cycle for input that the last output frame does not need.
		 */
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

uint64_t resamp_cost_ppm(enum resamp_quality quality, uint32_t channels, uint32_t guest_hz,
			 uint32_t jack_hz)
{
	/* Of one channel, at the higher of the two rates: the filter is as long in either. */
	static const uint32_t frame_ns[] = {
		[RESAMP_FAST] = 75,
		[RESAMP_YES] = 150,
		[RESAMP_BEST] = 500,
	};
	uint64_t frames_per_s = guest_hz > jack_hz ? guest_hz : jack_hz;

	return frames_per_s * channels * frame_ns[quality] / 1000;
}

void resamp_restart(struct resamp *resamp)
{
	/* Writes the library's whole buffer, and so faults in every page of it. */
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
