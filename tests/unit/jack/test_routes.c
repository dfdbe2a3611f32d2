/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Automatic connections, by default, rules and memory, and their timing. */
#include "jack/routes.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/jack/fail_alloc.h"
#include "tests/unit/jack/jack_fixture.h"

static struct route rules[2];

static int set_up(void **state)
{
	jack_set_up(state);
	memset(rules, 0, sizeof(rules));
	options.routes.autoconnect = true;
	options.routes.state_dir = open_state();
	return 0;
}

static void set_rule(const char *left, const char *right)
{
	assert_null(route_parse(&rules[options.routes.rule_count++], left, right));
	options.routes.rules = rules;
}

static unsigned connects(void)
{
	return fake_jack_count("jack_connect");
}

/* --- which ports */

static void test_default(void **state)
{
	(void)state;
	open_pool();
	fake_jack_add("synth:in_1", JackPortIsInput);
	add(make_card("daw", 3, 2));
	/* At once, before the card is announced. */
	assert_true(fake_jack_linked("daw:main_1", "system:playback_1"));
	add(make_card("pc", 1, 0));
	run(3.0);
	assert_true(fake_jack_linked("daw:main_1", "system:playback_1"));
	assert_true(fake_jack_linked("daw:main_2", "system:playback_2"));
	assert_true(fake_jack_linked("pc:main_1", "system:playback_1"));
	assert_int_equal(fake_jack_links(), 3);
	assert_int_equal(connects(), 3);
	assert_string_equal(memory(), "");
}

static void test_no_default(void **state)
{
	(void)state;
	options.routes.autoconnect = false;
	open_pool();
	show_card("daw", 2, 2);
	run(3.0);
	assert_int_equal(connects(), 0);
}

/* A program that starts later, and one that restarts. */
static void test_rules(void **state)
{
	(void)state;
	set_rule("daw.main_*", "synth:in_*");
	set_rule("synth:out_*", "*.in_1");
	open_pool();
	show_card("daw", 2, 2);
	run(3.0);
	/* A port with a rule gets no default, whether or not the rule matches anything. */
	assert_int_equal(connects(), 0);
	for (unsigned i = 0; i < 3; i++) {
		fake_jack_add("synth:in_1", JackPortIsInput);
		fake_jack_add("synth:in_2", JackPortIsInput);
		fake_jack_add("synth:out_1", JackPortIsOutput);
		run(0.25);
		assert_int_equal(fake_jack_links(), 0);
		run(0.1);
		assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
		assert_true(fake_jack_linked("daw:main_2", "synth:in_2"));
		assert_true(fake_jack_linked("synth:out_1", "daw-in:in_1"));
		assert_int_equal(fake_jack_links(), 3);
		run(5.0);
		assert_int_equal(connects(), 3 * (i + 1));
		fake_jack_remove("synth:in_1");
		fake_jack_remove("synth:in_2");
		fake_jack_remove("synth:out_1");
		run(1.0);
	}
	assert_string_equal(memory(), "");
}

static void test_rules_change(void **state)
{
	(void)state;
	open_pool();
	show_card("daw", 2, 1);
	fake_jack_add("synth:in_1", JackPortIsInput);
	run(1.0);
	forget_told();
	send_rules(false, "daw.main_1", "synth:in_1");
	assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
	run(1.0);
	assert_true(was_told("ruled"));
	/* Existing connections stay. */
	assert_int_equal(fake_jack_links(), 3);
	show_card("pc", 1, 0);
	assert_int_equal(fake_jack_links(), 3);
	send_rules(true, NULL, NULL);
	assert_true(fake_jack_linked("pc:main_1", "system:playback_1"));
	run(3.0);
	assert_string_equal(memory(), "");
}

/* Judged by the rules in effect then: what a user did before stays the user's. */
static void test_rules_change_late(void **state)
{
	(void)state;
	options.routes.autoconnect = false;
	open_pool();
	show_card("daw", 1, 0);
	fake_jack_link("daw:main_1", "system:playback_2");
	fake_jack_deliver();
	ev_run(loop, EVRUN_NOWAIT);
	send_rules(false, "daw.main_1", "system:playback_2");
	run(3.0);
	assert_string_equal(memory(), "+daw.main_1 system:playback_2\n");
}

