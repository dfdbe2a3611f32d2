/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OSC 1.0 address patterns: ? * [a-z] [!a-z] {ab,cd}, none of which fits a '/'. Any thread; a
 * pattern is the caller's, without memory of its own. Matching takes at most two steps for each
 * character of the pattern with each one of the address, whatever they are: every place of the
 * pattern where the address can stand is followed at once, so nothing is ever tried twice. Lengths
 * in bytes.
 */
#ifndef XENJACK_PATTERN_H
#define XENJACK_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest address, too: no id is longer than 48. */
#define PATTERN_LENGTH_MAX 256u
/* More than an address has parts; each may cost a step a character. */
#define PATTERN_WILDCARDS_MAX 8u

struct pattern {
	char text[PATTERN_LENGTH_MAX + 1];
	size_t length;
	unsigned wildcards; /* 0: it fits the one address that it is */
	uint64_t steps;	    /* of all matches so far; for who has to bound work, and for tests */
};

/*
 * Checks an address or a pattern and keeps it. -ENAMETOOLONG; -E2BIG: too many wildcards; -EINVAL:
 * a bracket open or empty or in another one, a range backwards, a stray , ] }, a part that is
 * empty.
 */
int pattern_parse(struct pattern *pattern, const char *text);

/* Whether it fits all of an address. */
bool pattern_match(struct pattern *pattern, const char *address);

#endif
