/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Control surfaces: what one that joins is sent, losses, answers at another port, who is trusted.
 */
#include <errno.h>

#include "osc/server/socket_link.h"
#include "src/base/clock.h"
#include "tests/unit/osc/server_fixture.h"

static int surface, other, local; /* clients: two over UDP, one on the Unix socket */

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

/* All that was sent to it, once the daemon has done all that the Unix socket's client has asked. */
static void take_settled(int fd)
{
	static int32_t number;
	char synced[32];

	snprintf(synced, sizeof(synced), "/synced %d\n", ++number);
	SAY(local, "/sync", "i", number);
	await(local, synced);
	for (int i = 0; i < 60; i++) {
		ev_run(loop, EVRUN_NOWAIT);
		usleep(1000);
	}
	came[0] = '\0';
	take(fd);
}

static uint16_t port_of(int fd)
{
	struct sockaddr_in in;
	socklen_t size = sizeof(in);

	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &size), 0);
	return ntohs(in.sin_port);
}

static uint16_t our_port(void)
{
	return socket_port(&server->sockets, 1);
}

static int over_udp(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(our_port()),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	return fd;
}

static int setup(void **state)
{
	static const char *const label = "main";
	struct server_options options = { .prefix = "",
					  .allow = "10.0.0.0/8",
					  .trusted = "10.0.0.7" };

	(void)state;
	assert_int_equal(open_mixer(&label, 1), 0);
	assert_int_equal(open_server(&options), 0);
	assert_int_equal(socket_listen(&server->sockets, SOCKET_UDP, "127.0.0.1", 0), 0);
	surface = over_udp();
	other = over_udp();
	local = client();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	close(surface);
	close(other);
	close(local);
	close_server();
	return 0;
}

#define VALUES                                                                              \
	"/stream/daw.main/gain -6\n/stream/daw.main/fader 0.6\n/stream/daw.main/gain/1 0\n" \
	"/stream/daw.main/gain/2 0\n/stream/daw.main/mute 0\n/stream/daw.main/solo 0\n"     \
	"/guest/daw/gain 0\n/guest/daw/fader 0.75\n/guest/daw/mute 0\n"

/* --- a surface that joins */

static void test_join(void **state)
{
	(void)state;
	mixer_set_gain(&mixer, mixer.streams[0], -6.0f);
	SAY(surface, "/subscribe", "s", "params");
	expect(surface, "/reply /subscribe params 10  0\n/event/params 1\n" VALUES);
	/* Renewing sends nothing, and asking again everything. */
	SAY(surface, "/subscribe", "s", "params");
	SAY(surface, "/ping", "i", 1);
	expect(surface, "/reply /subscribe params 10  0\n/pong 1\n");
	SAY(surface, "/refresh", "");
	expect(surface, "/event/params 2\n" VALUES "/reply /refresh 9\n");
	SAY(surface, "/refresh", "i", 77);
	expect(surface, "/event/params 3\n" VALUES "/reply /refresh 9 77\n");
	/* A topic more is not a beginning of params. */
	SAY(surface, "/subscribe", "s", "params,jack");
	SAY(surface, "/ping", "i", 2);
	expect(surface, "/reply /subscribe params,jack 10  0\n/pong 2\n");
	/* Whoever leaves and comes back begins anew. */
	SAY(surface, "/unsubscribe", "");
	expect(surface, "/reply /unsubscribe all\n");
	SAY(surface, "/subscribe", "s", "jack");
	expect(surface, "/reply /subscribe jack 10  0\n");
	SAY(surface, "/subscribe", "s", "params");
	expect(surface, "/reply /subscribe params 10  0\n/event/params 1\n" VALUES);
	/* Without a subscription, values have no number; nor over a connection, which loses none.
	 */
	SAY(other, "/refresh", "");
	expect(other, VALUES "/reply /refresh 9\n");
	SAY(local, "/subscribe", "s", "params");
	expect(local, "/reply /subscribe params 0  0\n" VALUES);
}

static void test_xremote(void **state)
{
	(void)state;
	mixer_set_gain(&mixer, mixer.streams[0], -6.0f);
	SAY(surface, "/xremote", "");
	expect(surface, "/event/params 1\n" VALUES);
	SAY(surface, "/xremote", "");
	SAY(surface, "/ping", "i", 1);
	expect(surface, "/pong 1\n");
	SAY(surface, "/refresh", "");
	expect(surface, "/event/params 2\n" VALUES "/reply /refresh 9\n");
}

