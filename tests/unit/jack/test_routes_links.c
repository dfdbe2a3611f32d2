/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The patch learns what users connect and disconnect by hand, and nothing else. */
#include "jack/routes.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/jack/fail_alloc.h"
#include "tests/unit/jack/jack_fixture.h"

/* More port removals than jack/routes can hold between two comparisons. */
#define TOO_MANY 4200u

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

static void add_synth(void)
{
	fake_jack_add("synth:in_1", JackPortIsInput);
}

/* A guest that plays to a synth by rule. */
static void play_to_synth(void)
{
	set_rule("daw.main_1", "synth:in_1");
	open_pool();
	show_card("daw", 1, 0);
	add_synth();
	run(1.0);
	assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
}

/* Ends just before a cut counts as a user's. */
static void stay_within_window(void)
{
	run(2.1);
}

static void outlast_window(void)
{
	run(4.0);
}

/* --- connections */

static void test_made_by_user(void **state)
{
	(void)state;
	options.routes.autoconnect = false;
	open_pool();
	show_card("daw", 2, 1);
	fake_jack_link("daw:main_1", "system:playback_2");
	fake_jack_link("system:capture_1", "daw-in:in_1");
	run(2.0);
	assert_string_equal(memory(), "+daw.main_1 system:playback_2\n"
				      "+system:capture_1 daw.in_1\n");
	/* The next daemon connects them. */
	close_pool();
	open_pool();
	show_card("daw", 2, 1);
	assert_true(fake_jack_linked("daw:main_1", "system:playback_2"));
	assert_true(fake_jack_linked("system:capture_1", "daw-in:in_1"));
	assert_int_equal(fake_jack_links(), 2);
}

static void test_made_by_daemon(void **state)
{
	(void)state;
	set_rule("pc.main_1", "daw.in_1");
	open_pool();
	show_card("daw", 1, 1);
	show_card("pc", 1, 0);
	outlast_window();
	assert_true(fake_jack_linked("daw:main_1", "system:playback_1"));
	assert_true(fake_jack_linked("pc:main_1", "daw-in:in_1"));
	assert_string_equal(memory(), "");
}

/* Connections between other programs are not ours to remember. */
static void test_made_between_others(void **state)
{
	(void)state;
	open_pool();
	show_card("daw", 1, 0);
	add_synth();
	fake_jack_link("system:capture_1", "synth:in_1");
	run(2.0);
	fake_jack_unlink("system:capture_1", "synth:in_1");
	outlast_window();
	assert_string_equal(memory(), "");
}

/* libjack fails to find the ports at first: the daemon retries, and nothing else wakes it. */
static void test_made_after_failures(void **state)
{
	(void)state;
	set_rule("daw.main_1", "synth:in_1");
	open_pool();
	show_card("daw", 1, 0);
	for (unsigned n = 1; n < 16; n++) {
		add_synth();
		fake_jack_fail_next("jack_port_by_name", n);
		run(5.0);
		fake_jack_fail_next("jack_port_by_name", 0);
		assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
		fake_jack_remove("synth:in_1");
		run(1.0);
	}
	assert_string_equal(memory(), "");
}

/* --- cuts */

static void test_cut_by_user(void **state)
{
	unsigned connects;

	(void)state;
	play_to_synth();
	connects = fake_jack_count("jack_connect");
	fake_jack_unlink("daw:main_1", "synth:in_1");
	stay_within_window();
	assert_string_equal(memory(), "");
	outlast_window();
	assert_string_equal(memory(), "-daw.main_1 synth:in_1\n");
	/* The daemon reconnects neither now nor when the other end returns. */
	fake_jack_remove("synth:in_1");
	run(1.0);
	add_synth();
	outlast_window();
	assert_int_equal(fake_jack_count("jack_connect"), connects);
}

