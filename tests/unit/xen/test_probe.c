/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cards from a guest's nodes in xenstore: good, missing, absurd, inherited, too many, hostile. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/log.h"
#include "tests/unit/xen/fake_store.h"
#include "xen/probe.h"

#define FE "/local/domain/7/device/vsnd/1"

static struct fake_store *store;
static struct probe_limits limits;
static struct card *card;
static unsigned warnings;

static void set(const char *name, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), FE "/%s", name);
	fake_store_set(store, path, value);
}

static void unset(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), FE "/%s", name);
	fake_store_remove(store, path);
}

/* A stream with the four nodes that a front end publishes; references are 1000 and up. */
static void stream(const char *place, const char *type, unsigned number)
{
	static const char *const refs[] = { "ring-ref", "event-channel", "evt-ring-ref",
					    "evt-event-channel" };
	char name[64], value[16];

	for (unsigned i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "%s/%s", place, refs[i]);
		snprintf(value, sizeof(value), "%u", 1000 + number * 4 + i);
		set(name, value);
	}
	snprintf(name, sizeof(name), "%s/type", place);
	set(name, type);
}

static bool probe(void)
{
	card_destroy(card);
	warnings = 0;
	card = probe_card(&store->hv, 7, 1, FE, &limits);
	return card;
}

static void count_line(void *arg, enum log_level level, const char *line)
{
	(void)arg;
	assert_true(strlen(line) < LOG_LINE_MAX);
	warnings += level <= LOG_WARNING;
}

static int setup(void **state)
{
	(void)state;
	store = fake_store_create();
	limits = (struct probe_limits){ CARD_STREAMS_MAX, PCM_CHANNELS_MAX, 1u << 20 };
	log_set_level(LOG_DEBUG);
	log_set_sink(count_line, NULL);
	return 0;
}

/* One playback stream, with only the nodes that Linux needs. */
static int setup_one(void **state)
{
	setup(state);
	stream("0/0", "p", 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	card_destroy(card);
	card = NULL;
	fake_store_destroy(store);
	return 0;
}

/* --- good */

static void test_one_stream(void **state)
{
	(void)state;
	assert_true(probe());
	assert_int_equal(card->domid, 7);
	assert_int_equal(card->devid, 1);
	assert_int_equal(card->stream_count, 1);
	assert_int_equal(card->streams[0].dir, PCM_PLAYBACK);
	assert_int_equal(card->streams[0].pcm, 0);
	assert_int_equal(card->streams[0].index, 0);
	assert_int_equal(card->streams[0].channels, 2);
	assert_int_equal(card->streams[0].buffer_bytes_max, 65536);
	assert_int_equal(card->streams[0].refs.ring_gref, 1000);
	assert_int_equal(card->streams[0].refs.ring_port, 1001);
	assert_int_equal(card->streams[0].refs.evt_gref, 1002);
	assert_int_equal(card->streams[0].refs.evt_port, 1003);
	assert_string_equal(card->streams[0].label, "pcm0-0");
	assert_int_equal(card->sides[PCM_PLAYBACK].stream_count, 1);
	assert_int_equal(card->sides[PCM_CAPTURE].stream_count, 0);
	assert_int_equal(warnings, 0);
}

static void test_order_and_gaps(void **state)
{
	static const char *const labels[] = { "pcm0-0", "pcm0-1", "pcm1-0", "pcm3-0" };

	(void)state;
	stream("0/0", "p", 0);
	stream("0/1", "c", 1);
	stream("0/3", "c", 2); /* behind a gap */
	stream("1/0", "C", 3);
	set("2/name", "no streams");
	stream("3/0", "P", 4);
	stream("5/0", "p", 5); /* behind a gap */
	assert_true(probe());
	assert_int_equal(card->stream_count, 4);
	for (unsigned i = 0; i < 4; i++) {
		assert_string_equal(card->streams[i].label, labels[i]);
	}
	assert_int_equal(card->streams[2].refs.ring_gref, 1012);
	assert_int_equal(card->sides[PCM_PLAYBACK].stream_count, 2);
	assert_ptr_equal(card->sides[PCM_PLAYBACK].streams[1], &card->streams[3]);
	assert_int_equal(card->sides[PCM_CAPTURE].stream_count, 2);
	assert_ptr_equal(card->sides[PCM_CAPTURE].streams[1], &card->streams[2]);
}

static void test_inheritance(void **state)
{
	static const struct {
		uint32_t channels, buffer_bytes;
	} expected[] = { { 4, 100000 }, { 1, 3000 }, { 6, 20000 }, { 6, 4000 } };

	(void)state;
	stream("0/0", "p", 0);
	stream("0/1", "c", 1);
	stream("1/0", "p", 2);
	stream("1/1", "c", 3);
	set("channels-max", "4");
	set("buffer-size", "100000");
	set("0/1/channels-max", "1");
	set("0/1/buffer-size", "3000");
	set("1/channels-max", "6");
	set("1/buffer-size", "20000");
	set("1/1/channels-max", "0"); /* treated as missing */
	set("1/1/buffer-size", "4000");
	assert_true(probe());
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(card->streams[i].channels, expected[i].channels);
		assert_int_equal(card->streams[i].buffer_bytes_max, expected[i].buffer_bytes);
	}
	assert_int_equal(warnings, 0);
}

