/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections that vanish together are a program's doing: they stay cut until it returns. */
#include <stdio.h>
#include <string.h>

#include "jack/routes.h"
#include "tests/unit/jack/jack_fixture.h"

#define HAND "+daw.main_2 synth:in_2\n"

static struct route rules[1];

static int set_up(void **state)
{
	jack_set_up(state);
	memset(rules, 0, sizeof(rules));
	options.routes.state_dir = open_state();
	assert_null(route_parse(&rules[0], "daw.main_1", "synth:in_1"));
	options.routes.rules = rules;
	options.routes.rule_count = 1;
	return 0;
}

static void add_synth(void)
{
	fake_jack_add("synth:in_1", JackPortIsInput);
	fake_jack_add("synth:in_2", JackPortIsInput);
	fake_jack_add("synth:out_1", JackPortIsOutput);
}

static void remove_synth(void)
{
	fake_jack_remove("synth:in_1");
	fake_jack_remove("synth:in_2");
	fake_jack_remove("synth:out_1");
}

static bool are_both(void)
{
	return fake_jack_linked("daw:main_1", "synth:in_1") &&
	       fake_jack_linked("daw:main_2", "synth:in_2");
}

/* A guest with a ruled connection and one made by hand. */
static struct card *begin(void)
{
	struct card *card;

	open_pool();
	card = show_card("daw", 2, 1);
	add_synth();
	run(1.0);
	fake_jack_link("daw:main_2", "synth:in_2");
	run(2.0);
	assert_true(are_both());
	assert_non_null(strstr(memory(), HAND));
	return card;
}

/* All that a program has, as PipeWire does when it pauses. */
static void cut_all(void)
{
	fake_jack_cut("synth:in_1");
	fake_jack_cut("synth:in_2");
	fake_jack_cut("synth:out_1");
}

static void expect_paused(void)
{
	unsigned connects = fake_jack_count("jack_connect");

	run(20.0);
	assert_int_equal(fake_jack_links(), 0);
	assert_int_equal(fake_jack_count("jack_connect"), connects);
	assert_string_equal(memory(), HAND);
}

static void expect_back(void)
{
	run(1.0);
	assert_true(are_both());
	run(5.0);
	assert_string_equal(memory(), HAND);
}

static void test_pause(void **state)
{
	(void)state;
	begin();
	for (unsigned i = 0; i < 3; i++) {
		cut_all();
		expect_paused();
		assert_int_equal(logged("synth: all its connections were cut at once"), i + 1);
		remove_synth();
		run(1.0);
		add_synth();
		expect_back();
	}
}

/* The ports return before the daemon looks, or come one by one, under other numbers. */
static void test_quick_return(void **state)
{
	(void)state;
	begin();
	cut_all();
	expect_paused();
	remove_synth();
	fake_jack_add("other:in_1", JackPortIsInput);
	add_synth();
	expect_back();
	cut_all();
	expect_paused();
	/* One of them is another port now, the other one is as it was. */
	fake_jack_remove("synth:in_1");
	fake_jack_add("synth:in_1", JackPortIsInput);
	run(1.0);
	assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
	assert_false(fake_jack_linked("daw:main_2", "synth:in_2"));
}

/* A look falls in between, because a guest comes. */
static void test_look_between(void **state)
{
	(void)state;
	begin();
	fake_jack_cut("synth:in_1");
	fake_jack_deliver();
	add(make_card("pc", 1, 0));
	fake_jack_cut("synth:in_2");
	expect_paused();
	remove_synth();
	add_synth();
	expect_back();
}

/* One connection with a guest, and one with the hardware. */
static void test_company(void **state)
{
	(void)state;
	begin();
	assert_int_equal(carry_out(JACK_REQUEST_DISCONNECT, "daw.main_1", "synth:in_1"), 0);
	fake_jack_link("synth:out_1", "system:playback_1");
	run(5.0);
	cut_all();
	run(20.0);
	assert_int_equal(fake_jack_links(), 0);
	assert_string_equal(memory(), HAND "-daw.main_1 synth:in_1\n");
	remove_synth();
	add_synth();
	run(1.0);
	assert_true(fake_jack_linked("daw:main_2", "synth:in_2"));
	/* The same while the hardware keeps its connection: a user's. */
	fake_jack_link("synth:out_1", "system:playback_1");
	run(5.0);
	fake_jack_cut("synth:in_2");
	run(5.0);
	assert_string_equal(memory(), "-daw.main_1 synth:in_1\n-daw.main_2 synth:in_2\n");
}

