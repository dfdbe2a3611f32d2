/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests: what each verb answers, how it fails, and that each gets exactly one answer. */
#include "jack/client_requests.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/jack/fail_alloc.h"
#include "tests/unit/jack/jack_fixture.h"

#define CARRY(verb, a, b) carry_out(JACK_REQUEST_##verb, a, b)

static struct card *daw;

/* daw plays to the first physical port; synth is another program, with a MIDI port too. */
static int set_up(void **state)
{
	jack_set_up(state);
	options.routes.state_dir = open_state();
	open_pool();
	fake_jack_add("synth:in_1", JackPortIsInput);
	fake_jack_add("synth:in_2", JackPortIsInput);
	fake_jack_add("synth:out_1", JackPortIsOutput);
	fake_jack_add("synth:midi", JackPortIsInput | FAKE_JACK_MIDI);
	daw = show_card("daw", 2, 1);
	fake_jack_link("daw:main_1", "system:playback_1");
	run(3.0);
	forget_told();
	return 0;
}

static bool linked(const char *from, const char *to)
{
	return fake_jack_linked(from, to);
}

/* --- lists */

static void test_ports(void **state)
{
	(void)state;
	assert_int_equal(CARRY(PORTS, NULL, NULL), 0);
	assert_int_equal(count, 10);
	assert_null(strstr(rows, "midi"));
	assert_int_equal(CARRY(PORTS, "daw.*", NULL), 0);
	assert_string_equal(rows, "daw:main_1 daw.main_1 2 1 0 0\n"
				  "daw:main_2 daw.main_2 2 0 0 0\n"
				  "daw-in:in_1 daw.in_1 3 0 0 0\n");
	assert_int_equal(CARRY(PORTS, "daw:*_2", "out"), 0);
	assert_string_equal(rows, "daw:main_2 daw.main_2 2 0 0 0\n");
	assert_int_equal(CARRY(PORTS, "system:*", "in"), 0);
	assert_string_equal(rows, "system:playback_1 - 5 1 0 0\nsystem:playback_2 - 5 0 0 0\n");
	assert_int_equal(CARRY(PORTS, "synth:*", NULL), 0);
	assert_string_equal(rows, "synth:out_1 - 0 0 0 0\n"
				  "synth:in_1 - 1 0 0 0\nsynth:in_2 - 1 0 0 0\n");
	assert_int_equal(CARRY(PORTS, "nobody:*", NULL), 0);
	assert_int_equal(count, 0);
}

static void test_connections(void **state)
{
	(void)state;
	fake_jack_link("synth:out_1", "daw-in:in_1");
	fake_jack_link("synth:out_1", "system:playback_2");
	assert_int_equal(CARRY(CONNECTIONS, NULL, NULL), 0);
	assert_string_equal(rows, "daw:main_1 system:playback_1 0 0 0 0\n"
				  "synth:out_1 daw-in:in_1 0 0 0 0\n");
	assert_int_equal(CARRY(CONNECTIONS, "synth:out_1", NULL), 0);
	assert_string_equal(rows, "synth:out_1 daw-in:in_1 0 0 0 0\n"
				  "synth:out_1 system:playback_2 0 0 0 0\n");
	assert_int_equal(CARRY(CONNECTIONS, "daw.in_1", NULL), 0);
	assert_string_equal(rows, "synth:out_1 daw-in:in_1 0 0 0 0\n");
	assert_int_equal(CARRY(CONNECTIONS, "daw.main_2", NULL), 0);
	assert_int_equal(count, 0);
	assert_int_equal(CARRY(CONNECTIONS, "daw.main_3", NULL), -ENOENT);
	assert_int_equal(CARRY(CONNECTIONS, "synth:midi", NULL), -ENOENT);
}

static void test_latency(void **state)
{
	(void)state;
	assert_int_equal(CARRY(LATENCY, "daw.main_1", NULL), 0);
	assert_string_equal(rows, "daw:main_1 - 512 512 0 0\n");
	assert_int_equal(CARRY(LATENCY, "daw-in:in_1", NULL), 0);
	assert_string_equal(rows, "daw-in:in_1 - 0 0 1 1\n");
	assert_int_equal(CARRY(LATENCY, "daw.main_3", NULL), -ENOENT);
	assert_int_equal(CARRY(LATENCY, NULL, NULL), -EINVAL);
	assert_int_equal(count, 0);
}

