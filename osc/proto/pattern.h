/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OSC 1.0 address patterns: ? * [a-z] [!a-z] {ab,cd}, none of which matches a '/'. Any thread; a
 * pattern is the caller's and allocates nothing. Matching follows all possible places in the
 * pattern at once and never backtracks: at most three steps for each character of the pattern and
 * each one of the address, whatever they are. Lengths in bytes.
 */
#ifndef XENJACK_PATTERN_H
#define XENJACK_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "osc/proto/limits.h"

/* A part of an address with its '/'. */
#define PATTERN_LENGTH_MAX (LIMITS_PART_MAX + 1)
/* More than an address has parts; each wildcard may cost a step per character. */
#define PATTERN_WILDCARDS_MAX 8u

struct pattern {
	char text[PATTERN_LENGTH_MAX + 1];
	size_t length;
	unsigned wildcards; /* 0: matches only itself */
	uint64_t steps;	    /* of all matches so far; to bound work, and for tests */
};

/*
 * Checks an address or a pattern and stores it. -ENAMETOOLONG; -E2BIG: too many wildcards; -EINVAL:
 * an unclosed, empty or nested bracket, a backward range, a stray , ] }, or an empty part.
 */
int pattern_parse(struct pattern *pattern, const char *text);

/* Whether it matches the whole address. */
bool pattern_match(struct pattern *pattern, const char *address);

#endif
