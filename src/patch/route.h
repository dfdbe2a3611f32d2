/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A rule of [route] in the configuration: connect ports that match the left pattern with ports that
 * match the right one. A pattern with ':' is for JACK names of other programs' ports
 * ("system:playback_*"), one without for ids of guests' ports ("daw.main_*"); '*' matches any text.
 * A dot in a pattern for guests is the one between guest and stream: what is before it matches the
 * guest, what is after it the stream. Any thread; allocates nothing; sizes in bytes.
 */
#ifndef XENJACK_ROUTE_H
#define XENJACK_ROUTE_H

#include <stdbool.h>

#include "src/base/msg.h"

#define ROUTE_COUNT_MAX 64u
/* inih reads lines of 200 bytes. */
#define ROUTE_PATTERN_MAX 191u

struct route {
	char left[ROUTE_PATTERN_MAX + 1], right[ROUTE_PATTERN_MAX + 1];
};

/* All rules, and the default for ports that no rule mentions. */
struct route_rules {
	struct route all[ROUTE_COUNT_MAX];
	unsigned count;
	bool autoconnect; /* playback streams to physical playback ports */
	struct msg_place place;
};

/* Fills in a rule. Returns NULL, or what is wrong with it. */
const char *route_parse(struct route *route, const char *left, const char *right);

/* Whether a port's id or JACK name matches, in linear time. */
bool route_match(const char *pattern, const char *id);

#endif
