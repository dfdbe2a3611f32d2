/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/sound/reference.h"

#include <math.h>
#include <setjmp.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <cmocka.h>

static const struct {
	snd_pcm_format_t alsa;
	const char *plugin; /* that converts it to integers or floats */
	unsigned bits;
	int sndfile;
} table[PCM_FORMATS] = {
	[PCM_S8] = { SND_PCM_FORMAT_S8, "lfloat", 8, 0 },
	[PCM_U8] = { SND_PCM_FORMAT_U8, "lfloat", 8, 0 },
	[PCM_S16_LE] = { SND_PCM_FORMAT_S16_LE, "lfloat", 16, 0 },
	[PCM_S16_BE] = { SND_PCM_FORMAT_S16_BE, "lfloat", 16, 0 },
	[PCM_U16_LE] = { SND_PCM_FORMAT_U16_LE, "lfloat", 16, 0 },
	[PCM_U16_BE] = { SND_PCM_FORMAT_U16_BE, "lfloat", 16, 0 },
	[PCM_S24_LE] = { SND_PCM_FORMAT_S24_LE, "lfloat", 24, 0 },
	[PCM_S24_BE] = { SND_PCM_FORMAT_S24_BE, "lfloat", 24, 0 },
	[PCM_U24_LE] = { SND_PCM_FORMAT_U24_LE, "lfloat", 24, 0 },
	[PCM_U24_BE] = { SND_PCM_FORMAT_U24_BE, "lfloat", 24, 0 },
	[PCM_S32_LE] = { SND_PCM_FORMAT_S32_LE, "lfloat", 32, 0 },
	[PCM_S32_BE] = { SND_PCM_FORMAT_S32_BE, "lfloat", 32, 0 },
	[PCM_U32_LE] = { SND_PCM_FORMAT_U32_LE, "lfloat", 32, 0 },
	[PCM_U32_BE] = { SND_PCM_FORMAT_U32_BE, "lfloat", 32, 0 },
	[PCM_FLOAT_LE] = { SND_PCM_FORMAT_FLOAT_LE, NULL, 0, SF_FORMAT_FLOAT | SF_ENDIAN_LITTLE },
	[PCM_FLOAT_BE] = { SND_PCM_FORMAT_FLOAT_BE, NULL, 0, SF_FORMAT_FLOAT | SF_ENDIAN_BIG },
	[PCM_FLOAT64_LE] = { SND_PCM_FORMAT_FLOAT64_LE, NULL, 0,
			     SF_FORMAT_DOUBLE | SF_ENDIAN_LITTLE },
	[PCM_FLOAT64_BE] = { SND_PCM_FORMAT_FLOAT64_BE, NULL, 0, SF_FORMAT_DOUBLE | SF_ENDIAN_BIG },
	[PCM_IEC958_LE] = { SND_PCM_FORMAT_IEC958_SUBFRAME_LE, "iec958", 24, 0 },
	[PCM_IEC958_BE] = { SND_PCM_FORMAT_IEC958_SUBFRAME_BE, "iec958", 24, 0 },
	[PCM_MU_LAW] = { SND_PCM_FORMAT_MU_LAW, "mulaw", 0, SF_FORMAT_ULAW },
	[PCM_A_LAW] = { SND_PCM_FORMAT_A_LAW, "alaw", 0, SF_FORMAT_ALAW },
};

unsigned reference_bits(enum pcm_format format)
{
	return table[format].bits;
}

snd_pcm_format_t reference_alsa(enum pcm_format format)
{
	return table[format].alsa;
}

/* --- alsa-lib */

static void params(snd_pcm_t *pcm, snd_pcm_format_t format, uint32_t channels)
{
	snd_pcm_uframes_t buffer = 8192;
	snd_pcm_hw_params_t *hw;

	snd_pcm_hw_params_alloca(&hw);
	snd_pcm_hw_params_any(pcm, hw);
	assert_int_equal(snd_pcm_hw_params_set_access(pcm, hw, SND_PCM_ACCESS_RW_INTERLEAVED), 0);
	assert_int_equal(snd_pcm_hw_params_set_format(pcm, hw, format), 0);
	assert_int_equal(snd_pcm_hw_params_set_channels(pcm, hw, channels), 0);
	assert_int_equal(snd_pcm_hw_params_set_rate(pcm, hw, 48000, 0), 0);
	assert_int_equal(snd_pcm_hw_params_set_buffer_size_near(pcm, hw, &buffer), 0);
	assert_int_equal(snd_pcm_hw_params(pcm, hw), 0);
}

