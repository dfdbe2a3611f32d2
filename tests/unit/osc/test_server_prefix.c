/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A prefix of addresses: needed over the network, not on the Unix socket. */
#include <arpa/inet.h>
#include <errno.h>

#include "tests/unit/osc/server_fixture.h"

/* The longest valid prefix. */
#define LONG "/345678901234567890123456789012345678901234567890123456789012_1"

static struct jack_request *asked;
static int near, far; /* clients: on the Unix socket, over UDP */

/* Runs the loop until a client's messages contain this. */
static void await(int fd, const char *text)
{
	came[0] = '\0';
	for (int i = 0; i < TRIES && !strstr(came, text); i++) {
		ev_run(loop, EVRUN_NOWAIT);
		take(fd);
		usleep(1000);
	}
	if (!strstr(came, text)) {
		assert_string_equal(came, text);
	}
}

static void expect(int fd, const char *text)
{
	await(fd, text);
	assert_string_equal(came, text);
}

static void keep_order(void *arg, struct jack_request *request)
{
	(void)arg;
	asked = request;
}

static int begin(const char *prefix)
{
	static const char *const label = "main";
	struct server_options options = { .prefix = prefix, .allow = "", .local_all = true };
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	if (open_mixer(&label, 1)) {
		return -1;
	}
	mixer.hooks.send = keep_order;
	assert_int_equal(open_server(&options), 0);
	assert_int_equal(socket_listen(&server->sockets, SOCKET_UDP, "127.0.0.1", 0), 0);
	in.sin_port = htons(socket_port(&server->sockets, 1));
	near = client();
	far = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(far, (struct sockaddr *)&in, sizeof(in)), 0);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	return begin("/xen");
}

static int setup_long(void **state)
{
	(void)state;
	return begin(LONG);
}

static int teardown(void **state)
{
	(void)state;
	close(near);
	close(far);
	close_server();
	return 0;
}

/* Messages for other devices are ignored without an answer. */
static void test_others(void **state)
{
	static const char *const others[] = { "/stream/daw.main/mute",
					      "/xe/stream/daw.main/mute",
					      "/xen1/stream/daw.main/mute",
					      "/xen",
					      "/ping",
					      "/x?n/stream/daw.main/mute",
					      "/XEN/ping" };

	(void)state;
	for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		SAY(far, others[i], "i", 1);
	}
	SAY(far, "/xen/stream/daw.main/mute", "");
	expect(far, "/xen/stream/daw.main/mute 0\n");
	assert_int_equal(server->foreign, 7);
	assert_int_equal(server->malformed, 0);
}

/* Everything that is answered at once: values, /reply, /error, and answers with an address of their
 * own. */
static void test_answers(void **state)
{
	(void)state;
	SAY(far, "/xen/stream/*.main/gain", "f", -6.0);
	SAY(far, "/xen/stream/*.main/gain", "");
	expect(far, "/xen/stream/daw.main/gain -6\n");
	SAY(far, "/xen/ping", "s", "/x");
	expect(far, "/xen/pong /x\n");
	SAY(far, "/xen/sync", "i", 5);
	expect(far, "/xen/synced 5\n");
	SAY(far, "/xen/solo/clear", "ii", 1, 8);
	expect(far, "/xen/reply /xen/solo/clear 0 8\n");
	SAY(far, "/xen/stream/daw.main/gain", "f", 99.0);
	expect(far, "/xen/error /xen/stream/daw.main/gain 34 out of range\n");
	SAY(far, "/xen/", "");
	expect(far, "/xen/error /xen/ 22 wrong arguments\n");
	SAY(far, "/xen/xen/ping", "");
	expect(far, "/xen/error /xen/xen/ping 2 no such address, stream, guest, port, patch or "
		    "connection\n");
	/* Answers get no answer. */
	SAY(far, "/xen/reply", "s", "/x");
	SAY(far, "/xen/error", "s", "/x");
	/* Addresses passed as arguments have no prefix. */
	SAY(far, "/xen/describe", "s", "/xen/ping");
	expect(far, "/xen/error /xen/describe 2 no such address, stream, guest, port, patch or "
		    "connection\n");
	SAY(far, "/xen/describe", "s", "/ping");
	await(far, "/xen/reply /xen/describe end 1\n");
	assert_memory_equal(came, "/xen/reply /xen/describe item /ping {\"FULL_PATH\":\"/ping\"",
			    54);
	assert_int_equal(server->foreign, 0);
}

