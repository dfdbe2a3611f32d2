/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pair of JACK clients for one card: what is open when, and failures. */
#include "jack/client_pair.h"

#include <errno.h>
#include <fenv.h>
#include <float.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/jack/jack_fixture.h"
#include "tests/unit/sound/frontend.h"

static struct client_server server;
static struct client_pair *pair;
static unsigned shutdowns, hasty, ran;

static void on_shutdown(void *arg)
{
	assert_ptr_equal(arg, &server);
	shutdowns++;
}

static int set_up(void **state)
{
	jack_set_up(state);
	start_server();
	shutdowns = 0;
	server = (struct client_server){ .on_shutdown = on_shutdown, .arg = &server };
	server.watch = client_pair_handle(NULL, "watch", 0);
	pair = client_pair_create("daw", false);
	return server.watch && pair ? 0 : -1;
}

static int tear_down(void **state)
{
	client_pair_destroy(pair);
	jack_client_close(server.watch);
	assert_int_equal(fake_jack_properties(), 0);
	return jack_tear_down(state);
}

static void expect_nothing(const struct card *card)
{
	assert_int_equal(fake_jack_clients(NULL), 1);
	assert_int_equal(fake_jack_ports(NULL), 0);
	for (unsigned i = 0; i < card->stream_count; i++) {
		for (unsigned c = 0; c < card->streams[i].channels; c++) {
			assert_null(card->streams[i].ports[c]);
		}
	}
}

static void begin_freewheel(void)
{
	atomic_fetch_add(&server.freewheel, 1);
	fake_jack_freewheel(true);
}

static void end_freewheel(void)
{
	atomic_fetch_add(&server.freewheel, 1);
	fake_jack_freewheel(false);
}

/* --- one card */

static void test_alone(void **state)
{
	struct card *card = make_card("daw", 2, 1);

	(void)state;
	for (unsigned round = 0; round < 3; round++) {
		uint32_t before = card->sides[PCM_PLAYBACK].cycles;

		assert_int_equal(client_pair_attach(pair, card, &server), 0);
		assert_int_equal(fake_jack_clients(NULL), 3);
		assert_true(fake_jack_is_active("daw") && fake_jack_is_active("daw-in"));
		assert_int_equal(fake_jack_ports("daw"), 2);
		assert_int_equal(fake_jack_ports("daw-in"), 1);
		fake_jack_cycle();
		assert_int_equal(card->sides[PCM_PLAYBACK].cycles, before + 2);
		assert_int_equal(card->sides[PCM_CAPTURE].cycles, before + 2);
		for (unsigned i = 0; i < 256; i++) {
			assert_true(fake_jack_port("daw:main_2")->buffer[i] == 0.0f);
		}
		client_pair_detach(pair, card);
		expect_nothing(card);
		fake_jack_cycle();
		assert_int_equal(card->sides[PCM_PLAYBACK].cycles, before + 2);
		client_pair_detach(pair, card);
	}
	assert_int_equal(shutdowns, 0);
}

/* In every thread that runs cycles. */
static void test_denormals_are_flushed(void **state)
{
	const volatile float smallest = FLT_MIN;
	struct card *card = make_card("daw", 2, 1);

	(void)state;
	assert_int_equal(client_pair_attach(pair, card, &server), 0);
	fesetenv(FE_DFL_ENV);
	assert_true(smallest * 0.5f > 0.0f);
	fake_jack_cycle();
	assert_true(smallest * 0.5f == 0.0f);
	fesetenv(FE_DFL_ENV);
	client_pair_detach(pair, card);
}

/* A direction without streams has no client. */
static void test_one_direction(void **state)
{
	struct card *cards[] = { make_card("daw", 2, 0), make_card("daw", 0, 2) };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(client_pair_attach(pair, cards[i], &server), 0);
		assert_int_equal(fake_jack_clients(NULL), 2);
		assert_int_equal(fake_jack_clients(i ? "daw-in" : "daw"), 1);
		client_pair_detach(pair, cards[i]);
		expect_nothing(cards[i]);
	}
}

