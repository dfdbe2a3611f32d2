/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stored patches: what a recall connects and cuts, and what it leaves alone on a failure. */
#include "jack/routes.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/patch/patch_store.h"
#include "tests/unit/jack/fail_alloc.h"
#include "tests/unit/jack/jack_fixture.h"

static int set_up(void **state)
{
	jack_set_up(state);
	options.routes.autoconnect = false;
	options.routes.state_dir = open_state();
	return 0;
}

static int store(const char *name)
{
	return carry_out(JACK_REQUEST_STORE, name, NULL);
}

static int recall(const char *name)
{
	return carry_out(JACK_REQUEST_RECALL, name, NULL);
}

/* Longer than the settling of the graph, the window of a cut, and the delay of a save. */
static void wait_long(void)
{
	run(5.0);
}

static void link_pairs(void)
{
	fake_jack_link("daw:main_1", "system:playback_1");
	fake_jack_link("daw:main_2", "system:playback_2");
	run(2.0);
}

/* The patch "pairs" connects the card's two channels to the two physical ports. */
static void store_pairs(void)
{
	open_pool();
	show_card("daw", 2, 1);
	link_pairs();
	assert_int_equal(store("pairs"), 0);
	assert_int_equal(count, 2);
}

/* Other connections than those. */
static void link_others(void)
{
	fake_jack_unlink("daw:main_2", "system:playback_2");
	fake_jack_link("daw:main_2", "system:playback_1");
	fake_jack_link("system:capture_1", "daw-in:in_1");
	wait_long();
}

static void expect_pairs(void)
{
	assert_true(fake_jack_linked("daw:main_1", "system:playback_1"));
	assert_true(fake_jack_linked("daw:main_2", "system:playback_2"));
	assert_int_equal(fake_jack_links(), 2);
}

static const char pairs[] = "+daw.main_1 system:playback_1\n+daw.main_2 system:playback_2\n";

static void test_recall(void **state)
{
	(void)state;
	store_pairs();
	link_others();
	assert_int_equal(recall("pairs"), 0);
	assert_int_equal(count, 3);
	expect_pairs();
	run(2.0);
	assert_string_equal(memory(), pairs);
	wait_long();
	expect_pairs();
	assert_string_equal(memory(), pairs);
	assert_int_equal(recall("pairs"), 0);
	assert_int_equal(count, 0);
	expect_pairs();
	/* The next daemon has it too. */
	close_pool();
	open_pool();
	show_card("daw", 2, 1);
	expect_pairs();
	/* A recalled connection is watched like any other. */
	fake_jack_unlink("daw:main_1", "system:playback_1");
	wait_long();
	assert_non_null(strstr(memory(), "-daw.main_1 system:playback_1\n"));
}

/* A user cuts what the recall connected. */
static void test_cut_after_recall(void **state)
{
	(void)state;
	store_pairs();
	link_others();
	assert_int_equal(recall("pairs"), 0);
	run(1.0);
	fake_jack_unlink("daw:main_2", "system:playback_2");
	wait_long();
	assert_non_null(strstr(memory(), "-daw.main_2 system:playback_2\n"));
	/* A user's connection that the recall cut is learnt again when it is made again. */
	fake_jack_link("daw:main_2", "system:playback_1");
	wait_long();
	assert_non_null(strstr(memory(), "+daw.main_2 system:playback_1\n"));
}

/* A recall in the window of a user's cut; the user's next changes are learnt as usual. */
static void test_recall_in_window(void **state)
{
	(void)state;
	store_pairs();
	fake_jack_unlink("daw:main_2", "system:playback_2");
	run(1.0);
	assert_int_equal(recall("pairs"), 0);
	assert_int_equal(count, 1);
	wait_long();
	assert_string_equal(memory(), pairs);
	fake_jack_unlink("daw:main_2", "system:playback_2");
	wait_long();
	assert_non_null(strstr(memory(), "-daw.main_2 system:playback_2\n"));
	fake_jack_link("daw:main_2", "system:playback_2");
	wait_long();
	assert_string_equal(memory(), pairs);
}

