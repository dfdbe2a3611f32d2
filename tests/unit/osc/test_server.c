/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Subscribers over a Unix socket: which messages they get, when and how often. */
#include <errno.h>

#include "src/base/clock.h"
#include "tests/unit/osc/server_fixture.h"

/* Runs the loop until the client's messages end with this. */
static void expect(int fd, const char *text)
{
	came[0] = '\0';
	for (int i = 0; i < TRIES && strlen(came) < strlen(text); i++) {
		ev_run(loop, EVRUN_NOWAIT);
		take(fd);
		usleep(1000);
	}
	assert_string_equal(came, text);
}

/* Runs the loop for longer than anything is delayed, and expects nothing. */
static void expect_silence(int fd)
{
	came[0] = '\0';
	for (int i = 0; i < 80; i++) {
		ev_run(loop, EVRUN_NOWAIT);
		take(fd);
		usleep(1000);
	}
	assert_string_equal(came, "");
}

/* --- set-up: two streams */

static int setup(void **state)
{
	static const char *const labels[] = { "main", "mic" };
	struct server_options options = { .prefix = "", .allow = "10.0.0.0/8" };

	(void)state;
	return open_mixer(labels, 2) || open_server(&options);
}

static int teardown(void **state)
{
	(void)state;
	close_server();
	return 0;
}

static struct stream *stream_at(unsigned n)
{
	return mixer.streams[n];
}

/* --- levels */

#define STREAM(id, mute)                                                                         \
	"/stream/" id "/gain 0\n/stream/" id "/fader 0.75\n/stream/" id "/gain/1 0\n/stream/" id \
	"/gain/2 0\n/stream/" id "/mute " mute "\n/stream/" id "/solo 0\n"
#define GUEST "/guest/daw/gain 0\n/guest/daw/fader 0.75\n/guest/daw/mute 0\n"
#define VALUES STREAM("daw.main", "0") STREAM("daw.mic", "0") GUEST

static void test_levels(void **state)
{
	int setter = client(), other = client(), echo = client(), late;
	struct packet_batch batch;

	(void)state;
	SAY(setter, "/subscribe", "s", "params");
	expect(setter, "/reply /subscribe params 0  0\n" VALUES);
	SAY(other, "/subscribe", "si", "params", 5);
	expect(other, "/reply /subscribe params 0  0\n" VALUES);
	SAY(echo, "/subscribe", "s", "params,echo");
	expect(echo, "/reply /subscribe params,echo 0  0\n" VALUES);
	/* Of many changes at once, only the last is sent. */
	packet_begin(&batch, sink, &setter);
	for (int i = 1; i <= 20; i++) {
		packet_put(&batch, "/stream/daw.main/gain", "f", -(double)i);
	}
	packet_put(&batch, "/stream/daw.main/gain/2", "f", -3.0);
	packet_put(&batch, "/stream/daw.mic/mute", "i", 1);
	packet_flush(&batch);
	expect(other, "/stream/daw.main/gain -20\n/stream/daw.main/fader 0.375\n"
		      "/stream/daw.main/gain/2 -3\n/stream/daw.mic/mute 1\n");
	expect_silence(other);
	expect_silence(setter);
	SAY(echo, "/stream/daw.main/solo", "i", 1);
	expect(setter, "/stream/daw.main/solo 1\n");
	expect(other, "/stream/daw.main/solo 1\n");
	came[0] = '\0';
	take(echo);
	assert_non_null(strstr(came, "/stream/daw.main/gain -20\n"));
	assert_non_null(strstr(came, "/stream/daw.main/solo 1\n"));
	/* Two clients set the same level at the same moment: both get the result. */
	SAY(setter, "/stream/daw.main/gain", "f", -1.0);
	ev_run(loop, EVRUN_NOWAIT);
	SAY(other, "/stream/daw.main/gain", "f", -2.0);
	expect(setter, "/stream/daw.main/gain -2\n/stream/daw.main/fader 0.7\n");
	expect(other, "/stream/daw.main/gain -2\n/stream/daw.main/fader 0.7\n");
	/* A client that subscribes after a change gets it once. */
	mixer_set_muted(&mixer, stream_at(0), false);
	late = client();
	SAY(late, "/subscribe", "s", "params");
	expect(late,
	       "/reply /subscribe params 0  0\n"
	       "/stream/daw.main/gain -2\n/stream/daw.main/fader 0.7\n"
	       "/stream/daw.main/gain/1 0\n/stream/daw.main/gain/2 -3\n"
	       "/stream/daw.main/mute 0\n/stream/daw.main/solo 1\n" STREAM("daw.mic", "1") GUEST);
	expect_silence(late);
	expect(setter, "/stream/daw.main/mute 0\n");
	close(late);
	/* A change that came from none of them goes to all. */
	mixer_set_muted(&mixer, stream_at(0), true);
	expect(setter, "/stream/daw.main/mute 1\n");
	close(setter);
	close(other);
	close(echo);
}

