/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Datagrams and the Unix socket: echo, limits, floods, access, and the socket's file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "osc/server/socket_link.h"
#include "src/base/log.h"
#include "tests/unit/osc/socket_fixture.h"

#define BYTES(literal) (literal), sizeof(literal) - 1

static struct socket_fixture fix;

static void test_datagrams(void **state)
{
	static char longest[FRAME_PACKET_MAX + 1];
	struct socket_peer first;
	int fd, other, fd6;

	(void)state;
	socket_fixture_init(&fix, 200, 300);
	assert_int_equal(socket_listen(&fix.set, SOCKET_UDP, "::1", socket_port(&fix.set, 0)), 0);
	assert_int_equal(socket_port(&fix.set, 2), socket_port(&fix.set, 0));
	fd = socket_fixture_client(&fix, 0);
	other = socket_fixture_client(&fix, 0);
	fd6 = socket_fixture_client(&fix, 2);

	send(fd, BYTES("abcd"), 0);
	socket_fixture_expect(&fix, fd, BYTES("abcd"));
	first = fix.peer;
	assert_true(first.local);
	assert_int_equal(first.kind, SOCKET_UDP);
	send(other, BYTES("efgh"), 0);
	socket_fixture_expect(&fix, other, BYTES("efgh"));
	assert_false(socket_same(&first, &fix.peer));
	send(fd6, BYTES("ijkl"), 0);
	socket_fixture_expect(&fix, fd6, BYTES("ijkl"));
	assert_true(fix.peer.local);
	assert_false(socket_same(&first, &fix.peer));
	send(fd, BYTES("mnop"), 0);
	socket_fixture_expect(&fix, fd, BYTES("mnop"));
	assert_true(socket_same(&first, &fix.peer));
	/* A saved peer is enough to send to it later. */
	assert_int_equal(socket_send(&fix.set, &first, BYTES("later")), 0);
	socket_fixture_expect(&fix, fd, BYTES("later"));

	send(fd, longest, FRAME_PACKET_MAX, 0);
	send(fd, longest, FRAME_PACKET_MAX + 1, 0);
	assert_true(socket_fixture_until(&fix, &fix.came, 5));
	socket_fixture_settle(&fix);
	assert_int_equal(fix.came, 5);
	assert_int_equal(fix.size, FRAME_PACKET_MAX);
	assert_int_equal(fix.set.counters.oversize, 1);
	assert_int_equal(socket_send(&fix.set, &first, longest, sizeof(longest)), -EMSGSIZE);
	close(fd);
	close(other);
	close(fd6);
	socket_fixture_finish(&fix);
}

/* A flood from one sender takes nothing away from another. */
static void test_flood(void **state)
{
	int fd, other;

	(void)state;
	socket_fixture_init(&fix, 1, 50);
	fix.mute = true;
	fd = socket_fixture_client(&fix, 0);
	other = socket_fixture_client(&fix, 0);
	for (unsigned i = 0; i < 1000; i++) {
		send(fd, BYTES("abcd"), 0);
		if (i % 25 == 0) {
			ev_run(fix.loop, EVRUN_NOWAIT);
		}
	}
	socket_fixture_settle(&fix);
	assert_int_equal(fix.set.counters.packets + fix.set.counters.limited, 1000);
	assert_in_range(fix.came, 50, 59);
	fix.mute = false;
	send(other, BYTES("efgh"), 0);
	socket_fixture_expect(&fix, other, BYTES("efgh"));
	/* Each message in a bundle counts. */
	socket_charge(&fix.set, &fix.peer, 49);
	send(other, BYTES("efgh"), 0);
	socket_fixture_settle(&fix);
	assert_int_equal(recv(other, (char[4]){ 0 }, 4, MSG_DONTWAIT), -1);
	close(fd);
	close(other);
	socket_fixture_finish(&fix);
}

#define FADERS 8u
#define ROUNDS 50u

/* What came back of each fader: the last value, and whether one was older than its predecessor. */
struct hand {
	int fd;
	uint8_t last[FADERS];
	unsigned stale;
};

static void turn(const struct hand *hand, unsigned fader, unsigned value)
{
	uint8_t message[24] = "/stream/a/gain\0\0,i\0";

	message[8] = (uint8_t)('a' + fader);
	message[23] = (uint8_t)value;
	assert_int_equal(send(hand->fd, message, sizeof(message), 0), sizeof(message));
}

static void feel(struct hand *hand)
{
	uint8_t message[24];

	while (recv(hand->fd, message, sizeof(message), MSG_DONTWAIT) == sizeof(message)) {
		uint8_t *last = &hand->last[message[8] - 'a'];

		hand->stale += message[23] < *last;
		*last = message[23];
	}
}