/* Answers that wait for JACK. */
static void test_later(void **state)
{
	(void)state;
	SAY(far, "/xen/connect", "ss", "a", "b");
	SAY(far, "/xen/sync", "i", 6);
	for (int i = 0; i < TRIES && server->tree.pending_count < 2; i++) {
		ev_run(loop, EVRUN_NOWAIT);
		usleep(1000);
	}
	asked->err = -ENOENT;
	mixer_answer(&mixer, asked);
	await(far, "/xen/synced 6\n");
	assert_string_equal(
		came, "/xen/error /xen/connect 2 no such address, stream, guest, port, patch or "
		      "connection\n/xen/synced 6\n");
}

/* What subscribers get, with or without the prefix. */
static void test_told(void **state)
{
	(void)state;
	SAY(far, "/xen/subscribe", "s", "params,streams,echo");
	await(far, "/xen/guest/daw/mute 0\n");
	assert_non_null(strstr(came, "/xen/reply /xen/subscribe params,streams,echo 10  0\n"
				     "/xen/event/params 1\n/xen/stream/daw.main/gain 0\n"));
	SAY(near, "/subscribe", "s", "params,streams");
	await(near, "/guest/daw/mute 0\n");
	assert_non_null(strstr(came, "/reply /subscribe params,streams 0  0\n"
				     "/stream/daw.main/gain 0\n"));
	mixer_tell(&mixer,
		   &(struct event){ .kind = EVENT_STREAM_OPENED, .stream = mixer.streams[0] });
	SAY(near, "/stream/daw.main/mute", "i", 1);
	await(far, "/xen/stream/daw.main/mute 1\n");
	assert_memory_equal(came, "/xen/event/stream/opened 2 daw.main p main\n", 43);
	SAY(far, "/xen/stream/daw.main/mute", "i", 0);
	await(near, "/stream/daw.main/mute 0\n");
	assert_memory_equal(came, "/event/stream/opened 1 daw.main p main\n", 39);
	SAY(far, "/xen/unsubscribe", "");
	await(far, "/xen/reply /xen/unsubscribe all\n");
	SAY(far, "/xen/subscribe", "s", "heartbeat");
	await(far, "/xen/heartbeat 1 ");
	SAY(far, "/xen/subscribe/meters", "si", "*", 20);
	await(far, "/xen/stream/daw.main/meter -193 -193\n/xen/stream/daw.main/rms -193 -193\n");
}

/* The Unix socket is ours alone: it needs no prefix. */
static void test_unix(void **state)
{
	(void)state;
	SAY(near, "/ping", "i", 1);
	expect(near, "/pong 1\n");
	SAY(near, "/xen/ping", "i", 1);
	expect(near,
	       "/error /xen/ping 2 no such address, stream, guest, port, patch or connection\n");
	SAY(near, "/solo/clear", "");
	expect(near, "/reply /solo/clear 0\n");
	assert_int_equal(server->foreign, 0);
}

/* The longest prefix and the longest answers fit a datagram. */
static void test_long(void **state)
{
	unsigned items = 0, count;
	const char *last;

	(void)state;
	assert_int_equal(strlen(LONG), PACKET_PREFIX_MAX);
	SAY(far, LONG "/describe", "si", "/stream", 7);
	await(far, " 7\n");
	for (const char *at = came; (at = strstr(at, " item /stream ")); at++) {
		items++;
	}
	last = strstr(came, LONG "/reply " LONG "/describe end ");
	assert_non_null(last);
	assert_int_equal(sscanf(last, LONG "/reply " LONG "/describe end %u 7", &count), 1);
	assert_int_equal(items, count);
	assert_true(items > 2);
}

#define SERVER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SERVER(test_others),
		SERVER(test_answers),
		SERVER(test_later),
		SERVER(test_told),
		SERVER(test_unix),
		cmocka_unit_test_setup_teardown(test_long, setup_long, teardown),
	};
	int failed;

	if (!mkdtemp(folder)) {
		return EXIT_FAILURE;
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(folder);
	return failed;
}
