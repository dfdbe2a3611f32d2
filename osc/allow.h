/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may talk to us from another host: a list of networks (10.0.0.0/8, fd00::/8) or addresses.
 * This host may always, from its loopback. Any thread; a list is the caller's, without memory of
 * its own.
 */
#ifndef XENJACK_ALLOW_H
#define XENJACK_ALLOW_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* A line of the configuration has 200 bytes. */
#define ALLOW_COUNT_MAX 32u

struct allow {
	unsigned count;
	struct {
		uint8_t address[16]; /* IPv4 as ::ffff:a.b.c.d */
		unsigned bits;
	} networks[ALLOW_COUNT_MAX];
};

/*
 * Adds the networks of a text, separated by blanks or commas. Returns NULL, or what is wrong: then
 * the list is as before.
 */
const char *allow_parse(struct allow *allow, const char *text);

/* Whether an address is of this host's loopback. */
bool allow_is_local(const struct sockaddr *address);

/* Whether an address is, or is in the list. */
bool allow_has(const struct allow *allow, const struct sockaddr *address);

#endif