/* Beyond the rate, the newest value of each fader comes later, and none after a newer one. */
static void test_late(void **state)
{
	struct hand hands[2] = { { .stale = 0 } };

	(void)state;
	socket_fixture_init(&fix, 50, 20);
	for (unsigned h = 0; h < 2; h++) {
		hands[h].fd = socket_fixture_client(&fix, 0);
	}
	for (unsigned round = 1; round <= ROUNDS; round++) {
		for (unsigned i = 0; i < 2 * FADERS; i++) {
			turn(&hands[i % 2], i / 2, round);
		}
		ev_run(fix.loop, EVRUN_NOWAIT);
		feel(&hands[0]);
		feel(&hands[1]);
	}
	socket_fixture_settle(&fix);
	for (int i = 0; i < 20000 && fix.set.late.count; i++) {
		ev_run(fix.loop, EVRUN_NOWAIT);
		usleep(1000);
	}
	assert_false(ev_is_active(&fix.set.catch_up));
	for (unsigned h = 0; h < 2; h++) {
		feel(&hands[h]);
		assert_int_equal(hands[h].stale, 0);
		for (unsigned fader = 0; fader < FADERS; fader++) {
			assert_int_equal(hands[h].last[fader], ROUNDS);
		}
		close(hands[h].fd);
	}
	assert_true(fix.came < 2 * FADERS * ROUNDS);
	assert_true(fix.set.counters.limited > 0);
	assert_int_equal(fix.set.counters.lost, 0);
	assert_int_equal(fix.limited, 2);
	socket_fixture_finish(&fix);
}

/* Pretends that a datagram came from there. */
static void come_from(const char *text, uint16_t port)
{
	union socket_address address = { .in = { .sin_family = AF_INET, .sin_port = htons(port) } };

	assert_int_equal(inet_pton(AF_INET, text, &address.in.sin_addr), 1);
	socket_datagram(&fix.set.listeners[0], &address, 4);
}

static void test_strangers(void **state)
{
	struct socket_counters *counters = &fix.set.counters;
	char name[80];

	(void)state;
	socket_fixture_init(&fix, 200, 300);
	fix.mute = true;
	come_from("192.0.2.1", 1000);
	assert_int_equal(counters->stranger, 1);
	assert_null(allow_parse(&fix.allow, "192.0.2.0/24"));
	come_from("192.0.2.1", 1000);
	come_from("192.0.3.1", 1000);
	assert_int_equal(counters->stranger, 2);
	assert_int_equal(fix.came, 1);
	assert_false(fix.peer.local);
	socket_name(&fix.peer, name, sizeof(name));
	assert_string_equal(name, "192.0.2.1 port 1000");
	/* An answer would come back to us in an endless loop, or has no port to go to. */
	come_from("127.0.0.1", socket_port(&fix.set, 0));
	come_from("127.0.0.2", socket_port(&fix.set, 0));
	come_from("192.0.2.1", 0);
	assert_int_equal(counters->own, 3);
	come_from("192.0.2.1", socket_port(&fix.set, 0));
	assert_int_equal(fix.came, 2);
	assert_int_equal(counters->packets, 2);
	socket_fixture_finish(&fix);
}

/* Late messages come at the sender's rate, and what it sends meanwhile does not overtake them. */
static void test_paced(void **state)
{
	char *name = (char *)fix.set.buffer + 1;

	(void)state;
	socket_fixture_init(&fix, 1, 1);
	fix.mute = true;
	memcpy(fix.set.buffer, "/a\0\0", 4);
	for (*name = '0'; *name <= 'z'; ++*name) {
		come_from("127.0.0.1", 1);
	}
	socket_fixture_settle(&fix);
	assert_in_range(fix.came, 1, 'z' - '0');
	assert_true(late_has(&fix.set.late, &fix.peer));
	fix.came = 0;
	sleep(2);
	come_from("127.0.0.1", 1);
	assert_int_equal(fix.came, 0);
	socket_fixture_finish(&fix);
}

/* What a host has said is forgotten when it is no longer allowed. */
static void test_expelled(void **state)
{
	(void)state;
	socket_fixture_init(&fix, 1, 1);
	fix.mute = true;
	assert_null(allow_parse(&fix.allow, "192.0.2.0/24"));
	memcpy(fix.set.buffer, "/a\0\0", 4);
	for (unsigned i = 0; i < 100; i++) {
		come_from("192.0.2.1", 1000);
		come_from("127.0.0.1", 1);
	}
	assert_int_equal(fix.set.late.count, 2);
	fix.allow.count = 0;
	socket_expel(&fix.set);
	assert_int_equal(fix.set.late.count, 1);
	assert_true(fix.set.late.sources[0]->peer.local);
	socket_fixture_finish(&fix);
}

static void drop_line(void *arg, enum log_level level, const char *line)
{
	(void)arg;
	(void)level;
	(void)line;
}

