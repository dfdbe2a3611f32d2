/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stored patches: names, damaged files, their number; and the memory after a recall. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/base/log.h"
#include "src/base/statefile.h"
#include "src/patch/patch_store.h"

static char folder[64], seen[256];
static unsigned lines;
static int dir;

static void count_line(void *arg, enum log_level level, const char *text)
{
	(void)arg;
	(void)level;
	(void)text;
	lines++;
}

static int setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/test_store.XXXXXX");
	if (!mkdtemp(folder)) {
		return -1;
	}
	log_set_sink(count_line, NULL);
	lines = 0;
	dir = open(folder, O_RDONLY | O_DIRECTORY);
	return dir < 0;
}

static int teardown(void **state)
{
	DIR *stream = opendir(folder);
	const struct dirent *entry;

	(void)state;
	log_set_sink(NULL, NULL);
	while ((entry = readdir(stream))) {
		unlinkat(dir, entry->d_name, 0);
	}
	closedir(stream);
	close(dir);
	return rmdir(folder);
}

static void put(const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static struct patch_set set_of(const char *from, const char *to)
{
	struct patch_set set = { .count = 0 };

	assert_int_equal(patch_set_add(&set, from, to), 0);
	assert_int_equal(patch_set_add(&set, from, to), 0);
	assert_int_equal(set.count, 1);
	return set;
}

static void note(void *arg, const char *name, int connections)
{
	size_t length = strlen(seen);

	assert_ptr_equal(arg, seen);
	snprintf(seen + length, sizeof(seen) - length, "%s=%d ", name, connections);
}

static const char *list(void)
{
	seen[0] = '\0';
	assert_int_equal(patch_store_list(dir, note, seen), 0);
	return seen;
}

static void test_names(void **state)
{
	static const char *const bad[] = { "", ".", "..", ".a", "a/b", "a b", "\xc3\xa4", "../x" };
	struct patch_set set = set_of("daw.main_1", "system:playback_1"), back = { .count = 0 };
	char name[STATEFILE_NAME_MAX + 2];

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(patch_store_write(dir, bad[i], &set), -EINVAL);
		assert_int_equal(patch_store_read(dir, bad[i], &back), -EINVAL);
		assert_int_equal(patch_store_delete(dir, bad[i]), -EINVAL);
	}
	memset(name, 'x', sizeof(name));
	name[STATEFILE_NAME_MAX + 1] = '\0';
	assert_int_equal(patch_store_write(dir, name, &set), -EINVAL);
	name[STATEFILE_NAME_MAX] = '\0';
	assert_int_equal(patch_store_write(dir, name, &set), 0);
	assert_int_equal(patch_store_write(dir, "a.json", &set), 0);
	assert_int_equal(patch_store_write(dir, "a", &set), 0);
	put("connections.json", "{}");
	put("patch-b.json.damaged", "{}");
	assert_int_equal(strncmp(list(), "a=1 a.json=1 xxx", 16), 0);
	assert_int_equal(patch_store_read(dir, "a.json", &back), 0);
	assert_true(patch_set_has(&back, "daw.main_1", "system:playback_1"));
	patch_set_finish(&back);
	assert_int_equal(patch_store_delete(dir, name), 0);
	assert_int_equal(patch_store_delete(dir, name), -ENOENT);
	assert_int_equal(patch_store_read(dir, name, &back), -ENOENT);
	assert_string_equal(list(), "a=1 a.json=1 ");
	assert_int_equal(patch_store_write(-1, "a", &set), -EOPNOTSUPP);
	assert_int_equal(lines, 0);
	patch_set_finish(&set);
}

/* A patch of 0.1.0 is for all guests that it may have meant; one of today for those it names. */
static void test_versions(void **state)
{
	struct patch_set set = { .count = 0 };

	(void)state;
	put("patch-x.json", "{\"version\": 1, \"connections\": ["
			    "{\"from\": \"daw-1.main_1\", \"to\": \"system:playback_1\"}]}");
	assert_int_equal(patch_store_read(dir, "x", &set), 0);
	assert_int_equal(set.count, 2);
	assert_true(patch_set_has(&set, "daw-1.main_1", "system:playback_1"));
	assert_true(patch_set_has(&set, "daw@1.main_1", "system:playback_1"));
	patch_set_finish(&set);
	set = set_of("daw-1.main_1", "system:playback_1");
	assert_int_equal(patch_store_write(dir, "x", &set), 0);
	patch_set_finish(&set);
	assert_int_equal(patch_store_read(dir, "x", &set), 0);
	assert_int_equal(set.count, 1);
	patch_set_finish(&set);
	assert_int_equal(lines, 0);
}