/* Each packet of values has the next number, together with events: a gap is a loss. */
static void test_numbers(void **state)
{
	(void)state;
	SAY(surface, "/subscribe", "s", "params,streams");
	await(surface, "/guest/daw/mute 0\n");
	SAY(other, "/stream/daw.main/mute", "i", 1);
	expect(surface, "/event/params 2\n/stream/daw.main/mute 1\n");
	mixer_tell(&mixer,
		   &(struct event){ .kind = EVENT_STREAM_OPENED, .stream = mixer.streams[0] });
	expect(surface, "/event/stream/opened 3 daw.main p main\n");
	/* This one is lost. */
	SAY(other, "/stream/daw.main/gain", "f", -1.0);
	take_settled(surface);
	SAY(other, "/stream/daw.main/mute", "i", 0);
	expect(surface, "/event/params 5\n/stream/daw.main/mute 0\n");
	/* What it sets itself is no loss. */
	SAY(surface, "/stream/daw.main/gain", "f", -2.0);
	take_settled(surface);
	assert_string_equal(came, "");
	SAY(other, "/stream/daw.main/mute", "i", 1);
	expect(surface, "/event/params 6\n/stream/daw.main/mute 1\n");
}

static void on_packet(void *arg, const struct packet_message *message)
{
	unsigned *in_packet = arg;

	if (!(*in_packet)++) {
		assert_string_equal(message->address, "/event/params");
	}
}

#define GUESTS 20

/* Every packet, if there are several. */
static void test_many_packets(void **state)
{
	static struct card *cards[GUESTS];
	unsigned packets = 0, in_packet;
	uint8_t data[2000];
	int32_t seq = 0;
	ssize_t size;

	(void)state;
	for (unsigned i = 0; i < GUESTS; i++) {
		cards[i] = card_create(1);
		snprintf(cards[i]->name, sizeof(cards[i]->name), "guest%u", i);
		snprintf(cards[i]->guest, sizeof(cards[i]->guest), "guest%u", i);
		cards[i]->streams[0].channels = 64;
		snprintf(cards[i]->streams[0].label, sizeof(cards[i]->streams[0].label), "main");
		card_arrange(cards[i]);
		assert_int_equal(mixer_add(&mixer, cards[i]), 0);
	}
	SAY(surface, "/xremote", "");
	for (int i = 0; i < TRIES && (!packets || seq != (int32_t)packets); i++) {
		ev_run(loop, EVRUN_NOWAIT);
		while ((size = recv(surface, data, sizeof(data), MSG_DONTWAIT)) > 0) {
			in_packet = 0;
			assert_true(size <= PACKET_OUT_MAX);
			assert_true(packet_each(data, (size_t)size, on_packet, &in_packet) > 1);
			packets++;
		}
		seq = server->leases.leases[0].seq;
		usleep(1000);
	}
	assert_true(packets > GUESTS);
	assert_int_equal(seq, packets);
	for (unsigned i = 0; i < GUESTS; i++) {
		mixer_remove(&mixer, cards[i]);
		card_destroy(cards[i]);
	}
}

/* A stream that comes has levels that a surface has not seen, and so has its guest. */
static void test_new_stream(void **state)
{
	(void)state;
	mixer_set_gain(&mixer, mixer.streams[0], -6.0f);
	mixer_remove(&mixer, card);
	SAY(surface, "/subscribe", "s", "params,streams");
	expect(surface, "/reply /subscribe params,streams 10  0\n");
	assert_int_equal(mixer_add(&mixer, card), 0);
	expect(surface, "/event/stream/added 1 daw.main p main\n/event/params 2\n"
			"/stream/daw.main/gain -6\n/stream/daw.main/fader 0.6\n"
			"/stream/daw.main/gain/1 0\n/stream/daw.main/gain/2 0\n"
			"/stream/daw.main/mute 0\n/stream/daw.main/solo 0\n"
			"/guest/daw/gain 0\n/guest/daw/fader 0.75\n/guest/daw/mute 0\n");
	/* One that has gone again has none. */
	mixer_remove(&mixer, card);
	assert_int_equal(mixer_add(&mixer, card), 0);
	mixer_remove(&mixer, card);
	take_settled(surface);
	assert_null(strstr(came, "/stream/daw.main/"));
	assert_int_equal(server->dirty_count, 0);
	assert_int_equal(mixer_add(&mixer, card), 0);
}

