/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Other programs that cut what the daemon connects. */
#include <stdio.h>
#include <string.h>

#include "jack/routes.h"
#include "tests/unit/jack/jack_fixture.h"

static struct route rules[1];

static int set_up(void **state)
{
	jack_set_up(state);
	memset(rules, 0, sizeof(rules));
	options.routes.state_dir = open_state();
	assert_null(route_parse(&rules[0], "daw.main_*", "synth:in_*"));
	options.routes.rules = rules;
	options.routes.rule_count = 1;
	return 0;
}

static unsigned connects(void)
{
	return fake_jack_count("jack_connect");
}

/* Another manager: cuts whatever connects these two, right after it was connected. */
static bool forbid(const char *from, const char *to)
{
	bool linked = fake_jack_linked(from, to);

	if (linked) {
		fake_jack_unlink(from, to);
	}
	return linked;
}

/* The same for some time; how often. */
static unsigned forbid_for(double seconds)
{
	unsigned cuts = 0;

	for (unsigned i = 0; i < seconds * 100; i++) {
		run(0.01);
		cuts += forbid("daw:main_1", "synth:in_1");
	}
	return cuts;
}

static void begin(void)
{
	open_pool();
	show_card("daw", 1, 0);
	run(1.0);
	fake_jack_add("synth:in_1", JackPortIsInput);
	forget_told();
}

/* The daemon tries twice, says so, and remembers it. */
static void test_fight(void **state)
{
	(void)state;
	begin();
	assert_int_equal(forbid_for(20.0), 2);
	assert_int_equal(connects(), 2);
	assert_int_equal(logged("daw.main_1 to synth:in_1: cut twice by another program"), 1);
	assert_int_equal(times_told("refused daw:main_1 synth:in_1"), 1);
	assert_int_equal(times_told("connected daw:main_1 synth:in_1"), 2);
	assert_int_equal(times_told("disconnected daw:main_1 synth:in_1"), 2);
	assert_string_equal(memory(), "-daw.main_1 synth:in_1\n");
	/* Also when the port is another's, and for the next daemon. */
	fake_jack_remove("synth:in_1");
	run(1.0);
	fake_jack_add("synth:in_1", JackPortIsInput);
	run(5.0);
	close_pool();
	open_pool();
	fake_jack_add("synth:in_1", JackPortIsInput);
	show_card("daw", 1, 0);
	run(5.0);
	assert_int_equal(connects(), 2);
	/* A user's word is newer. */
	assert_int_equal(carry_out(JACK_REQUEST_CONNECT, "daw.main_1", "synth:in_1"), 0);
	run(5.0);
	assert_string_equal(memory(), "");
	assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
}

/* A single cut is no fight: the daemon connects again, and the link stays. */
static void test_one_cut(void **state)
{
	(void)state;
	begin();
	while (!forbid("daw:main_1", "synth:in_1")) {
		run(0.01);
	}
	run(20.0);
	assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
	assert_int_equal(connects(), 2);
	assert_false(was_told("refused daw:main_1 synth:in_1"));
	assert_string_equal(memory(), "");
}

/* A program that ends or restarts right after it was connected is no manager. */
static void test_restarts(void **state)
{
	(void)state;
	begin();
	for (unsigned i = 0; i < 6; i++) {
		while (!fake_jack_linked("daw:main_1", "synth:in_1")) {
			run(0.01);
		}
		fake_jack_cut("synth:in_1");
		fake_jack_remove("synth:in_1");
		fake_jack_add("synth:in_1", JackPortIsInput);
	}
	run(5.0);
	assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
	assert_false(was_told("refused daw:main_1 synth:in_1"));
	assert_string_equal(memory(), "");
}

/* Cuts that are far apart are not the same program's. */
static void test_far_apart(void **state)
{
	(void)state;
	begin();
	while (!forbid("daw:main_1", "synth:in_1")) {
		run(0.01);
	}
	/* Nothing is connected meanwhile, and nothing is looked at. */
	assert_int_equal(carry_out(JACK_REQUEST_AUTO, "0", NULL), 0);
	run(10.0);
	assert_int_equal(carry_out(JACK_REQUEST_AUTO, "1", NULL), 0);
	while (!forbid("daw:main_1", "synth:in_1")) {
		run(0.01);
	}
	run(5.0);
	assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
	assert_string_equal(memory(), "");
}

/* The user's own changes to and fro are not a fight, however quick. */
static void test_requests(void **state)
{
	(void)state;
	begin();
	run(2.0);
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(carry_out(JACK_REQUEST_DISCONNECT, "daw.main_1", "synth:in_1"), 0);
		run(i % 5 * 0.1);
		assert_int_equal(carry_out(JACK_REQUEST_CONNECT, "daw.main_1", "synth:in_1"), 0);
		run(i % 3 * 0.1);
	}
	run(5.0);
	assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
	assert_false(was_told("refused daw:main_1 synth:in_1"));
	assert_string_equal(memory(), "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, jack_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(fight), TEST(one_cut), TEST(restarts), TEST(far_apart), TEST(requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