static void test_limits(void **state)
{
	(void)state;
	limits.channels = 8;
	limits.buffer_bytes = 4096;
	set("0/0/channels-max", "8");
	set("0/0/buffer-size", "4096");
	assert_true(probe());
	assert_int_equal(card->streams[0].channels, 8);
	assert_int_equal(card->streams[0].buffer_bytes_max, 4096);
	assert_int_equal(warnings, 0);
	set("0/0/channels-max", "4294967295");
	set("0/0/buffer-size", "4097");
	assert_true(probe());
	assert_int_equal(card->streams[0].channels, 8);
	assert_int_equal(card->streams[0].buffer_bytes_max, 4096);
	assert_int_equal(warnings, 2);
}

/* --- refused, each with one log line */

static void expect_refused(void)
{
	assert_false(probe());
	assert_int_equal(warnings, 1);
}

static void test_nothing_there(void **state)
{
	(void)state;
	expect_refused();
	set("0/name", "no streams");
	expect_refused();
	store->read_errno = EBADF;
	expect_refused();
}

static void test_type(void **state)
{
	static const char *const bad[] = { "", "x", "pc", "playback", "%s%s%s%n" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		set("0/0/type", bad[i]);
		expect_refused();
	}
	unset("0/0/type");
	expect_refused();
	set("0/0/type", "c");
	assert_true(probe());
}

static void test_one_bad_stream_refuses_all(void **state)
{
	(void)state;
	stream("0/1", "c", 1);
	assert_true(probe());
	unset("0/1/evt-event-channel");
	expect_refused();
}

static void test_refs(void **state)
{
	static const char *const names[] = { "0/0/ring-ref", "0/0/event-channel",
					     "0/0/evt-ring-ref", "0/0/evt-event-channel" };
	static const char *const bad[] = {
		"",    " 8",  "8 ",  "-1",	   "0x10",
		"1e3", "8\n", "4.5", "4294967296", "18446744073709551616"
	};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++) {
			set(names[i], bad[k]);
			expect_refused();
		}
		unset(names[i]);
		expect_refused();
		set(names[i], "131071");
		assert_true(probe());
	}
	set("0/0/ring-ref", "4294967295");
	assert_true(probe());
	assert_true(card->streams[0].refs.ring_gref == UINT32_MAX);
	set("0/0/event-channel", "131072");
	expect_refused();
}

static void test_too_many_streams(void **state)
{
	char place[16];

	(void)state;
	for (unsigned i = 0; i < 64; i++) {
		snprintf(place, sizeof(place), "%u/%u", i / 8, i % 8);
		stream(place, i & 1 ? "c" : "p", i);
	}
	assert_true(probe());
	assert_int_equal(card->stream_count, 64);
	assert_string_equal(card->streams[63].label, "pcm7-7");
	limits.streams = 63;
	expect_refused();
	limits.streams = 1000;
	assert_true(probe());
	stream("3/8", "p", 0);
	expect_refused();
	unset("3/8");
	set("8/name", "one PCM device more");
	expect_refused();
	unset("8");
	assert_true(probe());
}

static void test_nonsense_parameters_count_as_missing(void **state)
{
	static const char *const bad[] = { "", "-1", "two", "4294967296", " 4", "%d" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		set("channels-max", bad[i]);
		set("0/0/buffer-size", bad[i]);
		assert_true(probe());
		assert_int_equal(card->streams[0].channels, 2);
		assert_int_equal(card->streams[0].buffer_bytes_max, 65536);
	}
}

/* --- names */

