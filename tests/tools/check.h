/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Says whether what was heard is the pattern: silence, a segment, silence, a segment ...
 * Segment k is the pattern of seed + k from its frame 0 on, for as long as it goes on without
 * a break; any other frame that is not silent is bad. Single-threaded; check_finish frees.
 * Lengths and places are in frames. check_init returns 0 or -ENOMEM; nothing else fails.
 */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include "pattern.h"

#include <stdbool.h>
#include <stdio.h>

struct check_segment {
	uint64_t at;	 /* frames since the first fed one */
	uint64_t length; /* 0: never heard */
};

struct check {
	struct pattern pattern;
	enum pattern_view view;
	struct check_segment *segments;
	unsigned int max;
	unsigned int next; /* the first segment that may still begin */
	bool inside;	   /* of segment next - 1 */
	uint64_t now;	   /* frames fed */
	uint64_t lead;	   /* silent frames before anything else */
	uint64_t bad;
	uint64_t first_bad;
	int64_t resumes; /* index in its segment of the first bad frame; -1: in none */
};

/* `segments` is how many may occur, in the order of their seeds. */
int check_init(struct check *c, const struct pattern *p, enum pattern_view view,
	       unsigned int segments);

/* Count frames that were seen to be silent, without their words. */
void check_skip(struct check *c, uint64_t frames);

/* One frame: a word a channel. */
void check_feed(struct check *c, const uint32_t *words);

/* Frames of all segments. */
uint64_t check_total(const struct check *c);

/* Nothing bad was heard, and `expected` good frames in all segments together (0: any number). */
bool check_ok(const struct check *c, uint64_t expected);

/* The members of a JSON object, without its braces. */
void check_print(const struct check *c, uint64_t expected, FILE *out);

void check_finish(struct check *c);

#endif
