/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets: what is refused, how arguments are converted, and what is sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <errno.h>
#include <math.h>

#include <cmocka.h>
#include <lo/lo.h>

#include "osc/proto/packet.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
/* A literal has one NUL more than the packet. */
#define PACKET(literal) (literal), sizeof(literal) - 1
#define TAG "\0\0\0\0\0\0\0\1"

/* The handler's calls: "ADDRESS TYPES;" for each message. */
struct seen {
	char text[4096];
	unsigned count;
};

static void note(void *arg, const struct packet_message *message)
{
	struct seen *seen = arg;

	assert_int_equal(strlen(message->types), message->count);
	if (strlen(seen->text) < 1000) {
		strcat(seen->text, message->address);
		strcat(seen->text, " ");
		strcat(seen->text, message->types);
		strcat(seen->text, ";");
	}
	seen->count++;
}

static void expect(const void *data, size_t size, int result, const char *text)
{
	struct seen seen = { "", 0 };

	assert_int_equal(packet_each(data, size, note, &seen), result);
	assert_string_equal(seen.text, text);
	assert_int_equal(packet_check(data, size), result < 0 ? result : 0);
}

static void test_good(void **state)
{
	(void)state;
	expect(PACKET("/ab\0,\0\0\0"), 1, "/ab ;");
	expect(PACKET("/ab\0"), 1, "/ab ;");
	expect(PACKET("/a\0\0,if\0\0\0\0\1\0\0\0\0"), 1, "/a if;");
	expect(PACKET("/a\0\0,sTFNI\0\0abcd\0\0\0\0"), 1, "/a sTFNI;");
	expect(PACKET("/a\0\0,b\0\0\0\0\0\3xyz\0"), 1, "/a b;");
	expect(PACKET("/a\0\0,b\0\0\0\0\0\0"), 1, "/a b;");
	expect(PACKET("/a\0\0,hdtS\0\0\0" TAG TAG TAG "ab\0\0"), 1, "/a hdtS;");
	expect(PACKET("#bundle\0" TAG), 0, "");
	expect(PACKET("#bundle\0" TAG "\0\0\0\4/a\0\0\0\0\0\10/b\0\0,\0\0\0"), 2, "/a ;/b ;");
	expect(PACKET("#bundle\0" TAG "\0\0\0\30#bundle\0" TAG "\0\0\0\4/a\0\0\0\0\0\4/b\0\0"), 2,
	       "/a ;/b ;");
}

/* If any part of a packet is malformed, none of its messages reach the handler. */
static void test_malformed(void **state)
{
	(void)state;
	expect(PACKET(""), -EBADMSG, "");
	expect(PACKET("/a\0"), -EBADMSG, "");
	expect(PACKET("/abc"), -EBADMSG, "");
	expect(PACKET("abc\0,\0\0\0"), -EBADMSG, "");
	expect(PACKET("\0\0\0\0,\0\0\0"), -EBADMSG, "");
	expect(PACKET("/a b\0\0\0\0,\0\0\0"), -EBADMSG, "");
	expect(PACKET("/a#b\0\0\0\0,\0\0\0"), -EBADMSG, "");
	expect(PACKET("/a\033b\0\0\0\0,\0\0\0"), -EBADMSG, "");
	expect(PACKET("/a\300b\0\0\0\0,\0\0\0"), -EBADMSG, "");
	expect(PACKET("/\0x\0,\0\0\0"), -EBADMSG, "");
	expect(PACKET("/ab\0iii\0\0\0\0\0"), -EBADMSG, "");
	expect(PACKET("/ab\0,iii"), -EBADMSG, "");
	expect(PACKET("/ab\0,i\0\0"), -EBADMSG, "");
	expect(PACKET("/ab\0,i\0x\0\0\0\0"), -EBADMSG, "");
	expect(PACKET("/ab\0,\0\0\0\0\0\0\0"), -EBADMSG, "");
	expect(PACKET("/ab\0,h\0\0\0\0\0\0"), -EBADMSG, "");
	expect(PACKET("/ab\0,[i]\0\0\0\0\0\0\0\1"), -EBADMSG, "");
	expect(PACKET("/ab\0,x\0\0\0\0\0\0"), -EBADMSG, "");
	expect(PACKET("/ab\0,s\0\0abcd"), -EBADMSG, "");
	expect(PACKET("/ab\0,s\0\0ab\0d"), -EBADMSG, "");
	expect(PACKET("/ab\0,b\0\0\0\0\0\5abcd"), -EBADMSG, "");
	expect(PACKET("/ab\0,b\0\0\377\377\377\377abcd"), -EBADMSG, "");
	expect(PACKET("/ab\0,b\0\0\0\0\0\3abcd"), -EBADMSG, "");
	expect(PACKET("/ab\0,b\0\0"), -EBADMSG, "");
	expect(PACKET("#bundle\0"), -EBADMSG, "");
	expect(PACKET("#bundle\0" TAG "\0\0\0\4"), -EBADMSG, "");
	expect(PACKET("#bundle\0" TAG "\0\0\0\0"), -EBADMSG, "");
	expect(PACKET("#bundle\0" TAG "\0\0\0\6/a\0\0\0\0\0\0"), -EBADMSG, "");
	expect(PACKET("#bundle\0" TAG "\377\377\377\374/a\0\0"), -EBADMSG, "");
	expect(PACKET("#bundle\0" TAG "\0\0\0\4/a\0\0\0\0\0\4/bcd"), -EBADMSG, "");
	expect(PACKET("#bundle\0" TAG "\0\0\0\14#bundle\0\0\0\0\0"), -EBADMSG, "");
}

