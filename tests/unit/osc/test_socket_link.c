/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TCP: framing; peers that close half-way, send garbage, do not read, are too many or too fast. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "osc/server/socket_link.h"
#include "src/base/log.h"
#include "tests/unit/osc/socket_fixture.h"

#define BYTES(literal) (literal), sizeof(literal) - 1

static struct socket_fixture fix;

static void test_framing(void **state)
{
	static const char twice[] = "\300abcd\300\300ef\333\334h\300";
	int fd, slip;

	(void)state;
	socket_fixture_init(&fix, 200, 300);
	fd = socket_fixture_client(&fix, 1);
	slip = socket_fixture_client(&fix, 1);
	send(fd, BYTES("\0\0\0\4abcd\0\0\0\4ef"), 0);
	socket_fixture_expect(&fix, fd, BYTES("\0\0\0\4abcd"));
	send(slip, BYTES(twice), 0);
	socket_fixture_expect(&fix, slip, BYTES(twice));
	send(fd, BYTES("gh"), 0);
	socket_fixture_expect(&fix, fd, BYTES("\0\0\0\4efgh"));
	assert_int_equal(fix.peer.kind, SOCKET_TCP);
	send(slip, BYTES("\300a\333b\300\300ijkl\300"), 0);
	socket_fixture_expect(&fix, slip, BYTES("\300ijkl\300"));
	assert_int_equal(fix.set.counters.garbled, 1);
	assert_int_equal(fix.came, 5);
	assert_int_equal(fix.gone, 0);
	close(fd);
	close(slip);
	assert_true(socket_fixture_until(&fix, &fix.gone, 2));
	socket_fixture_finish(&fix);
}

static void test_ends(void **state)
{
	int fd, garbage, late;

	(void)state;
	socket_fixture_init(&fix, 200, 300);
	fd = socket_fixture_client(&fix, 1);
	garbage = socket_fixture_client(&fix, 1);
	late = socket_fixture_client(&fix, 1);
	/* The peer closes in the middle of a packet, and of a length. */
	send(fd, BYTES("\0\0\0\10abcd"), 0);
	socket_fixture_settle(&fix);
	close(fd);
	assert_true(socket_fixture_until(&fix, &fix.gone, 1));
	assert_int_equal(fix.came, 0);
	send(garbage, BYTES("GET / HTTP/1.1\r\n\r\n"), 0);
	socket_fixture_expect_end(&fix, garbage);
	assert_int_equal(fix.set.counters.unframed, 1);
	send(late, BYTES("\0\0\0\4abcd\177\377\377\377"), 0);
	socket_fixture_expect_end(&fix, late);
	assert_int_equal(fix.set.counters.unframed, 2);
	assert_int_equal(fix.came, 1);
	assert_true(socket_fixture_until(&fix, &fix.gone, 3));
	assert_int_equal(socket_send(&fix.set, &fix.peer, BYTES("abcd")), -ENOTCONN);
	close(garbage);
	close(late);
	socket_fixture_finish(&fix);
}

static void drop_line(void *arg, enum log_level level, const char *line)
{
	(void)level;
	(void)line;
	++*(unsigned *)arg;
}

/* A peer that does not read is dropped when its queue is full; others are unaffected. */
static void test_slow(void **state)
{
	static const char packet[1000];
	unsigned lines = 0, sent = 0;
	struct socket_peer slow;
	int small = 4096, fd, other;

	(void)state;
	socket_fixture_init(&fix, 200, 300);
	log_set_sink(drop_line, &lines);
	fd = socket_fixture_client(&fix, 1);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	other = socket_fixture_client(&fix, 1);
	send(fd, BYTES("\0\0\0\4abcd"), 0);
	assert_true(socket_fixture_until(&fix, &fix.came, 1));
	slow = fix.peer;
	while (sent < 100000 && !socket_send(&fix.set, &slow, packet, sizeof(packet))) {
		sent++;
	}
	assert_true(sent > SOCKET_QUEUE_MAX / 3000 && sent < 100000);
	/* Reported only from the loop: the caller may be iterating over peers. */
	assert_int_equal(fix.gone, 0);
	assert_int_equal(socket_send(&fix.set, &slow, packet, sizeof(packet)), -ENOTCONN);
	assert_int_equal(fix.set.counters.slow, 1);
	assert_int_equal(lines, 1);
	assert_true(socket_fixture_until(&fix, &fix.gone, 1));
	assert_true(socket_same(&fix.left, &slow));
	send(other, BYTES("\0\0\0\4efgh"), 0);
	socket_fixture_expect(&fix, other, BYTES("\0\0\0\4efgh"));
	close(fd);
	close(other);
	log_set_sink(NULL, NULL);
	socket_fixture_finish(&fix);
}

/* Expects the client to read the packet of this number next. */
static void expect_number(int fd, unsigned number)
{
	uint8_t came[1004], packet[1000];
	size_t have = 0;

	while (have < sizeof(came)) {
		ssize_t size = recv(fd, came + have, sizeof(came) - have, MSG_DONTWAIT);

		if (size < 0) {
			usleep(100);
		}
		have += size > 0 ? (size_t)size : 0;
		ev_run(fix.loop, EVRUN_NOWAIT);
	}
	assert_memory_equal(came, "\0\0\3\350", 4);
	memset(packet, (int)(number % 251), sizeof(packet));
	assert_memory_equal(came + 4, packet, sizeof(packet));
}

