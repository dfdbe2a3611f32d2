/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ports of one side of a card: their names, and what happens if JACK has too few. */
#include "jack/ports.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "jack/client_pair.h"
#include "tests/unit/jack/jack_fixture.h"

static jack_client_t *client;
static _Atomic uint32_t freewheel;

static int set_up(void **state)
{
	int err = jack_set_up(state);

	fake_jack_start();
	client = client_pair_handle(NULL, "c", 0);
	return client ? err : -1;
}

static int tear_down(void **state)
{
	jack_client_close(client);
	return jack_tear_down(state);
}

static void expect_port(const char *name, const char *alias, unsigned long flags)
{
	const jack_port_t *port = fake_jack_port(name);

	assert_non_null(port);
	assert_string_equal(port->alias, alias);
	assert_int_equal(port->flags, flags | JackPortIsTerminal);
}

static void test_names(void **state)
{
	struct card *card = make_card("daw-1", 2, 3);

	(void)state;
	snprintf(card->guest, sizeof(card->guest), "daw");
	assert_int_equal(ports_register(client, card, PCM_PLAYBACK, false, &freewheel, 0), 0);
	assert_int_equal(fake_jack_ports("c"), 2);
	expect_port("c:main_1", "c:main left", JackPortIsOutput);
	expect_port("c:main_2", "c:main right", JackPortIsOutput);
	assert_int_equal(ports_register(client, card, PCM_CAPTURE, false, &freewheel, 0), 0);
	assert_int_equal(fake_jack_ports("c"), 5);
	expect_port("c:in_1", "c:in 1", JackPortIsInput);
	expect_port("c:in_3", "c:in 3", JackPortIsInput);
	for (unsigned c = 0; c < 3; c++) {
		char name[16];

		snprintf(name, sizeof(name), "c:in_%u", c + 1);
		assert_ptr_equal(card->streams[1].ports[c], fake_jack_port(name));
	}
	ports_unregister(client, card, PCM_PLAYBACK);
	assert_int_equal(fake_jack_ports("c"), 3);
	assert_null(card->streams[0].ports[0]);
	assert_non_null(card->streams[1].ports[0]);
	ports_unregister(client, card, PCM_PLAYBACK);
	ports_unregister(client, card, PCM_CAPTURE);
	assert_int_equal(fake_jack_ports("c"), 0);
	/* Each port once, and it is gone from JACK. */
	assert_int_equal(fake_jack_count("jack_port_unregister"), 5);
}

/* On a shared client, two cards may have streams of the same name. */
static void test_many(void **state)
{
	struct card *cards[] = { make_card("daw", 1, 0), make_card("synth", 1, 0) };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(
			ports_register(client, cards[i], PCM_PLAYBACK, true, &freewheel, 0), 0);
	}
	expect_port("c:daw.main_1", "c:daw main 1", JackPortIsOutput);
	expect_port("c:synth.main_1", "c:synth main 1", JackPortIsOutput);
	ports_unregister(client, cards[0], PCM_PLAYBACK);
	assert_null(fake_jack_port("c:daw.main_1"));
	assert_non_null(fake_jack_port("c:synth.main_1"));
}

static void test_too_few(void **state)
{
	struct card *card = make_card("daw", 4, 0);

	(void)state;
	for (unsigned room = 0; room < 4; room++) {
		fake_jack_knobs.port_max = room;
		assert_int_equal(ports_register(client, card, PCM_PLAYBACK, false, &freewheel, 0),
				 -ENOSPC);
		assert_int_equal(fake_jack_ports("c"), room);
		ports_unregister(client, card, PCM_PLAYBACK);
		assert_int_equal(fake_jack_ports("c"), 0);
	}
	fake_jack_knobs.port_max = 4;
	assert_int_equal(ports_register(client, card, PCM_PLAYBACK, false, &freewheel, 0), 0);
	ports_unregister(client, card, PCM_PLAYBACK);
}

static void begin_freewheel(void)
{
	freewheel++;
}