static void remove_synth(void)
{
	fake_jack_remove("synth:in_1");
}

/* A port that is removed while it is being looked up does not exist. */
static void test_port_goes(void **state)
{
	static const enum jack_request_verb verbs[] = { JACK_REQUEST_LATENCY,
							JACK_REQUEST_CONNECTIONS };

	(void)state;
	for (unsigned i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		fake_jack_on("jack_port_get_all_connections", remove_synth);
		assert_int_equal(carry_out(verbs[i], "synth:in_1", NULL), -ENOENT);
		assert_int_equal(count, 0);
		fake_jack_add("synth:in_1", JackPortIsInput);
	}
	fake_jack_on("jack_port_get_all_connections", remove_synth);
	assert_int_equal(CARRY(PORTS, "synth:in_*", NULL), 0);
	assert_string_equal(rows, "synth:in_2 - 1 0 0 0\n");
	fake_jack_add("synth:in_1", JackPortIsInput);
	fake_jack_on("jack_port_get_all_connections", remove_synth);
	assert_int_equal(CARRY(CONNECT, "daw.main_1", "synth:in_1"), -ENOENT);
}

/* --- connect and disconnect */

static void test_connect(void **state)
{
	(void)state;
	assert_int_equal(CARRY(CONNECT, "daw.main_1", "synth:in_1"), 0);
	assert_true(linked("daw:main_1", "synth:in_1"));
	assert_int_equal(CARRY(CONNECT, "synth:out_1", "daw.in_1"), 0);
	assert_true(linked("synth:out_1", "daw-in:in_1"));
	assert_int_equal(CARRY(CONNECT, "daw:main_2", "daw-in:in_1"), 0);
	assert_true(linked("daw:main_2", "daw-in:in_1"));
	assert_int_equal(CARRY(CONNECT, "daw.main_1", "synth:in_1"), -EEXIST);
	/* A connection between other programs is made, but not remembered. */
	assert_int_equal(CARRY(CONNECT, "synth:out_1", "synth:in_2"), 0);
	assert_true(linked("synth:out_1", "synth:in_2"));
	run(3.0);
	assert_string_equal(memory(), "+daw.main_1 system:playback_1\n+daw.main_1 synth:in_1\n"
				      "+synth:out_1 daw.in_1\n+daw.main_2 daw.in_1\n");
}

/* None of these changes a connection. */
static void test_connect_refused(void **state)
{
	static const struct {
		const char *from, *to;
		int err;
	} rejects[] = {
		{ "daw.main_3", "synth:in_1", -ENOENT },
		{ "daw.main_1", "synth:in_9", -ENOENT },
		{ "daw.main", "synth:in_1", -EDOM },
		{ "daw.main_1", "synth:midi", -ENOENT },
		{ "", "synth:in_1", -ENOENT },
		{ NULL, "synth:in_1", -EINVAL },
		{ "daw.main_1", NULL, -EINVAL },
		{ NULL, NULL, -EINVAL },
		{ "synth:in_1", "daw.main_1", -EDESTADDRREQ },
		{ "daw.main_1", "daw.main_2", -EPROTOTYPE },
		{ "synth:in_1", "daw.in_1", -EDESTADDRREQ },
		{ "daw.main_1", "daw.main_1", -EPROTOTYPE },
		{ "daw.in", "synth:in_1", -EDESTADDRREQ },
		{ "daw.main", "daw.main", -EPROTOTYPE },
		{ "daw.main", "daw.in", -EDOM },
		{ "synth:out", "daw.in", -ENOENT },
		{ "daw.main_", "synth:in_1", -ENOENT },
		{ "daw.main_1", "deaf:in_1", -EINVAL },
	};
	unsigned before = fake_jack_links();

	(void)state;
	fake_jack_add("deaf:in_1", JackPortIsInput | FAKE_JACK_DEAF);
	for (unsigned i = 0; i < sizeof(rejects) / sizeof(*rejects); i++) {
		assert_int_equal(CARRY(CONNECT, rejects[i].from, rejects[i].to), rejects[i].err);
		assert_int_equal(fake_jack_links(), before);
	}
	fake_jack_fail_next("jack_connect", 1);
	assert_int_equal(CARRY(CONNECT, "daw.main_1", "synth:in_1"), -EINVAL);
	assert_int_equal(fake_jack_links(), before);
	run(3.0);
	assert_string_equal(memory(), "+daw.main_1 system:playback_1\n");
}

