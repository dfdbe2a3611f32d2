/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The limit of lines that a guest can cause, by a fake clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/guest_log.h"
#include "tests/unit/base/fake_time.h"

static unsigned lines;	/* logged, without counts of what was left out */
static unsigned counts; /* lines with such a count */
static unsigned long long left_out;
static unsigned domid_told;

static void keep(void *arg, enum log_level level, const char *line)
{
	(void)arg;
	if (sscanf(line, "domain %u: more than 10 log lines a second; %llu left out", &domid_told,
		   &left_out) == 2) {
		assert_int_equal(level, LOG_WARNING);
		counts++;
	} else {
		assert_int_equal(level, LOG_NOTICE);
		assert_string_equal(line, "line 7");
		lines++;
	}
}

static int reset(void **state)
{
	(void)state;
	log_set_level(LOG_NOTICE);
	log_set_sink(keep, NULL);
	lines = counts = 0;
	left_out = 0;
	return 0;
}

static void say(struct guest_log *log, unsigned times)
{
	while (times--) {
		guest_log_notice(log, "line %d", 7);
	}
}

static void test_burst_then_silence(void **state)
{
	struct guest_log *log = guest_log_hold(3);

	(void)state;
	say(log, GUEST_LOG_BURST);
	assert_int_equal(lines, GUEST_LOG_BURST);
	assert_int_equal(counts, 0);
	say(log, 23869);
	assert_int_equal(lines, GUEST_LOG_BURST);
	guest_log_report();
	assert_int_equal(counts, 0);
	guest_log_drop(log);
	assert_int_equal(counts, 1);
	assert_int_equal(left_out, 23869);
	assert_int_equal(domid_told, 3);
}

/* The count comes before the next line, and both are paid for. */
static void test_flood_goes_on(void **state)
{
	struct guest_log *log = guest_log_hold(3);

	(void)state;
	say(log, GUEST_LOG_BURST + 50);
	fake_time_pass_ms(110);
	say(log, 1);
	assert_int_equal(counts, 0);
	fake_time_pass_ms(100);
	say(log, 1);
	assert_int_equal(counts, 1);
	assert_int_equal(left_out, 51);
	assert_int_equal(lines, GUEST_LOG_BURST + 1);
	for (int i = 0; i < 60000; i++) {
		fake_time_pass_ms(1);
		say(log, 10);
	}
	assert_in_range(lines + counts, GUEST_LOG_BURST + 598, GUEST_LOG_BURST + 602);
	assert_int_equal(lines, GUEST_LOG_BURST + counts);
	guest_log_drop(log);
}

static void test_bucket_refills(void **state)
{
	struct guest_log *log = guest_log_hold(3);

	(void)state;
	say(log, GUEST_LOG_BURST + 5);
	fake_time_pass_ms(1000 * GUEST_LOG_BURST / GUEST_LOG_PER_S - 1);
	guest_log_report();
	assert_int_equal(counts, 0);
	fake_time_pass_ms(2);
	guest_log_report();
	assert_int_equal(counts, 1);
	assert_int_equal(left_out, 5);
	guest_log_report();
	assert_int_equal(counts, 1);
	/* No more than full, however long it waits. */
	fake_time_pass_ms(1000000);
	lines = 0;
	say(log, 2 * GUEST_LOG_BURST);
	assert_int_equal(lines, GUEST_LOG_BURST);
	guest_log_drop(log);
}

/* A bucket belongs to a domain, whatever holds it, for as long as anything does. */
static void test_holders(void **state)
{
	struct guest_log *device = guest_log_hold(3), *card = guest_log_hold(3);
	struct guest_log *other = guest_log_hold(4);

	(void)state;
	assert_ptr_equal(device, card);
	assert_ptr_not_equal(device, other);
	say(device, GUEST_LOG_BURST + 1);
	guest_log_drop(card);
	assert_int_equal(counts, 0);
	lines = 0;
	card = guest_log_hold(3);
	say(card, 1);
	assert_int_equal(lines, 0);
	say(other, 1);
	assert_int_equal(lines, 1);
	guest_log_drop(card);
	guest_log_drop(device);
	assert_int_equal(left_out, 2);
	guest_log_drop(other);
	assert_int_equal(counts, 1);
	guest_log_drop(NULL);
	guest_log_report();
}

static void test_what_costs_nothing(void **state)
{
	struct guest_log *log = guest_log_hold(3);

	(void)state;
	for (int i = 0; i < 2 * GUEST_LOG_BURST; i++) {
		guest_log_info(log, "not logged at this level");
	}
	say(log, GUEST_LOG_BURST);
	assert_int_equal(lines, GUEST_LOG_BURST);
	guest_log_drop(log);
	assert_int_equal(counts, 0);
	say(NULL, 1000);
	assert_int_equal(lines, GUEST_LOG_BURST + 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_burst_then_silence, reset),
		cmocka_unit_test_setup(test_flood_goes_on, reset),
		cmocka_unit_test_setup(test_bucket_refills, reset),
		cmocka_unit_test_setup(test_holders, reset),
		cmocka_unit_test_setup(test_what_costs_nothing, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
