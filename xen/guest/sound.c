/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/guest/sound.h"

#include <errno.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/log.h"
#include "xen/guest/ramp.h"
#include "xen/guest/sample.h"

#define TONE_SIZE 0.25

struct sound_source {
	struct sound_params params;
	SNDFILE *file;	/* or: */
	FILE *raw;	/* or: */
	double tone_hz; /* or, if 0: a ramp */
	uint32_t step;	/* of the ramp */
	double *values; /* samples read from the file */
	uint32_t room;	/* frames that fit in `values` */
	uint64_t frame;
};

struct sound_sink {
	struct sound_params params;
	SNDFILE *file; /* or: */
	FILE *raw;
	void *samples; /* samples to write to the file: int32_t or double */
	uint32_t room; /* frames of doubles that fit in `samples` */
	bool failed;
};

/* Whether the file has frames as they are in guest memory. */
static bool is_raw(const char *path)
{
	size_t length = strlen(path);

	return length > 4 && strcmp(path + length - 4, ".raw") == 0;
}

/* --- input files */

static enum pcm_format format_of(int sf_format)
{
	switch (sf_format & SF_FORMAT_SUBMASK) {
	case SF_FORMAT_PCM_S8:
		return PCM_S8;
	case SF_FORMAT_PCM_U8:
		return PCM_U8;
	case SF_FORMAT_PCM_24:
		return PCM_S24_LE;
	case SF_FORMAT_PCM_32:
		return PCM_S32_LE;
	case SF_FORMAT_FLOAT:
	case SF_FORMAT_VORBIS:
		return PCM_FLOAT_LE;
	case SF_FORMAT_DOUBLE:
		return PCM_FLOAT64_LE;
	case SF_FORMAT_ULAW:
		return PCM_MU_LAW;
	case SF_FORMAT_ALAW:
		return PCM_A_LAW;
	default:
		return PCM_S16_LE;
	}
}

/* Makes room for `count` frames of doubles; false if out of memory. */
static bool make_room(void **samples, uint32_t *room, uint32_t count, uint32_t channels)
{
	void *more;

	if (count <= *room) {
		return true;
	}
	more = realloc(*samples, (size_t)count * channels * sizeof(double));
	if (more == NULL) {
		return false;
	}
	*samples = more;
	*room = count;
	return true;
}

/* Fills in what the params leave open; false if the file contradicts the rest. */
static bool settle(const SF_INFO *info, const char *path, struct sound_params *params)
{
	if (params->channels != 0 && params->channels != (uint32_t)info->channels) {
		log_error("%s: has %d channels, not %u", path, info->channels, params->channels);
		return false;
	}
	if (params->rate_hz != 0 && params->rate_hz != (uint32_t)info->samplerate) {
		log_warning("%s: recorded at %d Hz, played at %u Hz", path, info->samplerate,
			    params->rate_hz);
	}
	params->channels = (uint32_t)info->channels;
	params->rate_hz = params->rate_hz == 0 ? (uint32_t)info->samplerate : params->rate_hz;
	if (params->format == PCM_UNKNOWN) {
		params->format = format_of(info->format);
	}
	return true;
}

static bool file_open(struct sound_source *source, const char *path, struct sound_params *params)
{
	SF_INFO info = { 0 };

	source->file = sf_open(path, SFM_READ, &info);
	if (source->file == NULL) {
		log_error("cannot open %s: %s", path, sf_strerror(NULL));
		return false;
	}
	return settle(&info, path, params);
}

static bool raw_open(struct sound_source *source, const char *path,
		     const struct sound_params *params)
{
	if (params->format == PCM_UNKNOWN || params->channels == 0) {
		log_error("%s: a raw file needs --format and --channels", path);
		return false;
	}
	source->raw = fopen(path, "rb");
	if (source->raw == NULL) {
		log_error("cannot open %s: %s", path, strerror(errno));
	}
	return source->raw != NULL;
}

struct sound_source *sound_source_file(const char *path, struct sound_params *params)
{
	struct sound_source *source = calloc(1, sizeof(*source));

	if (source == NULL) {
		log_error("out of memory: cannot read %s", path);
		return NULL;
	}
	if (is_raw(path) ? !raw_open(source, path, params) : !file_open(source, path, params)) {
		sound_source_close(source);
		return NULL;
	}
	source->params = *params;
	return source;
}

static uint32_t file_fill(struct sound_source *source, void *frames, uint32_t count)
{
	uint32_t bytes = pcm_sample_bytes(source->params.format), i, samples;
	void *values = source->values;
	unsigned char *sample = frames;
	sf_count_t got;

	if (!make_room(&values, &source->room, count, source->params.channels)) {
		return 0;
	}
	source->values = values;
	got = sf_readf_double(source->file, source->values, count);
	got = got < 0 ? 0 : got;
	samples = (uint32_t)got * source->params.channels;
	for (i = 0; i < samples; i++) {
		sample_put(source->params.format, sample + (size_t)i * bytes, source->values[i]);
	}
	return (uint32_t)got;
}

/* --- signals */

