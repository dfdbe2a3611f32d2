/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ring of fixed-size records with one writing and one reading thread; it carries the messages
 * between the main, io and jack threads. Wait-free on both sides. Indices run freely and wrap with
 * uint32_t; the count of records is a power of two. Push and pop copy whole records.
 */
#ifndef XENJACK_RING_H
#define XENJACK_RING_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/rt.h"

struct ring {
	unsigned char *records;
	size_t record_size;
	uint32_t count;
	RT_ALIGNED _Atomic uint32_t head; /* next to write; the writer's */
	RT_ALIGNED _Atomic uint32_t tail; /* next to read; the reader's */
};

/* Makes an empty ring of `count` records, a power of two. Returns 0, -EINVAL or -ENOMEM. */
int ring_init(struct ring *ring, size_t record_size, uint32_t count);

/* Frees the records; accepts a zeroed ring. */
void ring_finish(struct ring *ring);

/* Writer: how many records can be pushed, at least. */
uint32_t ring_space(struct ring *ring);

/* Writer: copies a record in; false if the ring is full. */
bool ring_push(struct ring *ring, const void *record);

/* Reader: copies the oldest record out; false if the ring is empty. */
bool ring_pop(struct ring *ring, void *record);

#endif