static void test_latency(void **state)
{
	struct card *card = make_card("daw", 1, 1);

	(void)state;
	assert_int_equal(client_pair_attach(pair, card, &server), 0);
	assert_true(client_pair_renew(pair, card));
	assert_int_equal(fake_jack_port("daw:main_1")->latency[JackCaptureLatency].max, 512);
	assert_int_equal(fake_jack_port("daw-in:in_1")->latency[JackPlaybackLatency].max, 1);
	assert_false(client_pair_renew(pair, card));
	/* Recomputing latencies leaves these unchanged. */
	assert_int_equal(jack_recompute_total_latencies(server.watch), 0);
	assert_int_equal(fake_jack_count("jack_port_set_latency_range"), 2);
	latency_publish(&card->sides[PCM_CAPTURE].streams[0]->latency, 1024, 512);
	assert_true(client_pair_renew(pair, card));
	client_pair_detach(pair, card);
	assert_false(client_pair_renew(pair, card));
}

/* Freewheel cycles are not real time: streams stop at the freewheel callback. */
static void test_freewheel_closes(void **state)
{
	struct card *card = make_card("daw", 2, 0);
	uint64_t before;
	struct rig rig;

	(void)state;
	rig_open(&rig, PCM_PLAYBACK, 2, 1024, 256);
	rig_write(&rig, 0, 1024, 1);
	stream_trigger_start(rig.runtime);
	assert_int_equal(client_pair_attach(pair, card, &server), 0);
	card_publish(&card->streams[0], rig.runtime);
	fake_jack_cycle();
	before = rig.runtime->rt.hw_frames;
	assert_true(before >= 256);
	begin_freewheel();
	fake_jack_cycle();
	assert_int_equal(rig.runtime->rt.hw_frames, before);
	end_freewheel();
	fake_jack_cycle();
	assert_int_equal(rig.runtime->rt.hw_frames, before + 256);
	card_retire(&card->sides[PCM_PLAYBACK], &card->streams[0]);
	client_pair_detach(pair, card);
	rig_close(&rig);
}

/* A server may die during a freewheel and never announce its end. */
static void test_freewheel_opens(void **state)
{
	struct card *card = make_card("daw", 2, 0);
	struct rig rig;

	(void)state;
	rig_open(&rig, PCM_PLAYBACK, 2, 1024, 256);
	rig_write(&rig, 0, 1024, 1);
	stream_trigger_start(rig.runtime);
	assert_int_equal(client_pair_attach(pair, card, &server), 0);
	begin_freewheel();
	fake_jack_die();
	client_pair_detach(pair, card);
	jack_client_close(server.watch);
	start_server();
	server.freewheel = 0;
	server.watch = client_pair_handle(NULL, "watch", 0);
	assert_int_equal(client_pair_attach(pair, card, &server), 0);
	card_publish(&card->streams[0], rig.runtime);
	fake_jack_cycle();
	assert_true(rig.runtime->rt.hw_frames >= 256);
	card_retire(&card->sides[PCM_PLAYBACK], &card->streams[0]);
	client_pair_detach(pair, card);
	rig_close(&rig);
}

static jmp_buf out_of_cycle;

static void cut_off(void)
{
	longjmp(out_of_cycle, 1);
}

/* jack_deactivate may cut off the process callback; the card can still be detached. */
static void test_cut_off(void **state)
{
	struct card *card = make_card("daw", 2, 0);

	(void)state;
	assert_int_equal(client_pair_attach(pair, card, &server), 0);
	if (setjmp(out_of_cycle) == 0) {
		fake_jack_on("jack_port_get_buffer", cut_off);
		fake_jack_cycle();
		fail_msg("the cycle went on");
	}
	assert_int_equal(card->sides[PCM_PLAYBACK].cycles % 2, 1);
	client_pair_detach(pair, card);
	assert_int_equal(card->sides[PCM_PLAYBACK].cycles % 2, 0);
	expect_nothing(card);
}

/* --- names */

static void take_number(const char *base, unsigned n)
{
	char name[32];

	snprintf(name, sizeof(name), n ? "%s~%u" : "%s", base, n);
	fake_jack_take_name(name);
}

static void test_suffix(void **state)
{
	struct card *card = make_card("daw", 1, 1);

	(void)state;
	fake_jack_take_name("daw");
	fake_jack_take_name("daw~2");
	fake_jack_take_name("daw-in");
	assert_int_equal(client_pair_attach(pair, card, &server), 0);
	assert_true(fake_jack_is_active("daw~3") && fake_jack_is_active("daw-in~2"));
	assert_non_null(fake_jack_port("daw~3:main_1"));
	assert_int_equal(card->sides[PCM_PLAYBACK].client, 3);
	assert_int_equal(card->sides[PCM_CAPTURE].client, 2);
	/* No name was tried in vain: libjack would print an error. */
	assert_int_equal(fake_jack_count("jack_client_open"), 3);
	client_pair_detach(pair, card);
	assert_int_equal(card->sides[PCM_CAPTURE].client, 0);
}