/* A user who reconnects within the window has changed nothing. */
static void test_cut_and_made_again(void **state)
{
	unsigned connects;

	(void)state;
	play_to_synth();
	connects = fake_jack_count("jack_connect");
	fake_jack_unlink("daw:main_1", "synth:in_1");
	stay_within_window();
	fake_jack_link("daw:main_1", "synth:in_1");
	outlast_window();
	assert_string_equal(memory(), "");
	/* The next cut has a window of its own. */
	fake_jack_unlink("daw:main_1", "synth:in_1");
	stay_within_window();
	assert_string_equal(memory(), "");
	outlast_window();
	assert_string_equal(memory(), "-daw.main_1 synth:in_1\n");
	assert_int_equal(fake_jack_count("jack_connect"), connects);
}

/* Two cuts with overlapping windows: both are learnt. */
static void test_two_cuts(void **state)
{
	(void)state;
	open_pool();
	show_card("daw", 2, 0);
	run(1.0);
	fake_jack_unlink("daw:main_2", "system:playback_2");
	run(1.0);
	fake_jack_unlink("daw:main_1", "system:playback_1");
	outlast_window();
	assert_string_equal(memory(), "-daw.main_2 system:playback_2\n"
				      "-daw.main_1 system:playback_1\n");
}

/* A user reconnects what a rule wants: the memory only drops the refusal. */
static void test_refusal_lifted(void **state)
{
	(void)state;
	play_to_synth();
	fake_jack_unlink("daw:main_1", "synth:in_1");
	outlast_window();
	assert_string_equal(memory(), "-daw.main_1 synth:in_1\n");
	fake_jack_link("daw:main_1", "synth:in_1");
	run(2.0);
	assert_string_equal(memory(), "");
}

/* Without a rule, the memory turns the refusal into a connection. */
static void test_refusal_turned(void **state)
{
	(void)state;
	open_pool();
	show_card("daw", 1, 0);
	fake_jack_unlink("daw:main_1", "system:playback_1");
	outlast_window();
	fake_jack_link("daw:main_1", "system:playback_1");
	run(2.0);
	assert_string_equal(memory(), "+daw.main_1 system:playback_1\n");
}

/* A cut between two guests replaces what the memory had. */
static void test_cut_between_guests(void **state)
{
	(void)state;
	options.routes.autoconnect = false;
	open_pool();
	show_card("daw", 1, 1);
	show_card("pc", 1, 0);
	fake_jack_link("pc:main_1", "daw-in:in_1");
	run(2.0);
	assert_string_equal(memory(), "+pc.main_1 daw.in_1\n");
	fake_jack_unlink("pc:main_1", "daw-in:in_1");
	outlast_window();
	assert_string_equal(memory(), "-pc.main_1 daw.in_1\n");
}

/* A user's request is learnt at once, without the window of a cut by hand. */
static void test_cut_by_request(void **state)
{
	(void)state;
	play_to_synth();
	assert_int_equal(carry_out(JACK_REQUEST_DISCONNECT, "daw.main_1", "synth:in_1"), 0);
	run(1.0);
	assert_string_equal(memory(), "-daw.main_1 synth:in_1\n");
	fake_jack_link("daw:main_1", "synth:in_1");
	outlast_window();
	assert_string_equal(memory(), "");
	/* The same in the window of a cut by hand. */
	fake_jack_unlink("daw:main_1", "synth:in_1");
	run(1.0);
	assert_int_equal(carry_out(JACK_REQUEST_CONNECT, "daw.main_1", "synth:in_1"), 0);
	outlast_window();
	assert_string_equal(memory(), "");
	assert_int_equal(carry_out(JACK_REQUEST_DISCONNECT, "daw.main_1", "synth:in_1"), 0);
	outlast_window();
	fake_jack_link("daw:main_1", "synth:in_1");
	outlast_window();
	assert_string_equal(memory(), "");
}

/* --- endpoints that are removed */

static void test_end_vanishes(void **state)
{
	(void)state;
	play_to_synth();
	for (unsigned i = 0; i < 3; i++) {
		fake_jack_remove("synth:in_1");
		outlast_window();
		assert_string_equal(memory(), "");
		add_synth();
		run(1.0);
		assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
	}
}

