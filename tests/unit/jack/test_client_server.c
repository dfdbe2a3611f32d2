/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A JACK server that is not up yet, goes away, comes back, and freewheels. */
#include "jack/client.h"

#include <math.h>

#include "tests/unit/jack/jack_fixture.h"

/* --- searching */

static struct {
	double at_s[64];
	unsigned count;
} tries;

static void note_try(void)
{
	if (tries.count < sizeof(tries.at_s) / sizeof(*tries.at_s)) {
		tries.at_s[tries.count++] = now_s();
	}
	fake_jack_on("jack_client_open", note_try);
}

/* Expects these intervals between attempts, in tenths of a second, plus up to one clock step. */
static void expect_waits(const unsigned *tenths, unsigned number)
{
	assert_true(tries.count > number);
	for (unsigned i = 0; i < number; i++) {
		double wait = tries.at_s[i + 1] - tries.at_s[i];

		assert_true(fabs(wait - 0.005 - tenths[i] * 0.1) < 0.01);
	}
}

static int set_up(void **state)
{
	jack_set_up(state);
	tries.count = 0;
	fake_jack_on("jack_client_open", note_try);
	return 0;
}

static void create_pool(void)
{
	pool = client_create(loop, &to_main, &options);
	assert_non_null(pool);
}

static void test_search(void **state)
{
	static const unsigned waits[] = { 2, 4, 8, 16, 20, 20, 20, 20 };
	char name[] = "studio";

	(void)state;
	options.server = name;
	fake_jack_knobs.server = "studio";
	create_pool();
	/* The configuration may be read again. */
	strcpy(name, "stage");
	assert_int_equal(tries.count, 0);
	run(0.1);
	assert_int_equal(tries.count, 1);
	run(13.0);
	expect_waits(waits, 8);
	assert_int_equal(logged("waiting for JACK server studio"), 1);
	expect_told("");
	start_server();
	run(2.1);
	expect_told("clock 48000 256 -1\n");
	assert_int_equal(fake_jack_clients("xenjackd"), 1);
	tries.count = 0;
	run(20.0);
	assert_int_equal(tries.count, 0);
}

/* A server that refuses a client, or its activation, counts as absent. */
static void test_refusals(void **state)
{
	static const unsigned waits[] = { 2, 4, 8, 16 };

	(void)state;
	start_server();
	fake_jack_fail_next("jack_client_open", 2);
	fake_jack_fail_next("jack_activate", 2);
	create_pool();
	run(1.45);
	assert_int_equal(tries.count, 4);
	assert_int_equal(fake_jack_clients(NULL), 0);
	run(1.7);
	assert_int_equal(tries.count, 5);
	expect_waits(waits, 4);
	expect_told("clock 48000 256 -1\n");
}

/* A watch that would miss events is closed, and the next try opens another. */
static void test_no_callback(void **state)
{
	static const char *const calls[] = {
		"jack_set_buffer_size_callback",       "jack_set_sample_rate_callback",
		"jack_set_freewheel_callback",	       "jack_set_xrun_callback",
		"jack_set_port_registration_callback", "jack_set_port_connect_callback",
		"jack_set_port_rename_callback",
	};

	(void)state;
	start_server();
	for (unsigned i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		fake_jack_fail_next(calls[i], 1);
		tries.count = 0;
		create_pool();
		run(0.1);
		assert_int_equal(fake_jack_clients(NULL), 0);
		run(0.5);
		assert_int_equal(tries.count, 2);
		assert_true(fake_jack_is_active("xenjackd"));
		close_pool();
	}
	forget_told();
}

/* After each server's end, searching starts again at short intervals. */
static void test_search_again(void **state)
{
	static const unsigned waits[] = { 2, 4, 8, 16, 20, 20 };

	(void)state;
	open_pool();
	for (unsigned i = 0; i < 3; i++) {
		fake_jack_die();
		tries.count = 0;
		note_try();
		run(9.0);
		expect_waits(waits, 6);
		start_server();
		run(2.1);
		expect_told("lost\nclock 48000 256 -1\n");
	}
	assert_int_equal(logged("waiting for JACK server (default)"), 3);
	assert_int_equal(logged("JACK server lost"), 3);
}

