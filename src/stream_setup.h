/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes a struct stream out of checked numbers, in memory of the caller's, which it brings in for
 * the callback. io. Sizes in bytes. The ring and the event page stay the caller's, and so does a
 * resampler: where the guest's rate is not JACK's the caller adds one.
 */
#ifndef XENJACK_STREAM_SETUP_H
#define XENJACK_STREAM_SETUP_H

#include "src/stream.h"

/* What a guest asks for in OPEN; every number may be anything. */
struct stream_params {
	enum pcm_format format;
	uint32_t rate_hz;
	uint32_t channels;
	uint32_t ring_bytes;
	uint32_t period_bytes; /* 0: no positions */
};

/* What may be granted now. */
struct stream_limits {
	uint32_t rate_hz;
	uint32_t channels;
	uint32_t ring_bytes_max;
	bool resample; /* other rates than rate_hz too: those of src/resamp.h */
};

/* Checks what a guest asks for. Returns 0 or -EINVAL. */
int stream_setup_check(const struct stream_params *params, const struct stream_limits *limits);

/* Makes a halted stream at position 0 for checked parameters. */
void stream_setup_init(struct stream *stream, enum pcm_dir dir, const struct stream_params *params,
		       void *sh_ring, struct evt *evt, struct strip *strip);

/*
 * Makes a stream that was kept over a restart of the daemon whole again: where it is, is kept, all
 * else follows from the checked parameters. -EINVAL if what was kept can not be.
 */
int stream_setup_adopt(struct stream *stream, enum pcm_dir dir, const struct stream_params *params,
		       void *sh_ring, struct evt *evt, struct strip *strip);

#endif
