/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state file: missing, good, damaged, of another version, huge; failing writes. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "src/base/log.h"
#include "src/base/statefile.h"
#include "src/patch/patch.h"

#define STATE "connections.json"
#define ASIDE STATE ".damaged"
#define LATER STATE ".later"
#define NEW STATE ".new"

static char folder[64], path[96];
static char line[LOG_LINE_MAX];
static unsigned line_count;
static int dir, lock;

static void keep_line(void *arg, enum log_level level, const char *text)
{
	(void)arg;
	(void)level;
	line_count++;
	snprintf(line, sizeof(line), "%s", text);
}

static int setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/test_patch.XXXXXX");
	if (!mkdtemp(folder)) {
		return -1;
	}
	snprintf(path, sizeof(path), "%s/state", folder);
	log_set_sink(keep_line, NULL);
	line_count = 0;
	dir = statefile_open(path, &lock);
	return dir < 0;
}

static int teardown(void **state)
{
	(void)state;
	log_set_sink(NULL, NULL);
	unlinkat(dir, STATE, 0);
	unlinkat(dir, STATE, AT_REMOVEDIR);
	unlinkat(dir, ASIDE, 0);
	unlinkat(dir, ASIDE, AT_REMOVEDIR);
	unlinkat(dir, "lock", 0);
	statefile_close(dir, lock);
	return rmdir(path) || rmdir(folder);
}

static struct patch *create(void)
{
	struct patch *patch = patch_create(NULL, 0, false);

	assert_non_null(patch);
	return patch;
}

static void put(const char *text, size_t length)
{
	int fd = openat(dir, STATE, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, length), length);
	close(fd);
}

static char *get(const char *name)
{
	static char text[4096];
	int fd = openat(dir, name, O_RDONLY);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	close(fd);
	text[length < 0 ? 0 : length] = '\0';
	return length < 0 ? NULL : text;
}