static void test_suffixes_end(void **state)
{
	struct card *card = make_card("daw", 1, 0);

	(void)state;
	take_number("daw", 0);
	for (unsigned n = 2; n < 99; n++) {
		take_number("daw", n);
	}
	assert_int_equal(client_pair_attach(pair, card, &server), 0);
	assert_true(fake_jack_is_active("daw~99"));
	client_pair_detach(pair, card);
	take_number("daw", 99);
	assert_int_equal(client_pair_attach(pair, card, &server), -EIO);
	client_pair_detach(pair, card);
	expect_nothing(card);
}

static void be_quicker(void)
{
	fake_jack_take_name("daw");
}

/* Another program takes the name after we found it free. */
static void test_somebody_quicker(void **state)
{
	struct card *card = make_card("daw", 1, 0);

	(void)state;
	fake_jack_on("jack_client_open", be_quicker);
	assert_int_equal(client_pair_attach(pair, card, &server), 0);
	assert_true(fake_jack_is_active("daw~2"));
	client_pair_detach(pair, card);
}

/* JACK looks up ports by alias, too: none of ours may be a name that another program can use. */
static void test_alias(void **state)
{
	static const char *const names[] = { "daw:main 1",  "daw:main left", "daw:main_1",
					     "daw-in:in 1", "daw:in 1",	     "daw-in:in left",
					     "daw-in:in_1" };
	struct card *card = make_card("daw", 1, 2);

	(void)state;
	fake_jack_take_name("daw");
	fake_jack_take_name("daw-in");
	assert_int_equal(client_pair_attach(pair, card, &server), 0);
	assert_string_equal(fake_jack_port("daw~2:main_1")->alias, "daw~2:main 1");
	assert_string_equal(fake_jack_port("daw-in~2:in_1")->alias, "daw-in~2:in left");
	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
		fake_jack_add(names[i], JackPortIsOutput);
		assert_string_equal(fake_jack_port(names[i])->name, names[i]);
	}
	client_pair_detach(pair, card);
}

static void test_server_name(void **state)
{
	jack_client_t *client;

	(void)state;
	assert_null(client_pair_handle("other", "c", 0));
	fake_jack_knobs.server = "other";
	assert_null(client_pair_handle(NULL, "c", 0));
	client = client_pair_handle("other", "c", 0);
	assert_non_null(client);
	jack_client_close(client);
}

/* --- failures */

static void test_no_client(void **state)
{
	static const int reasons[] = { JackInvalidOption, JackServerFailed, JackServerError,
				       JackNoSuchClient,  JackInitFailure,  JackShmFailure,
				       JackVersionError,  JackBackendError, JackClientZombie };
	struct card *card = make_card("daw", 1, 1);

	(void)state;
	for (unsigned i = 0; i < sizeof(reasons) / sizeof(*reasons); i++) {
		unsigned before = fake_jack_count("jack_client_open");

		fake_jack_knobs.status = reasons[i];
		fake_jack_fail_next("jack_client_open", 1);
		assert_int_equal(client_pair_attach(pair, card, &server), -EIO);
		/* No retry: another name would not help. */
		assert_int_equal(fake_jack_count("jack_client_open"), before + 1);
		client_pair_detach(pair, card);
		expect_nothing(card);
	}
	assert_int_equal(client_pair_attach(pair, card, &server), 0);
	client_pair_detach(pair, card);
}

static void test_no_ports(void **state)
{
	struct card *card = make_card("daw", 2, 2);

	(void)state;
	for (unsigned room = 4; room < 8; room++) {
		fake_jack_knobs.port_max = room;
		assert_int_equal(client_pair_attach(pair, card, &server), -ENOSPC);
		client_pair_detach(pair, card);
		expect_nothing(card);
	}
	fake_jack_knobs.port_max = 8;
	assert_int_equal(client_pair_attach(pair, card, &server), 0);
	client_pair_detach(pair, card);
}

static void test_not_active(void **state)
{
	struct card *card = make_card("daw", 1, 1);

	(void)state;
	fake_jack_fail_next("jack_activate", 1);
	assert_int_equal(client_pair_attach(pair, card, &server), -EIO);
	client_pair_detach(pair, card);
	expect_nothing(card);
	assert_int_equal(client_pair_attach(pair, card, &server), 0);
	client_pair_detach(pair, card);
	expect_nothing(card);
}