/* jackd would die of a connection to a port that is registered during a freewheel. */
static void test_freewheel(void **state)
{
	struct card *card = make_card("daw", 4, 0);

	(void)state;
	fake_jack_on("jack_port_set_alias", begin_freewheel);
	assert_int_equal(ports_register(client, card, PCM_PLAYBACK, false, &freewheel, 0), -EAGAIN);
	assert_int_equal(fake_jack_ports("c"), 1);
	ports_unregister(client, card, PCM_PLAYBACK);
	assert_int_equal(ports_register(client, card, PCM_PLAYBACK, false, &freewheel, 0), -EAGAIN);
	assert_int_equal(fake_jack_ports("c"), 0);
	assert_int_equal(ports_register(client, card, PCM_PLAYBACK, false, &freewheel, 1), 0);
	assert_int_equal(fake_jack_ports("c"), 4);
	freewheel = 0;
}

/* A port without an alias still works. */
static void test_no_alias(void **state)
{
	struct card *card = make_card("daw", 2, 0);

	(void)state;
	fake_jack_fail_next("jack_port_set_alias", 1);
	assert_int_equal(ports_register(client, card, PCM_PLAYBACK, false, &freewheel, 0), 0);
	assert_string_equal(fake_jack_port("c:main_1")->alias, "");
	assert_string_equal(fake_jack_port("c:main_2")->alias, "c:main right");
	ports_unregister(client, card, PCM_PLAYBACK);
}

static void expect_latency(const char *name, jack_latency_callback_mode_t mode, unsigned min,
			   unsigned max)
{
	const jack_port_t *port = fake_jack_port(name);

	assert_int_equal(port->latency[mode].min, min);
	assert_int_equal(port->latency[mode].max, max);
	/* The other direction is not set. */
	assert_int_equal(port->latency[!mode].max, 0);
}

static void test_latency(void **state)
{
	struct card *card = make_card("daw", 2, 1);

	(void)state;
	assert_int_equal(ports_register(client, card, PCM_PLAYBACK, false, &freewheel, 0), 0);
	assert_int_equal(ports_register(client, card, PCM_CAPTURE, false, &freewheel, 0), 0);
	assert_true(ports_renew_latency(card, PCM_PLAYBACK, 256));
	expect_latency("c:main_1", JackCaptureLatency, 512, 512);
	expect_latency("c:main_2", JackCaptureLatency, 512, 512);
	expect_latency("c:in_1", JackPlaybackLatency, 0, 0);
	assert_true(ports_renew_latency(card, PCM_CAPTURE, 256));
	expect_latency("c:in_1", JackPlaybackLatency, 1, 1);
	assert_int_equal(fake_jack_count("jack_port_set_latency_range"), 3);
	/* Unchanged latencies are not set again. */
	assert_false(ports_renew_latency(card, PCM_PLAYBACK, 256));
	assert_false(ports_renew_latency(card, PCM_CAPTURE, 256));
	assert_int_equal(fake_jack_count("jack_port_set_latency_range"), 3);
	latency_publish(&card->streams[0].latency, 1024, 512);
	assert_true(ports_renew_latency(card, PCM_PLAYBACK, 256));
	expect_latency("c:main_2", JackCaptureLatency, 768, 768);
	/* A new JACK period changes the latency, and new ports have none yet. */
	assert_true(ports_renew_latency(card, PCM_PLAYBACK, 128));
	expect_latency("c:main_1", JackCaptureLatency, 640, 640);
	ports_unregister(client, card, PCM_PLAYBACK);
	assert_int_equal(ports_register(client, card, PCM_PLAYBACK, false, &freewheel, 0), 0);
	assert_true(ports_renew_latency(card, PCM_PLAYBACK, 128));
	expect_latency("c:main_1", JackCaptureLatency, 640, 640);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(names),	 TEST(many),	 TEST(too_few),
		TEST(freewheel), TEST(no_alias), TEST(latency),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
