/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets framed in byte streams: split anywhere, malformed, and written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>

#include <cmocka.h>

#include "osc/proto/frame.h"

#define BYTES(literal) (literal), sizeof(literal) - 1

/* Received packets, each followed by a ';'. */
struct came {
	char text[256];
	size_t size;
	unsigned count, last_size;
	int answer;
};

static int note(void *arg, const void *packet, size_t size)
{
	struct came *came = arg;

	if (came->size + size + 1 <= sizeof(came->text)) {
		memcpy(came->text + came->size, packet, size);
		came->size += size;
		came->text[came->size++] = ';';
	}
	came->count++;
	came->last_size = (unsigned)size;
	return came->answer;
}

/* The result must be the same however the stream is split. */
static void expect(const char *stream, size_t size, int result, const char *text, size_t length)
{
	for (size_t piece = 1; piece <= size; piece++) {
		struct frame_reader reader;
		struct came came = { .count = 0 };
		int error = 0;

		frame_init(&reader);
		for (size_t at = 0; at < size && !error; at += piece) {
			size_t part = size - at < piece ? size - at : piece;
			char *tight = malloc(part);

			assert_non_null(tight);
			memcpy(tight, stream + at, part);
			error = frame_read(&reader, tight, part, note, &came);
			free(tight);
		}
		assert_int_equal(error, result);
		assert_int_equal(came.size, length);
		assert_memory_equal(came.text, text, length);
	}
}

static void test_length(void **state)
{
	(void)state;
	expect(BYTES("\0\0\0\4abcd"), 0, BYTES("abcd;"));
	expect(BYTES("\0\0\0\4abcd\0\0\0\10\300\333ghijkl\0\0\0\4m"), 0,
	       BYTES("abcd;\300\333ghijkl;"));
	expect(BYTES("\0\0\0\0\0\0\0\0\0\0\0\4abcd"), 0, BYTES("abcd;"));
	expect(BYTES("\0\0\0"), 0, BYTES(""));
	/* Impossible lengths. */
	expect(BYTES("\0\0\0\4abcd\0\0\0\5abcde"), -EPROTO, BYTES("abcd;"));
	expect(BYTES("\0\0\40\4abcd"), -EPROTO, BYTES(""));
	expect(BYTES("\0\0\0\4abcd\377\377\377\374"), -EPROTO, BYTES("abcd;"));
	expect(BYTES("GET / HTTP/1.1\r\n"), -EPROTO, BYTES(""));
	expect(BYTES("/ab\0,\0\0\0"), -EPROTO, BYTES(""));
}

static void test_slip(void **state)
{
	(void)state;
	expect(BYTES("\300abcd\300"), 0, BYTES("abcd;"));
	expect(BYTES("\300abcd\300\300efgh\300"), 0, BYTES("abcd;efgh;"));
	/* A single END between packets, and several. */
	expect(BYTES("\300abcd\300efgh\300\300\300\300i"), 0, BYTES("abcd;efgh;"));
	expect(BYTES("\300\333\334b\333\335d\300"), 0, BYTES("\300b\333d;"));
	/* A wrong or unfinished escape invalidates its packet. */
	expect(BYTES("\300ab\333cdef\300\300ghij\300"), 0, BYTES("ghij;"));
	expect(BYTES("\300abcd\333\300\300ghij\300"), 0, BYTES("ghij;"));
	expect(BYTES("\300\0\0\0\4\300"), 0, BYTES("\0\0\0\4;"));
}

/* The longest packet arrives, a longer one does not; in SLIP, those after it still do. */
static void test_longest(void **state)
{
	static uint8_t packet[FRAME_PACKET_MAX + 4], stream[FRAME_WRITTEN_MAX(sizeof(packet))];
	static struct frame_reader reader;
	struct came came = { .count = 0 };

	(void)state;
	memset(packet, 0xC0, sizeof(packet));
	for (enum frame_kind kind = FRAME_LENGTH; kind <= FRAME_SLIP; kind++) {
		size_t size = frame_write(kind, packet, FRAME_PACKET_MAX, stream);

		frame_init(&reader);
		came.count = 0;
		assert_true(size <= FRAME_WRITTEN_MAX(FRAME_PACKET_MAX));
		assert_int_equal(frame_read(&reader, stream, size, note, &came), 0);
		assert_int_equal(came.count, 1);
		assert_int_equal(came.last_size, FRAME_PACKET_MAX);
		assert_int_equal(reader.dropped, 0);
		size = frame_write(kind, packet, FRAME_PACKET_MAX + 4, stream);
		assert_int_equal(frame_read(&reader, stream, size, note, &came),
				 kind == FRAME_LENGTH ? -EPROTO : 0);
		assert_int_equal(came.count, 1);
	}
	assert_int_equal(reader.dropped, 1);
	assert_int_equal(frame_read(&reader, BYTES("\300abcd\300"), note, &came), 0);
	assert_int_equal(came.count, 2);
	assert_int_equal(came.last_size, 4);
}

/* What we write can be read back: every byte, in the peer's framing. */
static void test_write(void **state)
{
	uint8_t packet[256], stream[FRAME_WRITTEN_MAX(256)];
	struct frame_reader reader;
	struct came came = { .count = 0 };
	size_t size;

	(void)state;
	for (unsigned i = 0; i < sizeof(packet); i++) {
		packet[i] = (uint8_t)i;
	}
	frame_init(&reader);
	size = frame_write(FRAME_SLIP, packet, 252, stream);
	assert_int_equal(size, 252 + 2 + 2);
	assert_int_equal(frame_read(&reader, stream, size, note, &came), 0);
	assert_int_equal(came.size, 253);
	assert_memory_equal(came.text, packet, 252);
	assert_int_equal(frame_write(FRAME_LENGTH, "abcd", 4, stream), 8);
	assert_memory_equal(stream, "\0\0\0\4abcd", 8);
	assert_int_equal(frame_write(FRAME_UNKNOWN, "abcd", 4, stream), 8);
	assert_memory_equal(stream, "\0\0\0\4abcd", 8);
}

/* A handler that closes the peer is not called again. */
static void test_handler_ends(void **state)
{
	struct frame_reader reader;
	struct came came = { .answer = -ECONNRESET };

	(void)state;
	frame_init(&reader);
	assert_int_equal(frame_read(&reader, BYTES("\0\0\0\4abcd\0\0\0\4efgh"), note, &came),
			 -ECONNRESET);
	assert_int_equal(came.count, 1);
	frame_init(&reader);
	assert_int_equal(frame_read(&reader, BYTES("\300abcd\300efgh\300"), note, &came),
			 -ECONNRESET);
	assert_int_equal(came.count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_length),	     cmocka_unit_test(test_slip),
		cmocka_unit_test(test_longest),	     cmocka_unit_test(test_write),
		cmocka_unit_test(test_handler_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
