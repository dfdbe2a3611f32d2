/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ports registered during a freewheel. A connection to one would kill the server, which is a fault
 * of fake_jack that fails the test.
 */
#include "jack/routes.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/jack/fail_alloc.h"
#include "tests/unit/jack/jack_fixture.h"

static struct route rules[2];

static void set_rule(const char *left, const char *right)
{
	assert_null(route_parse(&rules[options.routes.rule_count++], left, right));
	options.routes.rules = rules;
}

/* A rule wants every port of the synth. */
static int set_up(void **state)
{
	jack_set_up(state);
	memset(rules, 0, sizeof(rules));
	options.routes.state_dir = open_state();
	set_rule("daw.main_*", "synth:in_*");
	return 0;
}

static void add_synth(void)
{
	fake_jack_add("synth:in_1", JackPortIsInput);
}

static void freewheel_for(double seconds)
{
	fake_jack_freewheel(true);
	run(seconds);
	fake_jack_freewheel(false);
}

/* A guest, and a synth registered during a freewheel. */
static void quarantine_synth(void)
{
	open_pool();
	show_card("daw", 2, 0);
	fake_jack_freewheel(true);
	run(1.0);
	add_synth();
	run(1.0);
	fake_jack_freewheel(false);
	run(1.0);
}

static bool is_quarantined(const char *sink)
{
	return carry_out(JACK_REQUEST_CONNECT, "daw.main_1", sink) == -ENXIO;
}

static void rename_port(const char *from, const char *to)
{
	snprintf(fake_jack_port(from)->name, sizeof(fake_jack_port(from)->name), "%s", to);
}

/* --- until they are removed */

static void test_never_connected(void **state)
{
	unsigned looks;

	(void)state;
	quarantine_synth();
	run(5.0);
	/* The daemon does not retry. */
	looks = fake_jack_count("jack_get_ports");
	run(60.0);
	assert_int_equal(fake_jack_count("jack_get_ports"), looks);
	/* Nothing that happens later lets it out: other ports, cards, rules, freewheels. */
	fake_jack_add("synth:in_2", JackPortIsInput);
	run(1.0);
	assert_true(fake_jack_linked("daw:main_2", "synth:in_2"));
	show_card("pc", 1, 0);
	send_rules(true, "daw.main_*", "synth:in_*");
	freewheel_for(2.0);
	run(2.0);
	assert_true(is_quarantined("synth:in_1"));
	assert_false(is_quarantined("synth:in_2"));
	fake_jack_remove("synth:in_2");
	run(30.0);
	assert_true(is_quarantined("synth:in_1"));
	assert_string_equal(memory(), "+daw.main_1 synth:in_2\n");
}

/* The next port with that number is a port like any other. */
static void test_gone(void **state)
{
	(void)state;
	quarantine_synth();
	fake_jack_remove("synth:in_1");
	add_synth();
	run(1.0);
	assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
	freewheel_for(2.0);
	run(1.0);
	assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
}

/* Removed, and replaced during the next freewheel. */
static void test_gone_in_freewheel(void **state)
{
	(void)state;
	quarantine_synth();
	fake_jack_freewheel(true);
	run(1.0);
	fake_jack_remove("synth:in_1");
	run(1.0);
	fake_jack_freewheel(false);
	run(1.0);
	add_synth();
	run(1.0);
	assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
}

/* On the next server, no port is quarantined, although the numbers are the same. */
static void test_server_dies(void **state)
{
	(void)state;
	quarantine_synth();
	fake_jack_die();
	run(1.0);
	start_server();
	run(1.0);
	add_synth();
	run(2.0);
	assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
}

/* A server dies during a freewheel. The next one's first ports are not quarantined. */
static void test_server_dies_in_freewheel(void **state)
{
	(void)state;
	open_pool();
	show_card("daw", 1, 0);
	fake_jack_freewheel(true);
	run(1.0);
	fake_jack_die();
	run(1.0);
	start_server();
	fake_jack_on("jack_activate", add_synth);
	run(3.0);
	assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
}

