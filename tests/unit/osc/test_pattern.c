/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Address patterns: their syntax, what they match, and that none takes long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>

#include <cmocka.h>

#include "osc/proto/pattern.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *pattern, *address;
	bool fits;
} matches[] = {
	{ "/stream/list", "/stream/list", true },
	{ "/stream/list", "/stream/lis", false },
	{ "/stream/lis", "/stream/list", false },
	{ "/", "/", false },
	/* A star matches any text within its part, also the empty text. */
	{ "/stream/*", "/stream/daw.main", true },
	{ "/stream/*", "/stream/", true },
	{ "/stream/*", "/stream/daw.main/gain", false },
	{ "/stream/*/gain", "/stream/daw.main/gain", true },
	{ "/stream/*/gain", "/stream/gain", false },
	{ "/stream/*/gain", "/stream/a/b/gain", false },
	{ "/*/*", "/stream/list", true },
	{ "/*", "/stream/list", false },
	{ "/stream/daw.*", "/stream/daw.main", true },
	{ "/stream/daw.*", "/stream/dax.main", false },
	{ "/stream/*.main", "/stream/a.b.main", true },
	{ "/stream/*.main", "/stream/a.main.b", false },
	{ "/a*b*c", "/abbcbc", true },
	{ "/a*b*c", "/abbcb", false },
	{ "/a**c", "/ac", true },
	{ "/a?c", "/abc", true },
	{ "/a?c", "/ac", false },
	{ "/a?c", "/a/c", false },
	{ "/a??", "/ab", false },
	{ "/a[0-9]", "/a5", true },
	{ "/a[0-9]", "/a", false },
	{ "/a[0-9]", "/ax", false },
	{ "/a[0-9]", "/a5x", false },
	{ "/a[0-9x]b", "/axb", true },
	{ "/a[!0-9]", "/ax", true },
	{ "/a[!0-9]", "/a5", false },
	{ "/a[!0-9]", "/a", false },
	{ "/a[!0-9]b", "/a/b", false },
	{ "/a[.-0]", "/a/", false },
	/* A minus at either end of a class is literal, and so is '!' after the first character. */
	{ "/a[-x]", "/a-", true },
	{ "/a[x-]", "/a-", true },
	{ "/a[x-]", "/ay", false },
	{ "/a[!-]", "/a-", false },
	{ "/a[x!]", "/a!", true },
	{ "/{gain,mute}", "/gain", true },
	{ "/{gain,mute}", "/mute", true },
	{ "/{gain,mute}", "/gainmute", false },
	{ "/{gain,mute}", "/gai", false },
	{ "/{a,ab}c", "/abc", true },
	{ "/{a,ab}bc", "/abc", true },
	{ "/{a,ab}bc", "/abbc", true },
	{ "/x{,y}", "/x", true },
	{ "/x{,y}", "/xy", true },
	{ "/x{y,,z}w", "/xw", true },
	{ "/x{y,,z}w", "/xzw", true },
	{ "/x{y,,z}w", "/x,w", false },
	{ "/x{y}", "/xy", true },
	{ "/{a,b}*{c,d}", "/bxxd", true },
	{ "/{a,b}*{c,d}", "/bxxe", false },
	{ "/stream/{a,b}.*/[gm]???", "/stream/b.x/mute", true },
	{ "/a!-b", "/a!-b", true },
};

