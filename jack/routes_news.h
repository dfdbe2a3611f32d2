/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What has happened between two looks at the graph, for whoever listens: part of jack/routes. The
 * jack thread. It may be missed: of more than ROUTES_NEWS_MAX the rest is not told, and nothing
 * where ctl does not read its letters or there is no memory.
 */
#ifndef XENJACK_ROUTES_NEWS_H
#define XENJACK_ROUTES_NEWS_H

#include "jack/graph.h"
#include "src/order.h"

#define ROUTES_NEWS_MAX 256u

struct mailbox;

/* Adds a row for each: of what went first, then of what came; numbers[0] is a control_kind. */
void routes_news_compare(struct order *news, const struct graph *before, const struct graph *now);

/* Tells ctl of them, if there are any. */
void routes_news_tell(struct mailbox *to_ctl, const struct graph *before, const struct graph *now);

#endif