/* Ports from before the freewheel are connected after it, whether active before or not. */
static void test_there_before(void **state)
{
	(void)state;
	open_pool();
	fake_jack_add("synth:in_1", JackPortIsInput | FAKE_JACK_DEAF);
	show_card("daw", 1, 0);
	fake_jack_freewheel(true);
	run(1.0);
	fake_jack_wake("synth:in_1");
	run(1.0);
	fake_jack_freewheel(false);
	run(1.0);
	assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
}

/* A freewheel may begin before the daemon's first comparison. */
static void test_before_first_look(void **state)
{
	(void)state;
	start_server();
	add_synth();
	forget_told();
	pool = client_create(loop, &to_main, &options);
	assert_non_null(pool);
	freewheel_for(1.0);
	run(1.0);
	forget_told();
	show_card("daw", 1, 0);
	assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
}

/* Its program is active only after the freewheel: until then, there is no event. */
static void test_active_late(void **state)
{
	(void)state;
	open_pool();
	show_card("daw", 1, 0);
	fake_jack_freewheel(true);
	run(1.0);
	fake_jack_add("synth:in_1", JackPortIsInput | FAKE_JACK_DEAF);
	run(1.0);
	fake_jack_freewheel(false);
	run(1.0);
	fake_jack_wake("synth:in_1");
	run(30.0);
	assert_true(is_quarantined("synth:in_1"));
}

/* --- reused names and numbers */

/* The name existed before the freewheel, the port did not; its number is the old one or not. */
static void test_replaced(void **state)
{
	(void)state;
	open_pool();
	show_card("daw", 1, 0);
	for (unsigned i = 0; i < 2; i++) {
		add_synth();
		run(1.0);
		assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
		fake_jack_freewheel(true);
		run(1.0);
		fake_jack_remove("synth:in_1");
		if (i) {
			fake_jack_add("drums:in_1", JackPortIsInput);
		}
		add_synth();
		run(1.0);
		fake_jack_freewheel(false);
		run(5.0);
		assert_true(is_quarantined("synth:in_1"));
		assert_int_equal(fake_jack_links(), 0);
		fake_jack_remove("synth:in_1");
		run(1.0);
	}
}

/* A port whose program was not active is removed without an event; another takes its number. */
static void test_replaced_not_active(void **state)
{
	(void)state;
	open_pool();
	show_card("daw", 1, 0);
	fake_jack_add("drums:in_1", JackPortIsInput | FAKE_JACK_DEAF);
	fake_jack_add("other:in_1", JackPortIsInput);
	run(1.0);
	fake_jack_freewheel(true);
	run(1.0);
	fake_jack_remove("drums:in_1");
	add_synth();
	run(1.0);
	fake_jack_freewheel(false);
	run(5.0);
	assert_true(is_quarantined("synth:in_1"));
	assert_int_equal(fake_jack_links(), 0);
}

/* So many ports come and go that the daemon misses the removal of one it knows. */
static void test_replaced_in_a_crowd(void **state)
{
	(void)state;
	open_pool();
	show_card("daw", 1, 0);
	add_synth();
	run(1.0);
	assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
	fake_jack_freewheel(true);
	run(1.0);
	for (unsigned i = 0; i < 5000; i++) {
		fake_jack_add("crowd:out", JackPortIsOutput);
		fake_jack_remove("crowd:out");
	}
	fake_jack_remove("synth:in_1");
	add_synth();
	run(1.0);
	fake_jack_freewheel(false);
	run(1.0);
	assert_true(is_quarantined("synth:in_1"));
}

/* Renaming a port does not end its quarantine. */
static void test_renamed(void **state)
{
	(void)state;
	quarantine_synth();
	rename_port("synth:in_1", "synth:in_2");
	fake_jack_add("other:in_1", JackPortIsInput);
	run(5.0);
	assert_true(is_quarantined("synth:in_2"));
	fake_jack_freewheel(true);
	run(1.0);
	rename_port("synth:in_2", "synth:in_3");
	run(1.0);
	fake_jack_freewheel(false);
	run(5.0);
	assert_true(is_quarantined("synth:in_3"));
	assert_int_equal(fake_jack_links(), 0);
}

