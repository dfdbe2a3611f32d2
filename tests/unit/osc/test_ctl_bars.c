/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The screen of xenjackctl's meters: how it fits any size, scrolls, and shows what keys act on. */
#include "tests/unit/osc/coming.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "osc/ctl/ctl_bars.h"
#include "osc/ctl/ctl_text.h"

static struct ctl_bars bars;
static char *text;

static int teardown(void **state)
{
	(void)state;
	ctl_bars_clear(&bars);
	free(text);
	text = NULL;
	return 0;
}

static void on_message(void *arg, const struct packet_message *message)
{
	(void)arg;
	ctl_bars_take(&bars, message);
}

#define COMES(...) COMES_TO(on_message, NULL, __VA_ARGS__)

static void stream_comes(const char *id, int32_t channels)
{
	COMES("/reply", "sssssiifis", "/stream/list", "item", id, "p", "running", channels, 48000,
	      -6.0, 0, "b");
}

static void draw(const struct ctl_look *look)
{
	free(text);
	text = ctl_bars_draw(&bars, look);
}

/* The greatest number of characters in a line, and how many lines there are. */
static unsigned measure(unsigned *lines)
{
	unsigned widest = 0;

	*lines = 0;
	for (const char *at = text; *at; ++*lines) {
		size_t length = strcspn(at, "\n");
		char line[512];

		snprintf(line, sizeof(line), "%.*s", (int)length, at);
		widest = ctl_text_width(line) > widest ? ctl_text_width(line) : widest;
		at += length + 1;
	}
	return widest;
}

static bool has_line(const char *line)
{
	return strstr(text, line) != NULL;
}

/* The screen of a small window, which has the most important of everything. */
static void test_small(void **state)
{
	const struct ctl_look look = {
		.width = 40, .height = 10, .chosen = "daw.main", .channel = 1
	};

	(void)state;
	COMES("/status", "ssiifiiii", "freewheel", "default", 192000, 4096, 99.6, 1, 2, 123, 10);
	stream_comes("daw.main", 2);
	stream_comes("synth.main", 2);
	COMES("/stream/daw.main/meter", "ff", -6.0, -193.0);
	COMES("/stream/daw.main/rms", "ff", -12.0, -193.0);
	COMES("/stream/daw.main/solo", "i", 1);
	draw(&look);
	assert_string_equal(text, "freewheel 192000/4096 100% xruns 123\n"
				  "stream             ch -60  -24 0    peak\n"
				  "daw.main            1 #######=|     -6.0\n"
				  "                    2>              -inf\n"
				  "synth.main          1               -inf\n"
				  "                    2               -inf\n"
				  "gain -6.0 dB solo  + - m s q\n");
}

/* No line is wider than the screen, and there are no more lines than it has; whatever its size. */
static void test_any_size(void **state)
{
	static const char *const ids[] = { "a.b", "daw.main", "studio-one@12.a-rather-long-label" };

	(void)state;
	COMES("/status", "ssiifiiii", "up", "default", 48000, 64, 2.5, 1, 2, 3, 10);
	for (unsigned i = 0; i < 3; i++) {
		stream_comes(ids[i], 4);
	}
	for (unsigned width = 32; width < 200; width++) {
		for (unsigned height = 4; height < 30; height++) {
			struct ctl_look look = { .width = width, .height = height };
			unsigned lines, widest;

			look.chosen = height % 2 ? ids[height % 3] : NULL;
			draw(&look);
			widest = measure(&lines);
			if (widest > width || lines > height) {
				fail_msg("%u x %u: %u x %u:\n%s", width, height, widest, lines,
					 text);
			}
			if (look.chosen && !has_line(">")) {
				fail_msg("%u x %u: not in sight:\n%s", width, height, text);
			}
		}
	}
}

/* Every channel of every stream can be brought into sight, one of 64 channels as well. */
static void test_scroll(void **state)
{
	struct ctl_look look = { .width = 40, .height = 10, .chosen = "big.main" };
	char line[32];

	(void)state;
	stream_comes("a.b", 1);
	stream_comes("big.main", 64);
	stream_comes("c.d", 1);
	for (look.channel = 0; look.channel < 64; look.channel++) {
		draw(&look);
		snprintf(line, sizeof(line), "%3u>", look.channel + 1);
		assert_true(has_line(line));
		assert_true(has_line("\nand 60 more channels\n") ||
			    has_line("\nand 61 more channels\n"));
	}
	look.chosen = "c.d";
	look.channel = 0;
	draw(&look);
	assert_true(has_line("\nc.d "));
	look.chosen = "a.b";
	draw(&look);
	assert_true(has_line("\na.b "));
	look.chosen = NULL;
	draw(&look);
	assert_true(has_line("\na.b "));
	assert_false(has_line(">"));
}

/* Ids are whole on any screen; one line has all that fits beside its bar. */
static void test_long_ids(void **state)
{
	char id[LIMITS_ID_MAX + 1], found[2 * LIMITS_ID_MAX] = "";
	struct ctl_look look = { .width = 40 };

	(void)state;
	for (unsigned i = 0; i < LIMITS_ID_MAX; i++) {
		id[i] = i == 50 ? '.' : (char)('a' + i % 26);
	}
	id[LIMITS_ID_MAX] = '\0';
	stream_comes(id, 2);
	draw(&look);
	/* Its three lines stand between the heading and the bars. */
	for (char *at = strchr(strchr(text, '\n') + 1, '\n') + 1; *at != ' ';) {
		size_t length = strcspn(at, "\n");

		assert_true(length <= 40);
		strncat(found, at, length);
		at += length + 1;
	}
	assert_string_equal(found, id);
	look.width = 300;
	draw(&look);
	assert_true(has_line(id));
	assert_non_null(strstr(strstr(text, id), "  1 "));
	assert_true(strstr(text, id) + LIMITS_ID_MAX + 2 == strstr(strstr(text, id), "1  "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_small, teardown),
		cmocka_unit_test_teardown(test_any_size, teardown),
		cmocka_unit_test_teardown(test_scroll, teardown),
		cmocka_unit_test_teardown(test_long_ids, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
