/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The limit of file descriptors that the daemon gives itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "src/daemon/descriptors.h"

static void test_raised(void **state)
{
	struct rlimit limit = { 64, 128 };

	(void)state;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	descriptors_raise();
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(limit.rlim_cur, 128);
	assert_int_equal(limit.rlim_max, 128);
	descriptors_raise();
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(limit.rlim_cur, 128);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_raised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