static struct sound_source *signal_create(double tone_hz, const struct sound_params *params)
{
	struct sound_source *source = calloc(1, sizeof(*source));

	if (source == NULL) {
		log_error("out of memory: cannot create the signal");
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

struct sound_source *sound_source_ramp(unsigned stream, const struct sound_params *params)
{
	struct sound_source *source = signal_create(0, params);

	if (source != NULL) {
		source->step = ramp_step(stream);
	}
	return source;
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
			sample_put(source->params.format, sample, value);
		}
	}
}

uint32_t sound_source_fill(struct sound_source *source, void *frames, uint32_t count)
{
	if (source->file != NULL) {
		return file_fill(source, frames, count);
	}
	if (source->raw != NULL) {
		return (uint32_t)fread(
			frames, pcm_frame_bytes(source->params.format, source->params.channels),
			count, source->raw);
	}
	if (source->tone_hz > 0) {
		tone_fill(source, frames, count);
	} else {
		ramp_fill(source->params.format, source->params.channels, source->step,
			  source->frame, frames, count);
	}
	source->frame += count;
	return count;
}

void sound_source_close(struct sound_source *source)
{
	if (source == NULL) {
		return;
	}
	if (source->file != NULL) {
		sf_close(source->file);
	}
	if (source->raw != NULL) {
		fclose(source->raw);
	}
	free(source->values);
	free(source);
}

/* --- output files */

/* The WAV encoding that holds every value of the format. */
static int sf_format_of(enum pcm_format format)
{
	switch (format) {
	case PCM_FLOAT_LE:
	case PCM_FLOAT_BE:
		return SF_FORMAT_WAV | SF_FORMAT_FLOAT;
	case PCM_FLOAT64_LE:
	case PCM_FLOAT64_BE:
		return SF_FORMAT_WAV | SF_FORMAT_DOUBLE;
	case PCM_MU_LAW:
		return SF_FORMAT_WAV | SF_FORMAT_ULAW;
	case PCM_A_LAW:
		return SF_FORMAT_WAV | SF_FORMAT_ALAW;
	default:
		break;
	}
	switch (sample_bits(format)) {
	case 8:
		return SF_FORMAT_WAV | SF_FORMAT_PCM_U8;
	case 16:
		return SF_FORMAT_WAV | SF_FORMAT_PCM_16;
	case 24:
		return SF_FORMAT_WAV | SF_FORMAT_PCM_24;
	default:
		return SF_FORMAT_WAV | SF_FORMAT_PCM_32;
	}
}

static bool is_real(enum pcm_format format)
{
	return format >= PCM_FLOAT_LE && format <= PCM_FLOAT64_BE;
}

struct sound_sink *sound_sink_open(const char *path, const struct sound_params *params)
{
	struct sound_sink *sink = calloc(1, sizeof(*sink));
	SF_INFO info = { .samplerate = (int)params->rate_hz,
			 .channels = (int)params->channels,
			 .format = sf_format_of(params->format) };

	if (sink == NULL) {
		log_error("out of memory: cannot write %s", path);
		return NULL;
	}
	sink->params = *params;
	if (is_raw(path)) {
		sink->raw = fopen(path, "wb");
	} else {
		sink->file = sf_open(path, SFM_WRITE, &info);
	}
	if (sink->raw == NULL && sink->file == NULL) {
		log_error("cannot create %s: %s", path,
			  is_raw(path) ? strerror(errno) : sf_strerror(NULL));
		free(sink);
		return NULL;
	}
	return sink;
}

static sf_count_t file_add(struct sound_sink *sink, const unsigned char *frames, uint32_t count)
{
	enum pcm_format format = sink->params.format;
	uint32_t bytes = pcm_sample_bytes(format), samples = count * sink->params.channels, i;
	int32_t *words;
	double *values;

	if (!make_room(&sink->samples, &sink->room, count, sink->params.channels)) {
		return 0;
	}
	words = sink->samples;
	values = sink->samples;
	for (i = 0; i < samples; i++) {
		double value = sample_get(format, frames + (size_t)i * bytes);

		if (is_real(format)) {
			values[i] = value;
		} else {
			words[i] = (int32_t)(value * 2147483648.0);
		}
	}
	return is_real(format) ? sf_writef_double(sink->file, values, count)
			       : sf_writef_int(sink->file, words, count);
}

void sound_sink_add(struct sound_sink *sink, const void *frames, uint32_t count)
{
	size_t bytes = pcm_frame_bytes(sink->params.format, sink->params.channels);
	bool good = sink->raw != NULL ? fwrite(frames, bytes, count, sink->raw) == count
				      : file_add(sink, frames, count) == (sf_count_t)count;

	sink->failed = sink->failed || !good;
}

int sound_sink_close(struct sound_sink *sink)
{
	bool failed;

	if (sink == NULL) {
		return 0;
	}
	failed = sink->raw != NULL ? fclose(sink->raw) != 0 : sf_close(sink->file) != 0;
	failed = failed || sink->failed;
	free(sink->samples);
	free(sink);
	return failed ? -EIO : 0;
}