static void test_addresses(void **state)
{
	uint16_t port;

	(void)state;
	socket_fixture_init(&fix, 200, 300);
	log_set_sink(drop_line, NULL);
	port = socket_port(&fix.set, 0);
	assert_int_equal(socket_listen(&fix.set, SOCKET_UDP, "0.0.0.0", 0), -EPERM);
	assert_int_equal(socket_listen(&fix.set, SOCKET_TCP, "::", 0), -EPERM);
	assert_int_equal(socket_listen(&fix.set, SOCKET_UDP, "localhost", 0), -EINVAL);
	assert_int_equal(socket_listen(&fix.set, SOCKET_UDP, "127.0.0.1", port), -EADDRINUSE);
	assert_null(allow_parse(&fix.allow, "192.0.2.0/24"));
	assert_int_equal(socket_listen(&fix.set, SOCKET_UDP, "0.0.0.0", 0), 0);
	assert_int_equal(socket_listen(&fix.set, SOCKET_TCP, "::", 0), 0);
	assert_int_equal(fix.set.count, 4);
	while (fix.set.count < SOCKET_LISTENERS_MAX) {
		assert_int_equal(socket_listen(&fix.set, SOCKET_UDP, "127.0.0.1", 0), 0);
	}
	assert_int_equal(socket_listen(&fix.set, SOCKET_UDP, "127.0.0.1", 0), -ENOSPC);
	log_set_sink(NULL, NULL);
	socket_fixture_finish(&fix);
}

static void test_unix(void **state)
{
	static char longest[FRAME_PACKET_MAX + 1];
	char dir[] = "/tmp/xenjack-socket-XXXXXX", path[64], name[80];
	struct socket_peer peer;
	struct stat st;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/osc", dir);
	socket_fixture_init(&fix, 200, 300);
	assert_int_equal(socket_listen_unix(&fix.set, path, NULL), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	fd = socket_fixture_client(&fix, 2);
	/* Two packets stay separate. */
	send(fd, BYTES("abcd"), 0);
	send(fd, BYTES("efghijkl"), 0);
	assert_true(socket_fixture_until(&fix, &fix.came, 2));
	assert_int_equal(fix.size, 8);
	socket_fixture_expect(&fix, fd, BYTES("abcdefghijkl"));
	peer = fix.peer;
	assert_true(peer.local);
	assert_int_equal(peer.uid, getuid());
	socket_name(&peer, name, sizeof(name));
	assert_non_null(strstr(name, "user"));
	send(fd, longest, FRAME_PACKET_MAX + 1, 0);
	send(fd, BYTES("mnop"), 0);
	socket_fixture_expect(&fix, fd, BYTES("mnop"));
	assert_int_equal(fix.set.counters.oversize, 1);
	assert_int_equal(fix.came, 3);
	close(fd);
	assert_true(socket_fixture_until(&fix, &fix.gone, 1));
	assert_true(socket_same(&peer, &fix.left));
	assert_int_equal(socket_send(&fix.set, &peer, BYTES("abcd")), -ENOTCONN);
	socket_fixture_finish(&fix);
	assert_int_equal(stat(path, &st), -1);
	rmdir(dir);
}

static void test_unix_path(void **state)
{
	char dir[] = "/tmp/xenjack-socket-XXXXXX", path[64], kept[80], endless[200];
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/osc", dir);
	snprintf(kept, sizeof(kept), "%s.kept", path);
	socket_fixture_init(&fix, 200, 300);
	log_set_sink(drop_line, NULL);
	assert_int_equal(socket_listen_unix(&fix.set, path, NULL), 0);
	/* The socket is in use: by us. */
	assert_int_equal(socket_listen_unix(&fix.set, path, NULL), -EADDRINUSE);
	/* A file that is no longer ours is left alone. */
	assert_int_equal(rename(path, kept), 0);
	close(creat(path, 0600));
	assert_int_equal(socket_listen_unix(&fix.set, path, NULL), -EEXIST);
	memset(endless, 'x', sizeof(endless) - 1);
	endless[sizeof(endless) - 1] = '\0';
	assert_int_equal(socket_listen_unix(&fix.set, endless, NULL), -ENAMETOOLONG);
	socket_fixture_finish(&fix);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(unlink(path), 0);
	/* Nobody listens there: left by a daemon that was killed. */
	assert_int_equal(rename(kept, path), 0);
	socket_fixture_init(&fix, 200, 300);
	assert_int_equal(socket_listen_unix(&fix.set, path, NULL), 0);
	close(socket_fixture_client(&fix, 2));
	socket_fixture_finish(&fix);
	log_set_sink(NULL, NULL);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_datagrams), cmocka_unit_test(test_flood),
		cmocka_unit_test(test_late),	  cmocka_unit_test(test_expelled),
		cmocka_unit_test(test_paced),	  cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_addresses), cmocka_unit_test(test_unix),
		cmocka_unit_test(test_unix_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
