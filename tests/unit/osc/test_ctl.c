/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/osc/coming.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <jansson.h>

#include "osc/ctl/ctl.h"
#include "osc/ctl/ctl_bars.h"
#include "osc/ctl/ctl_guest.h"
#include "osc/ctl/ctl_list.h"
#include "osc/ctl/ctl_show.h"

static struct ctl_answers answers;
static char *printed;
static size_t printed_size;

static int setup(void **state)
{
	(void)state;
	answers = (struct ctl_answers){ 0 };
	printed = NULL;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ctl_answers_clear(&answers);
	free(printed);
	return 0;
}

static void on_message(void *arg, const struct packet_message *message)
{
	(void)arg;
	ctl_answers_add(&answers, message);
}

#define COMES(...) COMES_TO(on_message, NULL, __VA_ARGS__)

static const char *shown(void (*show)(const struct ctl_answers *, bool, FILE *), bool many)
{
	FILE *out;

	free(printed);
	out = open_memstream(&printed, &printed_size);
	show(&answers, many, out);
	fclose(out);
	return printed;
}

static void test_numbers(void **state)
{
	double value;

	(void)state;
	assert_true(ctl_parse_number("-6.5", &value) && value == -6.5);
	assert_true(ctl_parse_number("+3", &value) && value == 3.0);
	assert_true(ctl_parse_number("-inf", &value) && value == -193.0);
	assert_false(ctl_parse_number("", &value));
	assert_false(ctl_parse_number("3dB", &value));
	assert_false(ctl_parse_number("nan", &value));
	assert_false(ctl_parse_number("inf", &value));
}

/* One rule: a sign before the number is the gain's, a sign behind it is a change's. */
static void test_gains(void **state)
{
	static const struct {
		const char *text;
		enum ctl_gain kind;
		double db;
	} rows[] = {
		{ "3", CTL_GAIN_SET, 3.0 },	      { "-3", CTL_GAIN_SET, -3.0 },
		{ "0", CTL_GAIN_SET, 0.0 },	      { "-3dB", CTL_GAIN_SET, -3.0 },
		{ "-.5DB", CTL_GAIN_SET, -0.5 },      { "3.25db", CTL_GAIN_SET, 3.25 },
		{ "-inf", CTL_GAIN_SET, -193.0 },     { "-infdB", CTL_GAIN_SET, -193.0 },
		{ "3+", CTL_GAIN_CHANGE, 3.0 },	      { "3-", CTL_GAIN_CHANGE, -3.0 },
		{ "1.5dB+", CTL_GAIN_CHANGE, 1.5 },   { "3dB-", CTL_GAIN_CHANGE, -3.0 },
		{ "+=3", CTL_GAIN_CHANGE, 3.0 },      { "-=3dB", CTL_GAIN_CHANGE, -3.0 },
		{ "+=-3", CTL_GAIN_CHANGE, -3.0 },    { "-=-3", CTL_GAIN_CHANGE, 3.0 },
		{ "+3", CTL_GAIN_AMBIGUOUS, 0.0 },    { "+3dB", CTL_GAIN_AMBIGUOUS, 0.0 },
		{ "+0", CTL_GAIN_AMBIGUOUS, 0.0 },    { "-3-", CTL_GAIN_AMBIGUOUS, 0.0 },
		{ "-3dB+", CTL_GAIN_AMBIGUOUS, 0.0 }, { "+3+", CTL_GAIN_AMBIGUOUS, 0.0 },
		{ "", CTL_GAIN_NONE, 0.0 },	      { "+", CTL_GAIN_NONE, 0.0 },
		{ "-", CTL_GAIN_NONE, 0.0 },	      { "dB", CTL_GAIN_NONE, 0.0 },
		{ "+=", CTL_GAIN_NONE, 0.0 },	      { "+=+3", CTL_GAIN_NONE, 0.0 },
		{ "5%", CTL_GAIN_NONE, 0.0 },	      { "5%+", CTL_GAIN_NONE, 0.0 },
		{ "inf", CTL_GAIN_NONE, 0.0 },	      { "-inf-", CTL_GAIN_NONE, 0.0 },
		{ "-=-inf", CTL_GAIN_NONE, 0.0 },     { "nan", CTL_GAIN_NONE, 0.0 },
		{ "0x10", CTL_GAIN_NONE, 0.0 },	      { "1e1", CTL_GAIN_NONE, 0.0 },
		{ "3dBFS", CTL_GAIN_NONE, 0.0 },      { "--3", CTL_GAIN_NONE, 0.0 },
		{ "3++", CTL_GAIN_NONE, 0.0 },	      { "1.2.3", CTL_GAIN_NONE, 0.0 },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		double db = 0.0;
		enum ctl_gain kind = ctl_parse_gain(rows[i].text, &db);

		if (kind != rows[i].kind || (kind >= CTL_GAIN_SET && db != rows[i].db)) {
			fail_msg("%s: %d, %g", rows[i].text, kind, db);
		}
	}
}