static bool exists(const char *name)
{
	return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The memory after a restart. */
static struct patch *again(struct patch *patch)
{
	struct patch *other = create();

	assert_int_equal(patch_save(patch, dir), 0);
	assert_int_equal(patch_load(other, dir), 0);
	return other;
}

/* What a patch says about two existing ports. */
static unsigned why(const struct patch *patch, const char *from, const char *to)
{
	const struct patch_port ports[] = { { from, true, true, -1 }, { to, false, false, -1 } };
	unsigned count, reason;
	struct patch_link *links = patch_plan(patch, ports, 2, &count);

	assert_non_null(links);
	reason = count ? links[0].why : 0;
	free(links);
	return reason;
}

static void test_round(void **state)
{
	struct patch *patch = create(), *other;

	(void)state;
	/* No file at first: not an error. */
	assert_int_equal(patch_load(patch, dir), 0);
	assert_int_equal(line_count, 0);
	assert_false(exists(STATE));
	assert_int_equal(patch_learn(patch, "daw.main_1", "a \"b\":c\\d\n\xc3\xa4", true), 0);
	assert_int_equal(patch_learn(patch, "daw.main_2", "system:playback_1", false), 0);
	/* Only the name that JSON cannot represent is lost. */
	assert_int_equal(patch_learn(patch, "daw.main_3", "bad:\xff", true), 0);
	other = again(patch);
	assert_int_equal(why(other, "daw.main_1", "a \"b\":c\\d\n\xc3\xa4"), PATCH_MEMORY);
	assert_int_equal(why(other, "daw.main_2", "system:playback_1"), PATCH_REFUSED);
	assert_false(patch_knows(other, "daw.main_3"));
	assert_false(exists(NEW));
	patch_destroy(other);
	patch_destroy(patch);
	patch = create();
	other = again(patch);
	assert_false(patch_knows(other, "daw.main_1"));
	assert_int_equal(line_count, 0);
	patch_destroy(other);
	patch_destroy(patch);
}

/* A full memory with the longest names, escaped to their greatest length. */
static void test_full(void **state)
{
	struct patch *patch = create(), *other;
	char id[PATCH_ID_MAX + 1];

	(void)state;
	memset(id, 1, sizeof(id));
	id[PATCH_ID_MAX] = '\0';
	for (unsigned i = 0; i < PATCH_MEMORY_MAX; i++) {
		char number[8];

		snprintf(number, sizeof(number), "%07u", i);
		memcpy(id, number, 7);
		assert_int_equal(patch_learn(patch, id, id, true), 0);
	}
	other = again(patch);
	assert_int_equal(line_count, 0);
	memcpy(id, "0000000", 7);
	assert_true(patch_knows(other, id));
	memcpy(id, "0004095", 7);
	assert_true(patch_knows(other, id));
	patch_destroy(other);
	patch_destroy(patch);
}

/* One entry of a file in JSON. */
#define ENTRY(from, to, connected) \
	"{\"from\": \"" from "\", \"to\": \"" to "\", \"connected\": " connected "}"

static struct patch *read_text(const char *text)
{
	struct patch *patch = create();

	put(text, strlen(text));
	assert_int_equal(patch_load(patch, dir), 0);
	assert_int_equal(line_count, 0);
	return patch;
}

/* What xenjack 0.1.0 remembered holds for all guests that it may have meant, and for no other. */
static void test_version_1(void **state)
{
	struct patch *
		patch = read_text("{\"version\": 1, \"connections\": [" ENTRY("daw.main_1", "system:playback_1", "true") ", " ENTRY(
		       "daw-1.main_1", "system:playback_1",
		       "true") ", " ENTRY("system:capture_1", "daw-2.in_1",
					  "false") ", " ENTRY("daw-1.main_2", "daw-1.in_2",
							      "true") ", " ENTRY("a-1.main_1",
										 "b-1.in_1",
										 "true") ", " ENTRY("plug-in.main_1",
												    "system:playback_1",
												    "false") "]}"),
	       *other;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(why(patch, "daw.main_1", "system:playback_1"), PATCH_MEMORY);
		assert_false(patch_knows(patch, "daw@0.main_1"));
		assert_int_equal(why(patch, "daw-1.main_1", "system:playback_1"), PATCH_MEMORY);
		assert_int_equal(why(patch, "daw@1.main_1", "system:playback_1"), PATCH_MEMORY);
		assert_int_equal(why(patch, "system:capture_1", "daw-2.in_1"), PATCH_REFUSED);
		assert_int_equal(why(patch, "system:capture_1", "daw@2.in_1"), PATCH_REFUSED);
		/* Both ports of one card are ports of one card still. */
		assert_int_equal(why(patch, "daw-1.main_2", "daw-1.in_2"), PATCH_MEMORY);
		assert_int_equal(why(patch, "daw@1.main_2", "daw@1.in_2"), PATCH_MEMORY);
		assert_int_equal(why(patch, "daw@1.main_2", "daw-1.in_2"), 0);
		assert_int_equal(why(patch, "daw-1.main_2", "daw@1.in_2"), 0);
		assert_int_equal(why(patch, "a-1.main_1", "b-1.in_1"), PATCH_MEMORY);
		assert_int_equal(why(patch, "a-1.main_1", "b@1.in_1"), PATCH_MEMORY);
		assert_int_equal(why(patch, "a@1.main_1", "b-1.in_1"), PATCH_MEMORY);
		assert_int_equal(why(patch, "a@1.main_1", "b@1.in_1"), PATCH_MEMORY);
		assert_int_equal(why(patch, "plug-in~4267d3714914522a.main_1", "system:playback_1"),
				 PATCH_REFUSED);
		assert_false(patch_knows(patch, "plug-in.main_1"));
		/* The same from the file that is written now. */
		other = again(patch);
		assert_non_null(strstr(get(STATE), "\"version\": 2"));
		patch_destroy(patch);
		patch = other;
	}
	patch_destroy(patch);
}

