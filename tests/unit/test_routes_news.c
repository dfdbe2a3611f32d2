/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has happened between two graphs: what went before what came, and no more than so much. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "jack/routes_news.h"

static struct order *compare(const struct graph *before, const struct graph *now)
{
	struct order *news = order_create(CONTROL_PORTS, NULL, NULL, NULL, NULL);

	assert_non_null(news);
	routes_news_compare(news, before, now);
	return news;
}

static void expect(const struct order *news, unsigned n, enum control_kind kind, const char *name,
		   const char *other)
{
	assert_true(n < news->row_count);
	assert_int_equal(news->rows[n].numbers[0], kind);
	assert_string_equal(news->rows[n].name, name);
	if (other) {
		assert_string_equal(news->rows[n].other, other);
	} else {
		assert_null(news->rows[n].other);
	}
}

static void test_differences(void **state)
{
	const char *old_names[] = { "b:1", "a:1", "c:1" }, *new_names[] = { "c:1", "d:1", "b:1" };
	struct graph_edge old_edges[] = { { 0, 1 }, { 0, 2 } },
			  new_edges[] = { { 2, 0 }, { 1, 0 } };
	const struct graph before = {
		.port_count = 3, .edge_count = 2, .names = old_names, .edges = old_edges
	};
	const struct graph now = {
		.port_count = 3, .edge_count = 2, .names = new_names, .edges = new_edges
	};
	struct order *news = compare(&before, &now);

	(void)state;
	assert_int_equal(news->row_count, 4);
	expect(news, 0, CONTROL_PORT_DISCONNECTED, "b:1", "a:1");
	expect(news, 1, CONTROL_PORT_REMOVED, "a:1", NULL);
	expect(news, 2, CONTROL_PORT_ADDED, "d:1", NULL);
	expect(news, 3, CONTROL_PORT_CONNECTED, "d:1", "c:1");
	order_finish(news);
	news = compare(&now, &now);
	assert_int_equal(news->row_count, 0);
	order_finish(news);
}

static void test_many(void **state)
{
	static char texts[ROUTES_NEWS_MAX + 10][16];
	static const char *names[ROUTES_NEWS_MAX + 10];
	const struct graph before = { 0 },
			   now = { .port_count = ROUTES_NEWS_MAX + 10, .names = names };
	struct order *news;

	(void)state;
	for (unsigned i = 0; i < ROUTES_NEWS_MAX + 10; i++) {
		snprintf(texts[i], sizeof(texts[i]), "p:%03u", (i * 11) % (ROUTES_NEWS_MAX + 10));
		names[i] = texts[i];
	}
	news = compare(&before, &now);
	assert_int_equal(news->row_count, ROUTES_NEWS_MAX);
	expect(news, 255, CONTROL_PORT_ADDED, "p:255", NULL);
	order_finish(news);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_differences),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
