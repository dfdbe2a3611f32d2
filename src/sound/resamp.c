/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/sound/resamp.h"

#include <assert.h>
#include <string.h>

uint32_t resamp_advance(struct resamp *resamp, uint32_t jack_frames)
{
	uint64_t sum = (uint64_t)jack_frames * resamp->guest_hz + resamp->rt.phase;

	resamp->rt.phase = (uint32_t)(sum % resamp->jack_hz);
	return (uint32_t)(sum / resamp->jack_hz);
}

void resamp_push(struct resamp *resamp, const float *const *src, uint32_t at, uint32_t frames)
{
	uint32_t channels = resamp->channels;
	float *dst = resamp->queue + (size_t)resamp->rt.queued * channels;

	assert(frames <= resamp->queue_frames - resamp->rt.queued);
	for (uint32_t c = 0; c < channels; c++) {
		for (uint32_t i = 0; i < frames; i++) {
			dst[(size_t)i * channels + c] = src[c][at + i];
		}
	}
	resamp->rt.queued += frames;
}

/* Fills the chunk with up to `frames`; returns how many. */
static uint32_t convert(struct resamp *resamp, uint32_t frames)
{
	SRC_DATA data = {
		.data_in = resamp->queue,
		.data_out = resamp->rt.chunk,
		.input_frames = resamp->rt.queued,
		.output_frames = frames,
		.src_ratio = resamp->ratio,
	};
	uint32_t used;

	if (src_process(resamp->state, &data)) {
		return 0;
	}
	used = (uint32_t)data.input_frames_used;
	resamp->rt.queued -= used;
	/* libsamplerate consumes all it can once it needs any: next to nothing is left to move. */
	memmove(resamp->queue, resamp->queue + (size_t)used * resamp->channels,
		(size_t)resamp->rt.queued * resamp->channels * sizeof(float));
	return (uint32_t)data.output_frames_gen;
}

uint32_t resamp_pull(struct resamp *resamp, float *const *dst, uint32_t at, uint32_t frames)
{
	uint32_t channels = resamp->channels, most = RESAMP_CHUNK_SAMPLES / channels, done = 0, n;

	while (done < frames) {
		n = convert(resamp, frames - done < most ? frames - done : most);
		if (!n) {
			break;
		}
		for (uint32_t c = 0; c < channels; c++) {
			for (uint32_t i = 0; i < n; i++) {
				dst[c][at + done + i] = resamp->rt.chunk[(size_t)i * channels + c];
			}
		}
		done += n;
	}
	return done;
}