/* In a file of today, a name has one meaning. */
static void test_version_2(void **state)
{
	struct patch *patch = read_text("{\"version\": 2, \"connections\": [" ENTRY(
		"daw-1.main_1", "system:playback_1",
		"true") ", " ENTRY("b@1.main_1", "system:playback_1", "true") "]}");

	(void)state;
	assert_int_equal(why(patch, "daw-1.main_1", "system:playback_1"), PATCH_MEMORY);
	assert_false(patch_knows(patch, "daw@1.main_1"));
	assert_int_equal(why(patch, "b@1.main_1", "system:playback_1"), PATCH_MEMORY);
	assert_false(patch_knows(patch, "b-1.main_1"));
	patch_destroy(patch);
}

/* The number of a domain without a name is another's after the next boot. */
static void test_nameless(void **state)
{
	struct patch *patch = create(), *other;

	(void)state;
	assert_int_equal(patch_learn(patch, "dom7.main_1", "system:playback_1", true), 0);
	assert_int_equal(patch_learn(patch, "system:capture_1", "dom7@1.in_1", true), 0);
	assert_int_equal(patch_learn(patch, "daw.main_1", "system:playback_1", true), 0);
	assert_int_equal(why(patch, "dom7.main_1", "system:playback_1"), PATCH_MEMORY);
	other = again(patch);
	assert_null(strstr(get(STATE), "dom7"));
	assert_false(patch_knows(other, "dom7.main_1"));
	assert_int_equal(why(other, "daw.main_1", "system:playback_1"), PATCH_MEMORY);
	patch_destroy(other);
	patch_destroy(patch);
	patch = read_text("{\"version\": 2, \"connections\": [" ENTRY(
		"dom7.main_1", "system:playback_1", "true") "]}");
	assert_false(patch_knows(patch, "dom7.main_1"));
	patch_destroy(patch);
}

/* Makes the file one of 0.1.0. */
static void make_old(void)
{
	char head[32] = "";
	int fd = openat(dir, STATE, O_RDWR);
	const char *version;

	assert_true(pread(fd, head, sizeof(head) - 1, 0) > 0);
	version = strstr(head, ": 2");
	assert_non_null(version);
	assert_int_equal(pwrite(fd, "1", 1, version + 2 - head), 1);
	close(fd);
}

/* A full memory of 0.1.0: nothing in it makes room for a second meaning. */
static void test_version_1_full(void **state)
{
	struct patch *patch = create(), *other;
	unsigned there = 0;
	char id[32];

	(void)state;
	for (unsigned i = 0; i < PATCH_MEMORY_MAX - 1; i++) {
		snprintf(id, sizeof(id), "g-1.s%u_1", i);
		assert_int_equal(patch_learn(patch, id, "system:playback_1", i % 2), 0);
	}
	assert_int_equal(patch_save(patch, dir), 0);
	make_old();
	other = create();
	assert_int_equal(patch_load(other, dir), 0);
	for (unsigned i = 0; i < PATCH_MEMORY_MAX - 1; i++) {
		snprintf(id, sizeof(id), "g-1.s%u_1", i);
		assert_true(patch_knows(other, id));
		snprintf(id, sizeof(id), "g@1.s%u_1", i);
		there += patch_knows(other, id);
	}
	assert_int_equal(there, 1);
	patch_destroy(other);
	patch_destroy(patch);
}