/* A port registered during a freewheel takes the name of an older one. */
static void test_renamed_to_old(void **state)
{
	(void)state;
	open_pool();
	show_card("daw", 1, 0);
	add_synth();
	run(1.0);
	fake_jack_freewheel(true);
	run(1.0);
	fake_jack_add("drums:in_1", JackPortIsInput);
	fake_jack_remove("synth:in_1");
	rename_port("drums:in_1", "synth:in_1");
	run(1.0);
	fake_jack_freewheel(false);
	run(5.0);
	assert_true(is_quarantined("synth:in_1"));
	assert_int_equal(fake_jack_links(), 0);
}

/* --- freewheels at a bad moment */

static void begin_with_synth(void)
{
	fake_jack_freewheel(true);
	add_synth();
}

/* It begins while the daemon takes the graph, and the graph has the new port. */
static void test_begins_in_look(void **state)
{
	(void)state;
	open_pool();
	show_card("daw", 1, 0);
	fake_jack_on("jack_get_ports", begin_with_synth);
	fake_jack_add("other:in_1", JackPortIsInput);
	run(2.0);
	fake_jack_freewheel(false);
	run(5.0);
	assert_true(is_quarantined("synth:in_1"));
	assert_int_equal(fake_jack_links(), 0);
}

static void begin(void)
{
	fake_jack_freewheel(true);
}

/* Our own ports: the freewheel begins between their registration and the first comparison. */
static void test_begins_before_look(void **state)
{
	(void)state;
	open_pool();
	add_synth();
	run(1.0);
	fake_jack_on("jack_get_ports", begin);
	add(make_card("daw", 1, 0));
	run(2.0);
	fake_jack_freewheel(false);
	run(2.0);
	assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
}

static void freewheel_with_synth(void)
{
	begin_with_synth();
	fake_jack_freewheel(false);
}

/* It is over before the daemon notices. */
static void test_short(void **state)
{
	static const char *const calls[] = { "jack_get_ports", "jack_port_get_all_connections" };

	(void)state;
	open_pool();
	show_card("daw", 1, 0);
	for (unsigned i = 0; i < 3; i++) {
		if (i < 2) {
			fake_jack_on(calls[i], freewheel_with_synth);
		} else {
			freewheel_with_synth();
		}
		fake_jack_add("other:in_1", JackPortIsInput);
		run(5.0);
		assert_true(is_quarantined("synth:in_1"));
		assert_int_equal(fake_jack_links(), 0);
		fake_jack_remove("synth:in_1");
		fake_jack_remove("other:in_1");
		run(1.0);
	}
}

/* --- requests */

/* From the end of the freewheel on, before the daemon knows which ports to quarantine. */
static void test_request_at_end(void **state)
{
	int err = -EAGAIN;

	(void)state;
	open_pool();
	show_card("daw", 1, 0);
	fake_jack_freewheel(true);
	run(1.0);
	add_synth();
	run(1.0);
	fake_jack_freewheel(false);
	for (unsigned i = 0; i < 20 && err == -EAGAIN; i++) {
		err = carry_out(JACK_REQUEST_CONNECT, "daw.main_1", "synth:in_1");
		run(0.1);
	}
	assert_int_equal(err, -ENXIO);
	assert_int_equal(fake_jack_links(), 0);
}

