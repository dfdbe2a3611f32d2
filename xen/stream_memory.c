/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/stream_memory.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>

static struct stream_memory *memory_of(struct mapper_job *job)
{
	return (struct stream_memory *)(void *)((char *)job - offsetof(struct stream_memory, job));
}

static int make_resampler(struct stream_memory *memory)
{
	const struct stream_memory_want *want = &memory->want;

	if (want->guest_hz == want->jack_hz) {
		return 0;
	}
	memory->resamp = resamp_create(want->quality, want->playback, want->channels,
				       want->guest_hz, want->jack_hz);
	return memory->resamp ? 0 : -ENOMEM;
}

static void make(struct mapper_job *job)
{
	struct stream_memory *memory = memory_of(job);
	const struct stream_memory_want *want = &memory->want;

	memory->err = shbuf_map(&memory->buffer, memory->hv, want->domid, want->gref_directory,
				want->bytes);
	if (!memory->err) {
		memory->err = make_resampler(memory);
		if (memory->err) {
			shbuf_unmap(&memory->buffer);
		}
	}
}

static void unmake(struct mapper_job *job)
{
	struct stream_memory *memory = memory_of(job);

	resamp_destroy(memory->resamp);
	memory->resamp = NULL;
	shbuf_unmap(&memory->buffer);
}

void stream_memory_make(struct stream_memory *memory, struct mapper *mapper, struct hv *hv,
			const struct stream_memory_want *want)
{
	assert(!memory->made && !stream_memory_busy(memory));
	memory->made = true;
	memory->hv = hv;
	memory->want = *want;
	memory->job.domid = want->domid;
	memory->job.work = make;
	mapper_do(mapper, &memory->job);
}

void stream_memory_free(struct stream_memory *memory, struct mapper *mapper)
{
	assert(!stream_memory_busy(memory));
	if (!memory->made) {
		return;
	}
	memory->made = false;
	if (memory->buffer.sh_mem || memory->resamp) {
		memory->job.work = unmake;
		mapper_do(mapper, &memory->job);
	}
}

bool stream_memory_busy(const struct stream_memory *memory)
{
	return mapper_has(&memory->job);
}