/* Where the patch has no connection, rules and default no longer make one. */
static void test_recall_refuses(void **state)
{
	static struct route rule;

	(void)state;
	assert_null(route_parse(&rule, "system:capture_1", "daw.in_1"));
	options.routes.rules = &rule;
	options.routes.rule_count = 1;
	options.routes.autoconnect = true;
	open_pool();
	show_card("daw", 1, 1);
	run(1.0);
	assert_int_equal(carry_out(JACK_REQUEST_DISCONNECT_ALL, "daw.main", NULL), 0);
	assert_int_equal(carry_out(JACK_REQUEST_DISCONNECT_ALL, "daw.in", NULL), 0);
	assert_int_equal(store("nothing"), 0);
	assert_int_equal(count, 0);
	assert_int_equal(carry_out(JACK_REQUEST_CONNECT, "daw.main_1", "system:playback_1"), 0);
	assert_int_equal(carry_out(JACK_REQUEST_CONNECT, "system:capture_1", "daw.in_1"), 0);
	wait_long();
	assert_int_equal(fake_jack_links(), 2);
	assert_int_equal(recall("nothing"), 0);
	assert_int_equal(count, 2);
	assert_int_equal(fake_jack_links(), 0);
	wait_long();
	assert_int_equal(fake_jack_links(), 0);
	assert_non_null(strstr(memory(), "-daw.main_1 system:playback_1\n"));
	assert_non_null(strstr(memory(), "-system:capture_1 daw.in_1\n"));
}

/* A recall connects existing ports at once, and others when they are registered. */
static void test_missing_ports(void **state)
{
	struct card *card;

	(void)state;
	open_pool();
	card = show_card("daw", 2, 0);
	fake_jack_add("synth:in_1", JackPortIsInput);
	fake_jack_link("daw:main_1", "system:playback_1");
	fake_jack_link("daw:main_2", "synth:in_1");
	run(2.0);
	assert_int_equal(store("mine"), 0);
	assert_int_equal(count, 2);
	fake_jack_remove("synth:in_1");
	fake_jack_unlink("daw:main_1", "system:playback_1");
	wait_long();
	assert_int_equal(recall("mine"), 0);
	assert_int_equal(count, 1);
	fake_jack_add("synth:in_1", JackPortIsInput);
	run(1.0);
	assert_true(fake_jack_linked("daw:main_2", "synth:in_1"));
	/* Without the guest, there is nothing to cut; the patch waits for it. */
	take_away(card);
	run(1.0);
	assert_int_equal(store("empty"), 0);
	assert_int_equal(recall("mine"), 0);
	assert_int_equal(count, 0);
	show_card("daw", 2, 0);
	assert_int_equal(fake_jack_links(), 2);
}

/* A recall keeps the memory of absent guests that are not in the patch. */
static void test_absent_guest(void **state)
{
	struct card *card;

	(void)state;
	store_pairs();
	card = show_card("pc", 1, 0);
	fake_jack_link("pc:main_1", "system:playback_1");
	run(2.0);
	take_away(card);
	run(1.0);
	assert_int_equal(recall("pairs"), 0);
	show_card("pc", 1, 0);
	assert_true(fake_jack_linked("pc:main_1", "system:playback_1"));
	/* While it is present, the patch applies to it too. */
	assert_int_equal(recall("pairs"), 0);
	assert_int_equal(count, 1);
	assert_false(fake_jack_linked("pc:main_1", "system:playback_1"));
}

/* --- libjack refuses */

/* The daemon retries a failed connection, unless rules and memory are switched off. */
static void test_connect_fails(void **state)
{
	(void)state;
	store_pairs();
	for (unsigned i = 0; i < 2; i++) {
		fake_jack_unlink("daw:main_2", "system:playback_2");
		wait_long();
		fake_jack_fail_next("jack_connect", 2);
		assert_int_equal(recall("pairs"), 0);
		assert_int_equal(count, 0);
		wait_long();
		assert_int_equal(fake_jack_linked("daw:main_2", "system:playback_2"), i == 0);
		assert_string_equal(memory(), pairs);
		assert_int_equal(carry_out(JACK_REQUEST_AUTO, "0", NULL), 0);
	}
}

/* A connection that cannot be cut stays, and is not taken for a user's. */
static void test_disconnect_fails(void **state)
{
	(void)state;
	store_pairs();
	link_others();
	fake_jack_fail_next("jack_disconnect", 1);
	assert_int_equal(recall("pairs"), 0);
	assert_int_equal(count, 2);
	assert_int_equal(fake_jack_links(), 3);
	wait_long();
	assert_string_equal(memory(), pairs);
	assert_int_equal(fake_jack_links(), 3);
	assert_int_equal(recall("pairs"), 0);
	assert_int_equal(count, 1);
	expect_pairs();
}

