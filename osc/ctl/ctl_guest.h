/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests as a whole, in commands and in what is shown of streams. Names are the guests' real ones;
 * a part is a name as in an address. One thread. Answers are the caller's. Nothing here asks the
 * daemon.
 */
#ifndef XENJACK_CTL_GUEST_H
#define XENJACK_CTL_GUEST_H

#include <stdio.h>

#include "osc/ctl/ctl.h"

/* Values of an item of /guest/list, after the address and "item". */
enum {
	CTL_GUEST_NAME = 2,
	CTL_GUEST_STREAMS,
	CTL_GUEST_GAIN,
	CTL_GUEST_MUTED,
	CTL_GUEST_VALUES,
};

/*
 * Whether an argument names a guest as a whole: its name, without wildcards, and ".*". Anything
 * else is a stream's id or a pattern of ids.
 */
bool ctl_guest_parse(const char *text, char *part, size_t size);

/* Whether it is a complete item of /guest/list. */
bool ctl_guest_is_item(const struct ctl_answer *answer);

/* A guest's item; NULL: none, or no name. */
const struct ctl_answer *ctl_guest_find(const struct ctl_answers *answers, const char *name);

/* Whether an item has a level of its own; accepts NULL. */
bool ctl_guest_is_set(const struct ctl_answer *item);

/* The guest of a stream, from /stream/<id>/info; NULL: not among the answers. */
const char *ctl_guest_of_stream(const struct ctl_answers *answers, const char *id);

/* Prints those that have a level of their own, as a table after an empty line; nothing if none has.
 */
void ctl_guest_print(const struct ctl_answers *answers, FILE *out);

#endif