/* A slow reader gets everything in order, even if the queue is never empty. */
static void test_queue(void **state)
{
	uint8_t packet[1000];
	const struct socket_link *link;
	unsigned sent = 0, read = 0, moved = 0;
	int small = 16384, fd;

	(void)state;
	socket_fixture_init(&fix, 200, 300);
	fd = socket_fixture_client(&fix, 1);
	send(fd, BYTES("\0\0\0\4abcd"), 0);
	socket_fixture_expect(&fix, fd, BYTES("\0\0\0\4abcd"));
	link = fix.set.links[0];
	/* Makes the queue drain in parts. */
	setsockopt(link->fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	for (unsigned round = 0; round < 60; round++) {
		size_t head;

		for (; link->tail - link->head < 50000; sent++) {
			memset(packet, (int)(sent % 251), sizeof(packet));
			head = link->head;
			assert_int_equal(socket_send(&fix.set, &link->peer, packet, sizeof(packet)),
					 0);
			moved += head && !link->head && link->tail > sizeof(packet) + 8;
		}
		for (head = link->head; link->head == head && read < sent; read++) {
			expect_number(fd, read);
		}
	}
	assert_true(moved > 0);
	for (; read < sent; read++) {
		expect_number(fd, read);
	}
	assert_false(ev_is_active(&link->out));
	assert_int_equal(fix.set.counters.slow, 0);
	close(fd);
	socket_fixture_finish(&fix);
}

/* Over the rate limit, a stream is not thinned out but paused. */
static void test_pause(void **state)
{
	char stream[400 * 8];
	int fd;

	(void)state;
	socket_fixture_init(&fix, 1000, 50);
	fix.mute = true;
	fd = socket_fixture_client(&fix, 1);
	for (size_t i = 0; i < sizeof(stream); i += 8) {
		memcpy(stream + i, "\0\0\0\4abcd", 8);
	}
	for (unsigned i = 0; i < 3; i++) {
		send(fd, stream, sizeof(stream), 0);
	}
	assert_true(socket_fixture_until(&fix, &fix.came, 1200));
	assert_true(fix.set.counters.paused >= 1);
	assert_int_equal(fix.limited, 1);
	assert_int_equal(fix.set.counters.limited, 0);
	close(fd);
	assert_true(socket_fixture_until(&fix, &fix.gone, 1));
	socket_fixture_finish(&fix);
}

#define FADERS 8u
#define ROUNDS 100u

/* A fader's value, with its length before it. */
static void turn(int fd, unsigned fader, unsigned value)
{
	uint8_t message[28] = "\0\0\0\30/stream/a/gain\0\0,i\0";

	message[12] = (uint8_t)('a' + fader);
	message[27] = (uint8_t)value;
	assert_int_equal(send(fd, message, sizeof(message), 0), sizeof(message));
}

/* Runs the loop until as many packets as were sent, less those that newer ones replace, are done.
 */
static void drain(void)
{
	socket_fixture_settle(&fix);
	for (int i = 0; i < 20000 && fix.set.late.count; i++) {
		ev_run(fix.loop, EVRUN_NOWAIT);
		usleep(1000);
	}
	socket_fixture_settle(&fix);
}

/* Beyond the rate, a connection's values do not lag behind the hand. */
static void test_late(void **state)
{
	uint8_t last[FADERS] = { 0 }, message[28];
	int fd;

	(void)state;
	socket_fixture_init(&fix, 50, 20);
	fd = socket_fixture_client(&fix, 1);
	for (unsigned round = 1; round <= ROUNDS; round++) {
		for (unsigned fader = 0; fader < FADERS; fader++) {
			turn(fd, fader, round);
		}
		ev_run(fix.loop, EVRUN_NOWAIT);
	}
	drain();
	while (recv(fd, message, sizeof(message), MSG_DONTWAIT) == sizeof(message)) {
		assert_true(message[27] >= last[message[12] - 'a']);
		last[message[12] - 'a'] = message[27];
	}
	for (unsigned fader = 0; fader < FADERS; fader++) {
		assert_int_equal(last[fader], ROUNDS);
	}
	assert_true(fix.came < FADERS * ROUNDS / 2);
	assert_int_equal(fix.limited, 1);
	close(fd);
	assert_true(socket_fixture_until(&fix, &fix.gone, 1));
	socket_fixture_finish(&fix);
}

/* Of other messages, a connection loses none, however many there are and even if it ends at once.
 */
static void test_late_calls(void **state)
{
	static const uint8_t call[] = "\0\0\0\4/a\0";
	enum { CALLS = 3000 };
	size_t most = 0;
	int fd;

	(void)state;
	socket_fixture_init(&fix, 1000, 10);
	fix.mute = true;
	fd = socket_fixture_client(&fix, 1);
	for (unsigned i = 0; i < CALLS; i++) {
		assert_int_equal(send(fd, call, sizeof(call), 0), sizeof(call));
	}
	close(fd);
	for (int i = 0; i < 20000 && fix.came < CALLS; i++) {
		ev_run(fix.loop, EVRUN_NOWAIT);
		if (fix.set.late.count && fix.set.late.sources[0]->size > most) {
			most = fix.set.late.sources[0]->size;
		}
		assert_int_equal(fix.gone, 0);
		usleep(500);
	}
	assert_int_equal(fix.came, CALLS);
	assert_true(fix.set.counters.paused > 0);
	assert_in_range(most, 1, LATE_BYTES_MAX);
	assert_int_equal(fix.set.counters.lost, 0);
	assert_true(socket_fixture_until(&fix, &fix.gone, 1));
	assert_int_equal(fix.set.late.count, 0);
	/* Of one that breaks the framing, nothing more is done. */
	fd = socket_fixture_client(&fix, 1);
	for (unsigned i = 0; i < 400; i++) {
		assert_int_equal(send(fd, call, sizeof(call), 0), sizeof(call));
	}
	assert_int_equal(send(fd, "\377\377\377\377", 4, 0), 4);
	assert_true(socket_fixture_until(&fix, &fix.gone, 2));
	assert_int_equal(fix.set.late.count, 0);
	assert_int_equal(fix.set.counters.unframed, 1);
	close(fd);
	socket_fixture_finish(&fix);
}

/* With no place left for it, a connection is paused instead. */
static void test_no_place(void **state)
{
	static const uint8_t call[] = "\0\0\0\4/a\0";
	struct socket_peer peer = { .kind = SOCKET_UDP };
	int fd;

	(void)state;
	socket_fixture_init(&fix, 500, 1);
	fix.mute = true;
	for (unsigned i = 0; i < LATE_SOURCES_MAX; i++) {
		peer.address.in.sin_family = AF_INET;
		peer.address.in.sin_port = (in_port_t)i;
		assert_int_equal(late_put(&fix.set.late, &peer, call + 4, 4), 0);
	}
	fd = socket_fixture_client(&fix, 1);
	for (unsigned i = 0; i < 200; i++) {
		assert_int_equal(send(fd, call, sizeof(call), 0), sizeof(call));
	}
	assert_true(socket_fixture_until(&fix, &fix.came, 200));
	assert_true(fix.set.counters.paused > 0);
	close(fd);
	assert_true(socket_fixture_until(&fix, &fix.gone, 1));
	socket_fixture_finish(&fix);
}

/* When all places are taken, a silent peer is replaced by a new one, an active peer is not. */
/* The places of a TCP listener. */
#define TCP_MAX (SOCKET_LINKS_MAX - SOCKET_LINKS_UNIX)

static void test_many(void **state)
{
	int fds[TCP_MAX], more, local;

	(void)state;
	socket_fixture_init(&fix, 200, 300);
	for (unsigned i = 0; i < TCP_MAX; i++) {
		fds[i] = socket_fixture_client(&fix, 1);
		if (i != 5 && i != 9) {
			send(fds[i], BYTES("\0\0\0\4abcd"), 0);
			socket_fixture_expect(&fix, fds[i], BYTES("\0\0\0\4abcd"));
		}
		socket_fixture_settle(&fix);
	}
	for (unsigned i = 0; i < 2; i++) {
		more = socket_fixture_client(&fix, 1);
		socket_fixture_expect_end(&fix, more);
		close(more);
		assert_true(socket_fixture_until(&fix, &fix.gone, i + 1));
		socket_fixture_expect_end(&fix, fds[i ? 9 : 5]);
		close(fds[i ? 9 : 5]);
		fds[i ? 9 : 5] = socket_fixture_client(&fix, 1);
		send(fds[i ? 9 : 5], BYTES("\0\0\0\4efgh"), 0);
		socket_fixture_expect(&fix, fds[i ? 9 : 5], BYTES("\0\0\0\4efgh"));
	}
	more = socket_fixture_client(&fix, 1);
	socket_fixture_expect_end(&fix, more);
	close(more);
	assert_int_equal(fix.set.counters.crowded, 3);
	assert_int_equal(fix.gone, 2);
	/* A Unix socket's peers have places of their own. */
	assert_int_equal(socket_listen_unix(&fix.set, "/tmp/test_socket_link.sock", NULL), 0);
	local = socket_fixture_client(&fix, 2);
	send(local, BYTES("abcd"), 0);
	socket_fixture_expect(&fix, local, BYTES("abcd"));
	close(local);
	for (unsigned i = 0; i < TCP_MAX; i++) {
		send(fds[i], BYTES("\0\0\0\4ijkl"), 0);
		socket_fixture_expect(&fix, fds[i], BYTES("\0\0\0\4ijkl"));
		close(fds[i]);
	}
	socket_fixture_finish(&fix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_framing),	 cmocka_unit_test(test_ends),
		cmocka_unit_test(test_slow),	 cmocka_unit_test(test_queue),
		cmocka_unit_test(test_late),	 cmocka_unit_test(test_late_calls),
		cmocka_unit_test(test_no_place), cmocka_unit_test(test_pause),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