/* Meters that do not move come again, too. */
static void test_refresh_meters(void **state)
{
	static const char silence[] =
		"/stream/daw.main/meter -193 -193\n/stream/daw.main/rms -193 -193\n";

	(void)state;
	SAY(surface, "/subscribe/meters", "si", "*", 20);
	await(surface, silence);
	take_settled(surface);
	assert_string_equal(came, "");
	SAY(surface, "/refresh", "");
	await(surface, silence);
}

/* --- two ports */

static void test_two_ports(void **state)
{
	unsigned port, left_s;

	(void)state;
	mixer_set_gain(&mixer, mixer.streams[0], -6.0f);
	SAY(surface, "/subscribe", "siii", "params", 20, 0, port_of(other));
	expect(other, "/reply /subscribe params 20  0\n/event/params 1\n" VALUES);
	/* Its own changes are its own, from whichever port. */
	SAY(surface, "/stream/daw.main/mute", "i", 1);
	SAY(other, "/stream/daw.main/mute", "i", 0);
	take_settled(other);
	assert_string_equal(came, "/event/params 2\n/stream/daw.main/mute 0\n");
	SAY(surface, "/stream/daw.main/solo", "i", 1);
	take_settled(other);
	assert_string_equal(came, "");
	SAY(local, "/stream/daw.main/mute", "i", 1);
	expect(other, "/event/params 3\n/stream/daw.main/mute 1\n");
	SAY(surface, "/refresh", "");
	await(other, "/guest/daw/mute 0\n");
	expect(surface, "/reply /refresh 9\n");
	SAY(surface, "/subscribe/meters", "siiii", "*", 20, 20, 0, port_of(other));
	await(other, "/stream/daw.main/rms -193 -193\n");
	assert_non_null(strstr(came, "/reply /subscribe/meters * 20 20  0\n"));
	SAY(local, "/clients", "");
	await(local, "/reply /clients end 1\n");
	assert_int_equal(sscanf(came,
				"/reply /clients item udp 127.0.0.1 port %u params,meters %u\n",
				&port, &left_s),
			 2);
	assert_int_equal(port, port_of(other));
	assert_in_range(left_s, 1, 20);
	SAY(surface, "/unsubscribe", "");
	expect(surface, "/reply /unsubscribe all\n");
	SAY(local, "/clients", "");
	expect(local, "/reply /clients end 0\n");
}

static void test_bad_ports(void **state)
{
	(void)state;
	/* Our own: an answer there would come back. */
	SAY(surface, "/subscribe", "siii", "params", 20, 0, our_port());
	expect(surface, "/error /subscribe 22 wrong arguments\n");
	SAY(surface, "/subscribe/meters", "siiii", "*", 20, 20, 0, our_port());
	expect(surface, "/error /subscribe/meters 22 wrong arguments\n");
	SAY(surface, "/subscribe", "siii", "params", 20, 0, 80);
	expect(surface, "/error /subscribe 34 out of range\n");
	SAY(local, "/subscribe", "siii", "params", 20, 0, 9000);
	expect(local, "/error /subscribe 22 wrong arguments\n");
	SAY(local, "/clients", "");
	expect(local, "/reply /clients end 0\n");
	/* 0 is no other port, so that a request number may follow. */
	SAY(local, "/subscribe", "siiii", "jack", 20, 0, 0, 77);
	expect(local, "/reply /subscribe jack 0  0 77\n");
	SAY(surface, "/subscribe", "siiii", "jack", 20, 0, 0, 77);
	expect(surface, "/reply /subscribe jack 20  0 77\n");
}

/* --- other hosts, whose addresses may be forged */

static void answer(void *arg, const struct socket_peer *peer, const void *data, size_t size)
{
	(void)arg;
	(void)peer;
	assert_true(packet_each(data, size, on_message, NULL) > 0);
}

