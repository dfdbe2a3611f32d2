/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int ring_init(struct ring *ring, size_t record_size, uint32_t count)
{
	ring->records = NULL;
	ring->record_size = record_size;
	ring->count = count;
	atomic_init(&ring->head, 0);
	atomic_init(&ring->tail, 0);
	if (!record_size || !count || (count & (count - 1))) {
		return -EINVAL;
	}
	ring->records = calloc(count, record_size);
	return ring->records ? 0 : -ENOMEM;
}

void ring_finish(struct ring *ring)
{
	free(ring->records);
	ring->records = NULL;
}

static unsigned char *record_at(const struct ring *ring, uint32_t index)
{
	return ring->records + (index & (ring->count - 1)) * ring->record_size;
}

uint32_t ring_space(struct ring *ring)
{
	uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);

	/* Orders the reader's copy of a record before our overwriting it. */
	return ring->count - (head - atomic_load_explicit(&ring->tail, memory_order_acquire));
}

bool ring_push(struct ring *ring, const void *record)
{
	uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);

	if (!ring_space(ring)) {
		return false;
	}
	memcpy(record_at(ring, head), record, ring->record_size);
	/* Orders the record before the head that makes it visible to the reader. */
	atomic_store_explicit(&ring->head, head + 1, memory_order_release);
	return true;
}

bool ring_pop(struct ring *ring, void *record)
{
	uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

	/* Orders our load of the head before our read of the record. */
	if (atomic_load_explicit(&ring->head, memory_order_acquire) == tail) {
		return false;
	}
	memcpy(record, record_at(ring, tail), ring->record_size);
	/* Orders our read of the record before the tail that lets the writer reuse it. */
	atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
	return true;
}