/* Nested bundles, the innermost with a message; returns the size. */
static size_t nest(uint8_t *data, unsigned depth)
{
	size_t size = 4;

	memcpy(data, "/a\0", 4);
	for (unsigned i = 0; i < depth; i++) {
		uint8_t head[20] = "#bundle\0" TAG;

		head[18] = (uint8_t)(size >> 8);
		head[19] = (uint8_t)size;
		memmove(data + sizeof(head), data, size);
		memcpy(data, head, sizeof(head));
		size += sizeof(head);
	}
	return size;
}

static void test_limits(void **state)
{
	static uint8_t data[PACKET_IN_MAX + 4];
	size_t size = 16;

	(void)state;
	expect(data, nest(data, PACKET_DEPTH_MAX), 1, "/a ;");
	expect(data, nest(data, PACKET_DEPTH_MAX + 1), -E2BIG, "");
	expect(data, nest(data, 300), -E2BIG, "");

	memcpy(data, "#bundle\0" TAG, 16);
	for (unsigned i = 0; i < PACKET_MESSAGES_MAX + 1; i++, size += 8) {
		memcpy(data + size, "\0\0\0\4/a\0", 8);
	}
	assert_int_equal(packet_check(data, size), -E2BIG);
	assert_int_equal(packet_check(data, size - 8), 0);

	memset(data, 0, sizeof(data));
	memset(data, '/', PACKET_IN_MAX - 1);
	assert_int_equal(packet_check(data, PACKET_IN_MAX), 0);
	assert_int_equal(packet_check(data, PACKET_IN_MAX + 4), -EMSGSIZE);
}

/* ifhdTF and a NaN double; 's', 'b' and no argument are not numbers. */
static void check_coercion(void *arg, const struct packet_message *message)
{
	static const double numbers[] = { -2, 1.5, 5e9, 3, 1, 0 };
	static const int integers[] = { 0, -EINVAL, -ERANGE, 0, 0, 0 };
	double number;
	int32_t integer;

	*(unsigned *)arg += message->count;
	for (unsigned i = 0; i < 6; i++) {
		assert_int_equal(packet_number(message, i, &number), 0);
		assert_true(number == numbers[i]);
		integer = 77;
		assert_int_equal(packet_integer(message, i, &integer), integers[i]);
		assert_true(integer == (integers[i] ? 77 : numbers[i]));
		assert_null(packet_text(message, i));
	}
	for (unsigned i = 6; i < 13; i++) {
		assert_int_equal(packet_number(message, i, &number), -EINVAL);
		assert_int_equal(packet_integer(message, i, &integer), -EINVAL);
	}
	assert_string_equal(packet_text(message, 9), "text");
	assert_string_equal(packet_text(message, 10), "symbol");
	assert_null(packet_text(message, 8));
	assert_null(packet_text(message, 11));
	assert_null(packet_text(message, 12));
}

static void test_coercion(void **state)
{
	uint8_t data[256];
	lo_message message = lo_message_new();
	unsigned count = 0;
	size_t size;

	(void)state;
	lo_message_add(message, "ifhdTFffdsSN", -2, 1.5, (int64_t)5000000000, 3.0, NAN,
		       (double)INFINITY, (double)-INFINITY, "text", "symbol");
	size = lo_message_length(message, "/a");
	assert_true(size <= sizeof(data));
	lo_message_serialise(message, "/a", data, NULL);
	lo_message_free(message);
	assert_int_equal(packet_each(data, size, check_coercion, &count), 1);
	assert_int_equal(count, 12);
}

/* Packets sent by a batch. */
struct sent {
	unsigned packets;
	size_t sizes[16];
	struct seen seen;
	uint8_t last[PACKET_OUT_MAX];
};

static void keep(void *arg, const void *data, size_t size)
{
	struct sent *sent = arg;

	assert_true(size <= PACKET_OUT_MAX);
	assert_true(sent->packets < COUNT(sent->sizes));
	sent->sizes[sent->packets++] = size;
	memcpy(sent->last, data, size);
	assert_true(packet_each(data, size, note, &sent->seen) >= 0);
}