/* As many connections as there is room for, each of which may mean two: the likelier ones stay. */
static void test_old_full(void **state)
{
	static const char head[] = "{\"version\": 1, \"connections\": [", tail[] = "]}";
	struct patch_set set = { .count = 0 };
	char *text = calloc(PATCH_MEMORY_MAX, 80), id[32];
	size_t length;

	(void)state;
	assert_non_null(text);
	length = (size_t)sprintf(text, "%s", head);
	for (unsigned i = 0; i < PATCH_MEMORY_MAX; i++) {
		length += (size_t)sprintf(text + length,
					  "%s{\"from\": \"g-1.s%u_1\", \"to\": \"x:y\"}",
					  i ? ", " : "", i);
	}
	strcpy(text + length, tail);
	put("patch-x.json", text);
	free(text);
	assert_int_equal(patch_store_read(dir, "x", &set), 0);
	assert_int_equal(set.count, PATCH_MEMORY_MAX);
	for (unsigned i = 0; i < PATCH_MEMORY_MAX; i++) {
		snprintf(id, sizeof(id), "g-1.s%u_1", i);
		assert_true(patch_set_has(&set, id, "x:y"));
	}
	patch_set_finish(&set);
	assert_int_equal(lines, 0);
}

/*
 * A damaged file is refused as a whole: what a recall lacks, it cuts. Neither that nor a list
 * changes it. If its name is stored again, it is kept.
 */
static void test_damaged(void **state)
{
	static const struct {
		const char *text, *listed, *aside;
		int err;
	} rows[] = {
		{ "", "x=-1 ", "patch-x.json.damaged", -EBADMSG },
		{ "{\"version\": 0, \"connections\": []}", "x=-1 ", "patch-x.json.damaged-2",
		  -EBADMSG },
		{ "{\"version\": 3, \"connections\": []}", "x=-2 ", "patch-x.json.later", -EPROTO },
		{ "{\"version\": 1, \"connections\": {}}", "x=-1 ", "patch-x.json.damaged-3",
		  -EBADMSG },
		{ "{\"version\": 1, \"connections\": [{\"from\": \"a\", \"to\": \"b\"}, "
		  "{\"from\": \"a\", \"to\": \"\"}]}",
		  "x=-1 ", "patch-x.json.damaged-4", -EBADMSG },
	};
	struct patch_set set = set_of("daw.main_1", "system:playback_1"), back = { .count = 0 };

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		put("patch-x.json", rows[i].text);
		lines = 0;
		assert_string_equal(list(), rows[i].listed);
		assert_int_equal(lines, 0);
		for (unsigned n = 1; n < 3; n++) {
			assert_int_equal(patch_store_read(dir, "x", &back), rows[i].err);
			assert_int_equal(back.count, 0);
			assert_int_equal(lines, n);
		}
		assert_string_equal(list(), rows[i].listed);
		assert_int_equal(patch_store_write(dir, "x", &set), 0);
		assert_int_equal(lines, 3);
		assert_string_equal(list(), "x=1 ");
	}
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[256] = "";
		int fd = openat(dir, rows[i].aside, O_RDONLY);

		assert_true(read(fd, text, sizeof(text) - 1) >= 0);
		assert_string_equal(text, rows[i].text);
		close(fd);
	}
	patch_set_finish(&set);
}

/* Its directory is removed: that is no reason to say that there is no such patch. */
static void test_removed(void **state)
{
	struct patch_set set = set_of("daw.main_1", "system:playback_1"), back = { .count = 0 };

	(void)state;
	assert_int_equal(patch_store_write(dir, "x", &set), 0);
	assert_int_equal(unlinkat(dir, "patch-x.json", 0), 0);
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(patch_store_read(dir, "x", &back), -ENOMEDIUM);
	assert_int_equal(patch_store_write(dir, "x", &set), -ENOMEDIUM);
	assert_int_equal(patch_store_delete(dir, "x"), -ENOMEDIUM);
	assert_int_equal(patch_store_list(dir, note, seen), -ENOMEDIUM);
	patch_set_finish(&set);
	assert_int_equal(mkdir(folder, 0700), 0);
}

static void test_many(void **state)
{
	struct patch_set set = { .count = 0 };
	char name[16];

	(void)state;
	for (unsigned i = 0; i < PATCH_STORE_COUNT_MAX; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		put(name, "");
		snprintf(name, sizeof(name), "patch-%u.json", i);
		put(name, "{\"version\": 1, \"connections\": []}");
	}
	assert_int_equal(patch_store_write(dir, "more", &set), -ENOSPC);
	assert_int_equal(patch_store_write(dir, "7", &set), 0);
	assert_int_equal(patch_store_delete(dir, "7"), 0);
	assert_int_equal(patch_store_write(dir, "more", &set), 0);
}

/* The planned connections between ports; "-" for none. */
static const char *plan_of(const struct patch *patch, const struct patch_port *ports,
			   unsigned count)
{
	static char text[256];
	unsigned links_count;
	struct patch_link *links = patch_plan(patch, ports, count, &links_count);
	size_t length = 0;

	assert_non_null(links);
	text[0] = '\0';
	for (unsigned i = 0; i < links_count; i++) {
		if (patch_wants(&links[i])) {
			length += (size_t)snprintf(text + length, sizeof(text) - length, "%s>%s ",
						   ports[links[i].from].id, ports[links[i].to].id);
		}
	}
	free(links);
	return text;
}