/* Whichever call fails, the memory has the patch, and in the end nothing else is connected. */
static void test_failures(void **state)
{
	bool went_on = true;

	(void)state;
	store_pairs();
	for (unsigned n = 0; went_on; n++) {
		assert_true(n < 1000);
		link_others();
		fake_jack_fail_at(n);
		assert_int_equal(recall("pairs"), 0);
		went_on = fake_jack_failed();
		fake_jack_fail_at(UINT_MAX);
		run(15.0);
		assert_int_equal(recall("pairs"), 0);
		run(2.0);
		expect_pairs();
		assert_string_equal(memory(), pairs);
	}
}

/* --- freewheel */

static void test_freewheel(void **state)
{
	(void)state;
	store_pairs();
	link_others();
	fake_jack_freewheel(true);
	assert_int_equal(store("pairs"), -EAGAIN);
	assert_int_equal(count, 0);
	assert_int_equal(recall("pairs"), -EAGAIN);
	fake_jack_freewheel(false);
	wait_long();
	assert_int_equal(fake_jack_links(), 3);
	assert_int_equal(recall("pairs"), 0);
	expect_pairs();
}

static void begin(void)
{
	fake_jack_freewheel(true);
}

/*
 * It begins in the middle of a recall, and JACK will restore what was cut: the recall fails, and no
 * restored connection is taken for a user's.
 */
static void test_freewheel_begins(void **state)
{
	static const char *const calls[] = { "jack_disconnect", "jack_connect" };

	(void)state;
	store_pairs();
	fake_jack_add("synth:in_1", JackPortIsInput);
	for (unsigned i = 0; i < 2; i++) {
		link_others();
		/* One that JACK itself does not cut, and one that the recall has to make. */
		fake_jack_link("daw:main_1", "synth:in_1");
		fake_jack_unlink("daw:main_1", "system:playback_1");
		wait_long();
		fake_jack_on(calls[i], begin);
		assert_int_equal(recall("pairs"), -EAGAIN);
		run(1.0);
		fake_jack_freewheel(false);
		wait_long();
		assert_string_equal(memory(), pairs);
		assert_int_equal(recall("pairs"), 0);
		run(1.0);
		expect_pairs();
		assert_string_equal(memory(), pairs);
	}
}

/* --- without memory */

/* Allocations of the request itself, by the main thread. */
#define OF_REQUEST 2u

/* A recall is carried out, or leaves the connections and the memory unchanged. */
static void test_no_memory(void **state)
{
	static const char others[] = "+daw.main_1 system:playback_1\n"
				     "+daw.main_2 system:playback_1\n"
				     "+system:capture_1 daw.in_1\n"
				     "-daw.main_2 system:playback_2\n";
	bool went_on = true;

	(void)state;
	store_pairs();
	for (unsigned n = OF_REQUEST; went_on; n++) {
		int err;

		assert_true(n < 1000);
		link_others();
		fail_alloc_at(n);
		err = recall("pairs");
		went_on = fail_alloc_failed();
		fail_alloc_at(UINT_MAX);
		assert_true(err == 0 || err == -ENOMEM);
		if (err) {
			assert_int_equal(fake_jack_links(), 3);
			assert_int_equal(carry_out(JACK_REQUEST_SAVE, NULL, NULL), 0);
			assert_string_equal(memory(), others);
			assert_int_equal(recall("pairs"), 0);
		}
		run(15.0);
		expect_pairs();
		assert_string_equal(memory(), pairs);
	}
}

/* A file that could not be read for lack of memory is not damaged, and stays. */
static void test_no_memory_read(void **state)
{
	bool went_on = true;

	(void)state;
	store_pairs();
	for (unsigned n = OF_REQUEST; went_on; n++) {
		int errs[2];

		assert_true(n < 1000);
		fail_alloc_at(n);
		errs[0] = recall("pairs");
		went_on = fail_alloc_failed();
		fail_alloc_at(n);
		errs[1] = carry_out(JACK_REQUEST_LOAD, NULL, NULL);
		went_on |= fail_alloc_failed();
		fail_alloc_at(UINT_MAX);
		for (unsigned i = 0; i < 2; i++) {
			assert_true(errs[i] == 0 || errs[i] == -ENOMEM);
		}
		assert_int_equal(recall("pairs"), 0);
		assert_string_equal(memory(), pairs);
		run(15.0);
	}
}

/* A patch is stored as a whole or not at all. */
static void test_no_memory_store(void **state)
{
	bool went_on = true;

	(void)state;
	store_pairs();
	link_others();
	for (unsigned n = OF_REQUEST; went_on; n++) {
		int err;

		assert_true(n < 1000);
		fail_alloc_at(n);
		err = store("others");
		went_on = fail_alloc_failed();
		fail_alloc_at(UINT_MAX);
		assert_true(err == 0 || err == -ENOMEM);
		assert_int_equal(count, err ? 0 : 3);
		assert_int_equal(carry_out(JACK_REQUEST_PATCHES, NULL, NULL), 0);
		assert_string_equal(rows, err ? "pairs - 2 0 0 0\n"
					      : "others - 3 0 0 0\npairs - 2 0 0 0\n");
		(void)carry_out(JACK_REQUEST_DELETE, "others", NULL);
	}
}