static void test_hostile_labels(void **state)
{
	static const struct {
		const char *id, *label;
	} names[] = {
		{ "out0", "out0" },
		{ "Main_Out-1.left", "Main_Out-1_left" },
		{ "../../etc/passwd", "______etc_passwd" },
		{ "%n%s", "_n_s" },
		{ "a:b c", "a_b_c" },
		{ "\xc3\xbc\n", "___" },
		{ "\x1b[2J\x7f", "__2J_" },
		{ "", "pcm0-0" },
		{ "pcm0-0", "pcm0-0" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		set("0/0/unique-id", names[i].id);
		assert_true(probe());
		assert_string_equal(card->streams[0].label, names[i].label);
	}
}

static void test_long_labels(void **state)
{
	char id[4096];

	(void)state;
	memset(id, 'x', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	set("0/0/unique-id", id);
	assert_true(probe());
	assert_int_equal(strlen(card->streams[0].label), CARD_LABEL_MAX);
	/* They differ, but only in the part that is cut off. */
	id[100] = 'y';
	stream("0/1", "p", 1);
	set("0/1/unique-id", id);
	assert_true(probe());
	assert_string_equal(card->streams[0].label, "pcm0-0");
	assert_string_equal(card->streams[1].label, "pcm0-1");
	memset(id, '9', sizeof(id) - 1);
	set("0/0/ring-ref", id);
	expect_refused();
}

static void test_labels_that_collide(void **state)
{
	static const struct {
		const char *ids[3], *labels[3];
	} cards[] = {
		{ { "a", "b", "c" }, { "a", "b", "c" } },
		{ { "a", "b", "a" }, { "pcm0-0", "b", "pcm0-2" } },
		{ { "a/b", "a:b", "c" }, { "pcm0-0", "pcm0-1", "c" } },
		{ { "pcm0-1", "b", "c" }, { "pcm0-0", "b", "c" } },
		{ { "pcm0-1", "", "" }, { "pcm0-0", "pcm0-1", "pcm0-2" } },
		{ { "pcm0-1", "pcm0-2", "pcm0-0" }, { "pcm0-0", "pcm0-1", "pcm0-2" } },
	};
	char name[32], place[16];

	(void)state;
	for (size_t i = 0; i < sizeof(cards) / sizeof(cards[0]); i++) {
		for (unsigned k = 0; k < 3; k++) {
			snprintf(place, sizeof(place), "0/%u", k);
			stream(place, "p", k);
			snprintf(name, sizeof(name), "0/%u/unique-id", k);
			set(name, cards[i].ids[k]);
		}
		assert_true(probe());
		for (unsigned k = 0; k < 3; k++) {
			assert_string_equal(card->streams[k].label, cards[i].labels[k]);
		}
	}
}

static void test_label_and_number(void **state)
{
	char label[4];
	uint32_t number = 7;

	(void)state;
	probe_label(label, sizeof(label), "abcd");
	assert_string_equal(label, "abc");
	probe_label(label, 1, "abcd");
	assert_string_equal(label, "");
	assert_false(probe_number("256", 255, &number));
	assert_false(probe_number("+1", 255, &number));
	assert_int_equal(number, 7);
	assert_true(probe_number("255", 255, &number));
	assert_int_equal(number, 255);
	assert_true(probe_number("0000000000000000000000000", 255, &number));
	assert_int_equal(number, 0);
}

#define NAME "/local/domain/5/name"

/* A guest's name is what the toolstack wrote, and that only. */
static void test_guest_name(void **state)
{
	static const char *const names[] = { "daw", "mic/vm", " a b ", "\xff\x01%n", "dom7", "" };
	char longest[GUEST_NAME_MAX + 2], name[GUEST_NAME_MAX + 1] = "x";

	(void)state;
	assert_int_equal(probe_guest(&store->hv, 5, name), 0);
	assert_string_equal(name, "");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		fake_store_set(store, NAME, names[i]);
		assert_int_equal(probe_guest(&store->hv, 5, name), 0);
		assert_string_equal(name, names[i]);
	}
	memset(longest, '/', sizeof(longest));
	longest[GUEST_NAME_MAX + 1] = '\0';
	fake_store_set(store, NAME, longest);
	assert_int_equal(probe_guest(&store->hv, 5, name), -ENAMETOOLONG);
	assert_string_equal(name, "");
	longest[GUEST_NAME_MAX] = '\0';
	fake_store_set(store, NAME, longest);
	assert_int_equal(probe_guest(&store->hv, 5, name), 0);
	assert_string_equal(name, longest);
}

#define EMPTY(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
#define ONE(name) cmocka_unit_test_setup_teardown(test_##name, setup_one, teardown)

/* The front end may publish new rings after we have read the old ones. */
static void test_current(void **state)
{
	(void)state;
	set("0", "");
	stream("0/0", "p", 0);
	stream("0/1", "c", 1);
	assert_true(probe());
	assert_true(probe_is_current(&store->hv, card, FE));
	set("0/1/evt-event-channel", "999");
	assert_false(probe_is_current(&store->hv, card, FE));
	assert_true(probe());
	assert_true(probe_is_current(&store->hv, card, FE));
	unset("0/0/ring-ref");
	assert_false(probe_is_current(&store->hv, card, FE));
	assert_int_equal(warnings, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ONE(one_stream),
		EMPTY(order_and_gaps),
		EMPTY(inheritance),
		ONE(limits),
		EMPTY(nothing_there),
		ONE(type),
		ONE(one_bad_stream_refuses_all),
		ONE(refs),
		EMPTY(too_many_streams),
		EMPTY(current),
		ONE(nonsense_parameters_count_as_missing),
		EMPTY(guest_name),
		ONE(hostile_labels),
		ONE(long_labels),
		ONE(labels_that_collide),
		cmocka_unit_test(test_label_and_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
