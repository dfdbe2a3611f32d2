/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every kind of message to the tree: its effect, its answer, its errors. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "osc/server/tree.h"
#include "src/mixer/mixer.h"

static struct mixer mixer;
static struct card *card;
static struct tree tree;
static struct jack_request *sent;
static bool remote;	 /* the peer is on another host */
static bool by_unix;	 /* it uses the Unix socket */
static char said[65536]; /* the answers, one per line */

static void on_message(void *arg, const struct packet_message *message)
{
	size_t length = strlen(said);

	(void)arg;
	length += (size_t)snprintf(said + length, sizeof(said) - length, "%s", message->address);
	for (unsigned i = 0; i < message->count; i++) {
		double value;

		if (packet_text(message, i)) {
			length += (size_t)snprintf(said + length, sizeof(said) - length, " %s",
						   packet_text(message, i));
		} else {
			assert_int_equal(packet_number(message, i, &value), 0);
			length += (size_t)snprintf(said + length, sizeof(said) - length, " %g",
						   value);
		}
	}
	snprintf(said + length, sizeof(said) - length, "\n");
}

static void on_packet(void *arg, const struct socket_peer *peer, const void *data, size_t size)
{
	(void)arg;
	assert_int_equal(peer->link, 7);
	assert_true(packet_each(data, size, on_message, NULL) > 0);
}

static void on_send(void *arg, struct jack_request *request)
{
	(void)arg;
	sent = request;
}

static int on_subscribe(const struct tree_call *call)
{
	tree_reply(call, "s", "subscribed");
	return 0;
}

static void on_look(struct tree *looking)
{
	mixer_want_meters(looking->mixer, true);
}

static float on_peak(const struct tree_call *call, uint32_t channel)
{
	return fmaxf(meter_take_peak(&call->stream->strip.meter, channel), 0.0f);
}

static int setup(void **state)
{
	static const char *const labels[] = { "main", "mic" };

	(void)state;
	said[0] = '\0';
	sent = NULL;
	remote = by_unix = false;
	if (mixer_init(&mixer)) {
		return -1;
	}
	mixer.hooks.send = on_send;
	card = card_create(2);
	snprintf(card->name, sizeof(card->name), "daw");
	snprintf(card->guest, sizeof(card->guest), "daw");
	card->domid = 5;
	for (unsigned i = 0; i < 2; i++) {
		card->streams[i].dir = i ? PCM_CAPTURE : PCM_PLAYBACK;
		card->streams[i].channels = 2;
		snprintf(card->streams[i].label, sizeof(card->streams[i].label), "%s", labels[i]);
	}
	card_arrange(card);
	mixer.jack = (struct mixer_jack){ .state = MIXER_JACK_UP,
					  .server = "default",
					  .rate_hz = 48000,
					  .period_frames = 256,
					  .xruns = 3 };
	tree = (struct tree){ .mixer = &mixer,
			      .send = on_packet,
			      .subscribe = on_subscribe,
			      .look = on_look,
			      .peak = on_peak,
			      .prefix = "",
			      .local_all = true,
			      .jack_version = "1.9.21" };
	return mixer_add(&mixer, card);
}

static int teardown(void **state)
{
	(void)state;
	mixer_remove(&mixer, card);
	mixer_finish(&mixer);
	card_destroy(card);
	return 0;
}

static void hand_on(void *arg, const struct packet_message *message)
{
	const struct socket_peer peer = { .kind = by_unix ? SOCKET_UNIX : SOCKET_TCP,
					  .local = !remote,
					  .link = 7 };

	(void)arg;
	tree_handle(&tree, &peer, message);
}

/* Sends what packet_put would, and compares what comes back. */
#define SAY(answer, address, ...)                                              \
	do {                                                                   \
		struct packet_batch batch;                                     \
		packet_begin(&batch, hand_on_packet, NULL);                    \
		said[0] = '\0';                                                \
		assert_int_equal(packet_put(&batch, address, __VA_ARGS__), 0); \
		packet_flush(&batch);                                          \
		assert_string_equal(said, answer);                             \
	} while (0)