static void test_disconnect(void **state)
{
	(void)state;
	assert_int_equal(CARRY(DISCONNECT, "daw.main_1", "system:playback_2"), -ENOENT);
	assert_int_equal(CARRY(DISCONNECT, "daw.main_3", "system:playback_1"), -ENOENT);
	assert_int_equal(CARRY(DISCONNECT, "daw.main_1", "system:nothing"), -ENOENT);
	assert_int_equal(CARRY(DISCONNECT, "daw.main_1", NULL), -EINVAL);
	assert_int_equal(CARRY(DISCONNECT, NULL, "system:playback_1"), -EINVAL);
	assert_int_equal(CARRY(DISCONNECT, "system:playback_1", "daw.main_1"), -EDESTADDRREQ);
	assert_int_equal(CARRY(DISCONNECT, "daw.main_1", "daw.main_2"), -EPROTOTYPE);
	fake_jack_fail_next("jack_disconnect", 1);
	assert_int_equal(CARRY(DISCONNECT, "daw.main_1", "system:playback_1"), -EINVAL);
	run(3.0);
	assert_true(linked("daw:main_1", "system:playback_1"));
	assert_string_equal(memory(), "+daw.main_1 system:playback_1\n");
	assert_int_equal(CARRY(DISCONNECT, "daw.main_1", "system:playback_1"), 0);
	assert_int_equal(CARRY(DISCONNECT, "daw.main_1", "system:playback_1"), -ENOENT);
	run(3.0);
	assert_int_equal(fake_jack_links(), 0);
	assert_string_equal(memory(), "-daw.main_1 system:playback_1\n");
}

/* Streams are connected channel by channel, and cut so; what was so already does not matter. */
static void test_connect_streams(void **state)
{
	unsigned before = fake_jack_links();
	struct card *amp = show_card("amp", 1, 2);

	(void)state;
	assert_int_equal(CARRY(CONNECT, "daw.main", "amp.in"), 0);
	assert_true(linked("daw:main_1", "amp-in:in_1"));
	assert_true(linked("daw:main_2", "amp-in:in_2"));
	assert_int_equal(fake_jack_links(), before + 2);
	assert_int_equal(CARRY(CONNECT, "daw.main", "amp.in"), -EEXIST);
	assert_int_equal(CARRY(DISCONNECT, "daw.main_1", "amp.in_1"), 0);
	assert_int_equal(CARRY(CONNECT, "daw.main", "amp.in"), 0);
	assert_int_equal(fake_jack_links(), before + 2);
	/* A stream of one channel fits one port. */
	assert_int_equal(CARRY(CONNECT, "amp.main", "synth:in_1"), 0);
	assert_true(linked("amp:main_1", "synth:in_1"));
	assert_int_equal(CARRY(DISCONNECT, "daw.main_2", "amp.in_2"), 0);
	assert_int_equal(CARRY(DISCONNECT, "daw.main", "amp.in"), 0);
	assert_int_equal(fake_jack_links(), before + 1);
	assert_int_equal(CARRY(DISCONNECT, "daw.main", "amp.in"), -ENOENT);
	/* The first failure is the answer, and nothing is tried after it. */
	fake_jack_fail_next("jack_connect", 1);
	assert_int_equal(CARRY(CONNECT, "daw.main", "amp.in"), -EINVAL);
	assert_int_equal(fake_jack_links(), before + 1);
	/* A card may play and record under one name. */
	snprintf(amp->streams[1].label, sizeof(amp->streams[1].label), "%s", "main");
	assert_int_equal(CARRY(CONNECT, "daw.main", "amp.main"), 0);
	assert_int_equal(fake_jack_links(), before + 3);
	snprintf(amp->streams[1].label, sizeof(amp->streams[1].label), "%s", "in");
	take_away(amp);
	turn();
}

