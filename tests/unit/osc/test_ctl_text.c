/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names from outside in what xenjackctl prints: of any length, with any bytes, and alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "osc/ctl/ctl.h"
#include "osc/ctl/ctl_bars.h"
#include "osc/ctl/ctl_list.h"
#include "osc/ctl/ctl_show.h"
#include "osc/ctl/ctl_text.h"

/* --- messages and output */

static struct ctl_answers answers;
static char *printed;
static size_t printed_size;

static int teardown(void **state)
{
	(void)state;
	ctl_answers_clear(&answers);
	free(printed);
	printed = NULL;
	return 0;
}

static void on_message(void *bars, const struct packet_message *message)
{
	if (bars) {
		ctl_bars_take(bars, message);
	} else {
		ctl_answers_add(&answers, message);
	}
}

static void on_packet(void *bars, const void *data, size_t size)
{
	assert_true(packet_each(data, size, on_message, bars) > 0);
}

/* A message from the daemon, for the answers or for some bars. */
#define COMES_TO(bars, ...)                                           \
	do {                                                          \
		struct packet_batch batch;                            \
		packet_begin(&batch, on_packet, bars);                \
		assert_int_equal(packet_put(&batch, __VA_ARGS__), 0); \
		packet_flush(&batch);                                 \
	} while (0)
#define COMES(...) COMES_TO(NULL, __VA_ARGS__)

static FILE *page(void)
{
	free(printed);
	return open_memstream(&printed, &printed_size);
}

static const char *as_table(void)
{
	FILE *out = page();

	ctl_show_text(&answers, false, out);
	fclose(out);
	return printed;
}

static const char *as_list(void)
{
	FILE *out = page();

	ctl_list_print(&answers, &answers, out);
	fclose(out);
	return printed;
}

static json_t *as_json(void (*show)(const struct ctl_answers *, const struct ctl_answers *, FILE *))
{
	FILE *out = page();

	show(&answers, &answers, out);
	fclose(out);
	return json_loads(printed, 0, NULL);
}

static void stream_comes(void *bars, const char *id, const char *guest)
{
	char address[LIMITS_ID_MAX + 32];

	COMES_TO(bars, "/reply", "sssssiifiss", "/stream/list", "item", id, "p", "closed", 2, 0,
		 0.0, 0, "main", guest);
	snprintf(address, sizeof(address), "/stream/%s/info", id);
	COMES_TO(bars, address, "sissiissi", guest, 5, "main", "p", 2, 0, "", "daw", 0);
}

/* --- how long names are */

static void test_long_ids(void **state)
{
	char id[LIMITS_ID_MAX + 1], address[LIMITS_ID_MAX + 32];
	struct ctl_bars bars = { 0 };
	json_t *list;

	(void)state;
	memset(id, 'x', LIMITS_ID_MAX);
	memcpy(id + LIMITS_ID_MAX - 5, ".main", 6);
	stream_comes(NULL, id, "x");
	stream_comes(&bars, id, "x");
	/* The longest leaf. */
	snprintf(address, sizeof(address), "/stream/%s/guest_volume", id);
	COMES(address, "ff", -3.0, -3.0);
	snprintf(address, sizeof(address), "/stream/%s/guest_mute", id);
	COMES(address, "ii", 0, 1);
	assert_non_null(strstr(as_list(), id));
	assert_non_null(strstr(printed, " -3.0 muted  x\n"));
	list = as_json(ctl_list_json);
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "id")), id);
	assert_int_equal(
		json_array_size(json_object_get(json_array_get(list, 0), "guest_volume_dB")), 2);
	json_decref(list);
	snprintf(address, sizeof(address), "/stream/%s/meter", id);
	COMES_TO(&bars, address, "ff", -6.0, -7.0);
	assert_string_equal(bars.strips[0].id, id);
	assert_true(bars.strips[0].levels[1].peak == -7.0);
	ctl_bars_clear(&bars);
}

/* JACK's ports have longer names than ids, and a stream of 64 channels has as many volumes. */
static void test_long_cells(void **state)
{
	char name[LIMITS_PORT_MAX + 1];
	lo_message message = lo_message_new();
	struct packet_batch volumes;

	(void)state;
	memset(name, 'p', LIMITS_PORT_MAX);
	name[LIMITS_PORT_MAX] = '\0';
	COMES("/reply", "ssssiiis", "/port/list", "item", name, "in", 0, 1, 0, "");
	COMES("/reply", "ssi", "/port/list", "end", 1);
	assert_non_null(strstr(as_table(), name));
	ctl_answers_clear(&answers);
	stream_comes(NULL, "a.main", "a");
	for (unsigned i = 0; i < 64; i++) {
		lo_message_add_float(message, i == 63 ? -99.5f : -100.5f);
	}
	packet_begin(&volumes, on_packet, NULL);
	assert_int_equal(packet_add(&volumes, "/stream/a.main/guest_volume", message), 0);
	packet_flush(&volumes);
	lo_message_free(message);
	assert_non_null(strstr(as_list(), " -100.5 -99.5\n"));
}

/* --- names that look the same */