/* --- the memory as a whole */

static void write_file(const char *connections)
{
	FILE *file = fopen(state_path("connections.json"), "w");

	assert_non_null(file);
	fprintf(file, "{\"version\": 1, \"connections\": [%s]}\n", connections);
	assert_int_equal(fclose(file), 0);
}

/* Lines as memory() has them. */
static void write_memory(const char *lines)
{
	char text[1024] = "", kind, from[64], to[64];
	int read;

	while (sscanf(lines, "%c%63s %63s\n%n", &kind, from, to, &read) == 3) {
		size_t length = strlen(text);

		snprintf(text + length, sizeof(text) - length,
			 "%s{\"from\": \"%s\", \"to\": \"%s\", \"connected\": %s}",
			 length ? "," : "", from, to, kind == '+' ? "true" : "false");
		lines += read;
	}
	write_file(text);
}

/* Cuts at once what the file refuses, connects what it wants, and leaves the rest. */
static void test_load(void **state)
{
	static const char refused[] = "-daw.main_1 system:playback_1\n"
				      "-daw.main_1 system:playback_2\n"
				      "+daw.main_2 system:playback_2\n"
				      "+system:capture_1 daw.in_1\n";
	unsigned cuts;

	(void)state;
	store_pairs();
	cuts = fake_jack_count("jack_disconnect");
	write_memory(refused);
	assert_int_equal(carry_out(JACK_REQUEST_LOAD, NULL, NULL), 0);
	assert_false(fake_jack_linked("daw:main_1", "system:playback_1"));
	assert_int_equal(fake_jack_count("jack_disconnect"), cuts + 1);
	run(1.0);
	assert_true(fake_jack_linked("system:capture_1", "daw-in:in_1"));
	assert_true(fake_jack_linked("daw:main_2", "system:playback_2"));
	assert_int_equal(fake_jack_links(), 2);
	wait_long();
	assert_string_equal(memory(), refused);
}

/* Only the request wakes the daemon to make the file's connections. */
static void test_load_connects(void **state)
{
	(void)state;
	open_pool();
	show_card("daw", 0, 1);
	write_memory("+system:capture_1 daw.in_1\n");
	assert_int_equal(carry_out(JACK_REQUEST_LOAD, NULL, NULL), 0);
	run(1.0);
	assert_true(fake_jack_linked("system:capture_1", "daw-in:in_1"));
}

/* A load drops unsaved changes: the daemon does not save them when it ends. */
static void test_load_drops(void **state)
{
	(void)state;
	store_pairs();
	fake_jack_link("daw:main_1", "system:playback_2");
	run(0.4);
	fake_jack_link("daw:main_2", "system:playback_1");
	run(0.4);
	assert_int_equal(carry_out(JACK_REQUEST_LOAD, NULL, NULL), 0);
	write_memory("");
	close_pool();
	assert_string_equal(memory(), "");
}

/* During a freewheel, nothing can be cut, and what a load does not cut stays for good. */
static void test_load_in_freewheel(void **state)
{
	(void)state;
	store_pairs();
	write_memory("-daw.main_1 system:playback_1\n");
	fake_jack_freewheel(true);
	assert_int_equal(carry_out(JACK_REQUEST_LOAD, NULL, NULL), -EAGAIN);
	run(1.0);
	fake_jack_freewheel(false);
	wait_long();
	expect_pairs();
	assert_int_equal(carry_out(JACK_REQUEST_LOAD, NULL, NULL), 0);
	assert_false(fake_jack_linked("daw:main_1", "system:playback_1"));
	wait_long();
	assert_string_equal(memory(), "-daw.main_1 system:playback_1\n");
}

/* A damaged file changes nothing. */
static void test_load_damaged(void **state)
{
	(void)state;
	store_pairs();
	write_file("17");
	assert_int_equal(carry_out(JACK_REQUEST_LOAD, NULL, NULL), -EBADMSG);
	wait_long();
	expect_pairs();
	assert_int_equal(carry_out(JACK_REQUEST_SAVE, NULL, NULL), 0);
	assert_string_equal(memory(), pairs);
}

/* --- ports that were renamed since */