/* A client that would run no cycles, or would miss a freewheel, is closed again. */
static void test_no_callback(void **state)
{
	static const char *const calls[] = { "jack_set_process_callback",
					     "jack_set_freewheel_callback",
					     "jack_set_latency_callback" };
	struct card *card = make_card("daw", 1, 1);

	(void)state;
	for (unsigned i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		fake_jack_fail_next(calls[i], 1);
		assert_int_equal(client_pair_attach(pair, card, &server), -EIO);
		assert_int_equal(fake_jack_ports(NULL), 0);
		client_pair_detach(pair, card);
		expect_nothing(card);
	}
	assert_int_equal(client_pair_attach(pair, card, &server), 0);
	client_pair_detach(pair, card);
}

/* Ports registered during a freewheel must be made anew: connecting one kills the server. */
static void expect_again(const char *call, unsigned recorded)
{
	struct card *card = make_card("daw", 2, recorded);
	unsigned closed = fake_jack_count("jack_client_close");

	fake_jack_on(call, begin_freewheel);
	assert_int_equal(client_pair_attach(pair, card, &server), -EAGAIN);
	assert_int_equal(fake_jack_count("jack_client_close"), closed);
	/* Anybody can connect the ports of an active client: at most one came too late. */
	assert_int_equal(fake_jack_is_active("daw"), strcmp(call, "jack_client_open") != 0);
	assert_in_range(fake_jack_ports(NULL), 0, 1);
	end_freewheel();
	client_pair_detach(pair, card);
	expect_nothing(card);
	assert_int_equal(client_pair_attach(pair, card, &server), 0);
	client_pair_detach(pair, card);
}

static void test_freewheel_begins(void **state)
{
	(void)state;
	for (unsigned recorded = 0; recorded < 2; recorded++) {
		expect_again("jack_client_open", recorded);
		expect_again("jack_port_register", recorded);
		expect_again("jack_port_set_alias", recorded);
		expect_again("jack_activate", recorded);
	}
}

/* What a patchbay does as soon as it can: connects our ports while libjack activates their client.
 */
static void connect_at_once(void)
{
	hasty++;
	if (fake_jack_port("daw-in:in_1")) {
		fake_jack_link("system:capture_1", "daw-in:in_1");
	}
	if (fake_jack_port("daw:main_1")) {
		fake_jack_link("daw:main_1", "system:playback_1");
	}
	fake_jack_on("jack_activate", connect_at_once);
}

/* A client has no ports until the server runs it: nothing can be connected to it before. */
static void test_active_before_ports(void **state)
{
	struct card *card = make_card("daw", 1, 1);

	(void)state;
	hasty = 0;
	fake_jack_on("jack_activate", connect_at_once);
	assert_int_equal(client_pair_attach(pair, card, &server), 0);
	assert_int_equal(hasty, 2);
	/* Nor has one client ports while the other starts. */
	assert_int_equal(fake_jack_links(), 0);
	fake_jack_link("daw:main_1", "system:playback_1");
	fake_jack_link("system:capture_1", "daw-in:in_1");
	fake_jack_cycle();
	client_pair_detach(pair, card);
	fake_jack_on("jack_activate", NULL);
}

static void note_cycle(void)
{
	ran++;
	fake_jack_cycle();
	fake_jack_on("jack_port_register", note_cycle);
}

/* Cycles run while the ports are registered, one after the other; they touch none that is missing.
 */
static void test_cycles_between_ports(void **state)
{
	struct card *card = make_card("daw", 3, 2);

	(void)state;
	ran = 0;
	fake_jack_on("jack_port_register", note_cycle);
	assert_int_equal(client_pair_attach(pair, card, &server), 0);
	assert_int_equal(ran, 5);
	/* The side that has all its ports runs while the other's are registered. */
	assert_int_equal(card->sides[PCM_PLAYBACK].cycles, 2 * 2);
	assert_int_equal(card->sides[PCM_CAPTURE].cycles, 0);
	fake_jack_on("jack_port_register", NULL);
	client_pair_detach(pair, card);
}

static void blink(void)
{
	begin_freewheel();
	end_freewheel();
}

