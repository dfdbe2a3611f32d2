/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/proto/frame.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#define LENGTH sizeof(uint32_t)

enum slip {
	SLIP_END = 0xC0,
	SLIP_ESC = 0xDB,
	SLIP_ESC_END = 0xDC,
	SLIP_ESC_ESC = 0xDD,
};

void frame_init(struct frame_reader *reader)
{
	reader->kind = FRAME_UNKNOWN;
	reader->escaped = false;
	reader->skipping = false;
	reader->dropped = 0;
	reader->size = 0;
}

static int read_length(const struct frame_reader *reader, size_t *length)
{
	uint32_t prefix;

	memcpy(&prefix, reader->data, LENGTH);
	*length = be32toh(prefix);
	return *length > FRAME_PACKET_MAX || *length % 4 ? -EPROTO : 0;
}

/* After a wrong length, there is no way to find the next one. */
static int take_lengths(struct frame_reader *reader, const uint8_t *data, size_t size,
			frame_handler *handler, void *arg)
{
	while (size) {
		size_t length = 0, want, part;
		int error = reader->size < LENGTH ? 0 : read_length(reader, &length);

		want = LENGTH + length - reader->size;
		part = want < size ? want : size;
		memcpy(reader->data + reader->size, data, part);
		reader->size += part, data += part, size -= part;
		if (reader->size == LENGTH) {
			error = read_length(reader, &length);
			reader->size = !error && !length ? 0 : LENGTH;
		} else if (reader->size > LENGTH && reader->size == LENGTH + length) {
			reader->size = 0;
			error = handler(arg, reader->data + LENGTH, length);
		}
		if (error) {
			return error;
		}
	}
	return 0;
}

static int end_packet(struct frame_reader *reader, frame_handler *handler, void *arg)
{
	size_t size = reader->size;
	bool whole = !reader->skipping && !reader->escaped;

	reader->dropped += !whole;
	reader->size = 0;
	reader->skipping = false;
	reader->escaped = false;
	return whole && size ? handler(arg, reader->data, size) : 0;
}

static void take_byte(struct frame_reader *reader, uint8_t byte)
{
	if (reader->escaped) {
		reader->escaped = false;
		if (byte == SLIP_ESC_END) {
			byte = SLIP_END;
		} else if (byte == SLIP_ESC_ESC) {
			byte = SLIP_ESC;
		} else {
			reader->skipping = true;
		}
	} else if (byte == SLIP_ESC) {
		reader->escaped = true;
		return;
	}
	if (reader->size == FRAME_PACKET_MAX) {
		reader->skipping = true;
	}
	if (!reader->skipping) {
		reader->data[reader->size++] = byte;
	}
}

static int take_slip(struct frame_reader *reader, const uint8_t *data, size_t size,
		     frame_handler *handler, void *arg)
{
	int error = 0;

	for (size_t i = 0; i < size && !error; i++) {
		if (data[i] == SLIP_END) {
			error = end_packet(reader, handler, arg);
		} else {
			take_byte(reader, data[i]);
		}
	}
	return error;
}

int frame_read(struct frame_reader *reader, const void *data, size_t size, frame_handler *handler,
	       void *arg)
{
	const uint8_t *bytes = data;

	if (size && reader->kind == FRAME_UNKNOWN) {
		if (bytes[0] != 0 && bytes[0] != SLIP_END) {
			return -EPROTO;
		}
		reader->kind = bytes[0] ? FRAME_SLIP : FRAME_LENGTH;
	}
	return reader->kind == FRAME_SLIP ? take_slip(reader, bytes, size, handler, arg)
					  : take_lengths(reader, bytes, size, handler, arg);
}

static size_t write_slip(const uint8_t *packet, size_t size, uint8_t *out)
{
	uint8_t *at = out;

	*at++ = SLIP_END;
	for (size_t i = 0; i < size; i++) {
		if (packet[i] == SLIP_END || packet[i] == SLIP_ESC) {
			*at++ = SLIP_ESC;
			*at++ = packet[i] == SLIP_END ? SLIP_ESC_END : SLIP_ESC_ESC;
		} else {
			*at++ = packet[i];
		}
	}
	*at++ = SLIP_END;
	return (size_t)(at - out);
}

size_t frame_write(enum frame_kind kind, const void *packet, size_t size, void *out)
{
	uint32_t prefix = htobe32((uint32_t)size);

	if (kind == FRAME_SLIP) {
		return write_slip(packet, size, out);
	}
	memcpy(out, &prefix, LENGTH);
	memcpy((uint8_t *)out + LENGTH, packet, size);
	return LENGTH + size;
}