static void hand_on(void *arg, const struct packet_message *message)
{
	server->setter = arg;
	tree_handle(&server->tree, arg, message);
	server->setter = NULL;
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

static struct socket_peer far(enum socket_kind kind, unsigned host, uint16_t port)
{
	struct socket_peer peer = {
		.kind = kind,
		.link = kind == SOCKET_UDP ? 0 : 99,
		.listener = 1,
		.address.in = { .sin_family = AF_INET, .sin_port = htons(port) },
	};

	peer.address.in.sin_addr.s_addr = htonl(0x0a000000 + host);
	return peer;
}

static unsigned topics_of(const struct socket_peer *peer)
{
	return lease_topics(&server->leases, peer, clock_now_ns());
}

/* Meters need a cookie, except for those who are trusted and over a connection. */
static void test_trusted(void **state)
{
	struct socket_peer friend = far(SOCKET_UDP, 7, 9000);
	struct socket_peer stranger = far(SOCKET_UDP, 8, 9000);
	struct socket_peer linked = far(SOCKET_TCP, 8, 9000);
	int cookie;

	(void)state;
	server->tree.send = answer;
	FROM(friend, "/subscribe", "s", "jack,meters");
	assert_string_equal(came, "/reply /subscribe jack,meters 10  0\n");
	FROM(friend, "/subscribe/meters", "s", "*");
	assert_string_equal(came, "/reply /subscribe/meters * 50 10  0\n");
	FROM(linked, "/subscribe", "s", "jack,meters");
	assert_string_equal(came, "/reply /subscribe jack,meters 0  0\n");
	/* The others hear what they do not get. */
	FROM(stranger, "/subscribe", "s", "jack,meters");
	assert_int_equal(sscanf(came, "/reply /subscribe jack 10 meters %d\n", &cookie), 1);
	assert_non_null(strstr(came, " meters "));
	FROM(stranger, "/subscribe/meters", "s", "daw.*");
	assert_non_null(strstr(came, "/reply /subscribe/meters  50 10 "));
	assert_non_null(strstr(came, " daw.* "));
	assert_int_equal(topics_of(&stranger), LEASE_BIT(LEASE_JACK));
	FROM(stranger, "/subscribe", "sii", "jack,meters", 10, cookie);
	assert_non_null(strstr(came, "/reply /subscribe jack,meters 10 "));
	assert_null(strstr(came, " meters "));
}

/* A cookie goes to the port that is to get the meters, and counts for that port alone. */
static void test_cookie_of_port(void **state)
{
	struct socket_peer sender = far(SOCKET_UDP, 8, 5000), ear = far(SOCKET_UDP, 8, 9000);

	(void)state;
	server->tree.send = answer;
	FROM(sender, "/subscribe", "siii", "jack,meters", 10, 0, 9000);
	assert_string_equal(came, "");
	assert_int_equal(topics_of(&ear), LEASE_BIT(LEASE_JACK));
	assert_int_equal(topics_of(&sender), 0);
	assert_true(socket_same(&server->cookies[0].peer, &ear));
	FROM(sender, "/subscribe", "sii", "meters", 10, server->cookies[0].number);
	assert_int_equal(topics_of(&sender), 0);
	FROM(sender, "/subscribe", "siii", "meters", 10, server->cookies[0].number, 9001);
	ear.address.in.sin_port = htons(9001);
	assert_int_equal(topics_of(&ear), 0);
	FROM(sender, "/subscribe", "siii", "meters", 10, server->cookies[0].number, 9000);
	ear.address.in.sin_port = htons(9000);
	assert_int_equal(topics_of(&ear), LEASE_BIT(LEASE_JACK) | LEASE_BIT(LEASE_METERS));
	/* The sender's own is worth nothing elsewhere. */
	assert_true(socket_same(&server->cookies[1].peer, &sender));
	FROM(sender, "/subscribe/meters", "siiii", "*", 50, 10, server->cookies[1].number, 9002);
	ear.address.in.sin_port = htons(9002);
	assert_int_equal(topics_of(&ear), 0);
}

/* What goes to a forged address counts against it, at whatever port. */
static void test_charged(void **state)
{
	struct socket_peer sender = far(SOCKET_UDP, 8, 5000);
	struct rate_limits few = { 1, 10, 20 };

	(void)state;
	socket_set_rates(&server->sockets, &few, &few);
	for (int i = 0; i < 5; i++) {
		FROM(sender, "/subscribe", "siii", "params", 10, 0, 9000 + i);
	}
	assert_false(socket_rate_take(&server->sockets, &sender));
}

#define SURFACE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SURFACE(test_join),	    SURFACE(test_xremote),	  SURFACE(test_numbers),
		SURFACE(test_many_packets), SURFACE(test_new_stream),	  SURFACE(test_two_ports),
		SURFACE(test_bad_ports),    SURFACE(test_refresh_meters), SURFACE(test_trusted),
		SURFACE(test_charged),	    SURFACE(test_cookie_of_port),
	};
	int failed;

	if (!mkdtemp(folder)) {
		return EXIT_FAILURE;
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(folder);
	return failed;
}