/* A guest's level goes to subscribers as a stream's does, also the one that removes it. */
static void test_guest_levels(void **state)
{
	int setter = client(), other = client();
	struct packet_batch batch;

	(void)state;
	SAY(setter, "/subscribe", "s", "params");
	expect(setter, "/reply /subscribe params 0  0\n" VALUES);
	SAY(other, "/subscribe", "s", "params");
	expect(other, "/reply /subscribe params 0  0\n" VALUES);
	packet_begin(&batch, sink, &setter);
	for (int i = 1; i <= 20; i++) {
		packet_put(&batch, "/guest/daw/gain", "f", -(double)i);
	}
	packet_put(&batch, "/guest/daw/mute", "i", 1);
	packet_put(&batch, "/stream/daw.main/mute", "i", 1);
	packet_flush(&batch);
	expect(other, "/guest/daw/gain -20\n/guest/daw/fader 0.375\n/guest/daw/mute 1\n"
		      "/stream/daw.main/mute 1\n");
	expect_silence(setter);
	mixer_remove(&mixer, card);
	SAY(setter, "/guest/daw/gain", "f", 0.0);
	expect(other, "/guest/daw/gain 0\n/guest/daw/fader 0.75\n");
	SAY(setter, "/guest/daw/mute", "i", 0);
	expect(other, "/guest/daw/mute 0\n");
	expect_silence(other);
	SAY(setter, "/guest/list", "");
	expect(setter, "/reply /guest/list end 0\n");
	assert_int_equal(mixer_add(&mixer, card), 0);
	close(setter);
	close(other);
}

/* Pending changes of a removed stream are dropped. */
static void test_gone_stream(void **state)
{
	int fd = client();

	(void)state;
	SAY(fd, "/subscribe", "s", "params,streams,echo");
	expect(fd, "/reply /subscribe params,streams,echo 0  0\n" VALUES);
	mixer_set_gain(&mixer, stream_at(0), -5.0f);
	mixer_set_gain(&mixer, stream_at(1), -6.0f);
	mixer_remove(&mixer, card);
	expect(fd, "/event/stream/removed 1 daw.main p main\n"
		   "/event/stream/removed 2 daw.mic c mic\n");
	expect_silence(fd);
	assert_int_equal(server->level_count, 0);
	assert_int_equal(mixer_add(&mixer, card), 0);
	expect(fd, "/event/stream/added 3 daw.main p main\n"
		   "/event/stream/added 4 daw.mic c mic\n");
	assert_int_equal(server->level_count, 2);
	close(fd);
}

/* --- events */

static void test_events(void **state)
{
	int first = client(), second = client();

	(void)state;
	SAY(first, "/subscribe", "s", "streams,stats");
	expect(first, "/reply /subscribe streams,stats 0  0\n");
	mixer_tell(&mixer, &(struct event){ .kind = EVENT_STREAM_OPENED, .stream = stream_at(0) });
	expect(first, "/event/stream/opened 1 daw.main p main\n");
	SAY(second, "/subscribe", "s", "streams");
	expect(second, "/reply /subscribe streams 0  0\n");
	mixer_tell(&mixer, &(struct event){ .kind = EVENT_STREAM_STARTED, .stream = stream_at(0) });
	mixer_tell(
		&mixer,
		&(struct event){ .kind = EVENT_STREAM_XRUN, .stream = stream_at(0), .number = 7 });
	mixer_tell(&mixer,
		   &(struct event){ .kind = EVENT_SERVER_XRUN, .stream = NULL, .number = 7 });
	expect(first, "/event/stream/started 2 daw.main p main\n/event/stream/xrun 3 daw.main 7\n");
	expect(second, "/event/stream/started 1 daw.main p main\n");
	SAY(first, "/unsubscribe", "s", "streams");
	expect(first, "/reply /unsubscribe streams\n");
	mixer_tell(&mixer, &(struct event){ .kind = EVENT_STREAM_STOPPED, .stream = stream_at(0) });
	expect(second, "/event/stream/stopped 2 daw.main p main\n");
	expect_silence(first);
	SAY(second, "/subscribe", "s", "nonsense");
	expect(second, "/error /subscribe 22 wrong arguments\n");
	close(first);
	close(second);
}