static void test_match(void **state)
{
	struct pattern pattern;

	(void)state;
	for (unsigned i = 0; i < COUNT(matches); i++) {
		if (pattern_parse(&pattern, matches[i].pattern)) {
			assert_false(matches[i].fits);
		} else if (pattern_match(&pattern, matches[i].address) != matches[i].fits) {
			fail_msg("%s and %s", matches[i].pattern, matches[i].address);
		}
	}
}

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		int error;
		unsigned wildcards;
	} rows[] = {
		{ "/stream/list", 0, 0 },
		{ "/*/?/[a-b]/{c,d}", 0, 4 },
		{ "/********", 0, 8 },
		{ "/*********", -E2BIG, 9 },
		{ "", -EINVAL, 0 },
		{ "stream", -EINVAL, 0 },
		{ "/", -EINVAL, 0 },
		{ "//stream", -EINVAL, 0 },
		{ "/stream//list", -EINVAL, 0 },
		{ "/stream/", -EINVAL, 0 },
		{ "/a[", -EINVAL, 0 },
		{ "/a[!", -EINVAL, 0 },
		{ "/a[]", -EINVAL, 0 },
		{ "/a[!]", -EINVAL, 0 },
		{ "/a[b", -EINVAL, 0 },
		{ "/a[b/c]", -EINVAL, 0 },
		{ "/a[[b]]", -EINVAL, 0 },
		{ "/a[z-a]", -EINVAL, 0 },
		{ "/a[a-", -EINVAL, 0 },
		{ "/a]", -EINVAL, 0 },
		{ "/a{", -EINVAL, 0 },
		{ "/a{b,", -EINVAL, 0 },
		{ "/a{b/c}", -EINVAL, 0 },
		{ "/a{b{c}}", -EINVAL, 0 },
		{ "/a{b*}", -EINVAL, 0 },
		{ "/a}", -EINVAL, 0 },
		{ "/a,b", -EINVAL, 0 },
	};
	char longest[PATTERN_LENGTH_MAX + 2];
	struct pattern pattern;

	(void)state;
	for (unsigned i = 0; i < COUNT(rows); i++) {
		int error = pattern_parse(&pattern, rows[i].text);

		if (error != rows[i].error) {
			fail_msg("%s: %d", rows[i].text, error);
		}
		if (error != -EINVAL && pattern.wildcards != rows[i].wildcards) {
			fail_msg("%s: %u wildcards", rows[i].text, pattern.wildcards);
		}
	}
	memset(longest, 'a', sizeof(longest));
	longest[0] = '/';
	longest[PATTERN_LENGTH_MAX + 1] = '\0';
	assert_int_equal(pattern_parse(&pattern, longest), -ENAMETOOLONG);
	longest[PATTERN_LENGTH_MAX] = '\0';
	assert_int_equal(pattern_parse(&pattern, longest), 0);
	assert_true(pattern_match(&pattern, longest));
}

/* Steps to find that a pattern does not match a long run of one character. */
static uint64_t steps(const char *text, char c, size_t length)
{
	char *address = malloc(length + 2);
	struct pattern pattern;

	assert_non_null(address);
	memset(address, c, length + 1);
	address[0] = '/';
	address[length + 1] = '\0';
	assert_int_equal(pattern_parse(&pattern, text), 0);
	assert_false(pattern_match(&pattern, address));
	free(address);
	return pattern.steps;
}

/* With backtracking, this pattern would take the seventh power of the length. */
static void test_stars_are_linear(void **state)
{
	static const char *const text = "/a*a*a*a*a*a*a*b";
	uint64_t few = steps(text, 'a', 40), many = steps(text, 'a', 4000);

	(void)state;
	print_message("%llu steps for 40 characters, %llu for 4000\n", (unsigned long long)few,
		      (unsigned long long)many);
	assert_true(few <= 42 * 3 * strlen(text));
	assert_true(many <= 4002 * 3 * strlen(text));
	assert_true(steps(text, 'a', 6000) - many == many - steps(text, 'a', 2000));
}

/* Nor do choices and classes of the greatest length take long. */
static void test_brackets_are_linear(void **state)
{
	static const char fillers[][3] = { "a,", ",,", "aa" };
	char text[PATTERN_LENGTH_MAX + 1];
	uint64_t most = 3 * PATTERN_LENGTH_MAX;

	(void)state;
	for (unsigned i = 0; i < COUNT(fillers); i++) {
		memcpy(text, "/*{", 3);
		for (size_t at = 3; at < PATTERN_LENGTH_MAX - 4; at += 2) {
			memcpy(text + at, fillers[i], 3);
		}
		strcat(text, "}*b");
		assert_true(strlen(text) > PATTERN_LENGTH_MAX - 4);
		assert_true(steps(text, 'a', 256) <= 258 * most);
		assert_true(steps(text, 'a', 4000) <= 4002 * most);
	}
	memset(text, 'a', PATTERN_LENGTH_MAX);
	memcpy(text, "/*[", 3);
	memcpy(text + PATTERN_LENGTH_MAX - 3, "]*b", 4);
	assert_true(steps(text, 'a', 4000) <= 4002 * most);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_stars_are_linear),
		cmocka_unit_test(test_brackets_are_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
