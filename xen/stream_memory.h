/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An open stream's memory: the guest's buffer and, if the rates differ, a resampler. To make and to
 * free it takes milliseconds, so the mapper does it. Io thread, which may look at the memory and
 * use it only while the mapper does not have it.
 */
#ifndef XENJACK_STREAM_MEMORY_H
#define XENJACK_STREAM_MEMORY_H

#include "src/sound/resamp.h"
#include "xen/mapper.h"
#include "xen/shbuf.h"

/* What a stream needs. */
struct stream_memory_want {
	uint32_t domid, gref_directory, bytes;
	enum resamp_quality quality;
	bool playback;
	uint32_t channels, guest_hz, jack_hz; /* equal rates: no resampler */
};

struct stream_memory {
	struct mapper_job job;
	struct hv *hv;
	struct stream_memory_want want;
	struct shbuf buffer;
	struct resamp *resamp;
	int err;   /* of the last make: 0 or -errno as shbuf_map's; without memory -ENOMEM */
	bool made; /* asked for and not freed yet, whatever err says */
};

/* Maps the buffer and makes the resampler, or nothing. Nothing may be made. */
void stream_memory_make(struct stream_memory *memory, struct mapper *mapper, struct hv *hv,
			const struct stream_memory_want *want);

/* Frees both; accepts a zeroed or failed one. The owner may have replaced the resampler. */
void stream_memory_free(struct stream_memory *memory, struct mapper *mapper);

/* Whether the mapper has it: a make or free is under way. */
bool stream_memory_busy(const struct stream_memory *memory);

#endif