static void test_auto(void **state)
{
	(void)state;
	open_pool();
	assert_int_equal(carry_out(JACK_REQUEST_AUTO, "0", NULL), 0);
	assert_int_equal(count, 0);
	show_card("daw", 2, 0);
	run(5.0);
	assert_int_equal(connects(), 0);
	assert_int_equal(carry_out(JACK_REQUEST_AUTO, NULL, NULL), 0);
	assert_int_equal(count, 0);
	assert_int_equal(carry_out(JACK_REQUEST_AUTO, "1", NULL), 0);
	assert_int_equal(count, 1);
	run(1.0);
	assert_int_equal(fake_jack_links(), 2);
	/* What a user does is remembered either way. */
	assert_int_equal(carry_out(JACK_REQUEST_AUTO, "0", NULL), 0);
	fake_jack_unlink("daw:main_2", "system:playback_2");
	run(4.0);
	assert_string_equal(memory(), "-daw.main_2 system:playback_2\n");
}

/* --- when */

/* A program's ports may exist long before it is active, and JACK does not announce activation. */
static void test_not_active(void **state)
{
	unsigned before;

	(void)state;
	set_rule("daw.main_1", "synth:in_1");
	open_pool();
	fake_jack_add("synth:in_1", JackPortIsInput | FAKE_JACK_DEAF);
	add(make_card("daw", 1, 0));
	assert_int_equal(connects(), 1);
	/* After 0.3 s, 0.6 s, 1.2 s, 2.4 s, 4.8 s, 9.6 s, 19.2 s, then every 10 s. */
	run(5.0);
	assert_int_equal(connects(), 6);
	run(15.0);
	before = connects();
	assert_int_equal(before, 8);
	run(30.0);
	assert_int_equal(connects(), before + 3);
	fake_jack_wake("synth:in_1");
	run(0.4);
	assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
	run(30.0);
	assert_int_equal(connects(), before + 4);
}

/* After another change, retries are frequent again. */
static void test_not_active_again(void **state)
{
	(void)state;
	set_rule("daw.main_1", "synth:in_1");
	open_pool();
	fake_jack_add("synth:in_1", JackPortIsInput | FAKE_JACK_DEAF);
	show_card("daw", 1, 0);
	run(30.0);
	fake_jack_add("other:in_1", JackPortIsInput);
	fake_jack_port("synth:in_1")->told = true;
	run(0.4);
	assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
}

/* Connections wait until the graph is stable, but not forever if it always changes. */
static void test_restless(void **state)
{
	(void)state;
	set_rule("daw.main_1", "synth:in_1");
	open_pool();
	show_card("daw", 1, 0);
	fake_jack_add("synth:in_1", JackPortIsInput);
	for (unsigned i = 0; i < 21; i++) {
		fake_jack_add("other:in_1", JackPortIsInput);
		run(0.1);
		fake_jack_remove("other:in_1");
		assert_int_equal(fake_jack_links(), i >= 20);
	}
}

static void link_it(void)
{
	fake_jack_link("daw:main_1", "system:playback_1");
}

/* A patchbay makes the same connection at the same moment: not remembered as a user's. */
static void test_connected_already(void **state)
{
	(void)state;
	open_pool();
	fake_jack_on("jack_connect", link_it);
	show_card("daw", 1, 0);
	run(5.0);
	assert_int_equal(connects(), 1);
	assert_true(fake_jack_linked("daw:main_1", "system:playback_1"));
	assert_string_equal(memory(), "");
	/* Nor is a planned connection that another program makes. */
	assert_int_equal(carry_out(JACK_REQUEST_AUTO, "0", NULL), 0);
	show_card("pc", 1, 0);
	fake_jack_link("pc:main_1", "system:playback_1");
	run(3.0);
	assert_string_equal(memory(), "");
}

/* Each snapshot needs memory, and is retried if there was none. */
static void test_no_memory(void **state)
{
	bool went_on = true;

	(void)state;
	set_rule("daw.main_1", "synth:in_1");
	open_pool();
	show_card("daw", 1, 0);
	for (unsigned n = 0; went_on; n++) {
		assert_true(n < 1000);
		fake_jack_add("synth:in_1", JackPortIsInput);
		run(0.2);
		fail_alloc_at(n);
		run(0.2);
		went_on = fail_alloc_failed();
		fail_alloc_at(UINT_MAX);
		run(15.0);
		assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
		fake_jack_remove("synth:in_1");
		run(1.0);
	}
	assert_string_equal(memory(), "");
}

