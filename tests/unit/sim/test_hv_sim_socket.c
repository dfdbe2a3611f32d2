/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hv_sim's socket: guests that break the protocol, and other daemons' sockets. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/sim/sim_fixture.h"

/* --- bad guests */

static int raw_connect(struct sim_test *test)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, test->socket);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	sim_serve_all(test, 0);
	return fd;
}

static void raw_send(struct sim_test *test, int fd, const struct hv_sim_msg *msg, size_t size)
{
	assert_int_equal(send(fd, msg, size, MSG_NOSIGNAL), size);
	sim_serve_all(test, 0);
}

static bool raw_closed(int fd)
{
	char byte[HV_SIM_HEADER];
	ssize_t got = recv(fd, byte, sizeof(byte), MSG_DONTWAIT);

	return got == 0 || (got < 0 && errno == ECONNRESET);
}

static void raw_hello(struct sim_test *test, int fd, struct msghdr *in)
{
	struct hv_sim_msg msg = { .op = HV_SIM_HELLO, .value = HV_SIM_VERSION, .size = 4 };

	strcpy(msg.data, "raw");
	raw_send(test, fd, &msg, HV_SIM_HEADER + 4);
	if (in != NULL) {
		assert_true(recvmsg(fd, in, MSG_DONTWAIT) > 0);
	} else {
		assert_int_equal(recv(fd, &msg, sizeof(msg), MSG_DONTWAIT), HV_SIM_HEADER);
	}
}

static void malformed_messages(void **state)
{
	struct sim_test *test = *state;
	static const struct {
		bool hello;
		uint32_t op, size;
		size_t sent;
		char data[8];
	} bad[] = {
		{ false, HV_SIM_READ, 2, HV_SIM_HEADER + 2, "/" },	   /* before HELLO */
		{ false, HV_SIM_HELLO, 4, HV_SIM_HEADER + 4, "rawx" },	   /* no NUL */
		{ false, HV_SIM_HELLO, 0, HV_SIM_HEADER, "" },		   /* no name */
		{ true, HV_SIM_HELLO, 4, HV_SIM_HEADER + 4, "raw" },	   /* twice */
		{ true, 0, 2, HV_SIM_HEADER + 2, "/" },			   /* unknown */
		{ true, 99, 2, HV_SIM_HEADER + 2, "/" },		   /* unknown */
		{ true, HV_SIM_EVENT, 4, HV_SIM_HEADER + 4, "/\0t" },	   /* not a guest's */
		{ true, HV_SIM_READ, 2, 4, "/" },			   /* too short */
		{ true, HV_SIM_READ, 2, HV_SIM_HEADER + 3, "/" },	   /* size too small */
		{ true, HV_SIM_READ, 9, HV_SIM_HEADER + 2, "/" },	   /* size too large */
		{ true, HV_SIM_READ, UINT32_MAX, HV_SIM_HEADER + 2, "/" }, /* far too large */
		{ true, HV_SIM_READ, 2, HV_SIM_HEADER + 2, "/a" },	   /* no NUL */
		{ true, HV_SIM_WATCH, 2, HV_SIM_HEADER + 2, "/" },	   /* no token */
		{ true, HV_SIM_WATCH, 3, HV_SIM_HEADER + 3, "/\0t" },	   /* token without NUL */
	};
	struct hv_sim_msg msg;
	unsigned i;
	int fd;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fd = raw_connect(test);
		if (bad[i].hello) {
			raw_hello(test, fd, NULL);
		}
		memset(&msg, 0xff, sizeof(msg));
		msg.op = bad[i].op;
		msg.value = HV_SIM_VERSION;
		msg.size = bad[i].size;
		memcpy(msg.data, bad[i].data, sizeof(bad[i].data));
		assert_false(raw_closed(fd));
		raw_send(test, fd, &msg, bad[i].sent);
		/* An answer with the reason may come first. */
		if (!raw_closed(fd)) {
			assert_true(raw_closed(fd));
		}
		close(fd);
	}
	assert_int_equal(sim_guest(test, READ, "/local/domain/1/name", NULL), 0);
}