/* Also if JACK runs out of ports: those registered so far must be made anew all the same. */
static void test_freewheel_passes(void **state)
{
	struct card *card = make_card("daw", 2, 1);

	(void)state;
	fake_jack_on("jack_port_set_alias", blink);
	assert_int_equal(client_pair_attach(pair, card, &server), -EAGAIN);
	client_pair_detach(pair, card);
	fake_jack_on("jack_port_set_alias", blink);
	fake_jack_knobs.port_max = 5;
	assert_int_equal(client_pair_attach(pair, card, &server), -EAGAIN);
	client_pair_detach(pair, card);
	expect_nothing(card);
}

/* A server's death shuts down both clients; our memory is freed nevertheless. */
static void test_death(void **state)
{
	struct card *card = make_card("daw", 1, 1);

	(void)state;
	assert_int_equal(client_pair_attach(pair, card, &server), 0);
	fake_jack_die();
	fake_jack_deliver();
	assert_int_equal(shutdowns, 2);
	client_pair_detach(pair, card);
	expect_nothing(card);
	jack_client_close(server.watch);
	start_server();
	server.watch = client_pair_handle(NULL, "watch", 0);
	assert_int_equal(client_pair_attach(pair, card, &server), 0);
	client_pair_detach(pair, card);
}

/* Sets a card's metadata. Returns how many steps that took, each of at most four properties. */
static unsigned describe(const struct card *card)
{
	struct port_metadata_next next = { 0 };
	unsigned steps = 0, before;
	int err;

	do {
		before = fake_jack_count("jack_set_property");
		err = client_pair_describe(pair, card, &next);
		assert_in_range(fake_jack_count("jack_set_property") - before, err ? 1 : 0, 4);
		steps += err == -EAGAIN;
	} while (err == -EAGAIN);
	assert_int_equal(err, 0);
	return steps;
}

static void test_metadata(void **state)
{
	struct card *cards[] = { make_card("daw", 1, 3), make_card("daw", 0, 2) };

	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		assert_int_equal(client_pair_attach(pair, cards[0], &server), 0);
		assert_int_equal(fake_jack_properties(), 0);
		assert_int_equal(describe(cards[0]), 1 + 1 + 1 + 3);
		assert_int_equal(fake_jack_properties(), 2 * 2 + 4 * 4);
		assert_string_equal(fake_jack_property("daw-in", "pretty-name"), "daw capture");
		assert_string_equal(fake_jack_property("daw:main_1", "pretty-name"), "main 1");
		assert_string_equal(fake_jack_property("daw-in:in_3", "pretty-name"), "in 3");
		assert_string_equal(fake_jack_property("daw-in:in_3", "order"), "2");
		/* The server removes it with the ports and clients. */
		client_pair_detach(pair, cards[0]);
		assert_int_equal(fake_jack_properties(), 0);
	}
	assert_int_equal(client_pair_attach(pair, cards[1], &server), 0);
	assert_int_equal(describe(cards[1]), 1 + 2);
	client_pair_detach(pair, cards[1]);
}

/* JACK fails at any property. */
static void test_metadata_refused(void **state)
{
	struct card *card = make_card("daw", 1, 0);

	(void)state;
	for (unsigned n = 0; n < 2 + 4; n++) {
		struct port_metadata_next next = { 0 };
		int err;

		assert_int_equal(client_pair_attach(pair, card, &server), 0);
		for (unsigned i = 0; i < n / 2 && i < 1; i++) {
			assert_int_equal(client_pair_describe(pair, card, &next), -EAGAIN);
		}
		fake_jack_fail_next("jack_set_property", 1);
		err = client_pair_describe(pair, card, &next);
		assert_int_equal(err, -EOPNOTSUPP);
		client_pair_detach(pair, card);
		assert_int_equal(fake_jack_properties(), 0);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(alone),
		TEST(denormals_are_flushed),
		TEST(one_direction),
		TEST(latency),
		TEST(freewheel_closes),
		TEST(freewheel_opens),
		TEST(cut_off),
		TEST(metadata),
		TEST(metadata_refused),
		TEST(suffix),
		TEST(suffixes_end),
		TEST(somebody_quicker),
		TEST(alias),
		TEST(server_name),
		TEST(no_client),
		TEST(no_ports),
		TEST(not_active),
		TEST(no_callback),
		TEST(active_before_ports),
		TEST(cycles_between_ports),
		TEST(freewheel_begins),
		TEST(freewheel_passes),
		TEST(death),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
