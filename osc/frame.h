/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets in a byte stream, by either of OSC's two ways: a length of 32 bits before each (1.0), or
 * SLIP with END on both sides (1.1). The first byte tells which: 0xC0 is END, and a length that may
 * be begins with 0. Any thread; a reader is the caller's, a fixed buffer and no memory of its own.
 * Sizes in bytes. What cannot be read on from fails with -EPROTO; SLIP only drops the packet.
 */
#ifndef XENJACK_FRAME_H
#define XENJACK_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As for a datagram. */
#define FRAME_PACKET_MAX 8192u
/* What a packet takes at most when every byte of it has to be escaped. */
#define FRAME_WRITTEN_MAX(size) (2 * (size) + 2)

enum frame_kind {
	FRAME_UNKNOWN, /* nothing has come yet */
	FRAME_LENGTH,
	FRAME_SLIP,
};

struct frame_reader {
	enum frame_kind kind;
	bool escaped;  /* SLIP: the byte before was ESC */
	bool skipping; /* SLIP: to the next END, the packet is too long or wrong */
	unsigned long dropped;
	size_t size;
	uint8_t data[FRAME_PACKET_MAX + 4];
};

/* One whole packet, never empty; gone after the return. Anything but 0 ends the reading. */
typedef int frame_handler(void *arg, const void *packet, size_t size);

/* For a new peer. */
void frame_init(struct frame_reader *reader);

/* Takes what has come. 0, -EPROTO (nothing of this stream can be read any more), or the handler's.
 */
int frame_read(struct frame_reader *reader, const void *data, size_t size, frame_handler *handler,
	       void *arg);

/* Writes a packet as the peer does (by length if it has said nothing). Returns the size written. */
size_t frame_write(enum frame_kind kind, const void *packet, size_t size, void *out);

#endif
