/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/osc/socket_fixture.h"

/* One millisecond each: far longer than anything here takes, shorter than the test's timeout. */
#define TRIES 20000

static void on_packet(void *arg, const struct socket_peer *peer, const void *data, size_t size)
{
	struct socket_fixture *fixture = arg;

	fixture->came++;
	fixture->size = size;
	fixture->peer = *peer;
	if (!fixture->mute) {
		socket_send(&fixture->set, peer, data, size);
	}
}

static void on_gone(void *arg, const struct socket_peer *peer)
{
	struct socket_fixture *fixture = arg;

	fixture->gone++;
	fixture->left = *peer;
}

static void on_limited(void *arg, const struct socket_peer *peer)
{
	struct socket_fixture *fixture = arg;

	(void)peer;
	fixture->limited++;
}

void socket_fixture_init(struct socket_fixture *fixture, uint32_t per_s, uint32_t burst)
{
	struct socket_options options = { .allow = &fixture->allow,
					  .far = { per_s, burst, 20 },
					  .near = { per_s, burst, 20 },
					  .packet = on_packet,
					  .gone = on_gone,
					  .limited = on_limited,
					  .arg = fixture };

	memset(fixture, 0, sizeof(*fixture));
	fixture->loop = options.loop = ev_loop_new(EVFLAG_AUTO);
	assert_non_null(fixture->loop);
	socket_init(&fixture->set, &options);
	assert_int_equal(socket_listen(&fixture->set, SOCKET_UDP, "127.0.0.1", 0), 0);
	assert_int_equal(socket_listen(&fixture->set, SOCKET_TCP, "127.0.0.1", 0), 0);
}

void socket_fixture_finish(struct socket_fixture *fixture)
{
	socket_finish(&fixture->set);
	socket_finish(&fixture->set);
	ev_loop_destroy(fixture->loop);
}

bool socket_fixture_until(struct socket_fixture *fixture, const unsigned *number, unsigned value)
{
	for (int i = 0; i < TRIES; i++) {
		ev_run(fixture->loop, EVRUN_NOWAIT);
		if (*number >= value) {
			return *number == value;
		}
		usleep(1000);
	}
	return false;
}

void socket_fixture_settle(struct socket_fixture *fixture)
{
	for (int i = 0; i < 50; i++) {
		ev_run(fixture->loop, EVRUN_NOWAIT);
		usleep(200);
	}
}

int socket_fixture_client(struct socket_fixture *fixture, unsigned listener)
{
	const struct socket_listener *it = &fixture->set.listeners[listener];
	struct sockaddr_un local = { .sun_family = AF_UNIX };
	const struct sockaddr *address = &it->address.any;
	socklen_t size = sizeof(it->address);
	int fd, type = it->kind == SOCKET_UDP ? SOCK_DGRAM : SOCK_STREAM;

	if (it->kind == SOCKET_UNIX) {
		memcpy(local.sun_path, it->path, sizeof(local.sun_path));
		address = (const struct sockaddr *)&local;
		size = sizeof(local);
		type = SOCK_SEQPACKET;
	}
	fd = socket(address->sa_family, type | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, address, size), 0);
	return fd;
}

void socket_fixture_expect(struct socket_fixture *fixture, int fd, const char *bytes, size_t size)
{
	char came[8192];
	size_t have = 0;

	for (int i = 0; i < TRIES && have < size; i++) {
		ssize_t part;

		ev_run(fixture->loop, EVRUN_NOWAIT);
		part = recv(fd, came + have, sizeof(came) - have, MSG_DONTWAIT);
		assert_true(part > 0 || (part < 0 && errno == EAGAIN));
		have += part > 0 ? (size_t)part : 0;
		if (part < 0) {
			usleep(1000);
		}
	}
	assert_int_equal(have, size);
	assert_memory_equal(came, bytes, size);
	socket_fixture_settle(fixture);
	assert_true(recv(fd, came, sizeof(came), MSG_DONTWAIT) < 0 && errno == EAGAIN);
}

void socket_fixture_expect_end(struct socket_fixture *fixture, int fd)
{
	char bytes[64];
	ssize_t size = -1;
	bool open = true;

	for (int i = 0; i < TRIES && open; i++) {
		ev_run(fixture->loop, EVRUN_NOWAIT);
		usleep(1000);
		size = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		open = size > 0 || (size < 0 && errno == EAGAIN);
	}
	assert_true(size == 0 || (size < 0 && errno == ECONNRESET));
}