/* A program that pauses for a moment and connects itself again, before the daemon looks. */
static void test_short_pause(void **state)
{
	(void)state;
	begin();
	fake_jack_link("synth:out_1", "system:playback_1");
	run(5.0);
	cut_all();
	fake_jack_link("synth:out_1", "system:playback_1");
	run(20.0);
	assert_int_equal(fake_jack_links(), 1);
	assert_string_equal(memory(), HAND);
	remove_synth();
	add_synth();
	expect_back();
}

/* The program keeps a connection with others: a user has disconnected it from the guest. */
static void test_kept(void **state)
{
	(void)state;
	begin();
	fake_jack_link("synth:out_1", "system:playback_1");
	run(5.0);
	fake_jack_cut("synth:in_1");
	fake_jack_cut("synth:in_2");
	run(5.0);
	assert_string_equal(memory(), "-daw.main_2 synth:in_2\n-daw.main_1 synth:in_1\n");
}

/* One by one: a user's hand. */
static void test_one_by_one(void **state)
{
	(void)state;
	begin();
	fake_jack_cut("synth:in_1");
	run(1.0);
	fake_jack_cut("synth:in_2");
	run(5.0);
	assert_string_equal(memory(), "-daw.main_1 synth:in_1\n-daw.main_2 synth:in_2\n");
}

/* A guest that reboots brings none of them back, unlike the program. */
static void test_guest_reboots(void **state)
{
	struct card *card = begin();

	(void)state;
	cut_all();
	run(5.0);
	take_away(card);
	run(5.0);
	card = show_card("daw", 2, 1);
	expect_paused();
	remove_synth();
	add_synth();
	expect_back();
	/* A program that returns while the guest is away. */
	cut_all();
	run(5.0);
	assert_int_equal(carry_out(JACK_REQUEST_AUTO, "0", NULL), 0);
	remove_synth();
	add_synth();
	run(1.0);
	assert_int_equal(carry_out(JACK_REQUEST_AUTO, "1", NULL), 0);
	expect_back();
	/* The guest has other ports by now; a user connects one of them, and cuts it. */
	cut_all();
	run(5.0);
	take_away(card);
	fake_jack_add("other:in_1", JackPortIsInput);
	card = show_card("daw", 2, 1);
	fake_jack_link("daw:main_1", "synth:in_1");
	run(2.0);
	fake_jack_unlink("daw:main_1", "synth:in_1");
	run(5.0);
	assert_string_equal(memory(), HAND "-daw.main_1 synth:in_1\n");
}

/* A user connects one of them again, and then cuts it. */
static void test_user(void **state)
{
	(void)state;
	begin();
	cut_all();
	run(5.0);
	fake_jack_link("daw:main_1", "synth:in_1");
	run(5.0);
	assert_int_equal(fake_jack_links(), 1);
	fake_jack_unlink("daw:main_1", "synth:in_1");
	run(5.0);
	assert_string_equal(memory(), HAND "-daw.main_1 synth:in_1\n");
	/* And by request. */
	assert_int_equal(carry_out(JACK_REQUEST_CONNECT, "daw.main_2", "synth:in_2"), 0);
	assert_int_equal(carry_out(JACK_REQUEST_DISCONNECT, "daw.main_2", "synth:in_2"), 0);
	run(5.0);
	assert_string_equal(memory(), "-daw.main_1 synth:in_1\n-daw.main_2 synth:in_2\n");
}

/* A user asks for the connections of rules and memory. */
static void test_asked_for(void **state)
{
	(void)state;
	begin();
	cut_all();
	expect_paused();
	assert_int_equal(carry_out(JACK_REQUEST_AUTO, "1", NULL), 0);
	expect_back();
	cut_all();
	expect_paused();
	assert_int_equal(carry_out(JACK_REQUEST_LOAD, NULL, NULL), 0);
	expect_back();
}

