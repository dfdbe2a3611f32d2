/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks whether recorded frames are the pattern: silence, a segment, silence, a segment ...
 * Segment k is the pattern of seed + k from its frame 0 up to the first break; any other frame that
 * is not silent is bad. Single-threaded; check_finish frees. Lengths and places are in frames.
 * check_init returns 0 or -ENOMEM; nothing else fails.
 */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include "pattern.h"

#include <stdbool.h>
#include <stdio.h>

struct check_segment {
	uint64_t at;	 /* frames since the first one fed */
	uint64_t length; /* 0: never heard */
};

struct check {
	struct pattern pattern;
	enum pattern_view view;
	struct check_segment *segments;
	unsigned int max;
	unsigned int next; /* the first segment that may still begin */
	bool inside;	   /* segment next - 1 */
	uint64_t now;	   /* frames fed */
	uint64_t lead;	   /* silent frames before anything else */
	uint64_t bad;
	uint64_t first_bad;
	int64_t resumes; /* the first bad frame's index in its segment; -1: in none */
};

/* At most `segments` segments may occur, in the order of their seeds. */
int check_init(struct check *c, const struct pattern *p, enum pattern_view view,
	       unsigned int segments);

/* Counts frames that are known to be silent, without their words. */
void check_skip(struct check *c, uint64_t frames);

/* Checks one frame: one word per channel. */
void check_feed(struct check *c, const uint32_t *words);

/* Frames of all segments. */
uint64_t check_total(const struct check *c);

/* Whether no frame is bad, and all segments together have `expected` frames (0: at least one). */
bool check_ok(const struct check *c, uint64_t expected);

/* Prints the members of a JSON object, without its braces. */
void check_print(const struct check *c, uint64_t expected, FILE *out);

void check_finish(struct check *c);

#endif
