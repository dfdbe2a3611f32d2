/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Log lines: levels, sinks, escaping of a guest's bytes, and the form on standard error. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/base/log.h"

struct kept {
	unsigned count;
	enum log_level level;
	char line[LOG_LINE_MAX + 1];
};

static void keep(void *arg, enum log_level level, const char *line)
{
	struct kept *kept = arg;

	assert_true(strlen(line) < LOG_LINE_MAX);
	kept->count++;
	kept->level = level;
	strcpy(kept->line, line);
}

static int reset(void **state)
{
	(void)state;
	log_set_level(LOG_NOTICE);
	log_set_sink(NULL, NULL);
	unsetenv("JOURNAL_STREAM");
	return 0;
}

static void test_levels(void **state)
{
	struct kept kept = { 0 };

	(void)state;
	log_set_sink(keep, &kept);
	for (int max = LOG_ERROR; max <= LOG_DEBUG; max++) {
		log_set_level((enum log_level)max);
		kept.count = 0;
		for (int level = LOG_ERROR; level <= LOG_DEBUG; level++) {
			assert_int_equal(log_enabled((enum log_level)level), level <= max);
			log_line((enum log_level)level, "%d", level);
		}
		assert_int_equal(kept.count, max + 1);
		assert_int_equal(kept.level, max);
		assert_int_equal(atoi(kept.line), max);
	}
}

static void test_long_and_hostile_lines(void **state)
{
	struct kept kept = { 0 };
	char text[2 * LOG_LINE_MAX];

	(void)state;
	log_set_sink(keep, &kept);
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	log_error("%s", text);
	assert_int_equal(strlen(kept.line), LOG_LINE_MAX - 1);
	log_error("%s", "a\nb\x1b[2Jc\x7f\td\xc3\xa4%s ~");
	assert_string_equal(kept.line, "a\\x0ab\\x1b[2Jc\\x7f\\x09d\\xc3\\xa4%s ~");
	/* C1 controls: as bytes, and as UTF-8 knows them; and no UTF-8 at all. */
	log_error("%s", "\x9b"
			"2J\xc2\x9b"
			"2J\xff\xc3");
	assert_string_equal(kept.line, "\\x9b2J\\xc2\\x9b2J\\xff\\xc3");
}

/* A line that grows is cut between escapes. */
static void test_cut_lines(void **state)
{
	struct kept kept = { 0 };
	char text[LOG_LINE_MAX], few[10];

	(void)state;
	log_set_sink(keep, &kept);
	memset(text, '\x80', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	log_error("%s", text);
	assert_int_equal(strlen(kept.line), (LOG_LINE_MAX - 1) / 4 * 4);
	assert_string_equal(kept.line + strlen(kept.line) - 4, "\\x80");
	memcpy(few, "........", 9);
	log_escape(few, sizeof(few), "ab\ncd");
	assert_string_equal(few, "ab\\x0acd");
	log_escape(few, sizeof(few), "abcdef\nx");
	assert_string_equal(few, "abcdef");
	log_escape(few, sizeof(few), "abcdefghij");
	assert_string_equal(few, "abcdefghi");
	log_escape(few, sizeof(few), "abcde\n");
	assert_string_equal(few, "abcde\\x0a");
}

static void test_errno_survives(void **state)
{
	struct kept kept = { 0 };

	(void)state;
	log_set_sink(keep, &kept);
	errno = ENOSPC;
	log_error("%s", strerror(EINVAL));
	assert_int_equal(errno, ENOSPC);
}

static void *log_in_thread(void *kept)
{
	log_set_sink(keep, kept);
	log_error("theirs");
	return NULL;
}

static void test_a_sink_a_thread(void **state)
{
	struct kept ours = { 0 }, theirs = { 0 };
	pthread_t thread;

	(void)state;
	log_set_sink(keep, &ours);
	assert_int_equal(pthread_create(&thread, NULL, log_in_thread, &theirs), 0);
	pthread_join(thread, NULL);
	assert_int_equal(ours.count, 0);
	assert_int_equal(theirs.count, 1);
	log_error("ours");
	assert_string_equal(ours.line, "ours");
	assert_string_equal(theirs.line, "theirs");
}

/* Logs a line without a sink, with standard error redirected to a file; what it wrote. */
static void see(const char *journal, char *text, size_t size)
{
	FILE *file = tmpfile();
	int before = dup(STDERR_FILENO);
	char here[64];
	struct stat st;
	size_t length;

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &st), 0);
	snprintf(here, sizeof(here), "%llu:%llu", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino);
	if (journal) {
		setenv("JOURNAL_STREAM", *journal ? journal : here, 1);
	}
	assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
	log_warning("it is %d", 5);
	dup2(before, STDERR_FILENO);
	close(before);
	rewind(file);
	length = fread(text, 1, size - 1, file);
	text[length] = '\0';
	fclose(file);
}

static void test_standard_error(void **state)
{
	char text[256];

	(void)state;
	see(NULL, text, sizeof(text));
	assert_string_equal(text, "test_log: warning: it is 5\n");
	see("", text, sizeof(text));
	assert_string_equal(text, "<4>it is 5\n");
	/* JOURNAL_STREAM was inherited from a service, but standard error is redirected. */
	see("0:1", text, sizeof(text));
	assert_string_equal(text, "test_log: warning: it is 5\n");
	see("nonsense", text, sizeof(text));
	assert_string_equal(text, "test_log: warning: it is 5\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_levels, reset),
		cmocka_unit_test_setup(test_long_and_hostile_lines, reset),
		cmocka_unit_test_setup(test_cut_lines, reset),
		cmocka_unit_test_setup(test_errno_survives, reset),
		cmocka_unit_test_setup(test_a_sink_a_thread, reset),
		cmocka_unit_test_setup(test_standard_error, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
