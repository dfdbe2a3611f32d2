/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One sample in a guest's memory, as a number from -1 to 1. Any thread; nothing is owned; never
 * fails. The back end's half has kernels of its own: none of them is used here, so that one can
 * be heard to differ from the other.
 */
#ifndef XENJACK_GUEST_SAMPLE_H
#define XENJACK_GUEST_SAMPLE_H

#include "src/pcm.h"

/* Bits of a whole number; 0 for floating point and the laws. */
unsigned sample_bits(enum pcm_format format);

double sample_get(enum pcm_format format, const unsigned char *sample);

/* The nearest there is: what is beyond full scale is limited. */
void sample_put(enum pcm_format format, unsigned char *sample, double value);

#endif
