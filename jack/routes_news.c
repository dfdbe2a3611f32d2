/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/routes_news.h"

#include <stdlib.h>
#include <string.h>

#include "src/mail.h"

/* A port, or two that are connected. */
struct item {
	const char *name, *other; /* other: "" of a port */
};

struct items {
	struct item *all;
	unsigned count;
};

static int compare_items(const void *left, const void *right)
{
	const struct item *a = left, *b = right;
	int order = strcmp(a->name, b->name);

	return order ? order : strcmp(a->other, b->other);
}

static struct items list_ports(const struct graph *graph)
{
	struct items items = { calloc(graph->port_count + 1, sizeof(struct item)), 0 };

	for (unsigned i = 0; items.all && i < graph->port_count; i++) {
		items.all[items.count++] = (struct item){ graph->names[i], "" };
	}
	if (items.all) {
		qsort(items.all, items.count, sizeof(*items.all), compare_items);
	}
	return items;
}

static struct items list_edges(const struct graph *graph)
{
	struct items items = { calloc(graph->edge_count + 1, sizeof(struct item)), 0 };

	for (unsigned i = 0; items.all && i < graph->edge_count; i++) {
		items.all[items.count++] = (struct item){ graph->names[graph->edges[i].from],
							  graph->names[graph->edges[i].to] };
	}
	if (items.all) {
		qsort(items.all, items.count, sizeof(*items.all), compare_items);
	}
	return items;
}

/* A row for all of a that are not in b; both are in order. */
static void add_missing(struct order *news, const struct items *a, const struct items *b,
			enum control_kind kind)
{
	unsigned k = 0;

	for (unsigned i = 0; i < a->count && news->row_count < ROUTES_NEWS_MAX; i++) {
		while (k < b->count && compare_items(&b->all[k], &a->all[i]) < 0) {
			k++;
		}
		if (k == b->count || compare_items(&b->all[k], &a->all[i]) != 0) {
			order_add(news, &(struct control_row){
						.name = a->all[i].name,
						.other = *a->all[i].other ? a->all[i].other : NULL,
						.numbers = { kind } });
		}
	}
}

void routes_news_compare(struct order *news, const struct graph *before, const struct graph *now)
{
	struct items ports[2] = { list_ports(before), list_ports(now) };
	struct items edges[2] = { list_edges(before), list_edges(now) };

	/* Without memory for one of them all of the other would seem new. */
	if (ports[0].all && ports[1].all && edges[0].all && edges[1].all) {
		add_missing(news, &edges[0], &edges[1], CONTROL_PORT_DISCONNECTED);
		add_missing(news, &ports[0], &ports[1], CONTROL_PORT_REMOVED);
		add_missing(news, &ports[1], &ports[0], CONTROL_PORT_ADDED);
		add_missing(news, &edges[1], &edges[0], CONTROL_PORT_CONNECTED);
	}
	for (unsigned i = 0; i < 2; i++) {
		free(ports[i].all);
		free(edges[i].all);
	}
}

void routes_news_tell(struct mailbox *to_ctl, const struct graph *before, const struct graph *now)
{
	struct order *news = order_create(CONTROL_PORTS, NULL, NULL, NULL, NULL);

	if (!news) {
		return;
	}
	routes_news_compare(news, before, now);
	if (!news->row_count ||
	    !mail_offer(to_ctl, &(struct mail){ .verb = MAIL_NEWS, .order = news })) {
		order_finish(news);
	}
}
