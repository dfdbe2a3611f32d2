/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A set of sockets in a loop of its own that sends every packet back, and clients of it in the same
 * thread. Whatever fails ends the test.
 */
#ifndef XENJACK_TEST_SOCKET_FIXTURE_H
#define XENJACK_TEST_SOCKET_FIXTURE_H

#include "osc/socket.h"

struct socket_fixture {
	struct ev_loop *loop;
	struct allow allow;
	struct socket_set set;
	bool mute;		 /* nothing is sent back */
	unsigned came, gone;	 /* packets, ended connections */
	size_t size;		 /* of the last packet */
	struct socket_peer peer; /* of the last packet */
	struct socket_peer left; /* who has gone last */
};

/* Sockets on 127.0.0.1 at any port: 0 is UDP, 1 is TCP. */
void socket_fixture_init(struct socket_fixture *fixture, uint32_t per_s, uint32_t burst);
void socket_fixture_finish(struct socket_fixture *fixture);

/* Lets the loop run until the number is reached; false: not within seconds. */
bool socket_fixture_until(struct socket_fixture *fixture, const unsigned *number, unsigned value);

/* Lets it run while there is something to do, for a moment. */
void socket_fixture_settle(struct socket_fixture *fixture);

/* A client connected to the n-th socket; does not block. */
int socket_fixture_client(struct socket_fixture *fixture, unsigned listener);

/* Expects these bytes to come back, and nothing more. */
void socket_fixture_expect(struct socket_fixture *fixture, int fd, const char *bytes, size_t size);

/* Expects the client's connection to be ended, after whatever else comes. */
void socket_fixture_expect_end(struct socket_fixture *fixture, int fd);

#endif
