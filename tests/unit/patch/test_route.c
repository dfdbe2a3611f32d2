/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules: their syntax, and what their patterns match. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "src/patch/route.h"

static void test_match(void **state)
{
	static const struct {
		const char *pattern, *id;
		bool fits;
	} rows[] = {
		{ "daw.main_1", "daw.main_1", true },
		{ "daw.main_1", "daw.main_10", false },
		{ "daw.main_1", "daw.main_", false },
		{ "daw.main_1", "xdaw.main_1", false },
		{ "daw.main_*", "daw.main_1", true },
		{ "daw.main_*", "daw.main_", true },
		{ "daw.main_*", "daw.main", false },
		{ "*.main_1", "daw.main_1", true },
		{ "*.main_1", "daw.main_2", false },
		{ "*.main_1", ".main_1", true },
		{ "d*.*_1", "daw-2.main_1", true },
		{ "d*.*_1", "daw-2.main_2", false },
		{ "*a*b*", "xxaxxbxx", true },
		{ "*a*b*", "xxbxxaxx", false },
		{ "*ab*ab*", "xabx", false },
		{ "*ab*ab", "abab", true },
		{ "ab*ba", "aba", false },
		{ "ab*ba", "abba", true },
		{ "**", "daw.main_1", true },
		{ "*", "", true },
		{ "a.b**c", "a.bc", true },
		/* The dot is the one between guest and stream, whatever a guest is called. */
		{ "daw.*", "daw.main_1", true },
		{ "daw.*", "daw.x.main_1", false },
		{ "daw.*", "daw@1.main_1", false },
		{ "daw.main_*", "daw.main_x.pcm0-0_1", false },
		{ "daw.x.*", "daw.x.main_1", true },
		{ "daw.x.*", "daw.x", false },
		{ "*.main_*", "daw.x.main_1", true },
		{ "*.*", "daw.x.main_1", true },
		{ "d*.main_1", "daw.x.main_1", true },
		{ "daw.main*.main_1", "daw.main_1", false },
		{ "*.*", "daw", false },
		{ "daw*", "daw.x.main_1", true },
		{ "mic_vm.*", "mic_vm~6c8e57a1e41d4fa9.in_1", false },
		{ "mic_vm~6c8e57a1e41d4fa9.*", "mic_vm~6c8e57a1e41d4fa9.in_1", true },
		/* A pattern with ':' is for other programs' ports, one without for guests'. */
		{ "*", "system:playback_1", false },
		{ "*:*", "system:playback_1", true },
		{ "*:*", "daw.main_1", false },
		{ "system:playback_*", "system:playback_2", true },
		{ "system:playback_*", "system:capture_2", false },
		{ "A b:c d*", "A b:c d e", true },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (route_match(rows[i].pattern, rows[i].id) != rows[i].fits) {
			fail_msg("%s and %s", rows[i].pattern, rows[i].id);
		}
	}
}

static double cpu_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Time to find that "*aa…ab*aa…ab*" does not match a string of as many 'a'. */
static double torture_s(size_t length)
{
	size_t piece = length / 4;
	char *text = calloc(1, length + 1), *pattern = calloc(1, length + 1);
	double begin_s;

	assert_non_null(text);
	assert_non_null(pattern);
	memset(text, 'a', length);
	memset(pattern, 'a', 2 * piece);
	pattern[0] = pattern[piece] = pattern[2 * piece] = '*';
	pattern[piece - 1] = pattern[2 * piece - 1] = 'b';
	begin_s = cpu_s();
	assert_false(route_match(pattern, text));
	begin_s = cpu_s() - begin_s;
	free(text);
	free(pattern);
	return begin_s;
}

/* Many stars, and long pieces: with quadratic matching the latter would take an hour. */
static void test_pathological(void **state)
{
	char pattern[ROUTE_PATTERN_MAX + 1] = "", id[256] = "";

	(void)state;
	memset(id, 'a', sizeof(id) - 1);
	for (unsigned i = 0; i + 2 < ROUTE_PATTERN_MAX; i += 2) {
		strcat(pattern, "a*");
	}
	assert_true(route_match(pattern, id));
	strcat(pattern, "b");
	assert_false(route_match(pattern, id));
	print_message("1 MB: %.1f ms\n", torture_s(1 << 20) * 1e3);
	print_message("8 MB: %.1f ms\n", torture_s(8 << 20) * 1e3);
}

static void test_parse(void **state)
{
	char longest[ROUTE_PATTERN_MAX + 2];
	struct route route = { "", "" };

	(void)state;
	assert_null(route_parse(&route, "daw.main_*", "system:playback_*"));
	assert_string_equal(route.left, "daw.main_*");
	assert_string_equal(route.right, "system:playback_*");
	assert_null(route_parse(&route, "system:capture_*", "*"));
	assert_null(route_parse(&route, "a.b_1", "b.c_1"));
	assert_non_null(strstr(route_parse(&route, "", "a.b_1"), "empty"));
	assert_non_null(strstr(route_parse(&route, "a.b_1", ""), "empty"));
	assert_non_null(strstr(route_parse(&route, "daw", "system:playback_1"), "neither"));
	assert_non_null(strstr(route_parse(&route, "a.b_1", "playback_1"), "neither"));
	assert_non_null(strstr(route_parse(&route, "x:y", "*:z"), "guest's"));
	memset(longest, '*', sizeof(longest));
	longest[ROUTE_PATTERN_MAX + 1] = '\0';
	assert_non_null(strstr(route_parse(&route, longest, "a.b_1"), "long"));
	assert_string_equal(route.left, "a.b_1");
	longest[ROUTE_PATTERN_MAX] = '\0';
	assert_null(route_parse(&route, longest, "a.b_1"));
	assert_string_equal(route.left, longest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_pathological),
		cmocka_unit_test(test_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