/* A program that quits is disconnected first; its ports are removed later in the window. */
static void test_end_vanishes_late(void **state)
{
	(void)state;
	play_to_synth();
	fake_jack_cut("synth:in_1");
	stay_within_window();
	fake_jack_remove("synth:in_1");
	outlast_window();
	assert_string_equal(memory(), "");
	add_synth();
	run(1.0);
	assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
	/* The memory learns nothing from the reconnection. */
	outlast_window();
	assert_string_equal(memory(), "");
}

/* The port is back before the daemon looks, with its old number or another. */
static void test_end_restarts(void **state)
{
	(void)state;
	play_to_synth();
	for (unsigned i = 0; i < 3; i++) {
		fake_jack_remove("synth:in_1");
		if (i == 1) {
			fake_jack_add("drums:in_1", JackPortIsInput);
		}
		add_synth();
		run(1.0);
		assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
		outlast_window();
		assert_string_equal(memory(), "");
	}
}

/* Something else connects the new port before the daemon looks; a later cut is a user's. */
static void test_end_restarts_connected(void **state)
{
	(void)state;
	play_to_synth();
	fake_jack_remove("synth:in_1");
	add_synth();
	fake_jack_link("daw:main_1", "synth:in_1");
	run(1.0);
	fake_jack_unlink("daw:main_1", "synth:in_1");
	outlast_window();
	assert_string_equal(memory(), "-daw.main_1 synth:in_1\n");
}

/* The port restarts before the daemon has seen its own connection, and again after that. */
static void test_end_restarts_unseen(void **state)
{
	(void)state;
	set_rule("daw.main_1", "synth:in_1");
	open_pool();
	show_card("daw", 1, 0);
	add_synth();
	while (!fake_jack_linked("daw:main_1", "synth:in_1")) {
		run(0.01);
	}
	fake_jack_remove("synth:in_1");
	fake_jack_add("drums:in_1", JackPortIsInput);
	add_synth();
	run(1.0);
	assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
	fake_jack_remove("synth:in_1");
	add_synth();
	run(1.0);
	assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
	outlast_window();
	assert_string_equal(memory(), "");
}

/* The same within the window. */
static void test_end_restarts_in_window(void **state)
{
	(void)state;
	play_to_synth();
	fake_jack_cut("synth:in_1");
	run(1.0);
	fake_jack_remove("synth:in_1");
	add_synth();
	run(1.0);
	assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
	outlast_window();
	assert_string_equal(memory(), "");
}

/* More ports are removed than the daemon can track: no missing connection counts as cut. */
static void test_too_many_vanish(void **state)
{
	(void)state;
	play_to_synth();
	for (unsigned i = 0; i < TOO_MANY; i++) {
		fake_jack_add("other:in_1", JackPortIsInput);
		fake_jack_remove("other:in_1");
	}
	fake_jack_remove("synth:in_1");
	add_synth();
	run(1.0);
	assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
	outlast_window();
	assert_string_equal(memory(), "");
	/* Later cuts count again. */
	fake_jack_unlink("daw:main_1", "synth:in_1");
	outlast_window();
	assert_string_equal(memory(), "-daw.main_1 synth:in_1\n");
}

/* Connections of others, more than the daemon can hold: a user's cut is learnt nevertheless. */
static void test_too_many_links(void **state)
{
	(void)state;
	play_to_synth();
	fake_jack_unlink("daw:main_1", "synth:in_1");
	for (unsigned i = 0; i < 2 * TOO_MANY; i++) {
		fake_jack_link("system:capture_1", "system:playback_1");
		fake_jack_unlink("system:capture_1", "system:playback_1");
	}
	fake_jack_add("other:in_1", JackPortIsInput);
	fake_jack_remove("other:in_1");
	outlast_window();
	assert_string_equal(memory(), "-daw.main_1 synth:in_1\n");
}