static void test_places(void **state)
{
	struct ctl_link_place place;

	(void)state;
	assert_true(ctl_link_parse("/run/x", &place));
	assert_int_equal(place.kind, CTL_LINK_UNIX);
	assert_string_equal(place.prefix, "");
	assert_true(ctl_link_parse("osc.udp://daw:7200/", &place));
	assert_int_equal(place.kind, CTL_LINK_UDP);
	assert_string_equal(place.host, "daw");
	assert_string_equal(place.port, "7200");
	assert_string_equal(place.prefix, "");
	assert_true(ctl_link_parse("osc.tcp://[::1]:9", &place));
	assert_int_equal(place.kind, CTL_LINK_TCP);
	assert_string_equal(place.host, "::1");
	assert_string_equal(place.port, "9");
	assert_true(ctl_link_parse("osc.udp://[::1]:7200/a/xen/", &place));
	assert_string_equal(place.port, "7200");
	assert_string_equal(place.prefix, "/a/xen");
	for (const char *const *bad =
		     (const char *const[]){ "", "http://a:1", "osc.udp://daw", "osc.udp://:1",
					    "osc.udp://daw:", "osc.udp://daw:x", "osc.tcp://[::1]",
					    "osc.tcp://[::1:9",
					    "osc.udp://daw:1/45678901234567890123456789012345678901"
					    "23456789012345678901234567",
					    NULL };
	     *bad; bad++) {
		assert_false(ctl_link_parse(*bad, &place));
	}
}

static void on_sent(void *arg, const void *data, size_t size)
{
	assert_int_equal(ctl_link_send(arg, data, size), 0);
}

/* A daemon whose addresses have a prefix; messages of other devices are ignored. */
static void test_prefix(void **state)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct packet_batch batch;
	struct ctl_link link;
	char text[64];
	uint8_t data[64];

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	getsockname(fd, (struct sockaddr *)&address, &length);
	snprintf(text, sizeof(text), "osc.udp://127.0.0.1:%u/xen/", ntohs(address.sin_port));
	assert_int_equal(ctl_link_open(&link, text, text, sizeof(text)), 0);
	ctl_link_begin(&link, &batch, on_sent, &link);
	packet_put(&batch, "/ping", "");
	packet_flush(&batch);
	length = sizeof(address);
	assert_int_equal(recvfrom(fd, data, sizeof(data), 0, (struct sockaddr *)&address, &length),
			 16);
	assert_memory_equal(data, "/xen/ping\0\0\0,\0\0\0", 16);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, length), 0);
	for (const char *const *said =
		     (const char *const[]){ "/pong", "/xenon/pong", "/xen", "/xen/pong",
					    "/xen/reply", "/xen/error", NULL };
	     *said; said++) {
		lo_message message = lo_message_new();
		size_t size;

		lo_message_add_string(message, "/xen/patch/list");
		lo_message_add_string(message, "/xen/x");
		lo_message_serialise(message, *said, data, &size);
		lo_message_free(message);
		assert_int_equal(send(fd, data, size, 0), (ssize_t)size);
		assert_int_equal(ctl_link_take(&link, on_message, NULL), 0);
	}
	assert_int_equal(answers.count, 3);
	assert_string_equal(answers.all[0].address, "/pong");
	assert_string_equal(answers.all[0].values[0].text, "/xen/patch/list");
	for (unsigned i = 1; i < 3; i++) {
		assert_string_equal(answers.all[i].address, i == 1 ? "/reply" : "/error");
		assert_string_equal(answers.all[i].values[0].text, "/patch/list");
		assert_string_equal(answers.all[i].values[1].text, "/xen/x");
	}
	ctl_link_close(&link);
	close(fd);
}

