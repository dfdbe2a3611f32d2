/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The default connections of ports that nobody has connected, and what ends them. */
#include "jack/routes.h"

#include <string.h>

#include "tests/unit/jack/jack_fixture.h"

static struct route rule;

static int set_up(void **state)
{
	jack_set_up(state);
	options.routes.autoconnect = true;
	options.routes.state_dir = open_state();
	return 0;
}

static void set_rule(const char *left, const char *right)
{
	memset(&rule, 0, sizeof(rule));
	assert_null(route_parse(&rule, left, right));
	options.routes.rules = &rule;
	options.routes.rule_count = 1;
}

static void add_synth(void)
{
	fake_jack_add("synth:in_1", JackPortIsInput);
}

static void outlast_window(void)
{
	run(4.0);
}

/*
 * The default is only for ports that the memory does not know. What it connected before must stay,
 * at either end; what a rule connects needs no memory.
 */
static void test_default_is_learnt_too(void **state)
{
	(void)state;
	set_rule("pc.main_2", "daw.in_1");
	open_pool();
	show_card("daw", 1, 1);
	show_card("pc", 2, 0);
	fake_jack_link("pc:main_1", "daw-in:in_1");
	run(2.0);
	assert_string_equal(memory(), "+pc.main_1 system:playback_1\n+pc.main_1 daw.in_1\n");
	fake_jack_link("pc:main_2", "system:playback_1");
	outlast_window();
	assert_non_null(strstr(memory(), "+pc.main_2 system:playback_1\n"));
	assert_null(strstr(memory(), "pc.main_2 daw.in_1"));
	assert_true(fake_jack_linked("pc:main_1", "system:playback_1"));
	assert_true(fake_jack_linked("pc:main_2", "daw-in:in_1"));
}

static void link_quickly(void)
{
	fake_jack_link("daw:main_1", "system:playback_2");
}

/* A user, or a session manager, is quicker than the default: it makes no difference. */
static void test_quicker_than_default(void **state)
{
	(void)state;
	open_pool();
	fake_jack_on("jack_get_ports", link_quickly);
	show_card("daw", 1, 0);
	run(2.0);
	assert_true(fake_jack_linked("daw:main_1", "system:playback_1"));
	assert_true(fake_jack_linked("daw:main_1", "system:playback_2"));
	assert_string_equal(memory(), "+daw.main_1 system:playback_1\n"
				      "+daw.main_1 system:playback_2\n");
}

/* A guest whose new streams start unconnected: what a user or a rule connects is connected. */
static void test_unconnected(void **state)
{
	struct card *card;

	(void)state;
	set_rule("daw.main_2", "system:playback_2");
	open_pool();
	for (unsigned i = 0; i < 2; i++) {
		card = make_card("daw", 2, 0);
		card->new_streams = CARD_NEW_UNCONNECTED;
		add(card);
		run(2.0);
		assert_int_equal(fake_jack_linked("daw:main_1", "system:playback_1"), i);
		assert_true(fake_jack_linked("daw:main_2", "system:playback_2"));
		assert_int_equal(fake_jack_links(), 1 + i);
		fake_jack_link("daw:main_1", "system:playback_1");
		run(2.0);
		assert_string_equal(memory(), "+daw.main_1 system:playback_1\n");
		close_pool();
		open_pool();
	}
}

/* While the daemon connects nothing by itself, the default is nothing to learn. */
static void test_quicker_than_nothing(void **state)
{
	(void)state;
	open_pool();
	assert_int_equal(carry_out(JACK_REQUEST_AUTO, "0", NULL), 0);
	fake_jack_on("jack_get_ports", link_quickly);
	show_card("daw", 1, 0);
	run(2.0);
	assert_string_equal(memory(), "+daw.main_1 system:playback_2\n");
}

/* The memory knows the port already: its other connections are not learnt again. */
static void test_known_port(void **state)
{
	(void)state;
	open_pool();
	show_card("daw", 1, 0);
	fake_jack_unlink("daw:main_1", "system:playback_1");
	outlast_window();
	assert_string_equal(memory(), "-daw.main_1 system:playback_1\n");
	add_synth();
	fake_jack_link("daw:main_1", "synth:in_1");
	run(2.0);
	fake_jack_link("daw:main_1", "system:playback_1");
	run(2.0);
	fake_jack_unlink("daw:main_1", "system:playback_1");
	outlast_window();
	/* In the order of learning: the oldest is forgotten first when the memory is full. */
	fake_jack_link("daw:main_1", "system:playback_2");
	run(2.0);
	assert_string_equal(memory(), "+daw.main_1 synth:in_1\n"
				      "-daw.main_1 system:playback_1\n"
				      "+daw.main_1 system:playback_2\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, jack_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(default_is_learnt_too), TEST(quicker_than_default), TEST(quicker_than_nothing),
		TEST(unconnected),	     TEST(known_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
