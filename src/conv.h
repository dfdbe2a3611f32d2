/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernels that convert interleaved guest samples to and from JACK's float buffers, one buffer a
 * channel. Runs in the JACK process thread; allocates nothing, never fails. A value that float
 * can hold passes unchanged; others are rounded once, to nearest. Full scale is 1.0: 32767 of
 * s16 is 32767/32768. From JACK, values beyond full scale are limited and NaN becomes silence;
 * float_le has no limit, so there infinity becomes silence too. From a guest, NaN and infinity
 * become silence, since one bad sample would poison every filter downstream.
 *
 * Guest memory may change while a kernel reads it. It then sounds wrong; nothing else happens.
 */
#ifndef XENJACK_CONV_H
#define XENJACK_CONV_H

#include "src/pcm.h"
#include "src/rt.h"

struct conv {
	/*
	 * Converts frames from sh_src into dst[0..channels-1], starting at frame `at` of each
	 * destination.
	 */
	void (*to_float)(float *const *dst, uint32_t at, const void *sh_src, uint32_t channels,
			 uint32_t frames);

	/* Converts frames of src[0..channels-1], starting at frame `at` of each, into sh_dst. */
	void (*from_float)(void *sh_dst, const float *const *src, uint32_t at, uint32_t channels,
			   uint32_t frames);
};

/* The kernels for a format, or NULL if it has none. Any thread. */
const struct conv *conv_find(enum pcm_format format);

/* What conv_find chooses from; for its table and for tests. */
extern const struct conv conv_c_s16, conv_c_s24, conv_c_s32, conv_c_float;

#endif