static void test_alike(void **state)
{
	static const char *const guests[] = { "a?b", "a\nb",
					      "a\x9b"
					      "b" };
	struct ctl_bars bars = { 0 };
	json_t *list;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		char id[16];

		snprintf(id, sizeof(id), "a_b~%u.main", i);
		stream_comes(NULL, id, guests[i]);
		stream_comes(&bars, id, guests[i]);
	}
	COMES("/reply", "sssifi", "/guest/list", "item", "a\nb", 1, -40.0, 0);
	COMES_TO(&bars, "/reply", "sssifi", "/guest/list", "item", "a\nb", 1, -40.0, 0);
	list = as_json(ctl_list_json);
	for (unsigned i = 0; i < 3; i++) {
		const json_t *one = json_array_get(list, i);
		double gain = json_number_value(
			json_object_get(json_object_get(one, "whole_guest"), "gain_dB"));

		assert_true(gain == (i == 1 ? -40.0 : 0.0));
		assert_true(bars.strips[i].guest_db == (i == 1 ? -40.0 : 0.0));
		/* What is not UTF-8 is not JSON either. */
		if (i < 2) {
			assert_string_equal(json_string_value(json_object_get(one, "guest")),
					    guests[i]);
		}
	}
	json_decref(list);
	ctl_bars_clear(&bars);
	/* Each is a line of its own, also with a newline in its name. */
	assert_non_null(strstr(as_list(), "a_b~1.main  playback"));
	assert_non_null(strstr(printed, "  a?b\na_b~2.main"));
}

/* --- what a terminal would obey */

static void test_clean(void **state)
{
	static const struct {
		const char *text, *shown;
		unsigned width;
	} rows[] = {
		{ "daw", "daw", 3 },
		{ "a\033[2Jb\x7f", "a?[2Jb?", 7 },
		{ "t\tn\nr\r", "t?n?r?", 6 },
		{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x8e\xb5", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x8e\xb5",
		  3 },
		/* U+009B, and as the one byte that it is to a terminal of eight bits */
		{ "\xc2\x9b"
		  "2J",
		  "?2J", 3 },
		{ "\x9b"
		  "2J",
		  "?2J", 3 },
		{ "\xc2\xa0", "\xc2\xa0", 1 },
		/* cut, alone, overlong, surrogate, beyond Unicode */
		{ "x\xe2\x82", "x??", 3 },
		{ "\xc3x", "?x", 2 },
		{ "\xc0\x9b", "??", 2 },
		{ "\xe0\x82\x9b", "???", 3 },
		{ "\xed\xa0\x80", "???", 3 },
		{ "\xf4\x90\x80\x80", "????", 4 },
		{ "\xff\xfe", "??", 2 },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[32];
		FILE *out = page();

		ctl_text_put(out, rows[i].text);
		fclose(out);
		assert_string_equal(printed, rows[i].shown);
		snprintf(text, sizeof(text), "%s", rows[i].text);
		ctl_text_clean(text);
		assert_string_equal(text, rows[i].shown);
		assert_int_equal(ctl_text_width(text), rows[i].width);
	}
}

/* Whatever prints a text of the daemon's. */
static void test_clean_everywhere(void **state)
{
	static const char evil[] = "e\033[2J\x9b"
				   "2J\xc2\x9b"
				   "2J\x7f";
	FILE *out;

	(void)state;
	COMES("/reply", "sss", "/connect", evil, evil);
	COMES("/reply", "ssssiiis", "/port/list", "item", evil, "in", 0, 1, 0, "");
	COMES("/event/port/added", "is", 7, evil);
	COMES("/error", "sis", "/connect", 2, evil);
	out = page();
	ctl_show_text(&answers, false, out);
	ctl_show_text(&answers, true, out);
	ctl_show_json(&answers, true, out);
	ctl_show_errors(&answers, out);
	for (unsigned i = 0; i < answers.count; i++) {
		ctl_show_line(&answers.all[i], NULL, false, out);
		ctl_show_line(&answers.all[i], NULL, true, out);
	}
	fclose(out);
	assert_non_null(strstr(printed, "e?[2J?2J?2J?"));
	for (const char *at = printed; *at; at++) {
		assert_true(*at == '\n' || (*at >= ' ' && *at <= '~'));
	}
	/* JSON keeps the text. */
	ctl_answers_clear(&answers);
	COMES("/event/port/added", "is", 7, "\xc2\x9b\x7f\xc3\xa4");
	out = page();
	ctl_show_line(&answers.all[0], NULL, true, out);
	fclose(out);
	assert_non_null(strstr(printed, "\"\\u009b\\u007f\xc3\xa4\""));
}

/* --- what may be part of an address */

static void test_parts(void **state)
{
	char text[LIMITS_PART_MAX + 2];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[LIMITS_PART_MAX] = '\0';
	assert_true(ctl_is_part("daw.main"));
	assert_true(ctl_is_part("{daw,synth}.*"));
	assert_true(ctl_is_part(text));
	text[LIMITS_PART_MAX] = 'x';
	text[LIMITS_PART_MAX + 1] = '\0';
	for (const char *const *bad = (const char *const[]){ text, "", "a/b", "a b", "a#b", "a\nb",
							     "a\x7f", "a\xc3\xa4", "\033", NULL };
	     *bad; bad++) {
		assert_false(ctl_is_part(*bad));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_long_ids, teardown),
		cmocka_unit_test_teardown(test_long_cells, teardown),
		cmocka_unit_test_teardown(test_alike, teardown),
		cmocka_unit_test_teardown(test_clean, teardown),
		cmocka_unit_test_teardown(test_clean_everywhere, teardown),
		cmocka_unit_test_teardown(test_parts, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