/* Without memory for its connections, a card is not registered until the next retry. */
static void test_no_memory_for_card(void **state)
{
	struct card *card = make_card("daw", 1, 0);

	(void)state;
	open_pool();
	/* The client and its pair are allocated first. */
	fail_alloc_at(2);
	add(card);
	run(1.0);
	assert_true(fail_alloc_failed());
	assert_int_equal(errors, 1);
	expect_told("");
	assert_int_equal(fake_jack_ports(NULL), 0);
	run(1.5);
	assert_true(was_told("active daw"));
	assert_true(fake_jack_linked("daw:main_1", "system:playback_1"));
	assert_int_equal(errors, 1);
}

/* A program's restart is not a user's disconnect, even if libjack failed to find a port. */
static void test_restart_failures(void **state)
{
	bool went_on = true;

	(void)state;
	set_rule("daw.main_1", "synth:in_1");
	open_pool();
	show_card("daw", 1, 0);
	for (unsigned n = 0; went_on; n++) {
		assert_true(n < 1000);
		fake_jack_add("synth:in_1", JackPortIsInput);
		fake_jack_fail_at(n);
		run(0.5);
		went_on = fake_jack_failed();
		fake_jack_fail_at(UINT_MAX);
		run(0.5);
		fake_jack_remove("synth:in_1");
		fake_jack_add("synth:in_1", JackPortIsInput | FAKE_JACK_DEAF);
		run(5.0);
		fake_jack_remove("synth:in_1");
		run(1.0);
		assert_string_equal(memory(), "");
	}
}

/* --- the file */

static void user_connects(const char *from, const char *to)
{
	fake_jack_link(from, to);
	run(0.5);
}

static void test_saved(void **state)
{
	(void)state;
	open_pool();
	show_card("daw", 2, 0);
	user_connects("daw:main_2", "system:playback_1");
	assert_string_equal(memory(),
			    "+daw.main_2 system:playback_2\n+daw.main_2 system:playback_1\n");
	/* At most once a second. */
	user_connects("daw:main_1", "system:playback_2");
	assert_null(strstr(memory(), "main_1"));
	run(0.6);
	assert_non_null(strstr(memory(), "+daw.main_1 system:playback_2\n"));
	close_pool();
	open_pool();
	show_card("daw", 2, 0);
	assert_int_equal(fake_jack_links(), 4);
	/* The latest change is saved at shutdown. */
	fake_jack_unlink("daw:main_2", "system:playback_1");
	run(2.4);
	fake_jack_unlink("daw:main_1", "system:playback_1");
	run(2.35);
	close_pool();
	assert_non_null(strstr(memory(), "-daw.main_1 system:playback_1\n"));
}

static void test_not_saved(void **state)
{
	(void)state;
	open_pool();
	show_card("daw", 2, 0);
	assert_int_equal(mkdir(state_path("connections.json"), 0755), 0);
	user_connects("daw:main_2", "system:playback_1");
	assert_int_equal(logged("cannot save connections"), 1);
	user_connects("daw:main_1", "system:playback_2");
	run(5.0);
	assert_int_equal(rmdir(state_path("connections.json")), 0);
	run(3.0);
	assert_string_equal(memory(), "");
	run(2.0);
	assert_non_null(strstr(memory(), "main_1"));
	assert_int_equal(logged("cannot save connections"), 1);
}

/* A file that cannot be read may be valuable: it is kept, and what is learnt is saved beside it. */
static void test_not_read(void **state)
{
	char target[8];

	(void)state;
	assert_int_equal(symlink("nowhere", state_path("connections.json")), 0);
	open_pool();
	show_card("daw", 2, 0);
	assert_int_equal(carry_out(JACK_REQUEST_LOAD, NULL, NULL), -ELOOP);
	assert_int_equal(readlink(state_path("connections.json"), target, sizeof(target)), 7);
	user_connects("daw:main_2", "system:playback_1");
	run(3.0);
	assert_int_equal(readlink(state_path("connections.json.unread"), target, sizeof(target)),
			 7);
	assert_non_null(strstr(memory(), "main_2"));
	assert_int_equal(carry_out(JACK_REQUEST_LOAD, NULL, NULL), 0);
	assert_int_equal(unlink(state_path("connections.json.unread")), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, jack_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(default),
		TEST(no_default),
		TEST(rules),
		TEST(rules_change),
		TEST(rules_change_late),
		TEST(auto),
		TEST(not_active),
		TEST(not_active_again),
		TEST(restless),
		TEST(connected_already),
		TEST(no_memory),
		TEST(no_memory_for_card),
		TEST(restart_failures),
		TEST(saved),
		TEST(not_saved),
		TEST(not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
