/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cards in JACK, from the main thread's view: added, removed, retried, and their latencies. */
#include "jack/client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/jack/fail_alloc.h"
#include "tests/unit/jack/jack_fixture.h"

static int set_up(void **state)
{
	jack_set_up(state);
	open_pool();
	return 0;
}

static int set_up_shared(void **state)
{
	jack_set_up(state);
	options.shared = true;
	open_pool();
	return 0;
}

/* --- adding and removing */

static void test_cards(void **state)
{
	struct card *cards[] = { make_card("daw", 2, 2), make_card("synth", 2, 0) };

	(void)state;
	add(cards[0]);
	add(cards[1]);
	run(1.0);
	assert_true(was_told("active daw") && was_told("active synth"));
	assert_int_equal(fake_jack_clients(NULL), 4);
	assert_int_equal(fake_jack_ports(NULL), 6);
	forget_told();
	take_away(cards[0]);
	turn();
	assert_true(was_told("removed daw") && !was_told("removed synth"));
	assert_int_equal(fake_jack_clients(NULL), 2);
	assert_null(cards[0]->jack);
	/* A guest that has rebooted has a card of the same name. */
	add(cards[0]);
	run(1.0);
	assert_true(was_told("active daw"));
	assert_int_equal(fake_jack_ports("daw"), 2);
	forget_told();
	take_away(cards[0]);
	take_away(cards[1]);
	turn();
	assert_true(was_told("removed daw") && was_told("removed synth"));
	assert_int_equal(fake_jack_clients(NULL), 1);
	assert_int_equal(fake_jack_clients("xenjackd"), 1);
}

static void test_shared(void **state)
{
	struct card *cards[20];

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		char name[16];

		snprintf(name, sizeof(name), "guest%u", i);
		cards[i] = show_card(name, 2, 1);
	}
	assert_int_equal(fake_jack_clients(NULL), 3);
	assert_int_equal(fake_jack_ports("xenjack"), 40);
	assert_non_null(fake_jack_port("xenjack-in:guest7.in_1"));
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(fake_jack_ports("xenjack"), 40 - 2 * i);
		take_away(cards[i]);
		turn();
	}
	/* The clients stay for the next card. */
	assert_int_equal(fake_jack_clients(NULL), 3);
	assert_int_equal(fake_jack_count("jack_client_close"), 0);
	show_card("daw", 2, 1);
	assert_int_equal(fake_jack_count("jack_client_open"), 3);
}

/* A card that never got its ports can be removed, too. */
static void test_not_known(void **state)
{
	struct card *card = make_card("daw", 1, 0);

	(void)state;
	take_away(card);
	expect_told("removed daw\n");
}

/* --- failures */

static void expect_complaint(const char *text, unsigned times)
{
	assert_int_equal(logged(text), times);
}

/* Logged once, and retried every two seconds until it succeeds; the next failure is logged again.
 */
static void test_no_ports(void **state)
{
	struct card *card = make_card("daw", 2, 1);
	unsigned opened = fake_jack_count("jack_client_open");

	(void)state;
	fake_jack_knobs.port_max = 5;
	add(card);
	run(1.9);
	assert_int_equal(fake_jack_count("jack_client_open"), opened + 2);
	run(8.0);
	assert_int_equal(fake_jack_count("jack_client_open"), opened + 10);
	expect_told("");
	expect_complaint("daw: cannot register with JACK: no ports left", 1);
	assert_int_equal(fake_jack_ports(NULL), 0);
	assert_int_equal(fake_jack_clients(NULL), 1);
	fake_jack_knobs.port_max = 100;
	run(2.1);
	assert_true(was_told("active daw"));
	run(10.0);
	assert_int_equal(fake_jack_count("jack_client_open"), opened + 12);
	take_away(card);
	fake_jack_knobs.port_max = 5;
	add(card);
	run(1.0);
	expect_complaint("daw: cannot register with JACK: no ports left", 2);
	forget_told();
	take_away(card);
	expect_told("removed daw\n");
}

/* An error is logged once, and again only after the card was registered. */
static void test_no_ports_again(void **state)
{
	(void)state;
	show_card("daw", 2, 1);
	for (unsigned i = 1; i <= 2; i++) {
		fake_jack_knobs.port_max = 5;
		fake_jack_die();
		run(0.5);
		start_server();
		run(6.0);
		assert_int_equal(errors, i);
		fake_jack_knobs.port_max = 100;
		run(2.5);
		assert_true(was_told("active daw"));
		forget_told();
	}
}

