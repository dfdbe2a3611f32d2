/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sample formats in sndif's numbering: XENSND_PCM_FORMAT_xxx of xen/io/sndif.h. Pure; any thread.
 */
#ifndef XENJACK_FORMAT_H
#define XENJACK_FORMAT_H

#include "src/sound/pcm.h"

/* Returns the format with this sndif number, or PCM_UNKNOWN. */
enum pcm_format format_find(uint8_t wire_format);

/* Returns a format's bit in the mask of HW_PARAM_QUERY. */
uint64_t format_bit(enum pcm_format format);

#endif
