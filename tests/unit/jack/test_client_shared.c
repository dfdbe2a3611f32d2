/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pair of JACK clients for many cards, which come and go while the others run. */
#include <errno.h>

#include "jack/client_pair.h"
#include "tests/unit/jack/jack_fixture.h"

static struct client_server server;
static struct client_pair *pair;

static void on_shutdown(void *arg)
{
	(void)arg;
	fail_msg("the server is lost");
}

static int set_up(void **state)
{
	jack_set_up(state);
	start_server();
	server = (struct client_server){ .on_shutdown = on_shutdown };
	server.watch = client_pair_handle(NULL, "watch", 0);
	pair = client_pair_create("xenjack", true);
	return server.watch && pair ? 0 : -1;
}

static int tear_down(void **state)
{
	client_pair_halt(pair);
	client_pair_close(pair);
	client_pair_destroy(pair);
	jack_client_close(server.watch);
	return jack_tear_down(state);
}

static void expect_ran(struct card *const *cards, unsigned number, unsigned which)
{
	uint32_t before[4];

	for (unsigned i = 0; i < number; i++) {
		before[i] = cards[i]->sides[PCM_PLAYBACK].cycles;
	}
	fake_jack_cycle();
	for (unsigned i = 0; i < number; i++) {
		assert_int_equal(cards[i]->sides[PCM_PLAYBACK].cycles - before[i],
				 which >> i & 1 ? 2 : 0);
	}
}

static void test_many(void **state)
{
	struct card *cards[] = { make_card("daw", 2, 1), make_card("synth", 2, 0),
				 make_card("pc", 1, 1) };

	(void)state;
	for (unsigned first = 0; first < 3; first++) {
		unsigned second = (first + 1) % 3, last = (first + 2) % 3;
		for (unsigned i = 0; i < 3; i++) {
			assert_int_equal(client_pair_attach(pair, cards[i], &server), 0);
		}
		/* The watch's, and once for each of both. */
		assert_int_equal(fake_jack_count("jack_client_open"), 3);
		assert_int_equal(fake_jack_ports("xenjack"), 5);
		assert_int_equal(fake_jack_ports("xenjack-in"), 2);
		assert_non_null(fake_jack_port("xenjack:synth.main_2"));
		assert_string_equal(fake_jack_port("xenjack-in:pc.in_1")->alias,
				    "xenjack-in:pc in 1");
		assert_int_equal(cards[first]->sides[PCM_PLAYBACK].client, 1);
		expect_ran(cards, 3, 7);
		client_pair_detach(pair, cards[first]);
		assert_int_equal(cards[first]->sides[PCM_PLAYBACK].client, 0);
		expect_ran(cards, 3, 7 & ~(1u << first));
		assert_true(fake_jack_is_active("xenjack"));
		client_pair_detach(pair, cards[second]);
		expect_ran(cards, 3, 1u << last);
		assert_int_equal(fake_jack_ports("xenjack"), cards[last]->streams[0].channels);
		client_pair_detach(pair, cards[last]);
		expect_ran(cards, 3, 0);
		assert_int_equal(fake_jack_clients(NULL), 3);
		assert_int_equal(fake_jack_ports(NULL), 0);
		assert_int_equal(fake_jack_count("jack_client_close"), 0);
	}
}

/* A card that gets no ports takes nothing from the others. */
static void test_too_many(void **state)
{
	struct card *cards[] = { make_card("daw", 2, 1), make_card("synth", 2, 2) };

	(void)state;
	assert_int_equal(client_pair_attach(pair, cards[0], &server), 0);
	for (unsigned room = 7; room < 11; room++) {
		fake_jack_knobs.port_max = room;
		assert_int_equal(client_pair_attach(pair, cards[1], &server), -ENOSPC);
		client_pair_detach(pair, cards[1]);
		assert_int_equal(fake_jack_ports(NULL), 3);
		expect_ran(cards, 2, 1);
	}
	client_pair_detach(pair, cards[0]);
	assert_int_equal(fake_jack_clients(NULL), 3);
}

/* A client that runs no cycles is not kept. */
static void test_not_active(void **state)
{
	struct card *card = make_card("daw", 1, 1);

	(void)state;
	fake_jack_fail_next("jack_activate", 1);
	assert_int_equal(client_pair_attach(pair, card, &server), -EIO);
	client_pair_detach(pair, card);
	assert_int_equal(fake_jack_clients(NULL), 1);
	assert_int_equal(client_pair_attach(pair, card, &server), 0);
	client_pair_detach(pair, card);
	assert_int_equal(fake_jack_clients(NULL), 3);
}

static jmp_buf out_of_cycle;

static void cut_off(void)
{
	longjmp(out_of_cycle, 1);
}

