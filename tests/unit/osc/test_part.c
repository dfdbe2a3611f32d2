/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts as parts of addresses and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "osc/proto/part.h"
#include "osc/proto/pattern.h"

static char part[64], text[64];

static void test_pairs(void **state)
{
	static const struct {
		const char *text, *part;
	} rows[] = {
		{ "daw", "daw" },
		{ "mic/vm", "mic%2Fvm" },
		{ "a b", "a%20b" },
		{ "#*,/?[]{}%", "%23%2A%2C%2F%3F%5B%5D%7B%7D%25" },
		{ "!\"$&'()+-.:;<=>@\\^_`|~", "!\"$&'()+-.:;<=>@\\^_`|~" },
		{ "\x01\x7f\xc3\xbc\xff", "%01%7F%C3%BC%FF" },
		{ "%2F", "%252F" },
	};
	struct pattern pattern;
	char slash[80] = "/";

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(part_of(rows[i].text, part, sizeof(part)));
		assert_string_equal(part, rows[i].part);
		assert_true(part_text(part, strlen(part), text, sizeof(text)));
		assert_string_equal(text, rows[i].text);
		/* As a pattern, it means itself. */
		strcpy(slash + 1, part);
		assert_int_equal(pattern_parse(&pattern, slash), 0);
		assert_int_equal(pattern.wildcards, 0);
		assert_true(pattern_match(&pattern, slash));
	}
}

/* Two parts are never one text. */
static void test_no_parts(void **state)
{
	static const char *const parts[] = { "",    "%",       "%2",  "a%2", "%g0", "%2 ",
					     "%00", "a%00b",   "%41", "%2f", "a/b", "a b",
					     "%c3", "%C3\xbc", "*",   "%2B" };

	(void)state;
	for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		assert_false(part_text(parts[i], strlen(parts[i]), text, sizeof(text)));
	}
	/* Only so much of it. */
	assert_true(part_text("daw/gain", 3, text, sizeof(text)));
	assert_string_equal(text, "daw");
	assert_false(part_text("a%2F", 3, text, sizeof(text)));
}

static void test_room(void **state)
{
	(void)state;
	assert_false(part_of("", part, sizeof(part)));
	assert_true(part_of("abc", part, 4));
	assert_false(part_of("abcd", part, 4));
	assert_true(part_of("/", part, 4));
	assert_false(part_of("/", part, 3));
	assert_true(part_text("abc", 3, text, 4));
	assert_false(part_text("abcd", 4, text, 4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_no_parts),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