static void link_many(void)
{
	fake_jack_link("daw:main_1", "synth:in_1");
	fake_jack_link("daw:main_2", "synth:in_1");
	fake_jack_link("daw:main_2", "daw-in:in_1");
	fake_jack_link("synth:out_1", "system:playback_2");
	run(1.0);
}

static void test_disconnect_all(void **state)
{
	static const char *const unknown[] = { "daw",	"daw.ma",   "daw.main_", "daw.main_3",
					       "synth", "synth:in", "" };

	(void)state;
	link_many();
	for (unsigned i = 0; i < sizeof(unknown) / sizeof(*unknown); i++) {
		assert_int_equal(CARRY(DISCONNECT_ALL, unknown[i], NULL), -ENOENT);
	}
	assert_int_equal(CARRY(DISCONNECT_ALL, NULL, NULL), -EINVAL);
	assert_int_equal(fake_jack_links(), 5);
	assert_int_equal(CARRY(DISCONNECT_ALL, "daw:main_1", NULL), 0);
	assert_int_equal(count, 2);
	assert_int_equal(fake_jack_links(), 3);
	assert_int_equal(CARRY(DISCONNECT_ALL, "daw.main", NULL), 0);
	assert_int_equal(count, 2);
	assert_int_equal(CARRY(DISCONNECT_ALL, "daw.main", NULL), 0);
	assert_int_equal(count, 0);
	assert_true(linked("synth:out_1", "system:playback_2"));
	assert_int_equal(CARRY(DISCONNECT_ALL, "system:playback_2", NULL), 0);
	assert_int_equal(count, 1);
	assert_int_equal(fake_jack_links(), 0);
}

/* A stream whose ports are connected to each other: every connection counts once. */
static void test_disconnect_all_between(void **state)
{
	(void)state;
	fake_jack_link("synth:out_1", "synth:in_1");
	snprintf(daw->streams[1].label, sizeof(daw->streams[1].label), "%s", "main");
	fake_jack_link("daw:main_2", "daw-in:in_1");
	assert_int_equal(CARRY(DISCONNECT_ALL, "daw.main", NULL), 0);
	assert_int_equal(count, 2);
	assert_int_equal(fake_jack_links(), 1);
	snprintf(daw->streams[1].label, sizeof(daw->streams[1].label), "%s", "in");
}

/* It stops at the first connection that libjack refuses to cut. */
static void test_disconnect_all_refused(void **state)
{
	(void)state;
	link_many();
	fake_jack_fail_next("jack_disconnect", 1);
	assert_int_equal(CARRY(DISCONNECT_ALL, "daw.main", NULL), -EINVAL);
	assert_int_equal(count, 0);
	assert_int_equal(fake_jack_links(), 5);
}

/* --- patches, and the memory */

static void test_patches(void **state)
{
	(void)state;
	assert_int_equal(CARRY(PATCHES, NULL, NULL), 0);
	assert_int_equal(count, 0);
	assert_int_equal(CARRY(STORE, "night", NULL), 0);
	assert_int_equal(count, 1);
	link_many();
	assert_int_equal(CARRY(STORE, "day", NULL), 0);
	assert_int_equal(count, 4);
	assert_int_equal(CARRY(PATCHES, NULL, NULL), 0);
	assert_string_equal(rows, "day - 4 0 0 0\nnight - 1 0 0 0\n");
	assert_int_equal(CARRY(RECALL, "night", NULL), 0);
	assert_int_equal(count, 3);
	assert_true(linked("daw:main_1", "system:playback_1"));
	assert_int_equal(fake_jack_links(), 2);
	assert_int_equal(CARRY(RECALL, "night", NULL), 0);
	assert_int_equal(count, 0);
	assert_int_equal(CARRY(RECALL, "day", NULL), 0);
	assert_int_equal(count, 3);
	assert_int_equal(fake_jack_links(), 5);
	assert_int_equal(CARRY(DELETE, "night", NULL), 0);
	assert_int_equal(CARRY(DELETE, "night", NULL), -ENOENT);
	assert_int_equal(CARRY(RECALL, "night", NULL), -ENOENT);
	assert_int_equal(CARRY(PATCHES, NULL, NULL), 0);
	assert_string_equal(rows, "day - 4 0 0 0\n");
}