/* A removed port does not excuse the connections of others. */
static void test_other_vanishes(void **state)
{
	(void)state;
	play_to_synth();
	fake_jack_add("drums:in_1", JackPortIsInput);
	run(1.0);
	fake_jack_unlink("daw:main_1", "synth:in_1");
	fake_jack_remove("drums:in_1");
	outlast_window();
	assert_string_equal(memory(), "-daw.main_1 synth:in_1\n");
}

static void test_server_dies(void **state)
{
	(void)state;
	play_to_synth();
	show_card("pc", 1, 0);
	fake_jack_cut("synth:in_1");
	run(1.0);
	fake_jack_die();
	outlast_window();
	start_server();
	add_synth();
	run(3.0);
	assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
	assert_true(fake_jack_linked("pc:main_1", "system:playback_1"));
	outlast_window();
	assert_string_equal(memory(), "");
}

/* One card leaves and returns; the other stays. */
static void test_card_goes(void **state)
{
	struct card *card;

	(void)state;
	open_pool();
	card = show_card("daw", 1, 0);
	show_card("pc", 1, 0);
	/* The user's last change counts, although JACK has not told of it yet. */
	fake_jack_link("daw:main_1", "system:playback_2");
	take_away(card);
	run(2.0);
	assert_string_equal(memory(),
			    "+daw.main_1 system:playback_1\n+daw.main_1 system:playback_2\n");
	assert_int_equal(fake_jack_links(), 1);
	show_card("daw", 1, 0);
	assert_int_equal(fake_jack_links(), 3);
	/* The daemon still watches the other card's connection. */
	fake_jack_unlink("pc:main_1", "system:playback_1");
	outlast_window();
	assert_non_null(strstr(memory(), "-pc.main_1 system:playback_1\n"));
}

/* A cut is learnt although another card leaves within the window. */
static void test_cut_as_card_goes(void **state)
{
	struct card *card;

	(void)state;
	open_pool();
	card = show_card("daw", 1, 0);
	show_card("pc", 1, 0);
	run(1.0);
	fake_jack_unlink("pc:main_1", "system:playback_1");
	run(1.0);
	take_away(card);
	outlast_window();
	assert_string_equal(memory(), "-pc.main_1 system:playback_1\n");
}

/* A guest that shuts down has not cut its connections with other guests. */
static void test_other_card_goes(void **state)
{
	struct card *card;

	(void)state;
	set_rule("pc.main_1", "daw.in_1");
	open_pool();
	card = show_card("daw", 0, 1);
	show_card("pc", 1, 0);
	run(1.0);
	take_away(card);
	outlast_window();
	assert_string_equal(memory(), "");
	card = show_card("daw", 0, 1);
	assert_true(fake_jack_linked("pc:main_1", "daw-in:in_1"));
	/* It restarts before libjack reports the end: connected at once nevertheless. */
	run(1.0);
	take_away(card);
	add(make_card("daw", 0, 1));
	assert_true(fake_jack_linked("pc:main_1", "daw-in:in_1"));
	outlast_window();
	assert_string_equal(memory(), "");
}

/* --- freewheel */

/* JACK disconnects the driver's ports, and restores the whole graph at the end. */
static void test_freewheel(void **state)
{
	unsigned connects;

	(void)state;
	play_to_synth();
	show_card("pc", 1, 0);
	run(1.0);
	connects = fake_jack_count("jack_connect");
	fake_jack_freewheel(true);
	run(1.0);
	assert_false(fake_jack_linked("pc:main_1", "system:playback_1"));
	fake_jack_link("pc:main_1", "synth:in_1");
	fake_jack_unlink("daw:main_1", "synth:in_1");
	outlast_window();
	assert_string_equal(memory(), "");
	fake_jack_freewheel(false);
	outlast_window();
	assert_true(fake_jack_linked("pc:main_1", "system:playback_1"));
	assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
	assert_int_equal(fake_jack_links(), 2);
	assert_int_equal(fake_jack_count("jack_connect"), connects);
	assert_string_equal(memory(), "");
	/* Later cuts are learnt again. */
	fake_jack_unlink("pc:main_1", "system:playback_1");
	outlast_window();
	assert_string_equal(memory(), "-pc.main_1 system:playback_1\n");
}