static void test_requests(void **state)
{
	(void)state;
	open_pool();
	show_card("daw", 1, 0);
	add_synth();
	run(1.0);
	assert_int_equal(carry_out(JACK_REQUEST_STORE, "mine", NULL), 0);
	fake_jack_freewheel(true);
	run(1.0);
	fake_jack_remove("synth:in_1");
	add_synth();
	fake_jack_add("drums:out_1", JackPortIsOutput);
	assert_int_equal(carry_out(JACK_REQUEST_CONNECT, "daw.main_1", "synth:in_1"), -EAGAIN);
	run(1.0);
	fake_jack_freewheel(false);
	/* jack/routes has not looked for new ports yet. */
	assert_int_equal(carry_out(JACK_REQUEST_CONNECT, "daw.main_1", "synth:in_1"), -EAGAIN);
	assert_int_equal(carry_out(JACK_REQUEST_RECALL, "mine", NULL), -EAGAIN);
	run(1.0);
	/* At either end. */
	assert_true(is_quarantined("synth:in_1"));
	assert_int_equal(carry_out(JACK_REQUEST_CONNECT, "drums:out_1", "system:playback_1"),
			 -ENXIO);
	assert_int_equal(carry_out(JACK_REQUEST_RECALL, "mine", NULL), 0);
	assert_int_equal(count, 0);
	assert_int_equal(carry_out(JACK_REQUEST_LOAD, NULL, NULL), 0);
	run(5.0);
	assert_int_equal(fake_jack_links(), 0);
	/* The memory has the patch, and applies it to the next port with that name. */
	fake_jack_remove("synth:in_1");
	run(1.0);
	add_synth();
	run(1.0);
	assert_true(fake_jack_linked("daw:main_1", "synth:in_1"));
}

/* --- failures */

/* Whichever allocation or libjack call fails, no port leaves quarantine. */
static void try_failures(void (*fail_at)(unsigned n), bool (*failed)(void), double before)
{
	bool went_on = true;

	open_pool();
	show_card("daw", 2, 0);
	for (unsigned n = 0; went_on; n++) {
		assert_true(n < 1000);
		add_synth();
		fake_jack_add("synth:in_2", JackPortIsInput);
		run(1.0);
		fake_jack_freewheel(true);
		run(1.0);
		fake_jack_remove("synth:in_1");
		add_synth();
		if (before > 0) {
			fail_at(n);
		}
		fake_jack_deliver();
		run(before);
		fake_jack_freewheel(false);
		if (before <= 0) {
			fail_at(n);
		}
		run(1.0);
		went_on = failed();
		fail_at(UINT_MAX);
		run(15.0);
		assert_false(fake_jack_linked("daw:main_1", "synth:in_1"));
		/* If libjack does not tell which port was removed, all are quarantined. */
		assert_true(fake_jack_linked("daw:main_2", "synth:in_2") || before > 0);
		fake_jack_remove("synth:in_1");
		fake_jack_remove("synth:in_2");
		run(1.0);
		assert_string_equal(fake_jack_faults(), "");
	}
}

static void test_no_memory_in_freewheel(void **state)
{
	(void)state;
	try_failures(fail_alloc_at, fail_alloc_failed, 1.0);
}

static void test_no_memory_after(void **state)
{
	(void)state;
	try_failures(fail_alloc_at, fail_alloc_failed, 0.0);
}

static void test_failures_in_freewheel(void **state)
{
	(void)state;
	try_failures(fake_jack_fail_at, fake_jack_failed, 1.0);
}

static void test_failures_after(void **state)
{
	(void)state;
	try_failures(fake_jack_fail_at, fake_jack_failed, 0.0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, jack_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(never_connected),
		TEST(gone),
		TEST(gone_in_freewheel),
		TEST(server_dies),
		TEST(server_dies_in_freewheel),
		TEST(there_before),
		TEST(before_first_look),
		TEST(active_late),
		TEST(replaced),
		TEST(replaced_not_active),
		TEST(replaced_in_a_crowd),
		TEST(renamed),
		TEST(renamed_to_old),
		TEST(begins_in_look),
		TEST(begins_before_look),
		TEST(short),
		TEST(request_at_end),
		TEST(requests),
		TEST(no_memory_in_freewheel),
		TEST(no_memory_after),
		TEST(failures_in_freewheel),
		TEST(failures_after),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
