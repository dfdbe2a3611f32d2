/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ports that get other names while the daemon watches: connections, memory and subscribers follow.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "jack/routes.h"
#include "tests/unit/jack/fail_alloc.h"
#include "tests/unit/jack/jack_fixture.h"

static struct route rules[1];

static int set_up(void **state)
{
	jack_set_up(state);
	memset(rules, 0, sizeof(rules));
	options.routes.state_dir = open_state();
	assert_null(route_parse(&rules[0], "daw.main_1", "mix:in_1"));
	options.routes.rules = rules;
	options.routes.rule_count = 1;
	return 0;
}

/* A guest with a connection by rule, and one by hand. */
static struct card *begin(void)
{
	struct card *card;

	open_pool();
	card = show_card("daw", 2, 1);
	fake_jack_add("mix:in_1", JackPortIsInput);
	fake_jack_add("mix:in_2", JackPortIsInput);
	run(1.0);
	fake_jack_link("daw:main_2", "mix:in_2");
	run(2.0);
	assert_true(fake_jack_linked("daw:main_1", "mix:in_1"));
	assert_string_equal(memory(), "+daw.main_2 mix:in_2\n");
	forget_told();
	forget_log();
	return card;
}

static void test_by_hand(void **state)
{
	(void)state;
	begin();
	fake_jack_rename("mix:in_2", "mix:drums");
	run(2.0);
	expect_told("renamed mix:in_2 mix:drums\n");
	assert_int_equal(logged("mix:in_2: renamed to mix:drums; connections follow"), 1);
	assert_int_equal(logged("by a user"), 0);
	assert_string_equal(memory(), "+daw.main_2 mix:drums\n");
	/* The program quits and returns, also with another port of the old name. */
	fake_jack_remove("mix:drums");
	run(5.0);
	fake_jack_add("mix:in_2", JackPortIsInput);
	fake_jack_add("mix:drums", JackPortIsInput);
	run(5.0);
	assert_true(fake_jack_linked("daw:main_2", "mix:drums"));
	assert_int_equal(fake_jack_links(), 2);
	assert_string_equal(memory(), "+daw.main_2 mix:drums\n");
	/* A cut by hand is one of the port as it is now called. */
	fake_jack_cut("mix:drums");
	run(5.0);
	assert_string_equal(memory(), "-daw.main_2 mix:drums\n");
}

/* The connection stays the program's, although the rule has only the old name. */
static void test_by_rule(void **state)
{
	(void)state;
	begin();
	fake_jack_rename("mix:in_1", "mix:drums");
	run(2.0);
	assert_string_equal(memory(), "+daw.main_2 mix:in_2\n+daw.main_1 mix:drums\n");
	fake_jack_remove("mix:drums");
	fake_jack_add("mix:drums", JackPortIsInput);
	run(2.0);
	assert_true(fake_jack_linked("daw:main_1", "mix:drums"));
	/* Back to what the rule says: nothing left to remember. */
	fake_jack_rename("mix:drums", "mix:in_1");
	run(2.0);
	assert_true(fake_jack_linked("daw:main_1", "mix:in_1"));
	assert_non_null(strstr(memory(), "+daw.main_1 mix:in_1\n"));
	assert_null(strstr(memory(), "drums"));
}

/* What a user has disconnected stays so under the new name. */
static void test_refused(void **state)
{
	(void)state;
	begin();
	assert_int_equal(carry_out(JACK_REQUEST_DISCONNECT, "daw.main_1", "mix:in_1"), 0);
	fake_jack_rename("mix:in_1", "mix:drums");
	run(2.0);
	assert_string_equal(memory(), "+daw.main_2 mix:in_2\n-daw.main_1 mix:drums\n");
	fake_jack_add("mix:in_1", JackPortIsInput);
	run(2.0);
	assert_true(fake_jack_linked("daw:main_1", "mix:in_1"));
	assert_false(fake_jack_linked("daw:main_1", "mix:drums"));
	/* Both names have an entry: the port's that is there is the newer one. */
	fake_jack_remove("mix:in_1");
	run(1.0);
	fake_jack_rename("mix:drums", "mix:in_2b");
	run(1.0);
	fake_jack_link("daw:main_1", "mix:in_2");
	run(2.0);
	fake_jack_remove("mix:in_2");
	run(2.0);
	fake_jack_rename("mix:in_2b", "mix:in_2");
	run(2.0);
	assert_string_equal(memory(), "+daw.main_2 mix:in_2\n-daw.main_1 mix:in_2\n");
}

