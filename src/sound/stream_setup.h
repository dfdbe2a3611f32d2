/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes a struct stream_rt from checked parameters, in memory that the caller owns and this faults
 * in for the callback. Io thread only. Sizes in bytes. The caller keeps the ring and the event
 * page, and adds and keeps a resampler if the guest's rate is not JACK's.
 */
#ifndef XENJACK_STREAM_SETUP_H
#define XENJACK_STREAM_SETUP_H

#include "src/sound/stream_rt.h"

/* What a guest asks for in OPEN; nothing in it is checked yet. */
struct stream_params {
	enum pcm_format format;
	uint32_t rate_hz;
	uint32_t channels;
	uint32_t ring_bytes;
	uint32_t period_bytes; /* 0: no positions */
};

/* What a guest may get now. */
struct stream_limits {
	uint32_t rate_hz;
	uint32_t channels;
	uint32_t ring_bytes_max;
	bool resample; /* other rates than rate_hz too: those of src/sound/resamp.h */
};

/* Checks what a guest asks for. Returns 0 or -EINVAL. */
int stream_setup_check(const struct stream_params *params, const struct stream_limits *limits);

/* Makes a halted stream at position 0 for checked parameters. */
void stream_setup_init(struct stream_rt *runtime, enum pcm_dir dir,
		       const struct stream_params *params, void *sh_ring, struct evt *evt,
		       struct strip *strip);

/*
 * Restores a stream from the handover of the last daemon: its position and state stay, everything
 * else follows from the checked parameters. -EINVAL if the handover is invalid.
 */
int stream_setup_adopt(struct stream_rt *runtime, enum pcm_dir dir,
		       const struct stream_params *params, void *sh_ring, struct evt *evt,
		       struct strip *strip);

#endif