static void test_recall(void **state)
{
	const struct patch_port ports[] = {
		{ "daw.main_1", true, true, 0 },   { "daw.main_2", true, true, 1 },
		{ "system:p_1", false, false, 0 }, { "system:p_2", false, false, 1 },
		{ "amp.main_1", true, true, 0 },   { "old.main_1", true, true, 0 },
	};
	struct patch_set set = set_of("daw.main_1", "system:p_2");
	struct patch *patch = patch_create(NULL, 0, true);

	(void)state;
	assert_int_equal(patch_set_add(&set, "amp.main_1", "system:p_2"), 0);
	patch_learn(patch, "daw.main_1", "system:p_1", true);
	patch_learn(patch, "amp.main_1", "system:p_1", true);
	patch_learn(patch, "old.main_1", "system:p_2", true);
	/* amp and old do not exist now. */
	assert_int_equal(patch_recall(patch, &set, ports, 4), 0);
	assert_string_equal(plan_of(patch, ports, 4), "daw.main_1>system:p_2 ");
	/* A port in the stored patch gets its connections; any other keeps what it had. */
	assert_string_equal(plan_of(patch, ports, 6), "daw.main_1>system:p_2 amp.main_1>system:p_2 "
						      "old.main_1>system:p_2 ");
	patch_set_finish(&set);
	patch_destroy(patch);
}

/* Ports that were renamed: once in each file that has them, with the ids of before beside. */
static void test_renamed(void **state)
{
	struct patch_set set = set_of("daw.main_1", "mix:in_1"), read = { .count = 0 };
	struct patch_renames renames = { .count = 0 };
	const struct patch_port old = { "mix:in_1", false, false, -1 };
	const struct patch_port fresh = { "mix:bass", false, false, -1 };

	(void)state;
	assert_int_equal(patch_set_add(&set, "mix:out", "daw.in_1"), 0);
	assert_int_equal(patch_store_write(dir, "a", &set), 0);
	patch_set_finish(&set);
	put("patch-b.json", "{\"version\": 2, \"connections\": [{\"from\": \"mix:in_1\"}]}");
	put("patch-c.json", "{\"version\": 99, \"connections\": []}");
	assert_int_equal(patch_renames_add(&renames, "mix:in_1", "mix:drums"), 0);
	assert_int_equal(patch_renames_add(&renames, "mix:drums", "mix:bass"), 0);
	assert_int_equal(renames.count, 1);
	assert_int_equal(patch_renames_add(&renames, "mix:out", "mix:master"), 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(patch_store_rename(dir, &renames), 0);
		assert_int_equal(patch_store_read(dir, "a", &read), 0);
		assert_int_equal(read.count, 2);
		assert_true(patch_set_has(&read, "daw.main_1", "mix:bass"));
		assert_true(patch_set_has(&read, "mix:master", "daw.in_1"));
		assert_string_equal(read.pairs[0].was[0], "daw.main_1");
		assert_string_equal(read.pairs[0].was[1], "mix:in_1");
		assert_string_equal(read.pairs[1].was[0], "mix:out");
		patch_set_settle(&read, &fresh, 1);
		assert_true(patch_set_has(&read, "daw.main_1", "mix:bass"));
		patch_set_settle(&read, &old, 1);
		assert_true(patch_set_has(&read, "daw.main_1", "mix:in_1"));
		assert_true(patch_set_has(&read, "mix:master", "daw.in_1"));
		patch_set_finish(&read);
	}
	assert_int_equal(patch_store_read(dir, "b", &read), -EBADMSG);
	assert_int_equal(patch_store_read(dir, "c", &read), -EPROTO);
	patch_renames_finish(&renames);
	/* Again: what counts is how it was stored. */
	assert_int_equal(patch_renames_add(&renames, "mix:bass", "mix:low"), 0);
	assert_int_equal(patch_store_rename(dir, &renames), 0);
	assert_int_equal(patch_store_read(dir, "a", &read), 0);
	assert_true(patch_set_has(&read, "daw.main_1", "mix:low"));
	assert_string_equal(read.pairs[0].was[1], "mix:in_1");
	patch_set_finish(&read);
	patch_renames_finish(&renames);
}

/* As many as fit; another one is refused. */
static void test_many_renamed(void **state)
{
	struct patch_renames renames = { .count = 0 };
	char names[2][32];

	(void)state;
	for (unsigned i = 0; i <= PATCH_RENAMES_MAX; i++) {
		snprintf(names[0], sizeof(names[0]), "a:%u", i);
		snprintf(names[1], sizeof(names[1]), "b:%u", i);
		assert_int_equal(patch_renames_add(&renames, names[0], names[1]),
				 i < PATCH_RENAMES_MAX ? 0 : -ENOSPC);
	}
	assert_int_equal(patch_renames_add(&renames, "b:2047", "c:1"), 0);
	assert_int_equal(patch_store_rename(dir, &renames), 0);
	patch_renames_finish(&renames);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_versions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_old_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_removed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_renamed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_renamed, setup, teardown),
		cmocka_unit_test(test_recall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
