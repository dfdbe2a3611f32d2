/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names as keys and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "src/mixer/guest_key.h"

static char key[GUEST_KEY_MAX + 1], name[GUEST_KEY_MAX + 1];

static void test_pairs(void **state)
{
	static const struct {
		const char *name, *key;
	} rows[] = {
		{ "daw", "daw" },
		{ "mic/vm", "mic/vm" },
		{ "a b\"c", "a b\"c" },
		{ "\xc3\xbc", "\\xc3\\xbc" },
		{ "\x01\x1f\x7f\xff", "\\x01\\x1f\\x7f\\xff" },
		{ "a\\x41", "a\\x5cx41" },
		{ "\\", "\\x5c" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(guest_key_of(rows[i].name, key));
		assert_string_equal(key, rows[i].key);
		assert_true(guest_key_name(key, name));
		assert_string_equal(name, rows[i].name);
	}
}

/* Spelt otherwise, two keys would be one guest. */
static void test_no_keys(void **state)
{
	static const char *const keys[] = { "",	     "\\",	 "\\x",	  "\\x5",    "a\\x5",
					    "\\x4 ", "\\xg0",	 "\\x41", "\\xC3",   "\\x00",
					    "\\x5C", "\xc3\xbc", "\\\\",  "a\\x00b", "\n" };

	(void)state;
	for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		assert_false(guest_key_name(keys[i], name));
	}
}

static void test_long(void **state)
{
	char text[GUEST_KEY_MAX + 2];

	(void)state;
	memset(text, '\xff', sizeof(text));
	text[GUEST_KEY_MAX / 4] = '\0';
	assert_true(guest_key_of(text, key));
	assert_int_equal(strlen(key), GUEST_KEY_MAX);
	assert_true(guest_key_name(key, name));
	assert_string_equal(name, text);
	text[GUEST_KEY_MAX / 4] = 'a';
	text[GUEST_KEY_MAX / 4 + 1] = '\0';
	assert_false(guest_key_of(text, key));
	memset(text, 'a', sizeof(text));
	text[GUEST_KEY_MAX + 1] = '\0';
	assert_false(guest_key_of(text, key));
	assert_false(guest_key_name(text, name));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_no_keys),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
