/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A life: two cards come and go, JACK freewheels, the server dies and returns. The life is repeated
 * for every libjack call and every allocation in it, with that one failing. Whatever fails, each
 * stage must end as it should, and nothing may leak.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "jack/client.h"
#include "tests/unit/jack/fail_alloc.h"
#include "tests/unit/jack/jack_fixture.h"

/* Longer than the retry timer, and the latency timer after it. */
#define RETRY_S 3.5
/* A complete life has more calls, and more allocations, than this. */
#define LIVES_MIN 200u

/* A way to fail. */
struct fault {
	void (*at)(unsigned n);
	bool (*happened)(void);
};

static const struct fault call = { fake_jack_fail_at, fake_jack_failed };
static const struct fault allocation = { fail_alloc_at, fail_alloc_failed };

static struct card *daw, *synth;
static struct route rules[2];
static unsigned number; /* of the call or allocation that fails */

static int set_up(void **state)
{
	jack_set_up(state);
	options.metadata = PORT_METADATA_YES;
	options.routes.autoconnect = true;
	options.routes.state_dir = open_state();
	assert_null(route_parse(&rules[0], "drums:out_1", "daw.in_1"));
	assert_null(route_parse(&rules[1], "piano:out_1", "daw.in_1"));
	options.routes.rules = rules;
	options.routes.rule_count = 2;
	daw = make_card("daw", 2, 1);
	synth = make_card("synth", 1, 0);
	return 0;
}

static int set_up_shared(void **state)
{
	set_up(state);
	options.shared = true;
	return 0;
}

static int tear_down(void **state)
{
	if (pool) {
		print_message("life %u, in which this failed: %s\n", number,
			      *fake_jack_failed_call() ? fake_jack_failed_call() : "an allocation");
	}
	return jack_tear_down(state);
}

static bool failed_in(const char *name)
{
	return strcmp(fake_jack_failed_call(), name) == 0;
}

static const char *playback_client(const char *card)
{
	return options.shared ? "xenjack" : card;
}

static const char *capture_client(void)
{
	return options.shared ? "xenjack-in" : "daw-in";
}

/* The JACK name of a playback port of daw. */
static const char *played(const char *channel)
{
	static char names[2][64];
	char *name = names[channel[0] - '1'];

	snprintf(name, sizeof(names[0]), "%s:%smain_%s", playback_client("daw"),
		 options.shared ? "daw." : "", channel);
	return name;
}

static const char *recorded(void)
{
	return options.shared ? "xenjack-in:daw.in_1" : "daw-in:in_1";
}

/* --- expectations */

static void expect_cycle(void)
{
	uint32_t before[PCM_DIRS] = { daw->sides[0].cycles, daw->sides[1].cycles };

	fake_jack_cycle();
	for (unsigned dir = 0; dir < PCM_DIRS; dir++) {
		assert_int_equal(daw->sides[dir].cycles - before[dir], 2);
	}
}

/* A port that libjack refused to unregister lives until its client closes. */
static unsigned ports_left(void)
{
	return options.shared && failed_in("jack_port_unregister");
}

static void expect_shown(unsigned synth_ports)
{
	unsigned cards = options.shared ? 1 : 1 + synth_ports;

	assert_true(fake_jack_is_active("xenjackd"));
	assert_true(fake_jack_is_active(playback_client("daw")));
	assert_true(fake_jack_is_active(capture_client()));
	assert_int_equal(fake_jack_clients(NULL), 2 + cards);
	assert_in_range(fake_jack_ports(NULL), 3 + synth_ports, 3 + synth_ports + ports_left());
	assert_true(fake_jack_linked(played("1"), "system:playback_1"));
	assert_true(fake_jack_linked(played("2"), "system:playback_2"));
	assert_in_range(fake_jack_links(), 2 + synth_ports, 2 + synth_ports + ports_left());
	assert_int_equal(fake_jack_port(played("2"))->latency[JackCaptureLatency].max, 512);
	expect_cycle();
}

static void expect_hidden(void)
{
	/* Shared clients stay, with their own properties. */
	assert_int_equal(fake_jack_clients(NULL), options.shared ? 3 : 1);
	assert_in_range(fake_jack_ports(NULL), 0, ports_left());
	assert_int_equal(fake_jack_lent(), 0);
	assert_in_range(fake_jack_properties(), 0, options.shared ? 2 * 2 + 4 * ports_left() : 0);
	assert_null(daw->jack);
	assert_null(synth->jack);
}

/* Every callback is in place. */
static void expect_events(void)
{
	forget_told();
	fake_jack_freewheel(true);
	assert_int_equal(times_told("freewheel 1"), 1);
	fake_jack_freewheel(false);
	assert_int_equal(times_told("freewheel 0"), 1);
	run(1.0);
	fake_jack_set_clock(44100, 256);
	assert_int_equal(times_told("clock 44100 256 -1"), 1);
	fake_jack_set_clock(44100, 128);
	assert_int_equal(times_told("clock 44100 128 -1"), 1);
	fake_jack_xrun(1.0f);
	assert_int_equal(times_told("xruns 1 1"), 1);
	fake_jack_link(played("2"), "system:playback_1");
	fake_jack_add("strings:out_1", JackPortIsOutput);
	run(1.0);
	assert_int_equal(times_told("came strings:out_1"), 1);
}

