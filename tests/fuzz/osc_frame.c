/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Byte streams of framed OSC packets. The input is what a peer sends. However the stream is cut
 * into pieces, the same packets come out, and a packet that is framed again comes back whole.
 */
#include <string.h>

#include "osc/proto/frame.h"
#include "tests/fuzz/fuzz.h"

/* What one reading gave: a number for all packets together, and how it ended. */
struct outcome {
	uint64_t sum;
	unsigned packets;
	unsigned long dropped;
	int error;
};

static enum frame_kind kind;

static int come_back(void *arg, const void *packet, size_t size)
{
	const void **sent = arg;

	FUZZ_CHECK(memcmp(packet, *sent, size) == 0);
	*sent = NULL;
	return 0;
}

static void send_back(const void *packet, size_t size)
{
	static uint8_t framed[FRAME_WRITTEN_MAX(FRAME_PACKET_MAX) + sizeof(uint32_t)];
	static struct frame_reader reader;
	const void *sent = packet;
	size_t written = frame_write(kind, packet, size, framed);

	FUZZ_CHECK(written <= FRAME_WRITTEN_MAX(size) || kind == FRAME_LENGTH);
	frame_init(&reader);
	FUZZ_CHECK(frame_read(&reader, framed, written, come_back, &sent) == 0);
	/* SLIP carries any size, a length only whole words. */
	FUZZ_CHECK(!sent);
}

static int on_packet(void *arg, const void *packet, size_t size)
{
	struct outcome *outcome = arg;
	const uint8_t *bytes = packet;

	FUZZ_CHECK(size > 0 && size <= FRAME_PACKET_MAX);
	for (size_t i = 0; i < size; i++) {
		outcome->sum = outcome->sum * 31 + bytes[i];
	}
	outcome->packets++;
	if (kind != FRAME_UNKNOWN) {
		send_back(packet, size);
	}
	return 0;
}

/* Reads in pieces of `step` bytes. */
static struct outcome read_all(const uint8_t *data, size_t size, size_t step)
{
	static struct frame_reader reader;
	struct outcome outcome = { .packets = 0 };

	frame_init(&reader);
	for (size_t at = 0; at < size && !outcome.error; at += step) {
		size_t part = size - at < step ? size - at : step;

		outcome.error = frame_read(&reader, data + at, part, on_packet, &outcome);
		FUZZ_CHECK(reader.size <= sizeof(reader.data));
		kind = step == size ? FRAME_UNKNOWN : reader.kind;
	}
	outcome.dropped = reader.dropped;
	return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome whole, bytes, pieces;

	fuzz_begin();
	kind = FRAME_UNKNOWN;
	whole = read_all(data, size, size ? size : 1);
	bytes = read_all(data, size, 1);
	pieces = read_all(data, size, 7);
	FUZZ_CHECK(whole.sum == bytes.sum && whole.sum == pieces.sum);
	FUZZ_CHECK(whole.packets == bytes.packets && whole.packets == pieces.packets);
	FUZZ_CHECK(whole.error == bytes.error && whole.error == pieces.error);
	FUZZ_CHECK(whole.dropped == bytes.dropped && whole.dropped == pieces.dropped);
	fuzz_accepted = !whole.error;
	return 0;
}