/* Of no use as a whole: nothing is taken, and reading changes nothing. */
static void test_damaged(void **state)
{
	static const char *const rows[] = {
		"",
		"{",
		"nonsense",
		"[]",
		"{}",
		"\"version\"",
		"{\"version\": 1}",
		"{\"version\": 0, \"connections\": []}",
		"{\"version\": \"1\", \"connections\": []}",
		"{\"version\": 1, \"connections\": {}}",
		"{\"version\": 1, \"connections\": "
		"[{\"from\": \"a\", \"to\": \"b\", \"connected\": true}]} more",
		"{\"version\": 1, \"connections\": [{}]}",
		"{\"version\": 3, \"connections\": []}", /* of a later version */
	};
	const unsigned count = sizeof(rows) / sizeof(rows[0]);

	(void)state;
	for (unsigned i = 0; i < count; i++) {
		struct patch *patch = create();

		line_count = 0;
		put(rows[i], strlen(rows[i]));
		for (unsigned n = 1; n < 3; n++) {
			assert_int_equal(patch_load(patch, dir),
					 i == count - 1 ? -EPROTO : -EBADMSG);
			assert_int_equal(line_count, n);
			assert_non_null(strstr(line, "no connections loaded"));
			assert_string_equal(get(STATE), rows[i]);
			assert_false(exists(ASIDE) || exists(LATER));
		}
		assert_false(patch_knows(patch, "a"));
		/* Put aside when there is something to write, once. */
		assert_int_equal(patch_save(patch, dir), 0);
		assert_string_equal(get(i == count - 1 ? LATER : ASIDE), rows[i]);
		assert_int_equal(patch_save(patch, dir), 0);
		assert_int_equal(unlinkat(dir, i == count - 1 ? LATER : ASIDE, 0), 0);
		assert_false(exists(ASIDE "-2") || exists(LATER));
		patch_destroy(patch);
	}
}

/* One entry that makes no sense costs no other. */
static void test_in_part(void **state)
{
	static const char *const rows[] = {
		"1",
		"{}",
		"{\"from\": \"a\", \"to\": \"b\"}",
		"{\"from\": \"a\", \"to\": \"\", \"connected\": true}",
		"{\"from\": \"a\", \"to\": 1, \"connected\": true}",
		"{\"from\": \"a\", \"to\": \"b\", \"connected\": 1}",
		"{\"from\": \"a\", \"from\": \"c\"}",
	};
	char text[512], name[64];

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct patch *patch = create(), *other;

		snprintf(text, sizeof(text),
			 "{\"version\": 1, \"connections\": [" ENTRY(
				 "x.main_1", "y:z", "true") ", "
							    "%s, " ENTRY("w.main_1", "y:z",
									 "false") "]}",
			 rows[i]);
		put(text, strlen(text));
		line_count = 0;
		assert_int_equal(patch_load(patch, dir), 0);
		assert_int_equal(line_count, 1);
		assert_non_null(strstr(line, "of its entries make no sense"));
		assert_int_equal(why(patch, "x.main_1", "y:z"), PATCH_MEMORY);
		assert_int_equal(why(patch, "w.main_1", "y:z"), PATCH_REFUSED);
		assert_false(patch_knows(patch, "a"));
		assert_string_equal(get(STATE), text);
		/* The same holds for reading it again. */
		assert_int_equal(patch_reload(patch, dir), 0);
		assert_int_equal(why(patch, "x.main_1", "y:z"), PATCH_MEMORY);
		/* Each is kept, whatever has been kept before. */
		other = again(patch);
		assert_int_equal(why(other, "w.main_1", "y:z"), PATCH_REFUSED);
		snprintf(name, sizeof(name), i ? ASIDE "-%u" : ASIDE, i + 1);
		assert_string_equal(get(name), text);
		patch_destroy(other);
		patch_destroy(patch);
	}
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(name, sizeof(name), i ? ASIDE "-%u" : ASIDE, i + 1);
		assert_int_equal(unlinkat(dir, name, 0), 0);
	}
}

/* More than the memory holds: what is in it is not forgotten for the rest, which is kept. */
static void test_too_many(void **state)
{
	struct patch *patch = create();
	json_t *list = json_array(),
	       *root = json_pack("{s:i, s:o}", "version", 2, "connections", list);
	char id[32], *text;

	(void)state;
	for (unsigned i = 0; i <= PATCH_MEMORY_MAX; i++) {
		snprintf(id, sizeof(id), "g.s%u_1", i);
		json_array_append_new(list, json_pack("{s:s, s:s, s:b}", "from", id, "to", "x:y",
						      "connected", 1));
	}
	text = json_dumps(root, 0);
	put(text, strlen(text));
	free(text);
	json_decref(root);
	assert_int_equal(patch_load(patch, dir), 0);
	assert_non_null(strstr(line, ": 1 of its entries"));
	assert_true(patch_knows(patch, "g.s0_1"));
	snprintf(id, sizeof(id), "g.s%u_1", PATCH_MEMORY_MAX - 1);
	assert_true(patch_knows(patch, id));
	patch_destroy(again(patch));
	assert_true(exists(ASIDE));
	patch_destroy(patch);
}

