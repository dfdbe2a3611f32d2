/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Networks that may talk to the daemon: both address families. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cmocka.h>

#include "osc/server/allow.h"

static bool has(const struct allow *allow, const char *text)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &in.sin_addr) == 1) {
		return allow_has(allow, (const struct sockaddr *)&in);
	}
	assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
	return allow_has(allow, (const struct sockaddr *)&in6);
}

static void test_nobody(void **state)
{
	static const struct allow nobody;
	struct sockaddr other = { .sa_family = AF_UNIX };

	(void)state;
	assert_true(has(&nobody, "127.0.0.1"));
	assert_true(has(&nobody, "127.255.0.1"));
	assert_true(has(&nobody, "::1"));
	assert_true(has(&nobody, "::ffff:127.0.0.1"));
	assert_false(has(&nobody, "128.0.0.1"));
	assert_false(has(&nobody, "10.0.0.1"));
	assert_false(has(&nobody, "::2"));
	assert_false(has(&nobody, "fe80::1"));
	assert_false(allow_has(&nobody, &other));
}

static void test_networks(void **state)
{
	struct allow allow = { .count = 0 };

	(void)state;
	assert_null(allow_parse(&allow, "10.0.0.0/8, 192.168.1.64/26\t172.16.0.5 fd00::/7"));
	assert_int_equal(allow.count, 4);
	assert_true(has(&allow, "10.255.0.1"));
	assert_true(has(&allow, "::ffff:10.1.2.3"));
	assert_false(has(&allow, "11.0.0.1"));
	assert_false(has(&allow, "192.168.1.63"));
	assert_true(has(&allow, "192.168.1.64"));
	assert_true(has(&allow, "192.168.1.127"));
	assert_false(has(&allow, "192.168.1.128"));
	assert_true(has(&allow, "172.16.0.5"));
	assert_false(has(&allow, "172.16.0.4"));
	assert_true(has(&allow, "fc00::1"));
	assert_false(has(&allow, "fb00::1"));
	assert_null(allow_parse(&allow, "0.0.0.0/0"));
	assert_true(has(&allow, "8.8.8.8"));
	assert_false(has(&allow, "2001::1"));
	assert_null(allow_parse(&allow, "::/0"));
	assert_true(has(&allow, "2001::1"));
}

static bool covers(const char *outer, const char *inner)
{
	struct allow allow = { .count = 0 }, others = { .count = 0 };

	assert_null(allow_parse(&allow, outer));
	assert_null(allow_parse(&others, inner));
	return allow_covers(&allow, &others);
}

static void test_covers(void **state)
{
	(void)state;
	assert_true(covers("", ""));
	assert_true(covers("", "127.0.0.1 ::1"));
	assert_false(covers("", "10.0.0.1"));
	assert_true(covers("192.168.0.0/16 10.0.0.0/8", "10.1.2.3 10.0.0.0/8 192.168.7.0/24"));
	assert_false(covers("10.0.0.0/8", "10.0.0.0/7"));
	assert_false(covers("10.0.0.0/8", "10.0.0.1 11.0.0.1"));
	assert_true(covers("fd00::/8", "fd12::7"));
	assert_false(covers("fd00::/8", "10.0.0.1"));
}

static void test_wrong(void **state)
{
	static const char *const wrong[] = {
		"10.0.0",
		"10.0.0.0/33",
		"fd00::/129",
		"10.0.0.0/",
		"10.0.0.0/x",
		"10.0.0.0/-1",
		"10.0.0.0/8x",
		"host",
		"/8",
		"1.2.3.4 host",
		"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:00"
	};
	struct allow allow = { .count = 0 };

	(void)state;
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_non_null(allow_parse(&allow, wrong[i]));
		assert_int_equal(allow.count, 0);
	}
	assert_null(allow_parse(&allow, " , "));
	for (unsigned i = 0; i < ALLOW_COUNT_MAX; i++) {
		assert_null(allow_parse(&allow, "10.0.0.1"));
	}
	assert_non_null(strstr(allow_parse(&allow, "10.0.0.1"), "many"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_covers),
		cmocka_unit_test(test_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
