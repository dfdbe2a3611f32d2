/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The other hosts that may send to us: a list of networks (10.0.0.0/8, fd00::/8) and addresses.
 * This host's loopback is always allowed. Any thread; a list is the caller's and allocates nothing.
 */
#ifndef XENJACK_ALLOW_H
#define XENJACK_ALLOW_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* Plenty: a line of the configuration has 200 bytes. */
#define ALLOW_COUNT_MAX 32u

struct allow {
	unsigned count;
	struct {
		uint8_t address[16]; /* IPv4 as ::ffff:a.b.c.d */
		unsigned bits;
	} networks[ALLOW_COUNT_MAX];
};

/*
 * Adds the networks in a text, separated by blanks or commas. Returns NULL, or what is wrong and
 * leaves the list unchanged.
 */
const char *allow_parse(struct allow *allow, const char *text);

/* Whether an address is a loopback address. */
bool allow_is_local(const struct sockaddr *address);

/* Whether all of a list's addresses are loopback, or each network is within one of the other's. */
bool allow_covers(const struct allow *allow, const struct allow *others);

/* Whether an address is loopback, or in the list. */
bool allow_has(const struct allow *allow, const struct sockaddr *address);

#endif