/* The table row of an address, and how many answers complete a command. */
static void test_rows(void **state)
{
	(void)state;
	assert_ptr_equal(ctl_row("/stream/daw.main/gain", 1), table_row(TABLE_STREAM_GAIN));
	assert_ptr_equal(ctl_row("/stream/daw.main/gain/2", 1), table_row(TABLE_STREAM_TRIM));
	assert_ptr_equal(ctl_row("/stream/<id>/gain/<channel>", 0), table_row(TABLE_STREAM_TRIM));
	assert_ptr_equal(ctl_row("/event/stream/xrun", 3), table_row(TABLE_EVENT_STREAM_XRUN));
	assert_ptr_equal(ctl_row("/event/stream/opened", 4), table_row(TABLE_EVENT_STREAM));
	assert_ptr_equal(ctl_row("/event/port/added", 2), table_row(TABLE_EVENT_PORT));
	assert_ptr_equal(ctl_row("/event/port/connected", 3),
			 table_row(TABLE_EVENT_PORT_CONNECTION));
	assert_null(ctl_row("/no", 0));
	assert_null(ctl_row("/stream/daw.main", 0));
	assert_int_equal(ctl_wanted("/stream/*/gain", 0), 1);
	assert_int_equal(ctl_wanted("/stream/*/gain", 1), 0);
	assert_int_equal(ctl_wanted("/connect", 2), 1);
	assert_int_equal(ctl_wanted("/patch/auto", 0), 1);
	assert_int_equal(ctl_wanted("/patch/auto", 1), 0);
	assert_int_equal(ctl_wanted("/xremote", 0), 0);
	for (unsigned name = 0; name < TABLE_COUNT; name++) {
		const struct table_row *row = table_row((enum table_name)name);

		assert_non_null(ctl_row(row->path, 0));
	}
}

static void test_tables(void **state)
{
	(void)state;
	COMES("/reply", "ssssiiis", "/port/list", "item", "daw:main_1", "out", 1, 0, 12,
	      "daw.main_1");
	COMES("/reply", "ssssiiis", "/port/list", "item", "s\033[2J:\xc3\xa4", "in", 0, 1, 0, "");
	COMES("/reply", "ssi", "/port/list", "end", 2);
	/* Numbers are right-aligned; widths count characters, not bytes; no control characters. */
	assert_string_equal(shown(ctl_show_text, false),
			    "name        direction  ours  physical  connections  id\n"
			    "daw:main_1  out        yes   no                 12  daw.main_1\n"
			    "s?[2J:\xc3\xa4     in         no    yes                 0\n");
	ctl_answers_clear(&answers);
	COMES("/reply", "ssi", "/port/list", "end", 0);
	assert_string_equal(shown(ctl_show_text, false), "");
	assert_string_equal(shown(ctl_show_json, false), "[]\n");
}

static const char *listed(void)
{
	const struct ctl_answers more = { 0 };
	FILE *out;

	free(printed);
	out = open_memstream(&printed, &printed_size);
	ctl_list_print(&answers, &more, out);
	fclose(out);
	return printed;
}