/* One card's failure does not affect another card. */
static void test_no_client(void **state)
{
	struct card *cards[] = { make_card("daw", 2, 1), make_card("synth", 2, 1) };

	(void)state;
	fake_jack_fail_next("jack_client_open", 1);
	add(cards[0]);
	add(cards[1]);
	run(1.0);
	assert_true(was_told("active synth") && !was_told("active daw"));
	expect_complaint("daw: cannot register with JACK: client refused", 1);
	run(1.1);
	assert_true(was_told("active daw"));
	expect_complaint("cannot register", 1);
	assert_int_equal(fake_jack_clients(NULL), 5);
}

static void test_shared_no_ports(void **state)
{
	struct card *cards[] = { show_card("daw", 2, 1), make_card("synth", 2, 1) };

	(void)state;
	fake_jack_knobs.port_max = 9;
	add(cards[1]);
	run(5.0);
	assert_int_equal(fake_jack_ports(NULL), 3);
	assert_true(fake_jack_is_active("xenjack"));
	/* Its ports are free now. */
	take_away(cards[0]);
	run(2.1);
	assert_true(was_told("active synth"));
	assert_int_equal(fake_jack_ports(NULL), 3);
	assert_non_null(fake_jack_port("xenjack:synth.main_2"));
}

/* --- latencies */

static unsigned recomputed(void)
{
	return fake_jack_count("jack_recompute_total_latencies");
}

static void test_latency(void **state)
{
	struct card *card = make_card("daw", 2, 1);

	(void)state;
	add(card);
	run(0.95);
	assert_int_equal(fake_jack_port("daw:main_1")->latency[JackCaptureLatency].max, 0);
	assert_int_equal(recomputed(), 0);
	run(0.1);
	assert_int_equal(fake_jack_port("daw:main_1")->latency[JackCaptureLatency].max, 512);
	assert_int_equal(recomputed(), 1);
	run(10.0);
	assert_int_equal(recomputed(), 1);
	/* At most once a second, however often a guest opens. */
	for (unsigned i = 0; i < 40; i++) {
		latency_publish(&card->streams[0].latency, 1024 + 64 * i, 512);
		run(0.1);
	}
	assert_true(recomputed() >= 4 && recomputed() <= 6);
	run(1.0);
	assert_int_equal(fake_jack_port("daw:main_1")->latency[JackCaptureLatency].max,
			 1024 + 64 * 39 - 256);
}

/* No latencies right after a client was opened or closed: that is work enough for a server. */
static void test_latency_waits(void **state)
{
	struct card *card = show_card("daw", 2, 0), *others[8];
	unsigned before;

	(void)state;
	run(1.0);
	before = recomputed();
	latency_publish(&card->streams[0].latency, 2048, 512);
	for (unsigned i = 0; i < 8; i++) {
		char name[16];

		snprintf(name, sizeof(name), "guest%u", i);
		others[i] = make_card(name, 1, 0);
		add(others[i]);
		run(0.9);
		assert_int_equal(recomputed(), before);
	}
	for (unsigned i = 0; i < 8; i++) {
		take_away(others[i]);
		run(0.9);
		assert_int_equal(recomputed(), before);
	}
	run(0.2);
	assert_int_equal(recomputed(), before + 1);
	assert_int_equal(fake_jack_port("daw:main_1")->latency[JackCaptureLatency].max, 2048 - 256);
}

/* A failed attempt counts, too: it opened and closed a client. */
static void test_latency_waits_for_failures(void **state)
{
	struct card *card = show_card("daw", 2, 0);
	unsigned before;

	(void)state;
	run(1.5);
	before = recomputed();
	fake_jack_fail_next("jack_client_open", 1);
	add(make_card("synth", 1, 0));
	latency_publish(&card->streams[0].latency, 2048, 512);
	run(0.9);
	assert_int_equal(recomputed(), before);
	run(0.2);
	assert_int_equal(recomputed(), before + 1);
}

/* Repeats the request until the server recomputes everybody's latencies. */
static void test_latency_refused(void **state)
{
	struct card *card = show_card("daw", 2, 0);

	(void)state;
	run(1.0);
	assert_int_equal(recomputed(), 1);
	latency_publish(&card->streams[0].latency, 2048, 512);
	fake_jack_fail_next("jack_recompute_total_latencies", 2);
	run(1.0);
	assert_int_equal(recomputed(), 2);
	run(2.0);
	assert_int_equal(recomputed(), 4);
	run(3.0);
	assert_int_equal(recomputed(), 4);
}

static void test_latency_period(void **state)
{
	(void)state;
	show_card("daw", 1, 0);
	run(1.0);
	fake_jack_set_clock(48000, 64);
	expect_told("clock 48000 64 -1\n");
	run(1.1);
	assert_int_equal(fake_jack_port("daw:main_1")->latency[JackCaptureLatency].max, 128);
}

/* --- metadata */

static unsigned properties_set(void)
{
	return fake_jack_count("jack_set_property");
}

/* A port at a time, long after the card was registered: the server blocks on whoever does not read.
 */
