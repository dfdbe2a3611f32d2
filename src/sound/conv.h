/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernels that convert interleaved guest samples to and from JACK's float buffers, one buffer for
 * each channel. Process callback; they allocate nothing and never fail. A value that a float can
 * hold passes unchanged; others are rounded once, to nearest. Full scale is 1.0: 32767 of s16 is
 * 32767/32768. From JACK, values beyond full scale are limited and NaN becomes silence; the float
 * formats have no limit, so there infinity becomes silence too. From a guest, anything that is not
 * a finite float (NaN, infinity, a float64 too large) becomes silence, because one bad sample would
 * poison every filter downstream. A float64 below the smallest normal float becomes 0 where
 * denormals are flushed (src/base/denormals.h). A-law and mu-law round by G.711's decision values.
 *
 * Guest memory may change while a kernel reads it. It then sounds wrong; nothing else happens.
 */
#ifndef XENJACK_CONV_H
#define XENJACK_CONV_H

#include "src/base/rt.h"
#include "src/sound/pcm.h"

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
RT_SAFE const struct conv *conv_find(enum pcm_format format);

/* The kernels that conv_find chooses from; declared for its table and for tests. */
extern const struct conv conv_s8, conv_u8, conv_s16_le, conv_s16_be, conv_u16_le, conv_u16_be,
	conv_s24_le, conv_s24_be, conv_u24_le, conv_u24_be, conv_s32_le, conv_s32_be, conv_u32_le,
	conv_u32_be, conv_iec958_le, conv_iec958_be; /* conv_linear.c */
extern const struct conv conv_float_le, conv_float_be, conv_float64_le, conv_float64_be;
extern const struct conv conv_mu_law, conv_a_law;

#endif