/* A card that had failed was retried at long intervals. */
static void test_search_after_failures(void **state)
{
	static const unsigned waits[] = { 2, 4 };

	(void)state;
	open_pool();
	fake_jack_knobs.port_max = 4;
	add(make_card("daw", 1, 0));
	run(10.0);
	fake_jack_die();
	tries.count = 0;
	note_try();
	run(1.0);
	expect_waits(waits, 2);
}

/* Another daemon has the name of the watching client. */
static void test_two_daemons(void **state)
{
	(void)state;
	start_server();
	fake_jack_take_name("xenjackd");
	create_pool();
	run(0.5);
	expect_told("clock 48000 256 -1\n");
	assert_int_equal(fake_jack_clients("xenjackd-01"), 1);
}

/* --- its end */

static void test_death(void **state)
{
	unsigned opened, closed;

	(void)state;
	open_pool();
	show_card("daw", 2, 1);
	holds = false;
	opened = fake_jack_count("jack_client_open");
	closed = fake_jack_count("jack_client_close");
	fake_jack_die();
	expect_told("lost\n");
	/* io holds the ports until MSG_HELD, even if a new server is already up. */
	start_server();
	run(10.0);
	expect_told("");
	assert_int_equal(fake_jack_count("jack_client_open"), opened);
	assert_int_equal(fake_jack_count("jack_client_close"), closed);
	hold();
	assert_int_equal(fake_jack_clients(NULL), 0);
	assert_int_equal(fake_jack_count("jack_client_open"), opened);
	run(0.15);
	assert_int_equal(fake_jack_count("jack_client_open"), opened);
	run(0.5);
	assert_true(was_told("clock 48000 256 -1") && was_told("active daw"));
	assert_true(fake_jack_is_active("daw") && fake_jack_is_active("daw-in"));
	assert_int_equal(fake_jack_ports("daw"), 2);
	assert_int_equal(fake_jack_ports("daw-in"), 1);
}

static void test_deaths(void **state)
{
	(void)state;
	options.metadata = PORT_METADATA_YES;
	for (unsigned shared = 0; shared < 2; shared++) {
		options.shared = shared;
		open_pool();
		show_card("daw", 2, 1);
		show_card("synth", 2, 1);
		for (unsigned i = 0; i < 20; i++) {
			fake_jack_die();
			run(0.05 * i);
			start_server();
			run(3.0);
			assert_true(was_told("active daw") && was_told("active synth"));
			assert_int_equal(fake_jack_clients(NULL), shared ? 3 : 5);
			assert_int_equal(fake_jack_ports(NULL), 6);
			forget_told();
		}
		close_pool();
	}
}

/* The server dropped only one client; all must be closed then. */
static void test_kicked(void **state)
{
	struct card *card;

	(void)state;
	open_pool();
	card = show_card("daw", 2, 1);
	show_card("synth", 2, 1);
	fake_jack_kick("daw");
	run(2.0);
	assert_true(was_told("lost") && was_told("active daw") && was_told("active synth"));
	assert_int_equal(fake_jack_clients(NULL), 5);
	assert_int_equal(fake_jack_ports(NULL), 6);
	take_away(card);
	assert_true(was_told("removed daw"));
}

/* Cards that come and go while there is no server. */
static void test_cards_meanwhile(void **state)
{
	struct card *gone, *new = make_card("new", 1, 0), *brief = make_card("brief", 1, 0);

	(void)state;
	open_pool();
	gone = show_card("gone", 2, 1);
	show_card("stays", 2, 1);
	holds = false;
	fake_jack_die();
	expect_told("lost\n");
	take_away(gone);
	add(new);
	expect_told("removed gone\n");
	hold();
	run(1.0);
	add(brief);
	run(1.0);
	take_away(brief);
	expect_told("removed brief\n");
	start_server();
	run(3.0);
	assert_true(was_told("active stays") && was_told("active new"));
	assert_false(was_told("active gone") || was_told("active brief"));
	assert_int_equal(fake_jack_clients(NULL), 4);
}

static void die(void)
{
	fake_jack_die();
}