static void hand_on_packet(void *arg, const void *data, size_t size)
{
	assert_int_equal(packet_each(data, size, hand_on, arg), 1);
}

static const struct fader *fader(unsigned stream)
{
	return &card->streams[stream].strip.fader;
}

static void test_questions(void **state)
{
	(void)state;
	SAY("/pong 1 a\n", "/ping", "is", 1, "a");
	SAY("/synced 9\n", "/sync", "i", 9);
	SAY("/reply /version xenjackd " XENJACK_VERSION " 1.9.21 1\n", "/version", "");
	SAY("/jack/xruns 3\n", "/jack/xruns", "");
	SAY("/reply /stream/list item daw.main p closed 2 0 0 0 main daw\n"
	    "/reply /stream/list item daw.mic c closed 2 0 0 0 mic daw\n"
	    "/reply /stream/list end 2\n",
	    "/stream/list", "");
	SAY("/stream/daw.main/info daw 5 main p 2 0   0\n", "/stream/daw.main/info", "");
	card->sides[PCM_PLAYBACK].client = 1;
	card->sides[PCM_CAPTURE].client = 2;
	SAY("/stream/daw.main/info daw 5 main p 2 0  daw 0\n", "/stream/daw.main/info", "");
	SAY("/stream/daw.mic/info daw 5 mic c 2 0  daw-in~2 0\n", "/stream/daw.mic/info", "");
	mixer.jack.shared = true;
	SAY("/stream/daw.mic/info daw 5 mic c 2 0  xenjack-in~2 0\n", "/stream/daw.mic/info", "");
	mixer.jack.shared = false;
	SAY("/stream/daw.main/gain 0\n", "/stream/daw.main/gain", "");
	SAY("/stream/daw.main/fader 0.75\n", "/stream/daw.main/fader", "");
	SAY("/stream/daw.main/meter -193 -193\n", "/stream/daw.main/meter", "");
	SAY("/stream/daw.main/guest_volume\n", "/stream/daw.main/guest_volume", "");
	SAY("/stream/daw.main/latency 0 0 512 512 10.6667\n", "/stream/daw.main/latency", "");
	SAY("/stream/daw.main/stats 0 0 0 0 0\n", "/stream/daw.main/stats", "");
}

static void test_levels(void **state)
{
	(void)state;
	SAY("", "/stream/daw.main/gain", "f", -6.5);
	assert_true(fader(0)->gain_db == -6.5f);
	SAY("", "/stream/daw.main/gain", "i", -6);
	SAY("/stream/daw.main/gain -6\n", "/stream/daw.main/gain", "");
	SAY("", "/stream/daw.main/db_delta", "f", 2.0);
	assert_true(fader(0)->gain_db == -4.0f);
	SAY("", "/stream/daw.main/fader", "f", 0.5);
	assert_true(fabsf(fader(0)->gain_db + 10.0f) < 1e-4f);
	SAY("", "/stream/daw.main/gain/2", "f", -193.0);
	assert_true(fader(0)->trim_db[1] == -193.0f && fader(0)->trim_db[0] == 0.0f);
	SAY("/stream/daw.main/gain/2 -193\n", "/stream/daw.main/gain/2", "");
	SAY("", "/stream/daw.main/mute", "i", 1);
	assert_true(fader(0)->muted);
	SAY("", "/stream/daw.main/solo", "f", 1.0);
	assert_true(fader(0)->solo);
	SAY("/reply /solo/clear 0\n", "/solo/clear", "i", 0);
	SAY("/reply /solo/clear 1\n", "/solo/clear", "");
	assert_false(fader(0)->solo);
}

static float amplitude(unsigned stream)
{
	return atomic_load(&card->streams[stream].strip.fader.amplitudes.channels[0]);
}