static void test_single(void **state)
{
	struct sent sent = { .packets = 0 };
	struct packet_batch batch;

	(void)state;
	packet_begin(&batch, keep, &sent);
	packet_flush(&batch);
	assert_int_equal(sent.packets, 0);
	assert_int_equal(packet_put(&batch, "/ab", "isf", -2, "cd", 1.0), 0);
	assert_int_equal(sent.packets, 0);
	packet_flush(&batch);
	packet_flush(&batch);
	assert_int_equal(sent.packets, 1);
	assert_int_equal(sent.sizes[0], 24);
	assert_memory_equal(sent.last, "/ab\0,isf\0\0\0\0\377\377\377\376cd\0\0\77\200\0\0", 24);
	assert_int_equal(packet_put(&batch, "/ab", "x", 1), -EINVAL);
	packet_flush(&batch);
	assert_int_equal(sent.packets, 1);
}

static void test_split(void **state)
{
	static char longest[PACKET_OUT_MAX];
	struct sent sent = { .packets = 0 };
	struct packet_batch batch;

	(void)state;
	packet_begin(&batch, keep, &sent);
	/* 16 bytes each plus 4 of length: 69 of them and a bundle's header are 1396. */
	for (unsigned i = 0; i < 139; i++) {
		assert_int_equal(packet_put(&batch, "/ab", "ii", 1, 2), 0);
	}
	packet_flush(&batch);
	assert_int_equal(sent.packets, 3);
	assert_int_equal(sent.sizes[0], 16 + 69 * 20);
	assert_int_equal(sent.sizes[1], 16 + 69 * 20);
	assert_int_equal(sent.sizes[2], 16);
	assert_int_equal(sent.seen.count, 139);

	/* The largest message that fits, after a small one; and one that never fits. */
	memset(longest, 'x', 1371);
	assert_int_equal(packet_put(&batch, "/a", "i", 1), 0);
	assert_int_equal(packet_put(&batch, "/a", "s", longest), 0);
	assert_int_equal(sent.packets, 4);
	packet_flush(&batch);
	assert_int_equal(sent.sizes[4], 1380);
	longest[1371] = 'x';
	assert_int_equal(packet_put(&batch, "/a", "s", longest), -EMSGSIZE);
	packet_flush(&batch);
	assert_int_equal(sent.packets, 5);
}

static void open_it(struct packet_batch *batch)
{
	assert_int_equal(packet_put(batch, "/n", "i", 7), 0);
}

/* Each packet begins with the opening message, also the one after a full one; an empty one is none.
 */
static void test_opens(void **state)
{
	static char long_text[PACKET_OUT_MAX];
	struct sent sent = { .packets = 0 };
	struct packet_batch batch;

	(void)state;
	packet_begin(&batch, keep, &sent);
	batch.opens = open_it;
	packet_flush(&batch);
	assert_int_equal(sent.packets, 0);
	/* 12 bytes and 4 of length, before 68 messages of 20. */
	for (unsigned i = 0; i < 69; i++) {
		assert_int_equal(packet_put(&batch, "/ab", "ii", 1, 2), 0);
	}
	packet_flush(&batch);
	assert_int_equal(sent.packets, 2);
	assert_int_equal(sent.sizes[0], 16 + 16 + 68 * 20);
	assert_int_equal(sent.sizes[1], 16 + 16 + 20);
	assert_memory_equal(sent.last + 20, "/n\0\0,i\0\0\0\0\0\7", 12);
	assert_int_equal(sent.seen.count, 69 + 2);
	/* What fits only without it does not fit. */
	memset(long_text, 'x', 1371);
	assert_int_equal(packet_put(&batch, "/a", "s", long_text), -EMSGSIZE);
}

/* The prefix precedes each address; a message may fit only without it. */
static void test_prefix(void **state)
{
	static char longest[PACKET_OUT_MAX];
	struct sent sent = { .packets = 0 };
	struct packet_batch batch;

	(void)state;
	packet_begin(&batch, keep, &sent);
	batch.prefix = "/xen";
	assert_int_equal(packet_put(&batch, "/a", "s", "/b"), 0);
	packet_flush(&batch);
	assert_int_equal(sent.sizes[0], 16);
	assert_memory_equal(sent.last, "/xen/a\0\0,s\0\0/b\0\0", 16);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(packet_put(&batch, "/ab", "i", i), 0);
	}
	packet_flush(&batch);
	assert_int_equal(sent.sizes[1], 16 + 2 * (4 + 16));
	assert_string_equal(sent.seen.text, "/xen/a s;/xen/ab i;/xen/ab i;");
	memset(longest, 'x', 1367);
	assert_int_equal(packet_put(&batch, "/a", "s", longest), 0);
	packet_flush(&batch);
	assert_int_equal(sent.sizes[2], 1380);
	longest[1367] = 'x';
	assert_int_equal(packet_put(&batch, "/a", "s", longest), -EMSGSIZE);
	/* An address that is too long on its own. */
	memset(longest, 'x', sizeof(longest) - 1);
	assert_int_equal(packet_put(&batch, longest, ""), -EMSGSIZE);
	packet_flush(&batch);
	assert_int_equal(sent.packets, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),   cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_limits), cmocka_unit_test(test_coercion),
		cmocka_unit_test(test_single), cmocka_unit_test(test_split),
		cmocka_unit_test(test_prefix), cmocka_unit_test(test_opens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
