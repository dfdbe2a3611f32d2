/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The patch: rules, memory, default. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/patch/patch.h"

/* Two guests, the sound hardware and a program, unsorted. */
static const struct patch_port ports[] = {
	{ "daw.main_1", true, true, 0 },	  { "daw.main_2", true, true, 1 },
	{ "daw.main_10", true, true, 2 },	  { "daw.in_1", false, true, -1 },
	{ "daw.in_2", false, true, -1 },	  { "synth.out_2", true, true, 1 },
	{ "synth.out_1", true, true, 0 },	  { "system:capture_1", true, false, -1 },
	{ "system:capture_2", true, false, -1 },  { "system:playback_1", false, false, 0 },
	{ "system:playback_2", false, false, 1 }, { "app:in_10", false, false, -1 },
	{ "app:in_9", false, false, -1 },	  { "app:out", true, false, -1 },
};

#define PORT_COUNT (sizeof(ports) / sizeof(ports[0]))

static struct patch *create(bool autoconnect, const char *left, const char *right)
{
	struct route route;
	struct patch *patch;

	assert_null(left ? route_parse(&route, left, right) : NULL);
	patch = patch_create(&route, left ? 1 : 0, autoconnect);
	assert_non_null(patch);
	return patch;
}

/* The plan as a string: "source>sink source>sink", '!' before refused connections. */
static const char *plan(const struct patch *patch)
{
	static char text[4096];
	unsigned count;
	struct patch_link *links = patch_plan(patch, ports, PORT_COUNT, &count);

	assert_non_null(links);
	*text = '\0';
	for (unsigned i = 0; i < count; i++) {
		size_t length = strlen(text);

		snprintf(text + length, sizeof(text) - length, "%s%s%s>%s", length ? " " : "",
			 patch_wants(&links[i]) ? "" : "!", ports[links[i].from].id,
			 ports[links[i].to].id);
	}
	free(links);
	return text;
}

/* New rules: the memory stays. */
static void test_other_rules(void **state)
{
	struct patch *patch = create(false, "daw.main_1", "app:in_9");
	struct route route;

	(void)state;
	assert_int_equal(patch_learn(patch, "app:out", "daw.in_2", true), 0);
	assert_string_equal(plan(patch), "daw.main_1>app:in_9 app:out>daw.in_2");
	assert_null(route_parse(&route, "daw.main_2", "app:in_10"));
	patch_rule(patch, &route, 1, false);
	assert_string_equal(plan(patch), "daw.main_2>app:in_10 app:out>daw.in_2");
	patch_rule(patch, NULL, 0, true);
	assert_non_null(strstr(plan(patch), "daw.main_1>system:playback_1"));
	assert_null(strstr(plan(patch), "app:in"));
	patch_destroy(patch);
}