/* A guest's name has a column only if there is one that the ids do not show. */
static void test_list(void **state)
{
	(void)state;
	COMES("/reply", "sssssiifiss", "/stream/list", "item", "daw.main", "p", "closed", 2, 0, 0.0,
	      0, "main", "daw");
	/* xenjackd 0.1.0 does not say it; a domain may have none. */
	COMES("/reply", "sssssiifis", "/stream/list", "item", "old.main", "p", "closed", 2, 0, 0.0,
	      0, "main");
	COMES("/reply", "sssssiifiss", "/stream/list", "item", "dom7.main", "c", "closed", 2, 0,
	      0.0, 1, "main", "");
	assert_string_equal(
		listed(),
		"id         direction  state   channels  rate  gain dB  mute  solo  guest dB\n"
		"daw.main   playback   closed         2     0      0.0  -        -\n"
		"old.main   playback   closed         2     0      0.0  -        -\n"
		"dom7.main  capture    closed         2     0      0.0  mute     -\n");
	COMES("/reply", "sssssiifiss", "/stream/list", "item", "a_b~1.main", "p", "closed", 2, 0,
	      0.0, 0, "main", "a\tb");
	COMES("/reply", "sssssiifiss", "/stream/list", "item", "daw@1.x", "p", "closed", 2, 0, 0.0,
	      0, "x", "daw");
	assert_string_equal(
		listed(),
		"id          direction  state   channels  rate  gain dB  mute  solo  guest dB  "
		"guest\n"
		"daw.main    playback   closed         2     0      0.0  -        -\n"
		"old.main    playback   closed         2     0      0.0  -        -\n"
		"dom7.main   capture    closed         2     0      0.0  mute     -\n"
		"a_b~1.main  playback   closed         2     0      0.0  -        -            a?b\n"
		"daw@1.x     playback   closed         2     0      0.0  -        -            "
		"daw\n");
}

static void test_values(void **state)
{
	(void)state;
	COMES("/stream/daw.main/gain", "f", -193.0);
	assert_string_equal(shown(ctl_show_text, false), "-inf dB\n");
	COMES("/stream/daw.mic/gain", "f", -3.25);
	assert_string_equal(shown(ctl_show_text, true), "id        gain dB\n"
							"daw.main     -inf\n"
							"daw.mic      -3.2\n");
	ctl_answers_clear(&answers);
	COMES("/stream/daw.main/gain/2", "f", 0.5);
	assert_string_equal(shown(ctl_show_text, true), "id        channel  trim dB\n"
							"daw.main        2      0.5\n");
	ctl_answers_clear(&answers);
	COMES("/stream/daw.main/fill", "ii", 100, 4096);
	assert_string_equal(shown(ctl_show_text, false), "frames  100\n"
							 "ring    4096 frames\n");
}

static void expect_json(bool many, const char *wanted)
{
	json_t *have = json_loads(shown(ctl_show_json, many), 0, NULL);
	json_t *want = json_loads(wanted, 0, NULL);

	assert_non_null(have);
	assert_non_null(want);
	if (!json_equal(have, want)) {
		assert_string_equal(printed, wanted);
	}
	json_decref(have);
	json_decref(want);
}

static void test_json(void **state)
{
	(void)state;
	COMES("/stream/daw.main/mute", "i", 1);
	expect_json(false, "{\"address\": \"/stream/daw.main/mute\", \"id\": \"daw.main\", "
			   "\"mute\": true}");
	expect_json(true, "[{\"address\": \"/stream/daw.main/mute\", \"id\": \"daw.main\", "
			  "\"mute\": true}]");
	ctl_answers_clear(&answers);
	COMES("/stream/daw.main/meter", "ff", -6.0, -12.5);
	expect_json(false, "{\"address\": \"/stream/daw.main/meter\", \"id\": \"daw.main\", "
			   "\"peak_dBFS\": [-6.0, -12.5]}");
	ctl_answers_clear(&answers);
	COMES("/stream/daw.main/gain/2", "f", -0.1);
	expect_json(false, "{\"address\": \"/stream/daw.main/gain/2\", \"id\": \"daw.main\", "
			   "\"channel\": 2, \"trim_dB\": -0.1}");
	ctl_answers_clear(&answers);
	COMES("/reply", "sss", "/connect", "a", "b");
	expect_json(false, "{\"address\": \"/connect\", \"source\": \"a\", "
			   "\"destination\": \"b\"}");
	ctl_answers_clear(&answers);
	COMES("/reply", "sss", "/port/connections", "item", "a\"\\");
	COMES("/reply", "ssi", "/port/connections", "end", 1);
	expect_json(false, "[{\"source\": \"a\\\"\\\\\"}]");
	ctl_answers_clear(&answers);
	COMES("/pong", "is", 1, "x");
	expect_json(false, "{\"address\": \"/pong\", \"arguments\": [1, \"x\"]}");
}

