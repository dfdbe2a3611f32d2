/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Framing of packets in a byte stream, in either of OSC's two ways: a 32-bit length before each
 * packet (OSC 1.0), or SLIP with END on both sides (1.1). The first byte tells which: 0xC0 is END,
 * and a valid length begins with 0. Any thread; a reader is the caller's and allocates nothing.
 * Sizes in bytes. A wrong length fails with -EPROTO; malformed SLIP only drops the packet.
 */
#ifndef XENJACK_FRAME_H
#define XENJACK_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The same as for a datagram. */
#define FRAME_PACKET_MAX 8192u
/* Size limit of a framed packet: SLIP with every byte escaped. */
#define FRAME_WRITTEN_MAX(size) (2 * (size) + 2)

enum frame_kind {
	FRAME_UNKNOWN, /* nothing received yet */
	FRAME_LENGTH,
	FRAME_SLIP,
};

struct frame_reader {
	enum frame_kind kind;
	bool escaped;  /* SLIP: the previous byte was ESC */
	bool skipping; /* SLIP: drops all up to the next END: packet too long or malformed */
	unsigned long dropped;
	size_t size;
	uint8_t data[FRAME_PACKET_MAX + 4];
};

/* Gets one whole packet, never empty, valid until it returns. Anything but 0 ends the reading. */
typedef int frame_handler(void *arg, const void *packet, size_t size);

/* For a new peer. */
void frame_init(struct frame_reader *reader);

/*
 * Takes received bytes. Returns 0, -EPROTO (the rest of the stream is unreadable), or what the
 * handler returned.
 */
int frame_read(struct frame_reader *reader, const void *data, size_t size, frame_handler *handler,
	       void *arg);

/* Frames a packet as the peer does (by length if it has sent nothing). Returns the size written. */
size_t frame_write(enum frame_kind kind, const void *packet, size_t size, void *out);

#endif