/* Plays frames through a plugin into a file, and reads the file. */
static void convert(const char *plugin, snd_pcm_format_t from, snd_pcm_format_t to,
		    uint32_t channels, uint32_t frames, const void *in, void *out)
{
	/* In the status bits, only one is set, in the first of 192 frames: see encode_subframes. */
	const char *more = strcmp(plugin, "iec958") == 0 ? "preamble { z 0 x 0 y 0 } status [ 1 ]"
							 : "";
	size_t size = (size_t)frames * channels * (size_t)snd_pcm_format_physical_width(to) / 8;
	int file = memfd_create("reference", MFD_CLOEXEC);
	snd_config_t *config;
	snd_input_t *input;
	snd_pcm_t *pcm;
	char text[256];

	assert_true(file >= 0);
	snprintf(text, sizeof(text),
		 "pcm.x { type %s %s slave { format %s pcm { type file file %d format raw "
		 "slave.pcm { type null } } } }",
		 plugin, more, snd_pcm_format_name(to), file);
	assert_int_equal(snd_config_top(&config), 0);
	assert_int_equal(snd_input_buffer_open(&input, text, (ssize_t)strlen(text)), 0);
	assert_int_equal(snd_config_load(config, input), 0);
	snd_input_close(input);
	assert_int_equal(snd_pcm_open_lconf(&pcm, "x", SND_PCM_STREAM_PLAYBACK, 0, config), 0);
	params(pcm, from, channels);
	assert_int_equal(snd_pcm_writei(pcm, in, frames), frames);
	assert_int_equal(snd_pcm_drain(pcm), 0);
	assert_int_equal(pread(file, out, size + 1, 0), size);
	snd_pcm_close(pcm);
	snd_config_delete(config);
	close(file);
}

void reference_finish(void)
{
	snd_config_update_free_global();
}

/* --- libsndfile, on memory */

struct memory {
	unsigned char *data;
	sf_count_t size, at;
};

static sf_count_t memory_size(void *memory)
{
	return ((struct memory *)memory)->size;
}

static sf_count_t memory_seek(sf_count_t offset, int whence, void *memory)
{
	struct memory *m = memory;

	m->at = offset + (whence == SEEK_SET ? 0 : whence == SEEK_CUR ? m->at : m->size);
	return m->at;
}

static sf_count_t memory_read(void *data, sf_count_t count, void *memory)
{
	struct memory *m = memory;

	count = count < m->size - m->at ? count : m->size - m->at;
	memcpy(data, m->data + m->at, (size_t)count);
	m->at += count;
	return count;
}

static sf_count_t memory_write(const void *data, sf_count_t count, void *memory)
{
	struct memory *m = memory;

	assert_true(m->at + count <= m->size);
	memcpy(m->data + m->at, data, (size_t)count);
	m->at += count;
	return count;
}

static sf_count_t memory_tell(void *memory)
{
	return ((struct memory *)memory)->at;
}

static SNDFILE *open_memory(struct memory *memory, int encoding, int mode)
{
	static SF_VIRTUAL_IO io = { memory_size, memory_seek, memory_read, memory_write,
				    memory_tell };
	SF_INFO info = { .samplerate = 48000, .channels = 1, .format = SF_FORMAT_RAW | encoding };
	SNDFILE *file = sf_open_virtual(&io, mode, &info, memory);

	assert_non_null(file);
	/* Integers unscaled, not normalised to 1. */
	sf_command(file, SFC_SET_NORM_FLOAT, NULL, SF_FALSE);
	return file;
}

static void sndfile_read(int encoding, size_t size, uint32_t count, const void *raw, float *values)
{
	struct memory memory = { (unsigned char *)(uintptr_t)raw, (sf_count_t)size, 0 };
	SNDFILE *file = open_memory(&memory, encoding, SFM_READ);

	assert_int_equal(sf_read_float(file, values, count), count);
	sf_close(file);
}

static void sndfile_write(int encoding, size_t size, uint32_t count, const float *values, void *raw)
{
	struct memory memory = { raw, (sf_count_t)size, 0 };
	SNDFILE *file = open_memory(&memory, encoding, SFM_WRITE);

	assert_int_equal(sf_write_float(file, values, count), count);
	sf_close(file);
}

void reference_law(enum pcm_format format, uint32_t count, const int16_t *numbers,
		   unsigned char *codes)
{
	struct memory memory = { codes, count, 0 };
	SNDFILE *file = open_memory(&memory, table[format].sndfile, SFM_WRITE);

	assert_int_equal(sf_write_short(file, numbers, count), count);
	sf_close(file);
}

/* --- both directions */

void reference_silence(enum pcm_format format, uint32_t samples, void *raw)
{
	unsigned char *codes = raw;

	assert_int_equal(snd_pcm_format_set_silence(table[format].alsa, raw, samples), 0);
	for (uint32_t i = 0; i < samples && format >= PCM_MU_LAW; i++) {
		codes[i] ^= 0x80;
	}
}

void reference_clear_unused(enum pcm_format format, uint32_t samples, void *raw)
{
	bool little = format == PCM_S24_LE || format == PCM_U24_LE;
	unsigned char *bytes = raw;

	if (little || format == PCM_S24_BE || format == PCM_U24_BE) {
		for (uint32_t i = 0; i < samples; i++) {
			bytes[i * 4 + (little ? 3 : 0)] = 0;
		}
	}
}

/* alsa-lib 1.2.8 does not support big-endian subframes. */
static void swap_words(size_t count, const void *in, uint32_t *out)
{
	memmove(out, in, count * sizeof(*out));
	for (size_t i = 0; i < count; i++) {
		out[i] = __builtin_bswap32(out[i]);
	}
}

