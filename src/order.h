/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One request of the outside to JACK (src/control.h) on its way: ctl makes it and posts it to jack
 * (MAIL_ORDER), jack carries it out, fills in the rows and sends it back (MAIL_ORDERED), ctl
 * answers and frees it. It belongs to whoever has it. Texts are copies.
 */
#ifndef XENJACK_ORDER_H
#define XENJACK_ORDER_H

#include "src/control.h"

/* More rows than ports and connections of a full server; a list that is longer is cut. */
#define ORDER_ROWS_MAX 8192u

struct order {
	struct order *next; /* of those under way: ctl's */
	enum control_verb verb;
	char *a, *b; /* NULL where the verb has none */
	control_done *done;
	void *arg;

	/* jack fills in */
	int err;
	unsigned count; /* rows, or what the verb counts */
	struct control_row *rows;
	unsigned row_count;
};

/* NULL without memory. */
struct order *order_create(enum control_verb verb, const char *a, const char *b, control_done *done,
			   void *arg);

/* Adds a row and counts it; the texts are copied, either may be NULL. Without memory: order->err.
 */
void order_add(struct order *order, const struct control_row *row);

/* Answers, unless `done` is NULL, and frees it. */
void order_finish(struct order *order);

#endif