/* Hardware does not pause: a user has disconnected the guest. */
static void test_hardware(void **state)
{
	(void)state;
	options.routes.autoconnect = true;
	open_pool();
	show_card("pc", 2, 0);
	run(1.0);
	fake_jack_unlink("pc:main_1", "system:playback_1");
	fake_jack_unlink("pc:main_2", "system:playback_2");
	run(5.0);
	assert_string_equal(memory(),
			    "-pc.main_2 system:playback_2\n-pc.main_1 system:playback_1\n");
}

/* A session manager that clears the graph, and leaves. */
static void test_everything(void **state)
{
	(void)state;
	begin();
	send_rules(true, "daw.main_1", "synth:in_1");
	show_card("pc", 2, 0);
	fake_jack_link("pc:main_1", "daw-in:in_1");
	run(2.0);
	forget_log();
	fake_jack_cut("daw:main_1");
	fake_jack_cut("daw:main_2");
	fake_jack_cut("pc:main_1");
	fake_jack_cut("pc:main_2");
	run(20.0);
	assert_int_equal(fake_jack_links(), 0);
	assert_int_equal(logged("disconnected by a user"), 0);
	assert_null(strchr(memory(), '-'));
	remove_synth();
	add_synth();
	run(5.0);
	assert_true(are_both());
	assert_int_equal(fake_jack_links(), 2);
	fake_jack_die();
	run(2.0);
	start_server();
	add_synth();
	run(5.0);
	assert_int_equal(fake_jack_links(), 5);
}

/* A guest with one connection to each of two programs. */
static void play_to_two(void)
{
	open_pool();
	show_card("tv", 1, 0);
	fake_jack_add("a:in_1", JackPortIsInput);
	fake_jack_add("b:in_1", JackPortIsInput);
	fake_jack_link("tv:main_1", "a:in_1");
	fake_jack_link("tv:main_1", "b:in_1");
	run(2.0);
}

/* Both at once: nobody's hand; one after the other: a user's. */
static void test_two_programs(void **state)
{
	(void)state;
	play_to_two();
	fake_jack_cut("tv:main_1");
	run(5.0);
	assert_string_equal(memory(), "+tv.main_1 a:in_1\n+tv.main_1 b:in_1\n");
	close_pool();
	play_to_two();
	fake_jack_cut("a:in_1");
	run(1.0);
	fake_jack_cut("b:in_1");
	run(5.0);
	assert_string_equal(memory(), "-tv.main_1 a:in_1\n-tv.main_1 b:in_1\n");
}

/* The same with connections that stay: these guests were disconnected by a user. */
static void test_not_everything(void **state)
{
	(void)state;
	options.routes.autoconnect = true;
	open_pool();
	show_card("pc", 2, 0);
	show_card("tv", 2, 0);
	fake_jack_add("synth:out_1", JackPortIsOutput);
	fake_jack_link("synth:out_1", "system:playback_1");
	run(1.0);
	fake_jack_cut("pc:main_1");
	fake_jack_cut("tv:main_1");
	fake_jack_cut("tv:main_2");
	run(5.0);
	assert_string_equal(memory(), "-tv.main_2 system:playback_2\n"
				      "-tv.main_1 system:playback_1\n"
				      "-pc.main_1 system:playback_1\n");
}

/* A program that is killed while the server is busy: its ports outlast its connections for long. */
static void test_slow_end(void **state)
{
	(void)state;
	begin();
	cut_all();
	run(30.0);
	remove_synth();
	run(30.0);
	assert_string_equal(memory(), HAND);
	add_synth();
	expect_back();
}

static void test_freewheel(void **state)
{
	(void)state;
	begin();
	cut_all();
	run(1.0);
	fake_jack_freewheel(true);
	run(5.0);
	fake_jack_freewheel(false);
	expect_paused();
	fake_jack_freewheel(true);
	run(5.0);
	fake_jack_freewheel(false);
	expect_paused();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, jack_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(pause),	    TEST(quick_return),	  TEST(look_between), TEST(company),
		TEST(short_pause),  TEST(kept),		  TEST(one_by_one),   TEST(guest_reboots),
		TEST(user),	    TEST(asked_for),	  TEST(hardware),     TEST(everything),
		TEST(two_programs), TEST(not_everything), TEST(slow_end),     TEST(freewheel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