void reference_to_float(enum pcm_format format, uint32_t channels, uint32_t frames, const void *raw,
			float *values)
{
	const snd_pcm_format_t alsa = table[format].alsa, real = SND_PCM_FORMAT_FLOAT;
	size_t samples = (size_t)channels * frames;
	int32_t *words;

	if (!table[format].plugin) {
		sndfile_read(table[format].sndfile, samples * pcm_sample_bytes(format),
			     (uint32_t)samples, raw, values);
		return;
	}
	if (strcmp(table[format].plugin, "lfloat") == 0) {
		convert("lfloat", alsa, real, channels, frames, raw, values);
		return;
	}
	words = calloc(samples + 1, sizeof(*words));
	assert_non_null(words);
	if (format == PCM_IEC958_BE) {
		swap_words(samples, raw, (uint32_t *)words);
		convert("iec958", SND_PCM_FORMAT_IEC958_SUBFRAME_LE, SND_PCM_FORMAT_S32, channels,
			frames, words, words);
	} else {
		convert(table[format].plugin, alsa, SND_PCM_FORMAT_S32, channels, frames, raw,
			words);
	}
	convert("lfloat", SND_PCM_FORMAT_S32, real, channels, frames, words, values);
	free(words);
}

/* Limits and rounds to this number of bits. */
static void quantize(unsigned bits, uint32_t count, const float *values, float *whole)
{
	static const int encodings[] = { [8] = SF_FORMAT_PCM_S8,
					 [16] = SF_FORMAT_PCM_16,
					 [24] = SF_FORMAT_PCM_24,
					 [32] = SF_FORMAT_PCM_32 };
	const float scale = ldexpf(1, (int)bits - 1);
	const float max = bits < 32 ? scale - 1 : nextafterf(scale, 0);
	unsigned char *raw = malloc((size_t)count * 4 + 1);

	assert_non_null(raw);
	for (uint32_t i = 0; i < count; i++) {
		whole[i] = isnan(values[i]) ? 0 : fminf(fmaxf(values[i], -1) * scale, max);
	}
	sndfile_write(encodings[bits], (size_t)count * bits / 8, count, whole, raw);
	sndfile_read(encodings[bits], (size_t)count * bits / 8, count, raw, whole);
	free(raw);
	for (uint32_t i = 0; i < count; i++) {
		/* 2^31 - 1 is not a float; ALSA converts anything from 1 up to it. */
		whole[i] = bits == 32 && values[i] >= 1 ? 1 : whole[i] / scale;
	}
}

/* Truncated to 16 bits, of which the laws' steps are multiples, but keeping the sign. */
static void cut(uint32_t count, const float *values, int16_t *numbers)
{
	for (uint32_t i = 0; i < count; i++) {
		float number = isnan(values[i]) ? 0 : truncf(values[i] * 32768);

		number = number == 0 && values[i] < 0 ? -1 : number;
		numbers[i] = (int16_t)fminf(fmaxf(number, -32768), 32767);
	}
}

/* Bits other than the sound are cleared as far as ALSA permits: it always sets some status bit. */
static void encode_subframes(enum pcm_format format, uint32_t channels, uint32_t frames,
			     const int32_t *words, uint32_t *raw)
{
	convert("iec958", SND_PCM_FORMAT_S32, SND_PCM_FORMAT_IEC958_SUBFRAME_LE, channels, frames,
		words, raw);
	for (uint32_t i = 0; i < frames * channels; i++) {
		/* Clears the status bit, and corrects the parity. */
		raw[i] ^= i / channels % 192 == 0 ? 0xc0000000 : 0;
	}
	if (format == PCM_IEC958_BE) {
		swap_words(channels * frames, raw, raw);
	}
}

void reference_from_float(enum pcm_format format, uint32_t channels, uint32_t frames,
			  const float *values, void *raw)
{
	uint32_t samples = channels * frames, bits = table[format].bits;
	float *whole = malloc(samples * sizeof(*whole) + 1);
	int32_t *words = malloc(samples * sizeof(*words) + 1);

	assert_true(whole && words);
	if (bits) {
		quantize(bits, samples, values, whole);
	}
	if (bits && strcmp(table[format].plugin, "lfloat") == 0) {
		convert("lfloat", SND_PCM_FORMAT_FLOAT, table[format].alsa, channels, frames, whole,
			raw);
	} else if (bits) {
		convert("lfloat", SND_PCM_FORMAT_FLOAT, SND_PCM_FORMAT_S32, channels, frames, whole,
			words);
		encode_subframes(format, channels, frames, words, raw);
	} else if (table[format].plugin) {
		cut(samples, values, (int16_t *)words);
		convert(table[format].plugin, SND_PCM_FORMAT_S16, table[format].alsa, channels,
			frames, words, raw);
	} else {
		for (uint32_t i = 0; i < samples; i++) {
			whole[i] = isfinite(values[i]) ? values[i] : 0;
		}
		sndfile_write(table[format].sndfile, samples * pcm_sample_bytes(format), samples,
			      whole, raw);
	}
	free(whole);
	free(words);
}
