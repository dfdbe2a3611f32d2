/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One sample in a guest's memory, as a number from -1 to 1. Any thread; owns nothing; never fails.
 * Deliberately shares no code with the back end's conversion, so that tests find an error in
 * either.
 */
#ifndef XENJACK_GUEST_SAMPLE_H
#define XENJACK_GUEST_SAMPLE_H

#include "src/sound/pcm.h"

/* Bits of an integer sample; 0 for floating point, mu-law and A-law. */
unsigned sample_bits(enum pcm_format format);

double sample_get(enum pcm_format format, const unsigned char *sample);

/* Stores the nearest value; clips what is beyond full scale. */
void sample_put(enum pcm_format format, unsigned char *sample, double value);

#endif