/* A guest as a whole, whose own streams keep their levels. */
static void test_guests(void **state)
{
	(void)state;
	SAY("/reply /guest/list item daw 2 0 0\n/reply /guest/list end 1\n", "/guest/list", "");
	SAY("/guest/daw/gain 0\n", "/guest/daw/gain", "");
	SAY("/guest/daw/fader 0.75\n", "/guest/daw/fader", "");
	SAY("/guest/daw/mute 0\n", "/guest/daw/mute", "");
	SAY("", "/guest/daw/gain", "f", -20.0);
	assert_true(fabsf(amplitude(0) - 0.1f) < 1e-6f && fabsf(amplitude(1) - 0.1f) < 1e-6f);
	SAY("", "/guest/d*/db_delta", "f", -20.0);
	SAY("/guest/daw/gain -40\n", "/guest/*/gain", "");
	assert_true(fabsf(amplitude(0) - 0.01f) < 1e-6f);
	SAY("", "/guest/daw/fader", "f", 0.75);
	assert_true(amplitude(0) == 1.0f);
	SAY("", "/guest/daw/mute", "i", 1);
	assert_true(amplitude(0) == 0.0f && amplitude(1) == 0.0f);
	SAY("/reply /guest/list item daw 2 0 1\n/reply /guest/list end 1\n", "/guest/list", "");
	assert_true(fader(0)->gain_db == 0.0f && !fader(0)->muted);
	SAY("", "/guest/daw/{gain,mute}", "i", 0);
	assert_true(amplitude(0) == 1.0f);
	SAY("/error /guest/daw/gain 34 out of range\n", "/guest/daw/gain", "f", 11.0);
	SAY("/error /guest/daw/mute 34 out of range\n", "/guest/daw/mute", "i", 2);
	SAY("/error /guest/daw/gain 22 wrong arguments\n", "/guest/daw/gain", "s", "loud");
	SAY("/error /guest/nobody/mute 2 no such address, stream, guest, port, patch or "
	    "connection\n",
	    "/guest/nobody/mute", "i", 1);
	/* Setting it is as much work as setting each of its streams. */
	tree.calls = 0;
	SAY("", "/guest/daw/gain", "f", 0.0);
	assert_int_equal(tree.calls, 3);
	tree.calls = 16384;
	SAY("/error /guest/*/gain 7 too many wildcards, or too much work for one packet\n",
	    "/guest/*/gain", "");
	tree.calls = 0;
}

static struct card *make_guest(const char *guest, const char *name, uint32_t domid)
{
	struct card *made = card_create(1);

	assert_non_null(made);
	snprintf(made->name, sizeof(made->name), "%s", name);
	snprintf(made->guest, sizeof(made->guest), "%s", guest);
	made->domid = domid;
	made->streams[0].channels = 1;
	snprintf(made->streams[0].label, sizeof(made->streams[0].label), "main");
	card_arrange(made);
	assert_int_equal(mixer_add(&mixer, made), 0);
	return made;
}

/* A name that is no part of an address, and a guest that a message removes. */
static void test_odd_guests(void **state)
{
	struct card *odd = make_guest("c/vm*", "mic_vm", 2);

	(void)state;
	SAY("/guest/c%2Fvm%2A/gain 0\n", "/guest/c%2Fvm%2A/gain", "");
	SAY("", "/guest/c%2Fvm%2A/mute", "i", 1);
	SAY("", "/guest/c*/gain", "f", -6.0);
	mixer_remove(&mixer, odd);
	card_destroy(odd);
	SAY("/reply /guest/list item c/vm* 0 -6 1\n/reply /guest/list item daw 2 0 0\n"
	    "/reply /guest/list end 2\n",
	    "/guest/list", "");
	SAY("/guest/c%2Fvm%2A/mute 1\n/guest/daw/mute 0\n", "/guest/*/mute", "");
	SAY("", "/guest/c%2Fvm%2A/mute", "i", 0);
	SAY("", "/guest/daw/mute", "i", 1);
	/* The second level that this sets finds it gone, and the next guest is not passed over. */
	SAY("", "/guest/*/{gain,mute}", "i", 0);
	SAY("/guest/daw/mute 0\n", "/guest/*/mute", "");
	SAY("/reply /guest/list item daw 2 0 0\n/reply /guest/list end 1\n", "/guest/list", "");
}