static void test_crowd(void **state)
{
	int fds[LEASE_COUNT_MAX + 1];

	(void)state;
	for (unsigned i = 0; i <= LEASE_COUNT_MAX; i++) {
		fds[i] = client();
		SAY(fds[i], "/subscribe", "s", "jack");
		expect(fds[i], i < LEASE_COUNT_MAX ? "/reply /subscribe jack 0  0\n"
						   : "/error /subscribe 87 too many subscribers\n");
	}
	/* A connection that ends frees its place. */
	close(fds[3]);
	expect_silence(fds[LEASE_COUNT_MAX]);
	SAY(fds[LEASE_COUNT_MAX], "/subscribe", "s", "jack");
	expect(fds[LEASE_COUNT_MAX], "/reply /subscribe jack 0  0\n");
	fds[3] = fds[LEASE_COUNT_MAX];
	for (unsigned i = 0; i < LEASE_COUNT_MAX; i++) {
		close(fds[i]);
	}
	expect_silence(client());
	assert_false(ev_is_active(&server->beat));
}

/* --- meters */

static void measure(unsigned n, float left, float right)
{
	const float samples[2][1] = { { left }, { right } };
	const float *const both[] = { samples[0], samples[1] };

	assert_true(meter_wanted(&stream_at(n)->strip.meter));
	meter_measure(&stream_at(n)->strip.meter, both, 2, 1);
}

/* Nothing is sent before it can have been measured. */
static void test_first_meters(void **state)
{
	int64_t begin_ns = clock_now_ns();
	int patient = client();

	(void)state;
	SAY(patient, "/subscribe/meters", "si", "*", 1000);
	expect(patient, "/reply /subscribe/meters * 1000 0  0\n");
	for (int i = 0; i < 5; i++) {
		ev_run(loop, EVRUN_NOWAIT);
	}
	came[0] = '\0';
	take(patient);
	/* On a machine that stood still meanwhile, they were due. */
	if (clock_now_ns() - begin_ns < 1000000000) {
		assert_string_equal(came, "");
	}
	close(patient);
}

static void test_meters(void **state)
{
	int quick = client(), slow = client(), asker = client();

	(void)state;
	assert_false(meter_wanted(&stream_at(0)->strip.meter));
	SAY(quick, "/subscribe/meters", "si", "*.main", 20);
	expect(quick, "/reply /subscribe/meters *.main 20 0  0\n"
		      "/stream/daw.main/meter -193 -193\n/stream/daw.main/rms -193 -193\n");
	SAY(slow, "/subscribe/meters", "si", "*", 200);
	expect(slow, "/reply /subscribe/meters * 200 0  0\n"
		     "/stream/daw.main/meter -193 -193\n/stream/daw.main/rms -193 -193\n"
		     "/stream/daw.mic/meter -193 -193\n/stream/daw.mic/rms -193 -193\n");
	/* Every subscriber gets the same peak, however often others read it. */
	measure(0, 0.5f, 1.0f);
	measure(1, 0.25f, 0.0f);
	expect(quick, "/stream/daw.main/meter -6.021 0\n");
	expect(quick, "/stream/daw.main/meter -193 -193\n");
	SAY(asker, "/stream/daw.main/meter", "", 0);
	expect(asker, "/stream/daw.main/meter -6.021 0\n");
	SAY(asker, "/stream/daw.main/meter", "", 0);
	expect(asker, "/stream/daw.main/meter -193 -193\n");
	expect(slow, "/stream/daw.main/meter -6.021 0\n/stream/daw.mic/meter -12.041 -193\n");
	expect(slow, "/stream/daw.main/meter -193 -193\n/stream/daw.mic/meter -193 -193\n");
	/* Changes of less than half a dB are not sent. */
	measure(0, 0.5f, 0.5f);
	expect(quick, "/stream/daw.main/meter -6.021 -6.021\n");
	for (int i = 0; i < 20; i++) {
		measure(0, 0.51f, 0.5f);
		ev_run(loop, EVRUN_NOWAIT);
		usleep(2000);
	}
	expect(quick, "/stream/daw.main/meter -193 -193\n");
	close(quick);
	close(slow);
	expect_silence(asker);
	/* Metering stays on for clients that poll. */
	assert_true(meter_wanted(&stream_at(0)->strip.meter));
	server->asked_ns = 1;
	server_settle(server);
	assert_false(meter_wanted(&stream_at(0)->strip.meter));
	assert_false(ev_is_active(&server->meter));
	close(asker);
}