/* A patch with a port that is then renamed; no connection is left. */
static void store_and_rename(void)
{
	open_pool();
	show_card("daw", 2, 1);
	fake_jack_add("mix:in_1", JackPortIsInput);
	fake_jack_link("daw:main_1", "mix:in_1");
	run(2.0);
	assert_int_equal(store("song"), 0);
	fake_jack_rename("mix:in_1", "mix:drums");
	run(0.5);
	assert_int_equal(carry_out(JACK_REQUEST_DISCONNECT, "daw.main_1", "mix:drums"), 0);
}

/* The port is meant, not one that came under its old name. */
static void test_renamed(void **state)
{
	(void)state;
	store_and_rename();
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(recall("song"), 0);
		assert_int_equal(count, 1);
		run(1.0);
		assert_true(fake_jack_linked("daw:main_1", "mix:drums"));
		assert_int_equal(fake_jack_links(), 1);
		assert_int_equal(carry_out(JACK_REQUEST_DISCONNECT, "daw.main_1", "mix:drums"), 0);
		if (i == 0) {
			fake_jack_add("mix:in_1", JackPortIsInput);
		}
		wait_long();
	}
	/* The next daemon knows it, too. */
	close_pool();
	open_pool();
	show_card("daw", 2, 1);
	fake_jack_add("mix:in_1", JackPortIsInput);
	fake_jack_add("mix:drums", JackPortIsInput);
	assert_int_equal(recall("song"), 0);
	assert_true(fake_jack_linked("daw:main_1", "mix:drums"));
	assert_int_equal(fake_jack_links(), 1);
}

/* A recall before the file follows; and a file that follows although nothing else knows the port.
 */
static void test_renamed_only_there(void **state)
{
	struct patch_set set = { .count = 0 };

	(void)state;
	store_and_rename();
	fake_jack_rename("mix:drums", "mix:bass");
	run(0.35);
	assert_int_equal(recall("song"), 0);
	assert_true(fake_jack_linked("daw:main_1", "mix:bass"));
	wait_long();
	close_pool();
	assert_int_equal(unlink(state_path("connections.json")), 0);
	open_pool();
	show_card("daw", 2, 1);
	fake_jack_add("mix:bass", JackPortIsInput);
	run(2.0);
	fake_jack_rename("mix:bass", "mix:low");
	wait_long();
	assert_int_equal(patch_store_read(options.routes.state_dir, "song", &set), 0);
	assert_true(patch_set_has(&set, "daw.main_1", "mix:low"));
	patch_set_finish(&set);
}

/* A patch that is stored after that has the new port of the old name. */
static void test_stored_later(void **state)
{
	(void)state;
	store_and_rename();
	/* The files follow at most once a second: not yet. */
	fake_jack_rename("mix:drums", "mix:bass");
	run(0.35);
	fake_jack_add("mix:drums", JackPortIsInput);
	fake_jack_link("daw:main_2", "mix:drums");
	assert_int_equal(store("later"), 0);
	wait_long();
	fake_jack_unlink("daw:main_2", "mix:drums");
	wait_long();
	assert_int_equal(recall("later"), 0);
	run(1.0);
	assert_true(fake_jack_linked("daw:main_2", "mix:drums"));
	assert_int_equal(fake_jack_links(), 1);
	assert_int_equal(recall("song"), 0);
	run(1.0);
	assert_true(fake_jack_linked("daw:main_1", "mix:bass"));
	assert_int_equal(fake_jack_links(), 1);
}

/* Another session of the program has the port as it was called when the patch was stored. */
static void test_other_session(void **state)
{
	(void)state;
	store_and_rename();
	fake_jack_remove("mix:drums");
	wait_long();
	fake_jack_add("mix:in_1", JackPortIsInput);
	wait_long();
	assert_int_equal(recall("song"), 0);
	run(1.0);
	assert_true(fake_jack_linked("daw:main_1", "mix:in_1"));
	assert_int_equal(recall("song"), 0);
	assert_int_equal(count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, jack_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(recall),
		TEST(cut_after_recall),
		TEST(recall_in_window),
		TEST(recall_refuses),
		TEST(missing_ports),
		TEST(absent_guest),

		TEST(connect_fails),
		TEST(disconnect_fails),
		TEST(failures),
		TEST(freewheel),
		TEST(freewheel_begins),
		TEST(no_memory),
		TEST(no_memory_read),
		TEST(no_memory_store),
		TEST(load),
		TEST(load_connects),
		TEST(load_drops),
		TEST(load_in_freewheel),
		TEST(load_damaged),
		TEST(renamed),
		TEST(stored_later),
		TEST(other_session),
		TEST(renamed_only_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