static void test_patches_refused(void **state)
{
	static const enum jack_request_verb verbs[] = { JACK_REQUEST_STORE, JACK_REQUEST_RECALL,
							JACK_REQUEST_DELETE };
	FILE *file;

	(void)state;
	for (unsigned i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		assert_int_equal(carry_out(verbs[i], NULL, NULL), -EINVAL);
		assert_int_equal(carry_out(verbs[i], "", NULL), -EINVAL);
		assert_int_equal(carry_out(verbs[i], "../day", NULL), -EINVAL);
		assert_int_equal(count, 0);
	}
	file = fopen(state_path("patch-broken.json"), "w");
	assert_non_null(file);
	fputs("{", file);
	fclose(file);
	assert_int_equal(CARRY(RECALL, "broken", NULL), -EBADMSG);
	assert_true(linked("daw:main_1", "system:playback_1"));
}

/* A state with a name is a patch; one without is the connection memory. */
static void test_states(void **state)
{
	(void)state;
	assert_int_equal(CARRY(SAVE, "show", NULL), 0);
	assert_int_equal(count, 1);
	assert_int_equal(CARRY(PATCHES, NULL, NULL), 0);
	assert_string_equal(rows, "show - 1 0 0 0\n");
	fake_jack_unlink("daw:main_1", "system:playback_1");
	assert_int_equal(CARRY(LOAD, "show", NULL), 0);
	assert_int_equal(count, 1);
	assert_true(linked("daw:main_1", "system:playback_1"));
	assert_int_equal(CARRY(LOAD, "nothing", NULL), -ENOENT);
	assert_int_equal(CARRY(DISCONNECT, "daw.main_1", "system:playback_1"), 0);
	assert_int_equal(CARRY(SAVE, NULL, NULL), 0);
	assert_string_equal(memory(), "-daw.main_1 system:playback_1\n");
	assert_int_equal(CARRY(CONNECT, "daw.main_1", "system:playback_1"), 0);
	assert_int_equal(CARRY(LOAD, NULL, NULL), 0);
	assert_false(linked("daw:main_1", "system:playback_1"));
}

static void test_auto(void **state)
{
	(void)state;
	assert_int_equal(CARRY(AUTO, NULL, NULL), 0);
	assert_int_equal(count, 1);
	assert_int_equal(CARRY(AUTO, "0", NULL), 0);
	assert_int_equal(count, 0);
	assert_int_equal(CARRY(AUTO, NULL, NULL), 0);
	assert_int_equal(count, 0);
	assert_int_equal(CARRY(AUTO, "1", NULL), 0);
	assert_int_equal(count, 1);
}

static void test_no_state_directory(void **state)
{
	(void)state;
	close_pool();
	options.routes.state_dir = -1;
	open_pool();
	assert_int_equal(CARRY(PATCHES, NULL, NULL), -EOPNOTSUPP);
	assert_int_equal(CARRY(STORE, "day", NULL), -EOPNOTSUPP);
	assert_int_equal(CARRY(RECALL, "day", NULL), -EOPNOTSUPP);
	assert_int_equal(CARRY(DELETE, "day", NULL), -EOPNOTSUPP);
	assert_int_equal(CARRY(SAVE, NULL, NULL), -EOPNOTSUPP);
	assert_int_equal(CARRY(LOAD, NULL, NULL), -EOPNOTSUPP);
	assert_int_equal(CARRY(SAVE, "day", NULL), -EOPNOTSUPP);
	assert_int_equal(CARRY(LOAD, "day", NULL), -EOPNOTSUPP);
	assert_int_equal(CARRY(AUTO, NULL, NULL), 0);
}

static void test_unknown_verb(void **state)
{
	(void)state;
	assert_int_equal(carry_out((enum jack_request_verb)99, "daw.main_1", NULL), -EOPNOTSUPP);
}

/* --- freewheels */

static void begin(void)
{
	fake_jack_freewheel(true);
}