/* Domain 7, which has no name, and a guest that is called so have each its own address. */
static void test_nameless(void **state)
{
	struct card *nameless = make_guest("", "dom7", 7), *second = make_guest("", "dom7@1", 7);
	struct card *called = make_guest("dom7", "dom7~1", 3);
	struct card *plain = make_guest("dom7x", "dom7x", 4);

	(void)state;
	SAY("", "/guest/dom7/mute", "i", 1);
	assert_true(nameless->streams[0].strip.fader.guest_muted);
	assert_true(second->streams[0].strip.fader.guest_muted);
	assert_false(called->streams[0].strip.fader.guest_muted);
	SAY("", "/guest/%64om7/gain", "f", -6.0);
	assert_true(called->streams[0].strip.fader.guest_db == -6.0f);
	assert_true(nameless->streams[0].strip.fader.guest_db == 0.0f);
	SAY("/guest/daw/gain 0\n/guest/%64om7/gain -6\n/guest/dom7/gain 0\n/guest/dom7x/gain 0\n",
	    "/guest/*/gain", "");
	SAY("/stream/dom7@1.main/info dom7 7 main p 1 0   0\n", "/stream/dom7@1.main/info", "");
	SAY("/reply /stream/list item daw.main p closed 2 0 0 0 main daw\n"
	    "/reply /stream/list item daw.mic c closed 2 0 0 0 mic daw\n"
	    "/reply /stream/list item dom7.main p closed 1 0 0 0 main \n"
	    "/reply /stream/list item dom7@1.main p closed 1 0 0 0 main \n"
	    "/reply /stream/list item dom7x.main p closed 1 0 0 0 main dom7x\n"
	    "/reply /stream/list item dom7~1.main p closed 1 0 0 0 main dom7\n"
	    "/reply /stream/list end 6\n",
	    "/stream/list", "");
	mixer_remove(&mixer, nameless);
	mixer_remove(&mixer, second);
	mixer_remove(&mixer, called);
	mixer_remove(&mixer, plain);
	card_destroy(nameless);
	card_destroy(second);
	card_destroy(called);
	card_destroy(plain);
}

/* The table, which knows nothing of the mixer, and the mixer end at the same levels. */
static void test_ends(void **state)
{
	(void)state;
	assert_true(TABLE_DB_MIN == FADER_DB_MIN && TABLE_DB_MAX == FADER_DB_MAX);
}

static void test_patterns(void **state)
{
	(void)state;
	SAY("", "/stream/*/mute", "i", 1);
	assert_true(fader(0)->muted && fader(1)->muted);
	SAY("", "/stream/daw.m{ain,ouse}/mute", "i", 0);
	assert_true(!fader(0)->muted && fader(1)->muted);
	SAY("/stream/daw.main/gain/1 0\n/stream/daw.main/gain/2 0\n", "/stream/daw.ma*/gain/*", "");
	SAY("", "/stream/daw.mic/gain/[1-2]", "f", -3.0);
	assert_true(fader(1)->trim_db[0] == -3.0f && fader(1)->trim_db[1] == -3.0f);
}