/* --- guests as a whole */

/* Exactly GUEST.* is a guest; its name may hold what an address may not. */
static void test_guest_names(void **state)
{
	static const struct {
		const char *text, *part;
	} rows[] = {
		{ "daw.*", "daw" },
		{ "a.b.*", "a.b" },
		{ "mic/vm.*", "mic%2Fvm" },
		{ "a b.*", "a%20b" },
		{ "50%.*", "50%25" },
		{ "daw", NULL },
		{ "daw.main", NULL },
		{ "*", NULL },
		{ ".*", NULL },
		{ "", NULL },
		{ "*.*", NULL },
		{ "d?w.*", NULL },
		{ "{daw,amp}.*", NULL },
		{ "[d]aw.*", NULL },
		{ "daw.?*", NULL },
		{ "daw.**", NULL },
		{ "daw.m*", NULL },
		{ "daw*", NULL },
	};
	char part[256];

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(ctl_guest_parse(rows[i].text, part, sizeof(part)),
				 rows[i].part != NULL);
		if (rows[i].part) {
			assert_string_equal(part, rows[i].part);
		}
	}
}

static void test_guest_answers(void **state)
{
	(void)state;
	COMES("/guest/mic%2Fvm/gain", "f", -40.0);
	assert_string_equal(shown(ctl_show_text, false), "-40.0 dB\n");
	expect_json(false, "{\"address\": \"/guest/mic%2Fvm/gain\", \"guest\": \"mic/vm\", "
			   "\"gain_dB\": -40.0}");
	ctl_answers_clear(&answers);
	COMES("/guest/a%1Bb/mute", "i", 1);
	expect_json(false, "{\"address\": \"/guest/a%1Bb/mute\", \"guest\": \"a\\u001bb\", "
			   "\"mute\": true}");
	ctl_answers_clear(&answers);
	COMES("/reply", "sssifi", "/guest/list", "item", "daw", 2, -193.0, 1);
	COMES("/reply", "sssifi", "/guest/list", "item", "amp", 0, 0.0, 0);
	COMES("/reply", "ssi", "/guest/list", "end", 2);
	assert_string_equal(shown(ctl_show_text, false), "guest  streams  gain dB  muted\n"
							 "daw          2     -inf  yes\n"
							 "amp          0      0.0  no\n");
	assert_true(ctl_guest_is_set(ctl_guest_find(&answers, "daw")));
	assert_false(ctl_guest_is_set(ctl_guest_find(&answers, "amp")));
	assert_null(ctl_guest_find(&answers, "vm"));
	assert_null(ctl_guest_find(&answers, NULL));
}

static const char *shown_list(void (*show)(const struct ctl_answers *, const struct ctl_answers *,
					   FILE *))
{
	FILE *out;

	free(printed);
	out = open_memstream(&printed, &printed_size);
	show(&answers, &answers, out);
	fclose(out);
	return printed;
}