static void test_freewheel(void **state)
{
	(void)state;
	fake_jack_on("jack_connect", begin);
	assert_int_equal(CARRY(CONNECT, "daw.main_2", "synth:in_2"), -EAGAIN);
	assert_int_equal(CARRY(CONNECT, "daw.main_2", "synth:in_1"), -EAGAIN);
	assert_int_equal(CARRY(DISCONNECT, "daw.main_1", "system:playback_1"), -EAGAIN);
	assert_int_equal(CARRY(PORTS, "daw.*", NULL), 0);
	assert_int_equal(count, 3);
	fake_jack_freewheel(false);
	run(1.0);
	assert_int_equal(CARRY(CONNECT, "daw.main_2", "synth:in_1"), 0);
	/* The cut is made, but the end of the freewheel would undo it. */
	fake_jack_on("jack_disconnect", begin);
	assert_int_equal(CARRY(DISCONNECT_ALL, "daw.main_2", NULL), -EAGAIN);
	assert_int_equal(count, 0);
	fake_jack_freewheel(false);
	run(1.0);
}

/* --- no server */

static const struct {
	enum jack_request_verb verb;
	const char *a, *b;
	bool serverless; /* needs no server */
} all[] = {
	{ JACK_REQUEST_PORTS, NULL, NULL, false },
	{ JACK_REQUEST_CONNECTIONS, NULL, NULL, false },
	{ JACK_REQUEST_CONNECTIONS, "daw.main_1", NULL, false },
	{ JACK_REQUEST_CONNECT, "daw.main_2", "synth:in_1", false },
	{ JACK_REQUEST_DISCONNECT, "daw.main_1", "system:playback_1", false },
	{ JACK_REQUEST_DISCONNECT_ALL, "daw.main", NULL, false },
	{ JACK_REQUEST_STORE, "day", NULL, false },
	{ JACK_REQUEST_RECALL, "show", NULL, false },
	{ JACK_REQUEST_LATENCY, "daw.main_1", NULL, false },
	{ JACK_REQUEST_SAVE, "day", NULL, false },
	{ JACK_REQUEST_LOAD, "show", NULL, false },
	{ JACK_REQUEST_PATCHES, NULL, NULL, true },
	{ JACK_REQUEST_AUTO, "0", NULL, true },
	{ JACK_REQUEST_AUTO, "1", NULL, true },
	{ JACK_REQUEST_SAVE, NULL, NULL, true },
	{ JACK_REQUEST_LOAD, NULL, NULL, true },
	{ JACK_REQUEST_DELETE, "day", NULL, true },
};

#define ALL (sizeof(all) / sizeof(*all))

static struct jack_request *make_nth(unsigned n)
{
	return make_request(all[n].verb, all[n].a, all[n].b);
}

static void expect_no_server(void)
{
	for (unsigned i = 0; i < ALL; i++) {
		int err = send_request(make_nth(i));

		if (!all[i].serverless) {
			assert_int_equal(err, -ENOTCONN);
		} else if (all[i].verb == JACK_REQUEST_DELETE) {
			assert_int_equal(err, -ENOENT);
		} else {
			assert_int_equal(err, 0);
		}
	}
}

static void test_no_server(void **state)
{
	(void)state;
	assert_int_equal(CARRY(SAVE, "show", NULL), 0);
	holds = false;
	fake_jack_die();
	fake_jack_deliver();
	/* The pool has yet to handle the loss; then it waits for MSG_HELD, then for a server. */
	expect_no_server();
	assert_true(was_told("lost"));
	expect_no_server();
	hold();
	expect_no_server();
	run(5.0);
	expect_no_server();
	start_server();
	run(3.0);
	assert_int_equal(CARRY(PORTS, "daw.*", NULL), 0);
	assert_int_equal(count, 3);
}

static void test_no_server_yet(void **state)
{
	(void)state;
	close_pool();
	fake_jack_die();
	pool = client_create(loop, &to_main, &options);
	assert_non_null(pool);
	/* The file holds the previous pool's connection memory. */
	expect_no_server();
	run(1.0);
	expect_no_server();
}

static void die(void)
{
	fake_jack_die();
}