static void test_refused(void **state)
{
	(void)state;
	SAY("/error /nothing 2 no such address, stream, guest, port, patch or connection\n",
	    "/nothing", "");
	SAY("/error /stream/no.such/gain 2 no such address, stream, guest, port, patch or connection\n",
	    "/stream/no.such/gain", "f", 0.0);
	SAY("/error /stream/daw.main/gain/3 2 no such address, stream, guest, port, patch or connection\n",
	    "/stream/daw.main/gain/3", "");
	SAY("/error /stream/daw.main/gain 34 out of range\n", "/stream/daw.main/gain", "f", 11.0);
	SAY("/error /stream/daw.main/gain 22 wrong arguments\n", "/stream/daw.main/gain", "f",
	    (double)NAN);
	SAY("/error /stream/daw.main/gain 22 wrong arguments\n", "/stream/daw.main/gain", "s",
	    "loud");
	SAY("/error /stream/daw.main/gain 22 wrong arguments\n", "/stream/daw.main/gain", "ff", 0.0,
	    0.0);
	SAY("/error /stream/daw.main/mute 34 out of range\n", "/stream/daw.main/mute", "i", 2);
	SAY("/error /stream/daw.main/stats 1 read-only\n", "/stream/daw.main/stats", "i", 0);
	SAY("/error /stream/[/gain 22 wrong arguments\n", "/stream/[/gain", "");
	SAY("/error /connect 22 wrong arguments\n", "/connect", "s", "a");
	SAY("/error /heartbeat 2 no such address, stream, guest, port, patch or connection\n",
	    "/heartbeat", "");
	tree.calls = 16383;
	SAY("/stream/daw.main/gain 0\n"
	    "/error /stream/*/gain 7 too many wildcards, or too much work for one packet\n",
	    "/stream/*/gain", "");
	tree.calls = 16384;
	SAY("/error /stream/*/gain 7 too many wildcards, or too much work for one packet\n",
	    "/stream/*/gain", "");
	tree.calls = 0;
	/* Answers get no answer. Patterns do not match commands: otherwise, querying all addresses
	 * with wildcards would run them. */
	SAY("", "/error", "sis", "/x", 2, "y");
	SAY("", "/reply", "s", "/x");
	SAY("", "/stream/daw.main/solo", "i", 1);
	SAY("/error /solo/* 2 no such address, stream, guest, port, patch or connection\n",
	    "/solo/*", "");
	assert_true(fader(0)->solo);
	SAY("", "/stream/daw.main/solo", "i", 0);
	SAY("/error /describe 22 wrong arguments\n", "/describe", "s", "foo");
	assert_null(sent);
	assert_true(fader(0)->gain_db == 0.0f && !fader(0)->muted);
}

/* JACK's answers come later, with the number of the request if it had one. */
static void test_orders(void **state)
{
	struct jack_request *first;

	(void)state;
	SAY("", "/connect", "ssi", "daw.main_1", "system:playback_1", 77);
	assert_int_equal(sent->verb, JACK_REQUEST_CONNECT);
	assert_string_equal(sent->b, "system:playback_1");
	mixer_answer(&mixer, sent);
	assert_string_equal(said, "/reply /connect daw.main_1 system:playback_1 77\n");
	SAY("", "/connect", "ssi", "daw.main_1", "system:playback_1", 78);
	sent->err = -EEXIST;
	mixer_answer(&mixer, sent);
	assert_string_equal(said, "/error /connect 17 already connected 78\n");
	/* /sync waits for all of this peer's pending requests. */
	SAY("", "/disconnect", "ss", "a", "b");
	first = sent;
	SAY("", "/sync", "i", 1);
	SAY("", "/patch/list", "");
	SAY("", "/sync", "i", 2);
	SAY("/stream/daw.main/gain 0\n", "/stream/daw.main/gain", "");
	said[0] = '\0';
	mixer_answer(&mixer, first);
	assert_string_equal(said, "/reply /disconnect a b\n/synced 1\n");
	said[0] = '\0';
	mixer_answer(&mixer, sent);
	assert_string_equal(said, "/reply /patch/list end 0\n/synced 2\n");
	SAY("/synced 3\n", "/sync", "i", 3);
	SAY("", "/stream/daw.main/ports", "");
	assert_int_equal(sent->verb, JACK_REQUEST_PORTS);
	assert_string_equal(sent->a, "daw.main_*");
	jack_request_add(sent,
			 &(struct jack_request_row){ .name = "daw:main_1", .other = "daw.main_1" });
	mixer_answer(&mixer, sent);
	assert_string_equal(said, "/reply /stream/daw.main/ports item daw:main_1 daw.main_1\n"
				  "/reply /stream/daw.main/ports end 1\n");
	SAY("/reply /subscribe subscribed\n", "/subscribe", "si", "params", 10);
}