/* The list of streams has the guests that have a level of their own below it. */
static void test_list_of_guests(void **state)
{
	json_t *list;

	(void)state;
	COMES("/reply", "sssssiifis", "/stream/list", "item", "daw.x", "p", "closed", 2, 0, -6.0, 0,
	      "x");
	COMES("/reply", "ssi", "/stream/list", "end", 1);
	COMES("/stream/daw.x/info", "sissiissi", "daw", 5, "x", "p", 2, 0, "", "daw", 0);
	COMES("/reply", "sssifi", "/guest/list", "item", "amp", 1, 0.0, 0);
	assert_string_equal(
		shown_list(ctl_list_print),
		"id     direction  state   channels  rate  gain dB  mute  solo  guest dB\n"
		"daw.x  playback   closed         2     0     -6.0     -     -\n");
	COMES("/reply", "sssifi", "/guest/list", "item", "daw", 1, -40.0, 1);
	assert_string_equal(
		shown_list(ctl_list_print),
		"id     direction  state   channels  rate  gain dB  mute  solo  guest dB\n"
		"daw.x  playback   closed         2     0     -6.0     -     -\n"
		"\n"
		"guest as a whole  gain dB  mute\n"
		"daw                 -40.0  mute\n");
	list = json_loads(shown_list(ctl_list_json), 0, NULL);
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "guest")),
			    "daw");
	assert_true(json_is_true(
		json_object_get(json_object_get(json_array_get(list, 0), "whole_guest"), "muted")));
	assert_true(json_number_value(json_object_get(
			    json_object_get(json_array_get(list, 0), "whole_guest"), "gain_dB")) ==
		    -40.0);
	json_decref(list);
}

/* --- meters */

static void take(void *bars, const struct packet_message *message)
{
	ctl_bars_take(bars, message);
}

#define METER(...) COMES_TO(take, &bars, __VA_ARGS__)

static void test_bar(void **state)
{
	const struct ctl_look plain = { .width = 80 };
	const struct ctl_look bright = { .width = 80, .colour = true, .utf8 = true };
	struct ctl_level level = { .peak = -27.0, .rms = -38.0, .hold = -5.0 };
	char text[512];

	(void)state;
	/* 66 dB in 22 cells: 3 dB each. */
	ctl_bars_bar(&level, 22, &plain, text, sizeof(text));
	assert_string_equal(text, "#######====       |   ");
	level = (struct ctl_level){ .peak = 9.0, .rms = 6.0, .hold = 9.0 };
	ctl_bars_bar(&level, 22, &plain, text, sizeof(text));
	assert_string_equal(text, "######################");
	level = (struct ctl_level){ .peak = -193.0, .rms = -193.0, .hold = -193.0 };
	ctl_bars_bar(&level, 22, &plain, text, sizeof(text));
	assert_string_equal(text, "                      ");
	level.rms = -54.0;
	ctl_bars_bar(&level, 22, &bright, text, sizeof(text));
	assert_string_equal(text, "\033[32m██            \033[33m     \033[31m   \033[m");
}

static void test_hold(void **state)
{
	struct ctl_bars bars = { 0 };

	(void)state;
	METER("/reply", "sssssiifis", "/stream/list", "item", "a.b", "p", "running", 2, 48000, 0.0,
	      0, "b");
	METER("/stream/a.b/meter", "ff", -6.0, -40.0);
	METER("/stream/none/meter", "ff", -6.0, -40.0);
	assert_int_equal(bars.count, 1);
	ctl_bars_fall(&bars, 100.0);
	METER("/stream/a.b/meter", "ff", -30.0, -40.0);
	ctl_bars_fall(&bars, 101.4);
	assert_true(bars.strips[0].levels[0].hold == -6.0);
	ctl_bars_fall(&bars, 101.6);
	assert_true(bars.strips[0].levels[0].hold < -6.0);
	ctl_bars_fall(&bars, 110.0);
	assert_true(bars.strips[0].levels[0].hold == -30.0);
	METER("/stream/a.b/meter", "ff", -3.0, -40.0);
	ctl_bars_fall(&bars, 110.1);
	assert_true(bars.strips[0].levels[0].hold == -3.0);
	/* Missing from the next list: removed. */
	METER("/reply", "ssi", "/stream/list", "end", 1);
	assert_int_equal(bars.count, 1);
	METER("/reply", "ssi", "/stream/list", "end", 0);
	assert_int_equal(bars.count, 0);
	ctl_bars_clear(&bars);
}