/* A cut before the freewheel is learnt after it: the window starts again. */
static void test_freewheel_in_window(void **state)
{
	(void)state;
	play_to_synth();
	fake_jack_unlink("daw:main_1", "synth:in_1");
	run(1.5);
	fake_jack_freewheel(true);
	outlast_window();
	fake_jack_freewheel(false);
	run(1.0);
	assert_string_equal(memory(), "");
	outlast_window();
	assert_string_equal(memory(), "-daw.main_1 synth:in_1\n");
}

/* The window spans the freewheel, and then the program quits. */
static void test_freewheel_end_vanishes(void **state)
{
	(void)state;
	play_to_synth();
	fake_jack_cut("synth:in_1");
	run(1.5);
	fake_jack_freewheel(true);
	outlast_window();
	fake_jack_freewheel(false);
	run(1.0);
	fake_jack_remove("synth:in_1");
	outlast_window();
	add_synth();
	run(1.0);
	assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
	assert_string_equal(memory(), "");
}

static void begin(void)
{
	fake_jack_freewheel(true);
}

/* A freewheel begins while the daemon takes the graph, or while it connects. */
static void test_freewheel_begins(void **state)
{
	static const char *const calls[] = { "jack_get_ports", "jack_connect" };

	(void)state;
	set_rule("daw.main_*", "synth:in_*");
	open_pool();
	show_card("daw", 2, 0);
	for (unsigned i = 0; i < 2; i++) {
		unsigned connects;

		fake_jack_add("synth:in_1", JackPortIsInput | FAKE_JACK_DEAF);
		fake_jack_add("synth:in_2", JackPortIsInput | FAKE_JACK_DEAF);
		/* The server announces only this one. */
		fake_jack_add("other:in_1", JackPortIsInput);
		run(1.0);
		connects = fake_jack_count("jack_connect");
		fake_jack_wake("synth:in_1");
		fake_jack_wake("synth:in_2");
		fake_jack_on(calls[i], begin);
		run(1.0);
		assert_int_equal(fake_jack_count("jack_connect"), connects + i);
		fake_jack_freewheel(false);
		run(1.0);
		assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
		assert_true(fake_jack_linked("daw:main_2", "synth:in_2"));
		fake_jack_remove("synth:in_1");
		fake_jack_remove("synth:in_2");
		fake_jack_remove("other:in_1");
		run(1.0);
	}
	assert_string_equal(memory(), "");
}

/* The daemon waits for the graph to settle after a freewheel, as after any change. */
static void test_freewheel_settles(void **state)
{
	(void)state;
	set_rule("daw.main_1", "synth:in_1");
	open_pool();
	fake_jack_add("synth:in_1", JackPortIsInput | FAKE_JACK_DEAF);
	show_card("daw", 1, 0);
	fake_jack_freewheel(true);
	run(1.0);
	fake_jack_wake("synth:in_1");
	run(1.0);
	fake_jack_freewheel(false);
	run(0.3);
	assert_int_equal(fake_jack_links(), 0);
	run(0.4);
	assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
}

static unsigned calls_until;

/* Begins a freewheel before one of the next calls. */
static void count_down(void)
{
	if (calls_until--) {
		fake_jack_on("jack_port_by_name", count_down);
	} else {
		fake_jack_freewheel(true);
	}
}