/* JSON of everything, and of one address, with OSCQuery's attributes. */
static void test_described(void **state)
{
	(void)state;
	SAY("/reply /describe item /stream/daw.mic/mute {\"FULL_PATH\":\"/stream/daw.mic/mute\","
	    "\"ACCESS\":3,\"DESCRIPTION\":\"Mutes the stream; its gain is kept.\",\"TYPE\":\"i\","
	    "\"RANGE\":[{\"VALS\":[0,1]}],\"UNIT\":[\"\"]}\n"
	    "/reply /describe end 1\n",
	    "/describe", "s", "/stream/daw.mic/mute");
	SAY("/reply /describe item /guest/daw/mute {\"FULL_PATH\":\"/guest/daw/mute\",\"ACCESS\":3,"
	    "\"DESCRIPTION\":\"Mutes the guest as a whole: all its streams, also those that it "
	    "opens later under other names. The streams keep their own mutes.\",\"TYPE\":\"i\","
	    "\"RANGE\":[{\"VALS\":[0,1]}],\"UNIT\":[\"\"]}\n"
	    "/reply /describe end 1\n",
	    "/describe", "s", "/guest/daw/mute");
	SAY("/error /describe 2 no such address, stream, guest, port, patch or connection\n",
	    "/describe", "s", "/no");
	said[0] = '\0';
}

/* Every address of the table has a handler. */
static void test_complete(void **state)
{
	(void)state;
	for (unsigned name = 0; name < TABLE_COUNT; name++) {
		unsigned handlers = (tree_stream_handlers[name] != NULL) +
				    (tree_guest_handlers[name] != NULL) +
				    (tree_jack_handlers[name] != NULL) +
				    (tree_self_handlers[name] != NULL);
		const struct table_row *row = table_row((enum table_name)name);

		assert_non_null(row->path);
		assert_true(strlen(row->text) > 10);
		assert_int_equal(handlers, !(row->access & TABLE_SEND));
	}
}

#define TREE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

/* What only the Unix socket may do, unless the configuration says so. */
static void test_who_may_connect(void **state)
{
	static const struct {
		bool unix_socket, remote, local_all, remote_all, may;
	} rows[] = {
		{ false, false, false, false, false }, { false, false, false, true, false },
		{ false, false, true, false, true },   { false, true, false, false, false },
		{ false, true, true, false, false },   { false, true, false, true, true },
		{ true, false, false, false, true },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		by_unix = rows[i].unix_socket;
		remote = rows[i].remote;
		tree.local_all = rows[i].local_all;
		tree.remote_all = rows[i].remote_all;
		if (rows[i].may) {
			SAY("/error /connect 22 wrong arguments\n", "/connect", "s", "a");
		} else {
			SAY("/error /connect 13 not allowed over UDP and TCP\n", "/connect", "ss",
			    "a", "b");
			SAY("/error /patch/store 13 not allowed over UDP and TCP\n", "/patch/store",
			    "s", "evening");
		}
		SAY("/stream/daw.main/gain 0\n", "/stream/daw.main/gain", "");
		SAY("", "/stream/daw.main/mute", "i", 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TREE(test_questions), TREE(test_levels),     TREE(test_ends),
		TREE(test_guests),    TREE(test_odd_guests), TREE(test_nameless),
		TREE(test_patterns),  TREE(test_refused),    TREE(test_orders),
		TREE(test_described), TREE(test_complete),   TREE(test_who_may_connect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
