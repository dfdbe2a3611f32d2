/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Metadata of a card: what is set, for whom, and failures. */
#include "jack/port_metadata.h"

#include <stdio.h>

#include "jack/client_pair.h"
#include "jack/ports.h"
#include "tests/unit/jack/jack_fixture.h"

static jack_client_t *client;
static struct card *card;
static _Atomic uint32_t freewheel;

static int set_up(void **state)
{
	jack_set_up(state);
	fake_jack_start();
	client = client_pair_handle(NULL, "c", 0);
	assert_int_equal(jack_activate(client), 0);
	card = make_card("daw", 2, 3);
	assert_int_equal(ports_register(client, card, PCM_PLAYBACK, false, &freewheel, 0), 0);
	assert_int_equal(ports_register(client, card, PCM_CAPTURE, false, &freewheel, 0), 0);
	return 0;
}

static int tear_down(void **state)
{
	jack_client_close(client);
	assert_int_equal(fake_jack_properties(), 0);
	return jack_tear_down(state);
}

static void expect(const char *subject, const char *key, const char *value)
{
	const char *found = fake_jack_property(subject, key);

	assert_non_null(found);
	assert_string_equal(found, value);
}

static void set_ports(unsigned dir, uint32_t ports, bool many)
{
	for (uint32_t c = 0; c < ports; c++) {
		const struct port_metadata_next port = { .dir = dir, .channel = c, .place = c };

		assert_true(port_metadata_set_port(client, card, &port, many));
	}
}

static void test_texts(void **state)
{
	(void)state;
	assert_true(port_metadata_set_client(client, "daw", PCM_PLAYBACK));
	assert_int_equal(fake_jack_properties(), 2);
	expect("c", "pretty-name", "daw playback");
	expect("c", "icon-name", "audio-card");
	set_ports(PCM_PLAYBACK, 2, false);
	assert_int_equal(fake_jack_properties(), 2 + 2 * 4);
	expect("c:main_1", "pretty-name", "main left");
	expect("c:main_2", "pretty-name", "main right");
	expect("c:main_1", "order", "0");
	expect("c:main_2", "order", "1");
	expect("c:main_2", "port-group", "daw.main");
	expect("c:main_2", "signal-type", "AUDIO");
	assert_true(port_metadata_set_client(client, "daw", PCM_CAPTURE));
	set_ports(PCM_CAPTURE, 3, false);
	expect("c", "pretty-name", "daw capture");
	expect("c:in_1", "pretty-name", "in 1");
	expect("c:in_3", "pretty-name", "in 3");
}

/* On a shared client, a card's ports are ordered after those of the cards before it. */
static void test_many(void **state)
{
	(void)state;
	card->domid = 3;
	card->devid = 2;
	set_ports(PCM_PLAYBACK, 2, true);
	expect("c:main_1", "pretty-name", "daw main left");
	expect("c:main_1", "order", "204800");
	expect("c:main_2", "order", "204801");
}

static void test_refused(void **state)
{
	const struct port_metadata_next port = { .dir = PCM_PLAYBACK };

	(void)state;
	for (unsigned n = 0; n < 4; n++) {
		fake_jack_fail_at(n);
		assert_false(port_metadata_set_client(client, "daw", PCM_PLAYBACK));
		assert_true(fake_jack_failed());
	}
	for (unsigned n = 0; n < 4; n++) {
		fake_jack_fail_at(n);
		assert_false(port_metadata_set_port(client, card, &port, false));
		assert_string_equal(fake_jack_failed_call(), "jack_set_property");
	}
}

/* libjack's version says what the server is. */
static void test_wanted(void **state)
{
	static const char *const jackd[] = { "1.9.21", "1.9.22", "0.126.0", "" };
	static const char *const pipewire[] = { "3.0.0.0 (using PipeWire 0.3.65)",
						"3.1.6.0 (using PipeWire 1.6.0)" };

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		fake_jack_knobs.version = jackd[i];
		assert_false(port_metadata_is_wanted(PORT_METADATA_AUTO));
		assert_true(port_metadata_is_wanted(PORT_METADATA_YES));
		assert_false(port_metadata_is_wanted(PORT_METADATA_NO));
	}
	for (unsigned i = 0; i < 2; i++) {
		fake_jack_knobs.version = pipewire[i];
		assert_true(port_metadata_is_wanted(PORT_METADATA_AUTO));
		assert_true(port_metadata_is_wanted(PORT_METADATA_YES));
		assert_false(port_metadata_is_wanted(PORT_METADATA_NO));
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(texts),
		TEST(many),
		TEST(refused),
		TEST(wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
