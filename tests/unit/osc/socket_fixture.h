/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A set of sockets on a loop of its own that echoes every packet, and its clients, in one thread.
 * Any failure ends the test.
 */
#ifndef XENJACK_TEST_SOCKET_FIXTURE_H
#define XENJACK_TEST_SOCKET_FIXTURE_H

#include "osc/server/socket.h"

struct socket_fixture {
	struct ev_loop *loop;
	struct allow allow;
	struct socket_set set;
	bool mute;		 /* no echo */
	unsigned came, gone;	 /* packets, ended connections */
	unsigned limited;	 /* times that a peer was told that it is */
	size_t size;		 /* of the last packet */
	struct socket_peer peer; /* of the last packet */
	struct socket_peer left; /* the last one whose connection ended */
};

/* Sockets on 127.0.0.1 at any port: 0 is UDP, 1 is TCP. */
void socket_fixture_init(struct socket_fixture *fixture, uint32_t per_s, uint32_t burst);
void socket_fixture_finish(struct socket_fixture *fixture);

/* Runs the loop until *number is `value`; false if it is not within seconds. */
bool socket_fixture_until(struct socket_fixture *fixture, const unsigned *number, unsigned value);

/* Runs the loop until it has been idle for a moment. */
void socket_fixture_settle(struct socket_fixture *fixture);

/* A client connected to the n-th socket; does not block. */
int socket_fixture_client(struct socket_fixture *fixture, unsigned listener);

/* Expects exactly these bytes to come back. */
void socket_fixture_expect(struct socket_fixture *fixture, int fd, const char *bytes, size_t size);

/* Expects the server to end the connection, after whatever it still sends. */
void socket_fixture_expect_end(struct socket_fixture *fixture, int fd);

#endif