/* Each rule alone, without the default. */
static void test_rules(void **state)
{
	static const char *const rows[][3] = {
		{ "daw.main_1", "system:playback_2", "daw.main_1>system:playback_2" },
		/* In natural order, with the source on either side; surplus ports stay unconnected.
		 */
		{ "daw.main_*", "app:in_*", "daw.main_1>app:in_9 daw.main_2>app:in_10" },
		{ "app:in_*", "daw.main_*", "daw.main_1>app:in_9 daw.main_2>app:in_10" },
		{ "*.out_*", "system:*",
		  "synth.out_2>system:playback_2 synth.out_1>system:playback_1" },
		{ "system:capture_*", "daw.in_*",
		  "system:capture_1>daw.in_1 system:capture_2>daw.in_2" },
		/* Both directions at once. */
		{ "daw.*", "system:*_1", "daw.main_1>system:playback_1 system:capture_1>daw.in_1" },
		/* Both ends are guests. */
		{ "synth.out_*", "daw.in_*", "synth.out_2>daw.in_2 synth.out_1>daw.in_1" },
		{ "daw.in_2", "daw.main_2", "daw.main_2>daw.in_2" },
		/* Two sources, two sinks, or ports that do not exist. */
		{ "daw.main_1", "synth.out_1", "" },
		{ "daw.in_1", "system:playback_1", "" },
		{ "daw.main_3", "system:playback_1", "" },
		{ "*", "nobody:*", "" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct patch *patch = create(false, rows[i][0], rows[i][1]);

		assert_string_equal(plan(patch), rows[i][2]);
		patch_destroy(patch);
	}
}

/* The default is for ports that nothing else mentions, by place. */
static void test_default(void **state)
{
	struct patch *patch = create(true, NULL, NULL);

	(void)state;
	assert_string_equal(plan(patch),
			    "daw.main_1>system:playback_1 daw.main_2>system:playback_2 "
			    "synth.out_2>system:playback_2 synth.out_1>system:playback_1");
	/* A rule that matches a port counts, whether or not its other end exists. */
	patch_destroy(patch);
	patch = create(true, "daw.*", "nobody:*");
	assert_string_equal(plan(patch),
			    "synth.out_2>system:playback_2 synth.out_1>system:playback_1");
	/* So does the memory, even if it mentions the port with an end that does not exist. */
	assert_int_equal(patch_learn(patch, "synth.out_1", "nobody:in", true), 0);
	assert_string_equal(plan(patch), "synth.out_2>system:playback_2");
	assert_int_equal(patch_learn(patch, "synth.out_2", "system:playback_2", false), 0);
	assert_string_equal(plan(patch), "!synth.out_2>system:playback_2");
	patch_destroy(patch);
}

static void test_memory(void **state)
{
	struct patch *patch = create(false, "daw.main_*", "system:playback_*");

	(void)state;
	assert_false(patch_knows(patch, "daw.in_1"));
	assert_int_equal(patch_learn(patch, "app:out", "daw.in_1", true), 0);
	assert_true(patch_knows(patch, "daw.in_1"));
	assert_true(patch_knows(patch, "app:out"));
	assert_int_equal(patch_learn(patch, "synth.out_1", "daw.in_1", true), 0);
	assert_int_equal(patch_learn(patch, "daw.main_2", "system:playback_2", false), 0);
	/* A connection that a rule makes, too, appears once. */
	assert_int_equal(patch_learn(patch, "daw.main_1", "system:playback_1", true), 0);
	/* Ignored: ends that do not exist, or that have changed direction. */
	assert_int_equal(patch_learn(patch, "nobody:out", "daw.in_1", true), 0);
	assert_int_equal(patch_learn(patch, "daw.in_1", "daw.in_2", true), 0);
	assert_string_equal(plan(patch),
			    "daw.main_1>system:playback_1 !daw.main_2>system:playback_2 "
			    "synth.out_1>daw.in_1 app:out>daw.in_1");
	/* The latest entry counts. */
	assert_int_equal(patch_learn(patch, "app:out", "daw.in_1", false), 0);
	assert_int_equal(patch_learn(patch, "daw.main_2", "system:playback_2", true), 0);
	assert_string_equal(plan(patch),
			    "daw.main_1>system:playback_1 daw.main_2>system:playback_2 "
			    "synth.out_1>daw.in_1 !app:out>daw.in_1");
	patch_forget(patch, "daw.main_1", "system:playback_1");
	patch_forget(patch, "synth.out_1", "daw.in_1");
	patch_forget(patch, "synth.out_1", "daw.in_1");
	assert_string_equal(plan(patch),
			    "daw.main_1>system:playback_1 daw.main_2>system:playback_2 "
			    "!app:out>daw.in_1");
	patch_destroy(patch);
}

static void test_rename(void **state)
{
	struct patch *patch = create(false, NULL, NULL);
	char longer[PATCH_ID_MAX + 2];

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	/* In all its entries, at either end, and the newer replace those of an earlier port. */
	assert_int_equal(patch_learn(patch, "daw.main_1", "app:in_9", false), 0);
	assert_int_equal(patch_learn(patch, "daw.main_1", "app:old", true), 0);
	assert_int_equal(patch_learn(patch, "daw.main_2", "app:old", true), 0);
	assert_int_equal(patch_learn(patch, "synth.out_1", "app:old", false), 0);
	assert_int_equal(patch_learn(patch, "synth.out_1", "app:in_9", true), 0);
	assert_int_equal(patch_rename(patch, "app:old", "app:in_9"), 1);
	assert_string_equal(plan(patch), "daw.main_1>app:in_9 daw.main_2>app:in_9 "
					 "!synth.out_1>app:in_9");
	assert_false(patch_knows(patch, "app:old"));
	assert_int_equal(patch_learn(patch, "app:before", "daw.in_1", true), 0);
	assert_int_equal(patch_rename(patch, "app:before", "app:out"), 1);
	assert_non_null(strstr(plan(patch), "app:out>daw.in_1"));
	/* Nothing to do, and nothing that could be kept. */
	assert_int_equal(patch_rename(patch, "app:old", "app:other"), 0);
	assert_int_equal(patch_rename(patch, "app:in_9", "app:in_9"), 0);
	assert_int_equal(patch_rename(patch, "app:in_9", longer), 0);
	assert_true(patch_knows(patch, "app:in_9"));
	patch_destroy(patch);
}

static void test_bounds(void **state)
{
	struct patch *patch = create(false, NULL, NULL);
	char id[PATCH_ID_MAX + 2];

	(void)state;
	memset(id, 'x', sizeof(id));
	id[PATCH_ID_MAX + 1] = '\0';
	assert_int_equal(patch_learn(patch, id, "daw.in_1", true), -EINVAL);
	assert_int_equal(patch_learn(patch, "", "daw.in_1", true), -EINVAL);
	id[PATCH_ID_MAX] = '\0';
	assert_int_equal(patch_learn(patch, id, "daw.in_1", true), 0);
	/* When full, the oldest disconnection goes first, then the oldest connection. */
	assert_int_equal(patch_learn(patch, "first:off", "daw.in_1", false), 0);
	for (unsigned i = 2; i < PATCH_MEMORY_MAX; i++) {
		snprintf(id, sizeof(id), "app:%u", i);
		assert_int_equal(patch_learn(patch, id, "daw.in_1", i != 100), 0);
	}
	assert_true(patch_knows(patch, "first:off"));
	assert_int_equal(patch_learn(patch, "one:more", "daw.in_1", true), 0);
	assert_false(patch_knows(patch, "first:off"));
	assert_true(patch_knows(patch, "app:100"));
	assert_int_equal(patch_learn(patch, "two:more", "daw.in_1", true), 0);
	assert_false(patch_knows(patch, "app:100"));
	assert_true(patch_knows(patch, "app:2"));
	assert_int_equal(patch_learn(patch, "three:more", "daw.in_1", true), 0);
	assert_true(patch_knows(patch, "app:2"));
	assert_int_equal(patch_learn(patch, "four:more", "daw.in_1", true), 0);
	assert_false(patch_knows(patch, "app:2"));
	assert_true(patch_knows(patch, "three:more"));
	patch_destroy(patch);
	patch_destroy(NULL);
}

/* As many ports as JACK can have, and rules that match them all: each pair once, and fast. */
static void test_many(void **state)
{
	enum { COUNT = 4096 };
	static struct patch_port many[COUNT];
	static char ids[COUNT][32];
	struct route routes[ROUTE_COUNT_MAX];
	struct patch_link *links;
	struct patch *patch;
	unsigned count;

	(void)state;
	for (int i = 0; i < COUNT; i++) {
		snprintf(ids[i], sizeof(ids[i]), i % 2 ? "daw.x_%d" : "app:in_%d", i);
		many[i] = (struct patch_port){ ids[i], i % 2, i % 2, i / 2 };
	}
	for (unsigned i = 0; i < ROUTE_COUNT_MAX; i++) {
		assert_null(route_parse(&routes[i], "*", "app:*"));
	}
	patch = patch_create(routes, ROUTE_COUNT_MAX, true);
	assert_non_null(patch);
	links = patch_plan(patch, many, COUNT, &count);
	assert_non_null(links);
	assert_int_equal(count, COUNT / 2);
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(links[i].from, 2 * i + 1);
		assert_int_equal(links[i].to, 2 * i);
		assert_int_equal(links[i].why, PATCH_RULE);
	}
	free(links);
	links = patch_plan(patch, many, 0, &count);
	assert_non_null(links);
	assert_int_equal(count, 0);
	free(links);
	patch_destroy(patch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_other_rules), cmocka_unit_test(test_rules),
		cmocka_unit_test(test_default),	    cmocka_unit_test(test_memory),
		cmocka_unit_test(test_rename),	    cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