/* All of it happens before the daemon looks. */
static void test_quick(void **state)
{
	(void)state;
	begin();
	/* It quits at once. */
	fake_jack_rename("mix:in_2", "mix:drums");
	fake_jack_remove("mix:drums");
	run(2.0);
	assert_string_equal(memory(), "+daw.main_2 mix:drums\n");
	fake_jack_add("mix:drums", JackPortIsInput);
	run(2.0);
	assert_true(fake_jack_linked("daw:main_2", "mix:drums"));
	/* Two names, and two ports that swap theirs. */
	fake_jack_rename("mix:drums", "mix:a");
	fake_jack_rename("mix:a", "mix:b");
	run(2.0);
	assert_string_equal(memory(), "+daw.main_2 mix:b\n");
	fake_jack_rename("mix:b", "mix:c");
	fake_jack_deliver();
	fake_jack_rename("mix:in_1", "mix:b");
	fake_jack_deliver();
	fake_jack_rename("mix:c", "mix:in_1");
	run(2.0);
	assert_string_equal(memory(), "+daw.main_2 mix:in_1\n+daw.main_1 mix:b\n");
	assert_true(fake_jack_linked("daw:main_1", "mix:b"));
	assert_true(fake_jack_linked("daw:main_2", "mix:in_1"));
}

/* Another port has taken the number, and gets another name. */
static void test_number(void **state)
{
	(void)state;
	begin();
	fake_jack_remove("mix:in_2");
	fake_jack_add("other:in_1", JackPortIsInput);
	fake_jack_rename("other:in_1", "other:drums");
	run(5.0);
	assert_string_equal(memory(), "+daw.main_2 mix:in_2\n");
	assert_false(was_told("renamed mix:in_2 other:drums"));
	fake_jack_add("mix:in_2", JackPortIsInput);
	run(2.0);
	assert_true(fake_jack_linked("daw:main_2", "mix:in_2"));
}

/* A name that a port has only for a moment, as it starts: what is remembered of the name stays. */
static void test_passing_name(void **state)
{
	(void)state;
	begin();
	fake_jack_remove("mix:in_2");
	run(5.0);
	fake_jack_add("mix:in_2", JackPortIsInput);
	fake_jack_rename("mix:in_2", "mix:drums");
	run(5.0);
	assert_string_equal(memory(), "+daw.main_2 mix:in_2\n");
	assert_int_equal(fake_jack_links(), 1);
}

static void rename_late(void)
{
	fake_jack_rename("mix:in_2", "mix:drums");
}

/* The graph shows the new name before libjack tells of it. */
static void test_graph_ahead(void **state)
{
	(void)state;
	begin();
	fake_jack_add("other:in_1", JackPortIsInput);
	fake_jack_on("jack_get_ports", rename_late);
	run(3.0);
	assert_true(was_told("renamed mix:in_2 mix:drums"));
	assert_int_equal(logged("by a user"), 0);
	assert_string_equal(memory(), "+daw.main_2 mix:drums\n");
	assert_true(fake_jack_linked("daw:main_2", "mix:drums"));
}

/* Guests that reboot take one another's numbers: that is no reason to wait with their connections.
 */
static void test_guests_numbers(void **state)
{
	struct card *card = begin();

	(void)state;
	take_away(card);
	add(make_card("pc", 2, 1));
	add(make_card("daw", 2, 1));
	assert_true(fake_jack_linked("daw:main_1", "mix:in_1"));
	run(1.0);
}

/* If libjack never tells, the daemon goes by names, and goes on. */
static void test_never_told(void **state)
{
	(void)state;
	begin();
	snprintf(fake_jack_port("mix:in_2")->name, 32, "mix:drums");
	run(1.0);
	fake_jack_link("daw:main_2", "mix:in_1");
	run(5.0);
	assert_non_null(strstr(memory(), "+daw.main_2 mix:in_1\n"));
	assert_non_null(strstr(memory(), "+daw.main_2 mix:drums\n"));
}