/* A callback that libjack has cut off holds up no card. */
static void test_cut_off(void **state)
{
	struct card *cards[] = { make_card("daw", 2, 0), make_card("synth", 2, 0) };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(client_pair_attach(pair, cards[i], &server), 0);
	}
	if (setjmp(out_of_cycle) == 0) {
		fake_jack_on("jack_port_get_buffer", cut_off);
		fake_jack_cycle();
		fail_msg("the cycle went on");
	}
	client_pair_halt(pair);
	for (unsigned i = 0; i < 2; i++) {
		client_pair_detach(pair, cards[i]);
		assert_int_equal(cards[i]->sides[PCM_PLAYBACK].cycles % 2, 0);
	}
	client_pair_close(pair);
	assert_int_equal(fake_jack_clients(NULL), 1);
}

#define PERIOD 256u

static unsigned loud_frames; /* on daw's port, as it was unregistered */

static void listen(void)
{
	const jack_port_t *port = fake_jack_port("xenjack:daw.main_1");

	loud_frames = 0;
	for (unsigned i = 0; i < PERIOD; i++) {
		loud_frames += port->buffer[i] != 0.0f;
	}
}

/* Detaches daw after a loud period, as a program that is connected to it would hear it. */
static void detach_loud(struct card *card)
{
	jack_port_t *port = fake_jack_port("xenjack:daw.main_1");

	for (unsigned i = 0; i < PERIOD; i++) {
		port->buffer[i] = 1.0f;
	}
	fake_jack_on("jack_port_unregister", listen);
	client_pair_detach(pair, card);
}

/* Nobody hears a card's last period twice; where nobody can, nothing waits for a cycle. */
static void test_silent_end(void **state)
{
	struct card *card = make_card("daw", 1, 1);

	(void)state;
	assert_int_equal(client_pair_attach(pair, card, &server), 0);
	detach_loud(card);
	assert_int_equal(loud_frames, PERIOD);
	assert_int_equal(fake_jack_count("nanosleep"), 0);

	assert_int_equal(client_pair_attach(pair, card, &server), 0);
	fake_jack_link("xenjack:daw.main_1", "system:playback_1");
	fake_jack_link("system:capture_1", "xenjack-in:daw.in_1");
	detach_loud(card);
	assert_int_equal(loud_frames, 0);
	assert_int_equal(fake_jack_count("nanosleep"), 1);

	/* A recording guest leaves nothing to hear. */
	assert_int_equal(client_pair_attach(pair, card, &server), 0);
	fake_jack_link("system:capture_1", "xenjack-in:daw.in_1");
	client_pair_detach(pair, card);
	assert_int_equal(fake_jack_count("nanosleep"), 1);

	assert_int_equal(client_pair_attach(pair, card, &server), 0);
	fake_jack_link("xenjack:daw.main_1", "system:playback_1");
	client_pair_halt(pair);
	client_pair_detach(pair, card);
	assert_int_equal(fake_jack_count("nanosleep"), 1);
	client_pair_close(pair);

	/* The clients that follow have cycles again. */
	assert_int_equal(client_pair_attach(pair, card, &server), 0);
	fake_jack_link("xenjack:daw.main_1", "system:playback_1");
	detach_loud(card);
	assert_int_equal(loud_frames, 0);
	assert_int_equal(fake_jack_count("nanosleep"), 2);
}

/* A server that hangs, or has died unnoticed, holds up a card for half a second. */
static void test_no_cycle(void **state)
{
	struct card *cards[] = { make_card("daw", 1, 0), make_card("synth", 1, 0) };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(client_pair_attach(pair, cards[i], &server), 0);
	}
	fake_jack_link("xenjack:daw.main_1", "system:playback_1");
	fake_jack_link("xenjack:synth.main_1", "system:playback_2");
	fake_jack_die();
	client_pair_detach(pair, cards[0]);
	assert_int_equal(fake_jack_count("nanosleep"), 500);
	client_pair_halt(pair);
	client_pair_detach(pair, cards[1]);
	assert_int_equal(fake_jack_count("nanosleep"), 500);
	client_pair_close(pair);
}

/* The clients' own metadata is set once. */
static void test_metadata(void **state)
{
	struct card *cards[] = { make_card("daw", 2, 0), make_card("synth", 1, 0) };
	unsigned steps = 0;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct port_metadata_next next = { 0 };

		assert_int_equal(client_pair_attach(pair, cards[i], &server), 0);
		while (client_pair_describe(pair, cards[i], &next)) {
			assert_true(++steps < 10);
		}
	}
	assert_int_equal(steps, 1 + 3);
	assert_int_equal(fake_jack_properties(), 2 + 3 * 4);
	assert_string_equal(fake_jack_property("xenjack:synth.main_1", "pretty-name"),
			    "synth main 1");
	client_pair_detach(pair, cards[0]);
	assert_int_equal(fake_jack_properties(), 2 + 4);
	client_pair_detach(pair, cards[1]);
	assert_int_equal(fake_jack_properties(), 2);
	client_pair_close(pair);
	assert_int_equal(fake_jack_properties(), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(many),	  TEST(too_many), TEST(not_active), TEST(cut_off),
		TEST(silent_end), TEST(no_cycle), TEST(metadata),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