static void test_meters_go_on(void **state)
{
	int quick = client();

	(void)state;
	SAY(quick, "/subscribe/meters", "si", "*.main", 20);
	expect(quick, "/reply /subscribe/meters *.main 20 0  0\n"
		      "/stream/daw.main/meter -193 -193\n/stream/daw.main/rms -193 -193\n");
	/* Renewing a subscription loses no peak, and sends nothing that was not measured. */
	measure(0, 0.5f, 1.0f);
	SAY(quick, "/subscribe/meters", "si", "*.main", 20);
	expect(quick, "/reply /subscribe/meters *.main 20 0  0\n/stream/daw.main/meter -6.021 0\n");
	expect(quick, "/stream/daw.main/meter -193 -193\n");
	/* Another subscription begins anew, with every level. */
	SAY(quick, "/subscribe/meters", "si", "daw.main", 20);
	measure(0, 0.5f, 1.0f);
	expect(quick, "/reply /subscribe/meters daw.main 20 0  0\n"
		      "/stream/daw.main/meter -6.021 0\n/stream/daw.main/rms -193 -193\n");
	expect(quick, "/stream/daw.main/meter -193 -193\n");
	/* While a stream runs, between two cycles of JACK is not silence. */
	atomic_store(&stream_at(0)->strip.status.state, STREAM_RUNNING);
	measure(0, 0.5f, 1.0f);
	expect(quick, "/stream/daw.main/meter -6.021 0\n/stream/daw.main/rms -42.834 -36.813\n");
	expect_silence(quick);
	measure(0, 0.0f, 0.0f);
	expect(quick, "/stream/daw.main/meter -193 -193\n");
	atomic_store(&stream_at(0)->strip.status.state, STREAM_CLOSED);
	close(quick);
}

/* --- from another host, whose address may be forged */

static void answer(void *arg, const struct socket_peer *peer, const void *data, size_t size)
{
	(void)arg;
	(void)peer;
	assert_true(packet_each(data, size, on_message, NULL) > 0);
}

static void hand_on(void *arg, const struct packet_message *message)
{
	tree_handle(&server->tree, arg, message);
}

static void hand_packet(void *arg, const void *data, size_t size)
{
	came[0] = '\0';
	assert_int_equal(packet_each(data, size, hand_on, arg), 1);
}

#define FROM(peer, address, types, ...)                                                  \
	do {                                                                             \
		struct packet_batch saying;                                              \
		packet_begin(&saying, hand_packet, &(peer));                             \
		assert_int_equal(packet_put(&saying, address, types, ##__VA_ARGS__), 0); \
		packet_flush(&saying);                                                   \
	} while (0)

static void test_cookie(void **state)
{
	struct socket_peer peer = { .kind = SOCKET_UDP };
	int cookie, other;

	(void)state;
	server->tree.send = answer;
	peer.address.in.sin_family = AF_INET;
	peer.address.in.sin_addr.s_addr = 0x0100000a;
	peer.address.in.sin_port = 1;
	FROM(peer, "/subscribe", "s", "params,meters");
	assert_int_equal(sscanf(came, "/reply /subscribe params 10 meters %d", &cookie), 1);
	assert_true(cookie > 0);
	assert_int_equal(lease_topics(&server->leases, &peer, clock_now_ns()),
			 LEASE_BIT(LEASE_PARAMS));
	FROM(peer, "/subscribe", "sii", "meters", 10, cookie ^ 1);
	assert_int_equal(lease_topics(&server->leases, &peer, clock_now_ns()),
			 LEASE_BIT(LEASE_PARAMS));
	FROM(peer, "/subscribe/meters", "siii", "*", 50, 10, cookie ^ 1);
	assert_memory_equal(came, "/reply /subscribe/meters  50 10 ", 32);
	assert_false(server->metered);
	FROM(peer, "/subscribe/meters", "siii", "*", 50, 10, cookie);
	assert_memory_equal(came, "/reply /subscribe/meters * 50 10 ", 33);
	assert_true(server->metered);
	/* Another sender has its own. */
	peer.address.in.sin_port = 2;
	FROM(peer, "/subscribe", "sii", "meters", 10, cookie);
	assert_int_equal(sscanf(came, "/reply /subscribe  10 meters %d", &other), 1);
	assert_int_not_equal(cookie, other);
	assert_int_equal(lease_topics(&server->leases, &peer, clock_now_ns()), 0);
}

/* --- nonsense */

static void test_malformed(void **state)
{
	int fd = client();

	(void)state;
	for (int i = 0; i < 10; i++) {
		assert_int_equal(send(fd, "/stream\0,f\0", 11, 0), 11);
	}
	SAY(fd, "/ping", "i", 1);
	expect(fd, "/pong 1\n");
	assert_int_equal(server->malformed, 10);
	close(fd);
}

#define SERVER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SERVER(test_levels),	   SERVER(test_gone_stream),  SERVER(test_events),
		SERVER(test_crowd),	   SERVER(test_first_meters), SERVER(test_meters),
		SERVER(test_meters_go_on), SERVER(test_cookie),	      SERVER(test_malformed),
		SERVER(test_guest_levels),
	};
	int failed;

	if (!mkdtemp(folder)) {
		return EXIT_FAILURE;
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(folder);
	return failed;
}
