/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a guest's frames come from and where they go: sound files, tones, ramps. A file whose name
 * ends in .raw has them as they are in the guest's memory. One thread per source or sink. Lengths
 * are in frames. NULL: the reason is logged. A write error is reported when the sink is closed.
 */
#ifndef XENJACK_GUEST_SOUND_H
#define XENJACK_GUEST_SOUND_H

#include "src/sound/pcm.h"

struct sound_params {
	enum pcm_format format; /* PCM_UNKNOWN: the file's own, or the nearest one */
	uint32_t channels;	/* 0: the file's */
	uint32_t rate_hz;	/* 0: the file's */
};

struct sound_source;

/* A file. Fills in what `params` leaves open; fails if the file contradicts the rest. */
struct sound_source *sound_source_file(const char *path, struct sound_params *params);

/* A sine of a quarter of full scale on every channel. */
struct sound_source *sound_source_tone(double tone_hz, const struct sound_params *params);

/* The ramp of a guest's stream; see ramp_step. */
struct sound_source *sound_source_ramp(unsigned stream, const struct sound_params *params);

/* Writes up to count frames; fewer at the end of the file. */
uint32_t sound_source_fill(struct sound_source *source, void *frames, uint32_t count);

/* Accepts NULL. */
void sound_source_close(struct sound_source *source);

struct sound_sink;

/* A WAV file (or .raw) that holds every value of the format. All params must be set. */
struct sound_sink *sound_sink_open(const char *path, const struct sound_params *params);

void sound_sink_add(struct sound_sink *sink, const void *frames, uint32_t count);

/* Returns 0, or -EIO if the file is incomplete; accepts NULL. */
int sound_sink_close(struct sound_sink *sink);

#endif