static void test_screen(void **state)
{
	struct ctl_bars bars = { 0 };
	struct ctl_look look = { .width = 77, .height = 4 };
	char *text;

	(void)state;
	METER("/status", "ssiifiiii", "up", "default", 48000, 64, 2.5, 1, 2, 3, 10);
	METER("/reply", "sssssiifis", "/stream/list", "item", "a.b", "p", "running", 3, 48000, 0.0,
	      0, "b");
	METER("/stream/a.b/meter", "fff", -6.0, -193.0, 0.0);
	METER("/stream/a.b/rms", "fff", -9.0, -193.0, -3.0);
	METER("/stream/a.b/fill", "ii", 512, 1024);
	METER("/stream/a.b/stats", "iiiii", 9, 2, 1, 0, 0);
	text = ctl_bars_draw(&bars, &look);
	assert_string_equal(
		text,
		"JACK up  48000 Hz / 64  load 2.5 %  xruns 3\n"
		"stream               ch -60   -36 -18  0     peak    rms   hold   fill  xruns\n"
		"a.b                   1 #############|       -6.0   -9.0   -6.0    50%      3\n"
		"and 2 more channels\n");
	free(text);
	text = ctl_bars_line(&bars);
	assert_string_equal(text, "a.b -6.0 -inf 0.0\n");
	free(text);
	ctl_bars_clear(&bars);
	text = ctl_bars_line(&bars);
	assert_string_equal(text, "no streams\n");
	free(text);
}

/* What is set for a stream or for its guest stands below its name. */
static void test_notes(void **state)
{
	static const struct {
		int muted;
		double gain;
		int guest_muted;
		const char *note;
	} rows[] = {
		{ 0, 0.0, 0, "" },
		{ 1, 0.0, 0, "  muted" },
		{ 0, 0.0, 1, "  guest muted" },
		{ 0, -40.0, 1, "  guest muted" },
		{ 0, -40.0, 0, "  guest -40.0 dB" },
		{ 0, -193.0, 0, "  guest -inf dB" },
		{ 1, 6.0, 0, "  muted, guest 6.0" },
		{ 1, -6.0, 1, "  muted, guest muted" },
	};
	struct ctl_look look = { .width = 77, .height = 5 };
	struct ctl_bars bars = { 0 };
	char *text, line[64];

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		METER("/reply", "sssssiifis", "/stream/list", "item", "a.b", "p", "running", 2,
		      48000, 0.0, rows[i].muted, "b");
		METER("/reply", "sssssiifis", "/stream/list", "item", "c.d", "p", "running", 1,
		      48000, 0.0, rows[i].muted, "d");
		METER("/stream/a.b/info", "sissiissi", "a", 5, "b", "p", 2, 0, "", "a", 0);
		METER("/stream/c.d/info", "sissiissi", "a", 5, "d", "p", 1, 0, "", "c", 0);
		METER("/reply", "sssifi", "/guest/list", "item", "other", 1, -3.0, 1);
		METER("/reply", "sssifi", "/guest/list", "item", "a", 2, rows[i].gain,
		      rows[i].guest_muted);
		text = ctl_bars_draw(&bars, &look);
		snprintf(line, sizeof(line), "\n%-20s  2 ", rows[i].note);
		assert_non_null(strstr(text, line));
		snprintf(line, sizeof(line), "\n%s\n", rows[i].note);
		if (*rows[i].note) {
			/* Only if there is room for both of its lines. */
			assert_non_null(strstr(text, "\nand 1 more channels\n"));
			free(text);
			look.height++;
			text = ctl_bars_draw(&bars, &look);
			look.height--;
			assert_non_null(strstr(text, line));
		}
		assert_non_null(strstr(text, "\nc.d "));
		free(text);
	}
	ctl_bars_clear(&bars);
}

#define CTL(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CTL(test_numbers),	  CTL(test_gains),	 CTL(test_places),
		CTL(test_rows),		  CTL(test_tables),	 CTL(test_list),
		CTL(test_values),	  CTL(test_json),	 CTL(test_bar),
		CTL(test_hold),		  CTL(test_screen),	 CTL(test_prefix),
		CTL(test_notes),	  CTL(test_guest_names), CTL(test_guest_answers),
		CTL(test_list_of_guests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