/* Whichever call the server dies in, the request is answered and the next server found. */
static void test_death_in_a_request(void **state)
{
	static const char *const calls[] = {
		"jack_get_ports", "jack_port_by_name", "jack_port_get_all_connections",
		"jack_connect",	  "jack_disconnect",   "jack_port_connected_to"
	};

	(void)state;
	assert_int_equal(CARRY(SAVE, "show", NULL), 0);
	for (unsigned n = 0; n < ALL; n++) {
		for (unsigned i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
			fake_jack_on(calls[i], die);
			send_request(make_nth(n));
			fake_jack_on(calls[i], NULL);
			fake_jack_die();
			run(0.5);
			assert_int_equal(CARRY(PORTS, NULL, NULL), -ENOTCONN);
			start_server();
			fake_jack_add("synth:in_1", JackPortIsInput);
			run(3.0);
			assert_int_equal(CARRY(PORTS, "daw.*", NULL), 0);
			assert_int_equal(count, 3);
		}
	}
	forget_told();
}

/* --- one answer each */

static void finish(void *arg, const struct msg *msg)
{
	(void)arg;
	if (msg->request) {
		jack_request_finish(msg->request);
	}
}

/* As at the daemon's end: the pool is destroyed, then the main thread finishes both queues. */
static void test_pool_ends(void **state)
{
	struct msgq to_jack = { .loop = NULL };
	struct jack_request *queued;

	(void)state;
	assert_int_equal(msgq_open(&to_jack, loop, client_handle_msg, pool), 0);
	for (unsigned i = 0; i < ALL; i++) {
		client_handle_msg(
			pool, &(struct msg){ .type = MSG_JACK_REQUEST, .request = make_nth(i) });
		queued = make_nth(i);
		msgq_send(&to_jack, &(struct msg){ .type = MSG_JACK_REQUEST,
						   .request = queued,
						   .place = &queued->place });
	}
	assert_int_equal(answers, 0);
	close_pool();
	msgq_drain(&to_jack, finish, NULL);
	msgq_drain(&to_main, finish, NULL);
	assert_int_equal(answers, 2 * ALL);
	msgq_close(&to_jack);
}

/* --- failing calls */

static void expect_sane(int err, unsigned n)
{
	static const int errs[] = { 0, -ENOMEM, -EINVAL, -ENOENT };
	bool known = false;

	for (unsigned i = 0; i < sizeof(errs) / sizeof(*errs); i++) {
		known |= err == errs[i];
	}
	if (!known) {
		fail_msg("request %u: %s", n, strerror(-err));
	}
}

/* Undoes what the request may have changed. */
static void restore(void)
{
	CARRY(AUTO, "1", NULL);
	CARRY(RECALL, "show", NULL);
	CARRY(DELETE, "day", NULL);
	run(1.0);
}

static void fail_each(unsigned n, void (*at)(unsigned n), bool (*happened)(void))
{
	bool went_on = true;
	unsigned k;

	for (k = 0; went_on; k++) {
		struct jack_request *request = make_nth(n);
		int err;

		assert_true(k < 1000);
		at(k);
		err = send_request(request);
		went_on = happened();
		at(UINT_MAX);
		expect_sane(err, n);
		restore();
		assert_true(linked("daw:main_1", "system:playback_1"));
	}
}

static void test_no_memory(void **state)
{
	(void)state;
	assert_int_equal(CARRY(SAVE, "show", NULL), 0);
	for (unsigned n = 0; n < ALL; n++) {
		fail_each(n, fail_alloc_at, fail_alloc_failed);
	}
}

static void test_no_libjack(void **state)
{
	(void)state;
	assert_int_equal(CARRY(SAVE, "show", NULL), 0);
	for (unsigned n = 0; n < ALL; n++) {
		fail_each(n, fake_jack_fail_at, fake_jack_failed);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, jack_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(ports),
		TEST(connections),
		TEST(latency),
		TEST(port_goes),
		TEST(connect),
		TEST(connect_refused),
		TEST(connect_streams),
		TEST(disconnect),
		TEST(disconnect_all),
		TEST(disconnect_all_between),
		TEST(disconnect_all_refused),
		TEST(patches),
		TEST(patches_refused),
		TEST(states),
		TEST(auto),
		TEST(no_state_directory),
		TEST(unknown_verb),
		TEST(freewheel),

		TEST(no_server),
		TEST(no_server_yet),
		TEST(death_in_a_request),
		TEST(pool_ends),
		TEST(no_memory),
		TEST(no_libjack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