/* The server dies in the middle of any call. */
static void test_death_in_a_call(void **state)
{
	static const char *const calls[] = { "jack_client_open",    "jack_port_register",
					     "jack_port_set_alias", "jack_activate",
					     "jack_get_ports",	    "jack_connect" };

	(void)state;
	options.routes.autoconnect = true;
	open_pool();
	for (unsigned i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		struct card *card = make_card("daw", 2, 1);

		fake_jack_on(calls[i], die);
		add(card);
		run(1.0);
		assert_true(was_told("lost"));
		start_server();
		run(3.0);
		assert_true(was_told("active daw"));
		assert_true(fake_jack_linked("daw:main_2", "system:playback_2"));
		forget_told();
		take_away(card);
		expect_told("removed daw\n");
	}
}

/* Counts start anew with each server. */
static void test_counts_anew(void **state)
{
	(void)state;
	open_pool();
	fake_jack_xrun(1.0f);
	fake_jack_xrun(2.0f);
	expect_told("xruns 2 2\n");
	fake_jack_die();
	run(0.1);
	assert_int_equal(logged("lost after 2 xruns"), 1);
	start_server();
	run(1.0);
	expect_told("lost\nclock 48000 256 -1\n");
	fake_jack_xrun(3.0f);
	expect_told("xruns 1 3\n");
}

/* --- freewheels */

static void test_freewheel(void **state)
{
	struct card *card, *late = make_card("late", 1, 0);

	(void)state;
	open_pool();
	card = show_card("daw", 2, 1);
	run(0.5);
	fake_jack_freewheel(true);
	expect_told("freewheel 1\n");
	/* Opens and closes nothing: fake_jack_faults would report it. */
	add(late);
	take_away(card);
	latency_publish(&card->streams[0].latency, 4096, 512);
	run(5.0);
	expect_told("");
	assert_int_equal(fake_jack_clients(NULL), 3);
	assert_int_equal(fake_jack_count("jack_port_set_latency_range"), 3);
	fake_jack_freewheel(false);
	turn();
	assert_true(was_told("freewheel 0") && was_told("removed daw") && was_told("active late"));
	assert_int_equal(fake_jack_clients(NULL), 2);
	fake_jack_freewheel(true);
	fake_jack_freewheel(true);
	fake_jack_freewheel(false);
	forget_told();
}

/* A card that was never registered leaves during the freewheel. */
static void test_freewheel_brief(void **state)
{
	struct card *card = make_card("daw", 1, 0);

	(void)state;
	open_pool();
	fake_jack_freewheel(true);
	add(card);
	take_away(card);
	assert_true(was_told("removed daw"));
	fake_jack_freewheel(false);
	run(1.0);
	assert_false(was_told("active daw"));
	forget_told();
}

static void begin(void)
{
	fake_jack_freewheel(true);
}

/* A freewheel begins while a card gets its ports: those stay until the freewheel ends, then are
 * made anew. */
static void test_freewheel_begins(void **state)
{
	struct card *card = make_card("daw", 2, 1);
	unsigned closed;

	(void)state;
	open_pool();
	closed = fake_jack_count("jack_client_close");
	fake_jack_on("jack_port_register", begin);
	add(card);
	run(3.0);
	expect_told("freewheel 1\n");
	assert_int_equal(fake_jack_count("jack_client_close"), closed);
	fake_jack_freewheel(false);
	run(0.1);
	assert_true(was_told("active daw"));
	assert_true(fake_jack_count("jack_client_close") > closed);
	assert_int_equal(fake_jack_ports(NULL), 3);
	assert_int_equal(logged("cannot register"), 0);
	fake_jack_link("daw:main_1", "system:playback_1");
}

/* The same for one of many cards, which is removed during the freewheel. */
static void test_freewheel_begins_shared(void **state)
{
	struct card *card = make_card("synth", 2, 1);

	(void)state;
	options.shared = true;
	open_pool();
	show_card("daw", 2, 1);
	fake_jack_on("jack_port_register", begin);
	add(card);
	run(1.0);
	take_away(card);
	run(1.0);
	expect_told("freewheel 1\n");
	fake_jack_freewheel(false);
	assert_true(was_told("removed synth"));
	assert_false(was_told("active synth"));
	assert_int_equal(fake_jack_ports(NULL), 3);
	assert_true(fake_jack_is_active("xenjack"));
}