static void memory_is_sealed(void **state)
{
	struct sim_test *test = *state;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct hv_sim_msg msg;
	struct iovec iov = { .iov_base = &msg, .iov_len = sizeof(msg) };
	struct msghdr in = { .msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control) };
	int fd = raw_connect(test), memory;

	raw_hello(test, fd, &in);
	memcpy(&memory, CMSG_DATA(CMSG_FIRSTHDR(&in)), sizeof(memory));
	assert_int_equal(ftruncate(memory, 0), -1);
	assert_int_equal(errno, EPERM);
	close(memory);
	close(fd);
	sim_serve_all(test, 0);
}

/* A guest that does not read its events is disconnected; the daemon never waits for it. */
static void deaf_guest(void **state)
{
	struct sim_test *test = *state;
	struct hv_sim_msg msg = { .op = HV_SIM_WATCH, .size = 18 };
	int fd = raw_connect(test);
	char *name = NULL;
	unsigned i;

	raw_hello(test, fd, NULL);
	memcpy(msg.data, "/local/domain/2\0t", 18);
	raw_send(test, fd, &msg, HV_SIM_HEADER + 18);
	for (i = 0; i < 10000; i++) {
		sim_put(test, "/local/domain/2/x", "1");
		sim_serve(test);
		name = test->hv->ops->read(test->hv, 0, "/local/domain/2/name");
		if (name == NULL) {
			break;
		}
		free(name);
	}
	assert_in_range(i, 10, 9999);
	close(fd);
}

static void too_many_guests(void **state)
{
	struct sim_test *test = *state;
	int fds[HV_SIM_GUESTS_MAX];
	unsigned i;

	/* One guest is connected already. */
	for (i = 1; i < HV_SIM_GUESTS_MAX; i++) {
		fds[i] = raw_connect(test);
		raw_hello(test, fds[i], NULL);
	}
	fds[0] = raw_connect(test);
	assert_true(raw_closed(fds[0]));
	close(fds[0]);
	close(fds[1]);
	sim_serve_all(test, 0);
	fds[1] = raw_connect(test);
	raw_hello(test, fds[1], NULL);
	for (i = 1; i < HV_SIM_GUESTS_MAX; i++) {
		close(fds[i]);
	}
	sim_serve_all(test, 0);
}

/* --- sockets */

static void socket_paths(void **state)
{
	struct sim_test *test = *state;
	char path[64];

	assert_null(hv_sim_open(test->socket));
	assert_int_equal(errno, EADDRINUSE);
	assert_int_equal(sim_guest(test, OPEN, NULL, "there"), 0);
	setenv("XENJACK_SIM", "/x/y", 1);
	assert_int_equal(hv_sim_default_path(path, sizeof(path)), 0);
	assert_string_equal(path, "/x/y");
	assert_int_equal(hv_sim_default_path(path, 4), -ENAMETOOLONG);
	unsetenv("XENJACK_SIM");
	setenv("XDG_RUNTIME_DIR", "/r", 1);
	assert_int_equal(hv_sim_default_path(path, sizeof(path)), 0);
	assert_string_equal(path, "/r/xenjack/sim.sock");
	unsetenv("XDG_RUNTIME_DIR");
	assert_int_equal(hv_sim_default_path(path, sizeof(path)), 0);
	assert_string_equal(path, "/run/xenjack/sim.sock");
}

/* The socket of a daemon that was killed does no harm. */
static void socket_left_behind(void **state)
{
	struct sim_test *test = calloc(1, sizeof(*test));
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(test->socket, sizeof(test->socket), "/tmp/test_hv_sim.%d", getpid());
	strcpy(address.sun_path, test->socket);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	test->hv = hv_sim_open(test->socket);
	assert_non_null(test->hv);
	*state = test;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(malformed_messages, sim_set_up_guest,
						sim_tear_down),
		cmocka_unit_test_setup_teardown(memory_is_sealed, sim_set_up, sim_tear_down),
		cmocka_unit_test_setup_teardown(deaf_guest, sim_set_up_guest, sim_tear_down),
		cmocka_unit_test_setup_teardown(too_many_guests, sim_set_up_guest, sim_tear_down),
		cmocka_unit_test_setup_teardown(socket_paths, sim_set_up, sim_tear_down),
		cmocka_unit_test_teardown(socket_left_behind, sim_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
