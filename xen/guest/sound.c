/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/guest/sound.h"

#include <errno.h>
#include <math.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>

#include "src/log.h"
#include "xen/guest/ramp.h"

#define TONE_SIZE 0.25

struct sound_source {
	struct sound_params params;
	SNDFILE *file;	/* or: */
	double tone_hz; /* or, if it is 0: a ramp */
	uint64_t frame;
};

struct sound_sink {
	struct sound_params params;
	SNDFILE *file;
	int32_t *words; /* s24_le in the place where libsndfile wants it */
	uint32_t frames;
	bool failed;
};

/* --- files in */

static enum pcm_format format_of(int sf_format)
{
	switch (sf_format & SF_FORMAT_SUBMASK) {
	case SF_FORMAT_PCM_24:
		return PCM_S24_LE;
	case SF_FORMAT_PCM_32:
		return PCM_S32_LE;
	case SF_FORMAT_FLOAT:
	case SF_FORMAT_DOUBLE:
	case SF_FORMAT_VORBIS:
		return PCM_FLOAT_LE;
	default:
		return PCM_S16_LE;
	}
}

static bool real_of(int sf_format)
{
	return format_of(sf_format) == PCM_FLOAT_LE;
}

struct sound_source *sound_source_file(const char *path, struct sound_params *params)
{
	struct sound_source *source = calloc(1, sizeof(*source));
	SF_INFO info = { 0 };

	if (source == NULL) {
		log_error("no memory to read %s", path);
		return NULL;
	}
	source->file = sf_open(path, SFM_READ, &info);
	if (source->file == NULL) {
		log_error("%s: %s", path, sf_strerror(NULL));
		sound_source_close(source);
		return NULL;
	}
	if (params->channels != 0 && params->channels != (uint32_t)info.channels) {
		log_error("%s has %d channels, not %u", path, info.channels, params->channels);
		sound_source_close(source);
		return NULL;
	}
	if (params->rate_hz != 0 && params->rate_hz != (uint32_t)info.samplerate) {
		log_warning("%s has %d frames a second and is played with %u", path,
			    info.samplerate, params->rate_hz);
	}
	params->channels = (uint32_t)info.channels;
	params->rate_hz = params->rate_hz == 0 ? (uint32_t)info.samplerate : params->rate_hz;
	if (params->format == PCM_UNKNOWN) {
		params->format = format_of(info.format);
	}
	if (real_of(info.format) && params->format != PCM_FLOAT_LE) {
		sf_command(source->file, SFC_SET_SCALE_FLOAT_INT_READ, NULL, SF_TRUE);
		sf_command(source->file, SFC_SET_CLIPPING, NULL, SF_TRUE);
	}
	source->params = *params;
	return source;
}

static uint32_t file_fill(struct sound_source *source, void *frames, uint32_t count)
{
	uint32_t i, samples;
	int32_t *words = frames;
	sf_count_t got;

	switch (source->params.format) {
	case PCM_S16_LE:
		got = sf_readf_short(source->file, frames, count);
		break;
	case PCM_FLOAT_LE:
		got = sf_readf_float(source->file, frames, count);
		break;
	default:
		got = sf_readf_int(source->file, frames, count);
	}
	got = got < 0 ? 0 : got;
	if (source->params.format == PCM_S24_LE) {
		samples = (uint32_t)got * source->params.channels;
		for (i = 0; i < samples; i++) {
			words[i] >>= 8;
		}
	}
	return (uint32_t)got;
}

/* --- signals */

static struct sound_source *signal_create(double tone_hz, const struct sound_params *params)
{
	struct sound_source *source = calloc(1, sizeof(*source));

	if (source == NULL) {
		log_error("no memory for a signal");
		return NULL;
	}
	source->params = *params;
	source->tone_hz = tone_hz;
	return source;
}

struct sound_source *sound_source_tone(double tone_hz, const struct sound_params *params)
{
	return signal_create(tone_hz, params);
}

struct sound_source *sound_source_ramp(const struct sound_params *params)
{
	return signal_create(0, params);
}

