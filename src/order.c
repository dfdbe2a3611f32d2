/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/order.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void free_order(struct order *order)
{
	for (unsigned i = 0; i < order->row_count; i++) {
		free((char *)(uintptr_t)order->rows[i].name);
		free((char *)(uintptr_t)order->rows[i].other);
	}
	free(order->rows);
	free(order->a);
	free(order->b);
	free(order);
}

/* A copy of a text that may be NULL; *err is set without memory. */
static char *copy(const char *text, int *err)
{
	char *fresh = text ? strdup(text) : NULL;

	*err = text && !fresh ? -ENOMEM : *err;
	return fresh;
}

struct order *order_create(enum control_verb verb, const char *a, const char *b, control_done *done,
			   void *arg)
{
	struct order *order = calloc(1, sizeof(*order));
	int err = 0;

	if (!order) {
		return NULL;
	}
	order->verb = verb;
	order->a = copy(a, &err);
	order->b = copy(b, &err);
	order->done = done;
	order->arg = arg;
	if (err) {
		free_order(order);
		return NULL;
	}
	return order;
}

/* Doubles at 16, 32, 64 … */
static bool reserve(struct order *order)
{
	unsigned count = order->row_count;
	struct control_row *rows;

	if (count & (count - 1) || (count && count < 16)) {
		return true;
	}
	rows = reallocarray(order->rows, count ? 2 * (size_t)count : 16, sizeof(*rows));
	order->rows = rows ? rows : order->rows;
	return rows;
}

void order_add(struct order *order, const struct control_row *row)
{
	struct control_row fresh = *row;

	if (order->row_count == ORDER_ROWS_MAX) {
		return;
	}
	if (!reserve(order)) {
		order->err = -ENOMEM;
		return;
	}
	fresh.name = copy(row->name, &order->err);
	fresh.other = copy(row->other, &order->err);
	order->rows[order->row_count++] = fresh;
	order->count = order->row_count;
}

void order_finish(struct order *order)
{
	const struct control_answer answer = {
		.err = order->err,
		.count = order->count,
		.rows = order->rows,
	};

	if (order->done) {
		order->done(order->arg, &answer);
	}
	free_order(order);
}