/* --- the life */

/* Without memory, the pool logs an error and does not add the card; the test adds it again. */
static void insist(struct card *card)
{
	unsigned before = errors;

	add(card);
	if (!card->jack) {
		assert_int_equal(errors, before + 1);
		add(card);
	}
	assert_non_null(card->jack);
}

static void come(void)
{
	forget_told();
	insist(daw);
	insist(synth);
	run(RETRY_S);
	assert_int_equal(times_told("active daw"), 1);
	assert_int_equal(times_told("active synth"), 1);
	expect_shown(1);
}

static void lose_one(void)
{
	take_away(synth);
	assert_int_equal(times_told("removed synth"), 1);
	run(0.5);
	expect_shown(0);
}

/* jack/routes sees a port that libjack failed to list only when the graph changes. */
static void change_graph(void)
{
	if (failed_in("jack_get_ports") || failed_in("jack_port_name")) {
		fake_jack_add("strings:out_1", JackPortIsOutput);
		run(1.0);
		fake_jack_remove("strings:out_1");
		run(1.0);
	}
}

/* A connection to a port registered during a freewheel would kill the server. */
static void freewheel(void)
{
	fake_jack_add("drums:out_1", JackPortIsOutput);
	run(RETRY_S);
	change_graph();
	assert_true(fake_jack_linked("drums:out_1", recorded()));
	fake_jack_freewheel(true);
	assert_int_equal(times_told("freewheel 1"), 1);
	fake_jack_remove("drums:out_1");
	fake_jack_add("drums:out_1", JackPortIsOutput);
	fake_jack_add("piano:out_1", JackPortIsOutput);
	run(1.0);
	fake_jack_freewheel(false);
	assert_int_equal(times_told("freewheel 0"), 1);
	run(RETRY_S);
	assert_string_equal(fake_jack_faults(), "");
	fake_jack_remove("drums:out_1");
	fake_jack_remove("piano:out_1");
	run(RETRY_S);
	assert_string_equal(fake_jack_faults(), "");
	expect_shown(0);
}

static void lose_server(void)
{
	forget_told();
	fake_jack_die();
	run(0.5);
	assert_int_equal(times_told("lost"), 1);
	assert_int_equal(fake_jack_clients(NULL), 0);
	start_server();
	run(2 * RETRY_S);
	assert_int_equal(times_told("active daw"), 1);
	assert_int_equal(times_told("clock 48000 256 -1"), 1);
	assert_int_equal(times_told("lost"), 1);
	expect_shown(0);
}

static void leave(void)
{
	forget_told();
	take_away(daw);
	assert_int_equal(times_told("removed daw"), 1);
	run(0.5);
	expect_hidden();
}

/* Returns whether the call or allocation was reached. */
static bool live(const struct fault *fault)
{
	bool over;

	start_server();
	pool = client_create(loop, &to_main, &options);
	if (!pool) {
		assert_true(fault->happened());
		assert_int_equal(errno, ENOMEM);
		return true;
	}
	run(0.5);
	come();
	lose_one();
	freewheel();
	lose_server();
	over = fault->happened();
	if (over) {
		expect_events();
	}
	leave();
	close_pool();
	if (over) {
		assert_non_null(strstr(memory(), "+daw.main_2 system:playback_1\n"));
	}
	return fault->happened();
}

static void expect_nothing_left(unsigned live_before)
{
	fail_alloc_at(UINT_MAX);
	fake_jack_fail_at(UINT_MAX);
	assert_string_equal(fake_jack_faults(), "");
	assert_int_equal(fake_jack_clients(NULL), 0);
	assert_int_equal(fake_jack_lent(), 0);
	assert_int_equal(fail_alloc_live(), live_before);
}

/* Ends with a life in which nothing fails. */
static unsigned count_lives(const struct fault *fault)
{
	unsigned live_before = fail_alloc_live();
	bool went_on = true;

	for (number = 0; went_on; number++) {
		forget_told();
		fake_jack_reset();
		unlink(state_path("connections.json"));
		forget_log();
		fault->at(number);
		went_on = live(fault);
		expect_nothing_left(live_before);
	}
	return number;
}

static void test_calls(void **state)
{
	(void)state;
	assert_true(count_lives(&call) > LIVES_MIN);
}

static void test_memory(void **state)
{
	(void)state;
	assert_true(count_lives(&allocation) > LIVES_MIN);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)
#define SHARED(name) cmocka_unit_test_setup_teardown(test_##name, set_up_shared, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(calls),
		TEST(memory),
		SHARED(calls),
		SHARED(memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