static void test_metadata_sparse(void **state)
{
	(void)state;
	options.metadata = PORT_METADATA_YES;
	close_pool();
	open_pool();
	add(make_card("daw", 40, 3));
	add(make_card("synth", 0, 2));
	run(0.95);
	assert_int_equal(properties_set(), 0);
	for (unsigned i = 0; i < 60; i++) {
		unsigned before = properties_set();

		run(0.1);
		assert_in_range(properties_set() - before, 0, 4);
	}
	assert_int_equal(properties_set(), 3 * 2 + 45 * 4);
	assert_int_equal(fake_jack_properties(), 3 * 2 + 45 * 4);
	assert_string_equal(fake_jack_property("daw:main_40", "order"), "39");
	assert_string_equal(fake_jack_property("synth-in:in_2", "pretty-name"), "in right");
	forget_told();
}

/* Nothing while clients of ours open and close, nor right after that. */
static void test_metadata_waits(void **state)
{
	struct card *others[8];
	unsigned before;

	(void)state;
	options.metadata = PORT_METADATA_YES;
	close_pool();
	open_pool();
	add(make_card("daw", 40, 0));
	run(2.0);
	before = properties_set();
	assert_true(before > 0);
	for (unsigned i = 0; i < 16; i++) {
		char name[16];

		snprintf(name, sizeof(name), "guest%u", i % 8);
		if (i < 8) {
			others[i] = make_card(name, 1, 0);
			add(others[i]);
		} else {
			take_away(others[i - 8]);
		}
		run(0.9);
		assert_int_equal(properties_set(), before);
	}
	run(0.2);
	assert_int_equal(properties_set() - before, 4);
	/* A freewheel holds it up; the rest follows. */
	fake_jack_freewheel(true);
	before = properties_set();
	run(2.0);
	assert_int_equal(properties_set(), before);
	fake_jack_freewheel(false);
	run(5.0);
	assert_int_equal(properties_set(), 2 + 40 * 4);
	forget_told();
}

static void expect_metadata(enum port_metadata choice, const char *version, unsigned properties)
{
	struct card *card;

	options.metadata = choice;
	close_pool();
	open_pool();
	fake_jack_knobs.version = version;
	card = show_card("daw", 2, 0);
	run(2.0);
	assert_int_equal(fake_jack_properties(), properties);
	take_away(card);
	forget_told();
}

/* By default, PipeWire gets metadata and jackd gets none. */
static void test_metadata_auto(void **state)
{
	static const char jackd[] = "1.9.21", pipewire[] = "3.0.0.0 (using PipeWire 0.3.65)";

	(void)state;
	expect_metadata(PORT_METADATA_AUTO, jackd, 0);
	expect_metadata(PORT_METADATA_AUTO, pipewire, 2 + 2 * 4);
	expect_metadata(PORT_METADATA_YES, jackd, 2 + 2 * 4);
	expect_metadata(PORT_METADATA_YES, pipewire, 2 + 2 * 4);
	expect_metadata(PORT_METADATA_NO, jackd, 0);
	expect_metadata(PORT_METADATA_NO, pipewire, 0);
}

/* Logged once for each card, which then goes without. */
static void test_metadata_refused(void **state)
{
	static const char *const calls[] = { "jack_set_property", "jack_get_uuid_for_client_name",
					     "jack_uuid_parse" };

	(void)state;
	options.metadata = PORT_METADATA_YES;
	close_pool();
	open_pool();
	for (unsigned i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		struct card *card = show_card("daw", 2, 0);

		forget_log();
		fake_jack_fail_next(calls[i], 1);
		run(3.0);
		assert_int_equal(logged("daw: JACK stores no metadata for this user"), 1);
		assert_int_equal(fake_jack_properties(), 0);
		take_away(card);
	}
	forget_told();
}

/* --- messages about the server */

static void test_status(void **state)
{
	(void)state;
	fake_jack_knobs.load = 12.34f;
	run(1.1);
	expect_told("load 1234\n");
	run(3.0);
	expect_told("");
	fake_jack_xrun(250.0f);
	expect_told("xruns 1 250\n");
	fake_jack_xrun(100.0f);
	fake_jack_xrun(300.0f);
	expect_told("xruns 3 300\n");
	fake_jack_knobs.priority = 10;
	fake_jack_set_clock(44100, 512);
	expect_told("clock 44100 512 10\n");
	fake_jack_set_clock(44100, 512);
	expect_told("");
}

