/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/server/allow.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define MAPPED_BITS 96u

static const uint8_t mapped[16] = { [10] = 0xff, [11] = 0xff };

/* Writes an address of either family as 16 bytes. */
static bool flatten(const struct sockaddr *address, uint8_t *flat)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (address->sa_family == AF_INET) {
		memcpy(&in, address, sizeof(in));
		memcpy(flat, mapped, sizeof(mapped));
		memcpy(flat + 12, &in.sin_addr, 4);
		return true;
	}
	if (address->sa_family == AF_INET6) {
		memcpy(&in6, address, sizeof(in6));
		memcpy(flat, &in6.sin6_addr, 16);
		return true;
	}
	return false;
}

static bool same_network(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	return memcmp(a, b, whole) == 0 && (!rest || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

static bool is_loopback(const uint8_t *flat)
{
	static const uint8_t loopback[16] = { [15] = 1 };
	static const uint8_t loopback4[16] = { [10] = 0xff, [11] = 0xff, [12] = 127 };

	return same_network(flat, loopback, 128) || same_network(flat, loopback4, MAPPED_BITS + 8);
}

bool allow_is_local(const struct sockaddr *address)
{
	uint8_t flat[16];

	return flatten(address, flat) && is_loopback(flat);
}

/* Whether a whole network is within one of the list's. */
static bool has_network(const struct allow *allow, const uint8_t *address, unsigned bits)
{
	for (unsigned i = 0; i < allow->count; i++) {
		if (allow->networks[i].bits <= bits &&
		    same_network(address, allow->networks[i].address, allow->networks[i].bits)) {
			return true;
		}
	}
	return false;
}

bool allow_covers(const struct allow *allow, const struct allow *others)
{
	for (unsigned i = 0; i < others->count; i++) {
		if (!is_loopback(others->networks[i].address) &&
		    !has_network(allow, others->networks[i].address, others->networks[i].bits)) {
			return false;
		}
	}
	return true;
}

bool allow_has(const struct allow *allow, const struct sockaddr *address)
{
	uint8_t flat[16];

	if (allow_is_local(address)) {
		return true;
	}
	return flatten(address, flat) && has_network(allow, flat, 128);
}

/* A network's prefix length, the text after its '/'; -1: not a number, or too large. */
static int parse_bits(const char *text, unsigned most)
{
	char *end;
	unsigned long bits;

	if (!text) {
		return (int)most;
	}
	if (*text < '0' || *text > '9') {
		return -1;
	}
	bits = strtoul(text, &end, 10);
	return *end || bits > most ? -1 : (int)bits;
}

static const char *add(struct allow *allow, char *text)
{
	char *slash = strchr(text, '/');
	uint8_t flat[16];
	unsigned before = 0;
	int bits;

	if (allow->count == ALLOW_COUNT_MAX) {
		return "too many networks";
	}
	if (slash) {
		*slash++ = '\0';
	}
	if (inet_pton(AF_INET, text, flat + 12) == 1) {
		before = MAPPED_BITS;
		memcpy(flat, mapped, 12);
	} else if (inet_pton(AF_INET6, text, flat) != 1) {
		return "not an address";
	}
	bits = parse_bits(slash, 128 - before);
	if (bits < 0) {
		return "not a valid prefix length";
	}
	memcpy(allow->networks[allow->count].address, flat, sizeof(flat));
	allow->networks[allow->count++].bits = before + (unsigned)bits;
	return NULL;
}

const char *allow_parse(struct allow *allow, const char *text)
{
	struct allow more = *allow;
	const char *wrong = NULL;

	while (!wrong && *(text += strspn(text, " \t,"))) {
		size_t length = strcspn(text, " \t,");
		char one[INET6_ADDRSTRLEN + sizeof("/128")];

		if (length >= sizeof(one)) {
			return "not an address";
		}
		memcpy(one, text, length);
		one[length] = '\0';
		wrong = add(&more, one);
		text += length;
	}
	if (!wrong) {
		*allow = more;
	}
	return wrong;
}