static void tone_put(enum pcm_format format, unsigned char *sample, double value)
{
	int32_t word = (int32_t)lrint(value * 2147483647.0);
	int16_t half = (int16_t)(word >> 16);
	float real = (float)value;

	switch (format) {
	case PCM_S16_LE:
		memcpy(sample, &half, sizeof(half));
		break;
	case PCM_S24_LE:
		word >>= 8;
		memcpy(sample, &word, sizeof(word));
		break;
	case PCM_S32_LE:
		memcpy(sample, &word, sizeof(word));
		break;
	default:
		memcpy(sample, &real, sizeof(real));
	}
}

static void tone_fill(struct sound_source *source, void *frames, uint32_t count)
{
	uint32_t bytes = pcm_sample_bytes(source->params.format), i, c;
	unsigned char *sample = frames;
	double turns, value;

	for (i = 0; i < count; i++) {
		turns = (double)(source->frame + i) * source->tone_hz / source->params.rate_hz;
		value = TONE_SIZE * sin(2 * M_PI * (turns - floor(turns)));
		for (c = 0; c < source->params.channels; c++, sample += bytes) {
			tone_put(source->params.format, sample, value);
		}
	}
}

uint32_t sound_source_fill(struct sound_source *source, void *frames, uint32_t count)
{
	if (source->file != NULL) {
		return file_fill(source, frames, count);
	}
	if (source->tone_hz > 0) {
		tone_fill(source, frames, count);
	} else {
		ramp_fill(source->params.format, source->params.channels, source->frame, frames,
			  count);
	}
	source->frame += count;
	return count;
}

void sound_source_close(struct sound_source *source)
{
	if (source != NULL && source->file != NULL) {
		sf_close(source->file);
	}
	free(source);
}

/* --- files out */

static int sf_format_of(enum pcm_format format)
{
	switch (format) {
	case PCM_S16_LE:
		return SF_FORMAT_WAV | SF_FORMAT_PCM_16;
	case PCM_S24_LE:
		return SF_FORMAT_WAV | SF_FORMAT_PCM_24;
	case PCM_S32_LE:
		return SF_FORMAT_WAV | SF_FORMAT_PCM_32;
	default:
		return SF_FORMAT_WAV | SF_FORMAT_FLOAT;
	}
}

struct sound_sink *sound_sink_open(const char *path, const struct sound_params *params)
{
	struct sound_sink *sink = calloc(1, sizeof(*sink));
	SF_INFO info = { .samplerate = (int)params->rate_hz,
			 .channels = (int)params->channels,
			 .format = sf_format_of(params->format) };

	if (sink == NULL) {
		log_error("no memory to write %s", path);
		return NULL;
	}
	sink->params = *params;
	sink->file = sf_open(path, SFM_WRITE, &info);
	if (sink->file == NULL) {
		log_error("%s: %s", path, sf_strerror(NULL));
		free(sink);
		return NULL;
	}
	return sink;
}

static sf_count_t sink_s24(struct sound_sink *sink, const void *frames, uint32_t count)
{
	uint32_t i, samples = count * sink->params.channels, *words;

	if (sink->frames < count) {
		words = realloc(sink->words, samples * sizeof(*words));
		if (words == NULL) {
			return 0;
		}
		sink->words = (int32_t *)words;
		sink->frames = count;
	}
	words = (uint32_t *)sink->words;
	memcpy(words, frames, samples * sizeof(*words));
	for (i = 0; i < samples; i++) {
		words[i] <<= 8;
	}
	return sf_writef_int(sink->file, sink->words, count);
}

void sound_sink_add(struct sound_sink *sink, const void *frames, uint32_t count)
{
	sf_count_t put;

	switch (sink->params.format) {
	case PCM_S16_LE:
		put = sf_writef_short(sink->file, frames, count);
		break;
	case PCM_S24_LE:
		put = sink_s24(sink, frames, count);
		break;
	case PCM_S32_LE:
		put = sf_writef_int(sink->file, frames, count);
		break;
	default:
		put = sf_writef_float(sink->file, frames, count);
	}
	sink->failed = sink->failed || put != (sf_count_t)count;
}

int sound_sink_close(struct sound_sink *sink)
{
	bool failed;

	if (sink == NULL) {
		return 0;
	}
	failed = sf_close(sink->file) != 0 || sink->failed;
	free(sink->words);
	free(sink);
	return failed ? -EIO : 0;
}