/* A file that is not ours is neither read without end nor destroyed. */
static void test_no_file(void **state)
{
	struct patch *patch = create();
	char *nested = malloc(1 << 20), name[64];
	int fd;

	(void)state;
	/* Nested deeper than any parser's stack. */
	assert_non_null(nested);
	memset(nested, '[', 1 << 20);
	put(nested, 1 << 20);
	free(nested);
	assert_int_equal(patch_load(patch, dir), -EBADMSG);
	assert_int_equal(line_count, 1);

	fd = openat(dir, STATE, O_WRONLY | O_CREAT, 0644);
	assert_int_equal(ftruncate(fd, (off_t)1 << 40), 0);
	close(fd);
	assert_int_equal(patch_load(patch, dir), -EBADMSG);
	assert_non_null(strstr(line, "too large"));
	unlinkat(dir, STATE, 0);

	assert_int_equal(mkfifoat(dir, STATE, 0600), 0);
	assert_int_equal(patch_load(patch, dir), -EBADMSG);
	unlinkat(dir, STATE, 0);

	/* A symbolic link is not followed, and kept. */
	assert_int_equal(symlinkat("/dev/null", dir, STATE), 0);
	assert_int_equal(patch_load(patch, dir), -ELOOP);
	assert_non_null(strstr(line, "symbolic links"));
	assert_true(exists(STATE));
	assert_int_equal(patch_save(patch, dir), 0);
	assert_int_equal(faccessat(dir, STATE, F_OK, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(readlinkat(dir, STATE ".unread", name, sizeof(name)), 9);
	unlinkat(dir, STATE ".unread", 0);

	/* A directory. */
	unlinkat(dir, STATE, 0);
	assert_int_equal(mkdirat(dir, STATE, 0700), 0);
	assert_int_equal(patch_load(patch, dir), -EBADMSG);
	assert_int_equal(patch_save(patch, dir), 0);
	assert_int_equal(unlinkat(dir, ASIDE, AT_REMOVEDIR), 0);
	patch_destroy(patch);
}

/* A file that cannot be put aside must not be overwritten. */
static void test_no_name(void **state)
{
	struct patch *patch = create();
	char name[64];

	(void)state;
	for (unsigned i = 1; i < 1000; i++) {
		snprintf(name, sizeof(name), i > 1 ? ASIDE "-%u" : ASIDE, i);
		assert_int_equal(mkdirat(dir, name, 0700), 0);
	}
	put("{", 1);
	assert_int_equal(patch_load(patch, dir), -EBADMSG);
	assert_int_equal(patch_save(patch, dir), -EMLINK);
	assert_string_equal(get(STATE), "{");
	assert_false(exists(NEW));
	for (unsigned i = 1; i < 1000; i++) {
		snprintf(name, sizeof(name), i > 1 ? ASIDE "-%u" : ASIDE, i);
		assert_int_equal(unlinkat(dir, name, AT_REMOVEDIR), 0);
	}
	/* Now it can. */
	assert_int_equal(patch_save(patch, dir), 0);
	assert_string_equal(get(ASIDE), "{");
	patch_destroy(patch);
}

/* Reloading replaces the memory, unless the file cannot be read. */
static void test_again(void **state)
{
	struct patch *patch = create();

	(void)state;
	assert_int_equal(patch_learn(patch, "daw.main_1", "system:playback_1", true), 0);
	assert_int_equal(patch_reload(patch, dir), 0);
	assert_true(patch_knows(patch, "daw.main_1"));
	assert_int_equal(patch_save(patch, dir), 0);
	patch_forget(patch, "daw.main_1", "system:playback_1");
	assert_int_equal(patch_learn(patch, "daw.main_2", "system:playback_1", true), 0);
	assert_int_equal(patch_learn(patch, "daw.main_3", "system:playback_1", true), 0);
	assert_int_equal(patch_reload(patch, dir), 0);
	assert_true(patch_knows(patch, "daw.main_1"));
	assert_false(patch_knows(patch, "daw.main_2"));
	assert_false(patch_knows(patch, "daw.main_3"));
	put("{", 1);
	assert_int_equal(patch_reload(patch, dir), -EBADMSG);
	assert_true(patch_knows(patch, "daw.main_1"));
	assert_string_equal(get(STATE), "{");
	patch_destroy(again(patch));
	assert_string_equal(get(ASIDE), "{");
	patch_destroy(patch);
}

/* Another directory gets what is remembered at once, unless it has a file already, which is kept.
 */
static void test_moved(void **state)
{
	struct patch *patch = create();

	(void)state;
	assert_false(patch_move(patch, dir));
	assert_int_equal(patch_learn(patch, "daw.main_1", "system:playback_1", true), 0);
	assert_true(patch_move(patch, dir));
	put("{}", 2);
	assert_false(patch_move(patch, dir));
	assert_int_equal(patch_save(patch, dir), 0);
	assert_string_equal(get(STATE ".unread"), "{}");
	assert_int_equal(unlinkat(dir, STATE ".unread", 0), 0);
	patch_destroy(patch);
}

/* The disk is full: the old file stays, and nothing else. */
static void test_failing_write(void **state)
{
	struct rlimit limit, before;
	struct patch *patch = create(), *other;

	(void)state;
	assert_int_equal(patch_learn(patch, "daw.main_1", "system:playback_1", true), 0);
	patch_destroy(again(patch));
	for (unsigned i = 0; i < 100; i++) {
		char id[32];

		snprintf(id, sizeof(id), "app:%u", i);
		assert_int_equal(patch_learn(patch, "daw.main_2", id, true), 0);
	}
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	limit = before;
	limit.rlim_cur = 1000;
	setrlimit(RLIMIT_FSIZE, &limit);
	assert_int_equal(patch_save(patch, dir), -EFBIG);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_false(exists(NEW));
	other = create();
	assert_int_equal(patch_load(other, dir), 0);
	assert_int_equal(why(other, "daw.main_1", "system:playback_1"), PATCH_MEMORY);
	assert_false(patch_knows(other, "daw.main_2"));
	patch_destroy(other);

	/* A temporary file left by a power cut does no harm. */
	close(openat(dir, NEW, O_WRONLY | O_CREAT, 0644));
	other = again(patch);
	assert_true(patch_knows(other, "daw.main_2"));
	patch_destroy(other);

	/* Nor is a temporary file left behind if it cannot be renamed. */
	unlinkat(dir, STATE, 0);
	assert_int_equal(mkdirat(dir, STATE, 0700), 0);
	assert_int_equal(patch_save(patch, dir), -EISDIR);
	assert_false(exists(NEW));
	patch_destroy(patch);
}

/* None, if the directory cannot be made. */
static void test_directory(void **state)
{
	char deep[128];
	int none;

	(void)state;
	snprintf(deep, sizeof(deep), "%s/x/y", path);
	assert_int_equal(statefile_open(deep, &none), -ENOENT);
	assert_int_equal(none, -1);
	assert_int_equal(line_count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_round, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_version_1, setup, teardown),
		cmocka_unit_test_setup_teardown(test_version_2, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nameless, setup, teardown),
		cmocka_unit_test_setup_teardown(test_version_1_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_in_part, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_name, setup, teardown),
		cmocka_unit_test_setup_teardown(test_moved, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_failing_write, setup, teardown),
		cmocka_unit_test_setup_teardown(test_directory, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