/* The server dies in a freewheel: cards may be removed at once. */
static void test_freewheel_death(void **state)
{
	struct card *card, *stale = make_card("stale", 1, 0);

	(void)state;
	open_pool();
	card = show_card("daw", 2, 1);
	fake_jack_on("jack_port_register", begin);
	add(stale);
	expect_told("freewheel 1\n");
	holds = false;
	fake_jack_die();
	expect_told("lost\nfreewheel 0\n");
	take_away(card);
	expect_told("removed daw\n");
	hold();
	start_server();
	run(1.0);
	assert_true(was_told("active stale"));
	assert_int_equal(fake_jack_ports(NULL), 1);
}

/* --- shutdown */

static void on_idle(struct ev_loop *turning, ev_idle *idle, int events)
{
	unsigned *turns = idle->data;

	(void)events;
	if (++*turns == 3) {
		client_handle_msg(pool, &(struct msg){ .type = MSG_QUIT });
	} else if (*turns == 100) {
		ev_break(turning, EVBREAK_ALL);
	}
}

static void test_quit(void **state)
{
	unsigned turns = 0;
	ev_idle idle;

	(void)state;
	open_pool();
	show_card("daw", 1, 1);
	ev_idle_init(&idle, on_idle);
	idle.data = &turns;
	ev_idle_start(loop, &idle);
	ev_run(loop, 0);
	ev_idle_stop(loop, &idle);
	assert_int_equal(turns, 3);
	client_destroy(NULL);
}

static void tell(enum msg_type type)
{
	client_handle_msg(pool, &(struct msg){ .type = type });
}

/* The jack thread closes everything itself: it may hang in that, the main thread must not. */
static void test_quit_closes(void **state)
{
	unsigned closed;

	(void)state;
	options.routes.state_dir = open_state();
	open_pool();
	show_card("daw", 1, 1);
	run(1.0);
	tell(MSG_QUIT);
	assert_int_equal(fake_jack_clients(NULL), 0);
	closed = fake_jack_count("jack_client_close");
	close_pool();
	assert_int_equal(fake_jack_count("jack_client_close"), closed);
}

/* The memory is saved before anything that may hang; then no card comes, and no server is sought.
 */
static void test_leave(void **state)
{
	unsigned opened;

	(void)state;
	options.routes.state_dir = open_state();
	open_pool();
	show_card("daw", 2, 0);
	run(2.0);
	assert_int_equal(carry_out(JACK_REQUEST_CONNECT, "daw:main_1", "system:playback_2"), 0);
	assert_string_equal(memory(), "");
	client_handle_msg(pool, &(struct msg){ .type = MSG_LEAVE });
	assert_string_equal(memory(), "+daw.main_1 system:playback_2\n");
	assert_int_equal(times_told("ready"), 1);
	opened = fake_jack_count("jack_client_open");
	add(make_card("late", 1, 0));
	run(3.0);
	fake_jack_die();
	run(0.5);
	start_server();
	run(5.0);
	assert_int_equal(fake_jack_count("jack_client_open"), opened);
	assert_int_equal(times_told("ready"), 1);
	forget_told();
}

/* Nothing is closed in a freewheel: that waits for its end, or for the end of the process. */
static void test_leave_in_freewheel(void **state)
{
	(void)state;
	open_pool();
	show_card("daw", 2, 0);
	fake_jack_freewheel(true);
	tell(MSG_LEAVE);
	run(5.0);
	assert_int_equal(times_told("ready"), 0);
	fake_jack_freewheel(false);
	assert_int_equal(times_told("ready"), 1);
	/* Another freewheel begins before the main thread has let the cards go. */
	fake_jack_freewheel(true);
	tell(MSG_QUIT);
	run(5.0);
	assert_int_equal(fake_jack_clients(NULL), 2);
	fake_jack_freewheel(false);
	turn();
	assert_int_equal(fake_jack_clients(NULL), 0);
	assert_int_equal(times_told("ready"), 1);
	forget_told();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, jack_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(search),
		TEST(refusals),
		TEST(no_callback),
		TEST(search_again),
		TEST(search_after_failures),
		TEST(two_daemons),
		TEST(death),
		TEST(deaths),
		TEST(kicked),
		TEST(cards_meanwhile),
		TEST(death_in_a_call),
		TEST(counts_anew),
		TEST(freewheel),
		TEST(freewheel_brief),
		TEST(freewheel_begins),
		TEST(freewheel_begins_shared),
		TEST(freewheel_death),
		TEST(quit),
		TEST(quit_closes),
		TEST(leave),
		TEST(leave_in_freewheel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
