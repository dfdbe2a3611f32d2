/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A rule of the configuration's [route]: connect what matches the left pattern with what matches
 * the right one. A pattern with ':' is for JACK names of others' ports ("system:playback_*"), one
 * without for the canonical ids of guests' ports ("daw.main_*"); '*' stands for any text. Any
 * thread; no memory of its own; sizes in bytes.
 */
#ifndef XENJACK_ROUTE_H
#define XENJACK_ROUTE_H

#include <stdbool.h>

#define ROUTE_COUNT_MAX 64u
/* inih reads lines of 200 bytes. */
#define ROUTE_PATTERN_MAX 191u

struct route {
	char left[ROUTE_PATTERN_MAX + 1], right[ROUTE_PATTERN_MAX + 1];
};

/* All of them, and what holds where they say nothing. */
struct route_rules {
	struct route all[ROUTE_COUNT_MAX];
	unsigned count;
	bool autoconnect; /* playback to the physical playback ports */
};

/* Fills a rule in. Returns NULL, or what is wrong with it. */
const char *route_parse(struct route *route, const char *left, const char *right);

/* Whether a port's canonical id or JACK name fits; takes time linear in the lengths. */
bool route_match(const char *pattern, const char *id);

#endif