/* Another program renames a port of ours: subscribers hear it, and nothing else changes. */
static void test_ours(void **state)
{
	struct card *card = begin();

	(void)state;
	fake_jack_rename("daw:main_2", "daw:talk");
	run(5.0);
	expect_told("renamed daw:main_2 daw:talk\n");
	assert_int_equal(logged("daw:main_2: another program has renamed it to daw:talk"), 1);
	assert_string_equal(memory(), "+daw.main_2 mix:in_2\n");
	/* Both ends at once. */
	fake_jack_rename("daw:main_1", "daw:left");
	fake_jack_rename("mix:in_1", "mix:bass");
	run(5.0);
	assert_string_equal(memory(), "+daw.main_2 mix:in_2\n+daw.main_1 mix:bass\n");
	fake_jack_rename("mix:bass", "mix:in_1");
	assert_int_equal(carry_out(JACK_REQUEST_DISCONNECT, "daw.main_2", "mix:in_2"), 0);
	assert_int_equal(carry_out(JACK_REQUEST_CONNECT, "daw:talk", "mix:in_2"), 0);
	run(2.0);
	fake_jack_cut("mix:in_2");
	run(5.0);
	assert_string_equal(memory(), "+daw.main_1 mix:in_1\n-daw.main_2 mix:in_2\n");
	take_away(card);
	show_card("daw", 2, 1);
	run(2.0);
	assert_true(fake_jack_linked("daw:main_1", "mix:in_1"));
	assert_int_equal(fake_jack_links(), 1);
}

/* A paused program renames its port: its connections wait for the new name. */
static void test_paused(void **state)
{
	(void)state;
	begin();
	fake_jack_cut("mix:in_1");
	fake_jack_cut("mix:in_2");
	run(5.0);
	fake_jack_rename("mix:in_2", "mix:drums");
	fake_jack_rename("mix:in_1", "mix:bass");
	run(5.0);
	assert_int_equal(fake_jack_links(), 0);
	assert_string_equal(memory(), "+daw.main_2 mix:drums\n+daw.main_1 mix:bass\n");
	fake_jack_remove("mix:drums");
	fake_jack_remove("mix:bass");
	fake_jack_add("mix:drums", JackPortIsInput);
	fake_jack_add("mix:bass", JackPortIsInput);
	run(5.0);
	assert_int_equal(fake_jack_links(), 2);
}

static void test_freewheel(void **state)
{
	(void)state;
	begin();
	fake_jack_freewheel(true);
	fake_jack_rename("mix:in_2", "mix:drums");
	run(5.0);
	fake_jack_freewheel(false);
	run(5.0);
	assert_true(fake_jack_linked("daw:main_2", "mix:drums"));
	assert_string_equal(memory(), "+daw.main_2 mix:drums\n");
	/* It is not taken for a port from the freewheel. */
	assert_int_equal(logged("registered during a freewheel"), 0);
	fake_jack_unlink("daw:main_2", "mix:drums");
	assert_int_equal(carry_out(JACK_REQUEST_CONNECT, "daw.main_2", "mix:drums"), 0);
}

/* More of them than the daemon can hold, before it looks. */
static void test_storm(void **state)
{
	char names[2][32] = { "mix:in_2", "" };

	(void)state;
	begin();
	for (unsigned i = 0; i < 10000; i++) {
		snprintf(names[!(i % 2)], 32, "mix:%u", i);
		fake_jack_rename(names[i % 2], names[!(i % 2)]);
	}
	run(5.0);
	assert_true(fake_jack_linked("daw:main_1", "mix:in_1"));
	assert_true(fake_jack_linked("daw:main_2", "mix:9999"));
	assert_non_null(strstr(memory(), "+daw.main_2 mix:9999\n"));
}

/* Without memory, the connection stays, and so does the daemon. */
static void test_no_memory(void **state)
{
	char names[2][32] = { "mix:in_2", "" };
	bool went_on = true;

	(void)state;
	begin();
	for (unsigned n = 0; went_on; n++) {
		assert_true(n < 1000);
		snprintf(names[!(n % 2)], 32, "mix:%u", n);
		fail_alloc_at(n);
		fake_jack_rename(names[n % 2], names[!(n % 2)]);
		run(0.5);
		went_on = fail_alloc_failed();
		fail_alloc_at(UINT_MAX);
		run(15.0);
		assert_true(fake_jack_linked("daw:main_2", names[!(n % 2)]));
		assert_true(fake_jack_linked("daw:main_1", "mix:in_1"));
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, jack_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(by_hand),	  TEST(by_rule),      TEST(refused),	 TEST(quick),
		TEST(number),	  TEST(passing_name), TEST(graph_ahead), TEST(guests_numbers),
		TEST(never_told), TEST(ours),	      TEST(paused),	 TEST(freewheel),
		TEST(storm),	  TEST(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