/* Changes of other programs' ports and of our connections since the last snapshot. */
static void test_port_events(void **state)
{
	(void)state;
	fake_jack_add("synth:out_1", JackPortIsOutput);
	run(0.5);
	expect_told("came synth:out_1\n");
	add(make_card("daw", 1, 1));
	run(0.5);
	expect_told("came daw-in:in_1\ncame daw:main_1\nactive daw\n");
	fake_jack_link("synth:out_1", "daw-in:in_1");
	fake_jack_link("synth:out_1", "system:playback_1");
	run(0.5);
	expect_told("connected synth:out_1 daw-in:in_1\n");
	/* A port that reuses a number is a new port. */
	fake_jack_remove("synth:out_1");
	fake_jack_add("drums:out_1", JackPortIsOutput);
	run(0.5);
	expect_told("disconnected synth:out_1 daw-in:in_1\nwent synth:out_1\ncame drums:out_1\n");
	/* What came and went between two snapshots is not reported. */
	fake_jack_add("synth:out_1", JackPortIsOutput);
	run(0.1);
	fake_jack_remove("synth:out_1");
	run(0.5);
	expect_told("");
}

/* What is made and cut between two snapshots; what only others do is not told. */
static void test_quick_connections(void **state)
{
	(void)state;
	show_card("daw", 1, 0);
	fake_jack_add("synth:in_1", JackPortIsInput);
	fake_jack_link("daw:main_1", "synth:in_1");
	run(2.0);
	forget_told();
	fake_jack_link("daw:main_1", "system:playback_2");
	fake_jack_unlink("daw:main_1", "system:playback_2");
	fake_jack_link("system:capture_1", "synth:in_1");
	fake_jack_unlink("system:capture_1", "synth:in_1");
	run(1.0);
	expect_told("connected daw:main_1 system:playback_2\n"
		    "disconnected daw:main_1 system:playback_2\n");
	fake_jack_unlink("daw:main_1", "synth:in_1");
	fake_jack_link("daw:main_1", "synth:in_1");
	run(1.0);
	expect_told("disconnected daw:main_1 synth:in_1\nconnected daw:main_1 synth:in_1\n");
	/* More than one time, and with a last change that stays. */
	for (unsigned i = 0; i < 100; i++) {
		fake_jack_link("daw:main_1", "system:playback_2");
		fake_jack_unlink("daw:main_1", "system:playback_2");
	}
	run(1.0);
	expect_told("connected daw:main_1 system:playback_2\n"
		    "disconnected daw:main_1 system:playback_2\n");
	fake_jack_unlink("daw:main_1", "synth:in_1");
	fake_jack_link("daw:main_1", "synth:in_1");
	fake_jack_unlink("daw:main_1", "synth:in_1");
	run(1.0);
	expect_told("disconnected daw:main_1 synth:in_1\n");
	/* A port that took the number meanwhile has not been connected. */
	fake_jack_link("daw:main_1", "system:playback_2");
	fake_jack_unlink("daw:main_1", "system:playback_2");
	fake_jack_remove("system:playback_2");
	fake_jack_add("other:in_1", JackPortIsInput);
	run(1.0);
	expect_told("went system:playback_2\ncame other:in_1\n");
}

static void link_now(void)
{
	fake_jack_link("daw:main_1", "system:playback_2");
}

/* A snapshot that shows a connection before libjack tells of it: it is one change. */
static void test_told_late(void **state)
{
	(void)state;
	show_card("daw", 1, 0);
	fake_jack_add("synth:in_1", JackPortIsInput);
	fake_jack_on("jack_get_ports", link_now);
	run(3.0);
	expect_told("came synth:in_1\nconnected daw:main_1 system:playback_2\n");
}

/* errno is ENOMEM, although a missing state file sets it too. */
static void test_no_memory(void **state)
{
	unsigned n = 0;

	(void)state;
	close_pool();
	options.routes.state_dir = open_state();
	for (;; n++) {
		fail_alloc_at(n);
		pool = client_create(loop, &to_main, &options);
		if (pool) {
			break;
		}
		assert_int_equal(errno, ENOMEM);
	}
	assert_true(n >= 4);
	assert_false(fail_alloc_failed());
}

static void test_version(void **state)
{
	(void)state;
	assert_string_equal(client_jack_version(), "1.9.21");
	assert_false(client_is_pipewire());
	fake_jack_knobs.version = "3.0.0.0 (using PipeWire 0.3.65)";
	assert_true(client_is_pipewire());
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, jack_tear_down)
#define SHARED(name) cmocka_unit_test_setup_teardown(test_##name, set_up_shared, jack_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(cards),
		SHARED(shared),
		TEST(not_known),
		TEST(no_ports_again),
		TEST(no_ports),
		TEST(no_client),
		SHARED(shared_no_ports),
		TEST(latency),
		TEST(latency_waits),
		TEST(latency_waits_for_failures),
		TEST(latency_refused),
		TEST(latency_period),
		TEST(metadata_sparse),
		TEST(metadata_waits),
		TEST(metadata_auto),
		TEST(metadata_refused),
		TEST(status),
		TEST(port_events),
		TEST(quick_connections),
		TEST(told_late),
		SHARED(no_memory),
		TEST(version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