/* A freewheel begins during the comparison after another one; nothing wakes the daemon. */
static void test_freewheel_twice(void **state)
{
	(void)state;
	set_rule("daw.main_1", "synth:in_1");
	open_pool();
	show_card("daw", 1, 0);
	for (unsigned n = 0; n < 12; n++) {
		fake_jack_add("synth:in_1", JackPortIsInput | FAKE_JACK_DEAF);
		fake_jack_add("other:in_1", JackPortIsInput);
		run(1.0);
		fake_jack_freewheel(true);
		fake_jack_wake("synth:in_1");
		run(1.0);
		calls_until = n;
		fake_jack_on("jack_port_by_name", count_down);
		fake_jack_freewheel(false);
		run(1.0);
		fake_jack_on("jack_port_by_name", NULL);
		fake_jack_freewheel(false);
		run(1.0);
		assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
		fake_jack_remove("synth:in_1");
		fake_jack_remove("other:in_1");
		run(1.0);
	}
}

/* --- without memory */

/* Without memory, the daemon may fail to learn, and then logs it; the connection stays. */
static void test_no_memory_made(void **state)
{
	bool went_on = true;

	(void)state;
	options.routes.autoconnect = false;
	open_pool();
	show_card("daw", 1, 0);
	for (unsigned n = 0; went_on; n++) {
		char line[96], sink[32];
		unsigned complaints = logged("cannot remember the change");

		assert_true(n < 1000);
		snprintf(sink, sizeof(sink), "synth:in_%u", n);
		snprintf(line, sizeof(line), "+daw.main_1 %s\n", sink);
		fake_jack_add(sink, JackPortIsInput);
		run(1.0);
		fake_jack_link("daw:main_1", sink);
		run(0.2);
		fail_alloc_at(n);
		run(0.2);
		went_on = fail_alloc_failed();
		fail_alloc_at(UINT_MAX);
		run(15.0);
		assert_true(fake_jack_linked("daw:main_1", sink));
		assert_true(strstr(memory(), line) ||
			    logged("cannot remember the change") > complaints);
		fake_jack_remove(sink);
		run(1.0);
	}
}

/* The same for a cut. */
static void test_no_memory_cut(void **state)
{
	bool went_on = true;

	(void)state;
	set_rule("daw.main_1", "synth:in_*");
	open_pool();
	show_card("daw", 1, 0);
	for (unsigned n = 0; went_on; n++) {
		unsigned complaints = logged("cannot remember the change");

		assert_true(n < 1000);
		add_synth();
		run(1.0);
		assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
		fake_jack_unlink("daw:main_1", "synth:in_1");
		run(1.0);
		fail_alloc_at(n);
		run(2.0);
		went_on = fail_alloc_failed();
		fail_alloc_at(UINT_MAX);
		run(15.0);
		if (logged("cannot remember the change") == complaints) {
			assert_false(fake_jack_linked("daw:main_1", "synth:in_1"));
			assert_string_equal(memory(), "-daw.main_1 synth:in_1\n");
			fake_jack_link("daw:main_1", "synth:in_1");
			run(2.0);
		}
		assert_string_equal(memory(), "");
		fake_jack_remove("synth:in_1");
		run(1.0);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, jack_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(made_by_user),
		TEST(made_by_daemon),
		TEST(made_between_others),
		TEST(made_after_failures),
		TEST(cut_by_user),
		TEST(cut_and_made_again),
		TEST(two_cuts),
		TEST(refusal_lifted),
		TEST(refusal_turned),
		TEST(cut_between_guests),
		TEST(cut_by_request),
		TEST(end_vanishes),
		TEST(end_vanishes_late),
		TEST(end_restarts),
		TEST(end_restarts_connected),
		TEST(end_restarts_unseen),
		TEST(end_restarts_in_window),
		TEST(too_many_vanish),
		TEST(too_many_links),
		TEST(other_vanishes),
		TEST(server_dies),
		TEST(card_goes),
		TEST(cut_as_card_goes),
		TEST(other_card_goes),
		TEST(freewheel),
		TEST(freewheel_in_window),
		TEST(freewheel_end_vanishes),
		TEST(freewheel_begins),
		TEST(freewheel_settles),
		TEST(freewheel_twice),
		TEST(no_memory_made),
		TEST(no_memory_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
