/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events between two graphs: removals before additions, and a limited number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "jack/graph_diff.h"

static struct jack_request *compare(const struct graph *before, const struct graph *now)
{
	struct jack_request *diff = jack_request_create(JACK_REQUEST_PORTS, NULL, NULL, NULL, NULL);

	assert_non_null(diff);
	graph_diff_compare(diff, before, now);
	return diff;
}

static void expect(const struct jack_request *diff, unsigned n, enum event_kind kind,
		   const char *name, const char *other)
{
	assert_true(n < diff->row_count);
	assert_int_equal(diff->rows[n].numbers[0], kind);
	assert_string_equal(diff->rows[n].name, name);
	if (other) {
		assert_string_equal(diff->rows[n].other, other);
	} else {
		assert_null(diff->rows[n].other);
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
	struct jack_request *diff = compare(&before, &now);

	(void)state;
	assert_int_equal(diff->row_count, 4);
	expect(diff, 0, EVENT_PORT_DISCONNECTED, "b:1", "a:1");
	expect(diff, 1, EVENT_PORT_REMOVED, "a:1", NULL);
	expect(diff, 2, EVENT_PORT_ADDED, "d:1", NULL);
	expect(diff, 3, EVENT_PORT_CONNECTED, "d:1", "c:1");
	jack_request_finish(diff);
	diff = compare(&now, &now);
	assert_int_equal(diff->row_count, 0);
	jack_request_finish(diff);
}

static void test_many(void **state)
{
	static char texts[GRAPH_DIFF_MAX + 10][16];
	static const char *names[GRAPH_DIFF_MAX + 10];
	const struct graph before = { 0 },
			   now = { .port_count = GRAPH_DIFF_MAX + 10, .names = names };
	struct jack_request *diff;

	(void)state;
	for (unsigned i = 0; i < GRAPH_DIFF_MAX + 10; i++) {
		snprintf(texts[i], sizeof(texts[i]), "p:%03u", (i * 11) % (GRAPH_DIFF_MAX + 10));
		names[i] = texts[i];
	}
	diff = compare(&before, &now);
	assert_int_equal(diff->row_count, GRAPH_DIFF_MAX);
	expect(diff, 255, EVENT_PORT_ADDED, "p:255", NULL);
	jack_request_finish(diff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_differences),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
