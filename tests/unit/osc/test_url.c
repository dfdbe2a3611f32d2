/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file with the daemon's URL: contents, ownership, and obstacles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "osc/server/url.h"
#include "src/base/log.h"

static char top[] = "/tmp/test_url.XXXXXX", path[64], fresh[68];
static char line[LOG_LINE_MAX];

static void keep_line(void *arg, enum log_level level, const char *text)
{
	(void)arg;
	assert_int_equal(level, LOG_WARNING);
	snprintf(line, sizeof(line), "%s", text);
}

static int setup(void **state)
{
	(void)state;
	memcpy(top + strlen(top) - 6, "XXXXXX", 6);
	assert_non_null(mkdtemp(top));
	snprintf(path, sizeof(path), "%s/osc.url", top);
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	*line = '\0';
	log_set_sink(keep_line, NULL);
	return 0;
}

/* Checks that the directory is empty again. */
static int teardown(void **state)
{
	(void)state;
	log_set_sink(NULL, NULL);
	return rmdir(top);
}

static void expect(const char *text)
{
	char found[128] = "";
	FILE *file = fopen(path, "re");

	assert_non_null(file);
	assert_int_equal(fread(found, 1, sizeof(found) - 1, file), strlen(text));
	fclose(file);
	assert_string_equal(found, text);
}

static void test_text(void **state)
{
	struct url url = { .path = "" };
	mode_t before = umask(0077);
	struct stat about;

	(void)state;
	url_publish(&url, path, 7200, "");
	umask(before);
	expect("osc.udp://127.0.0.1:7200/\n");
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0644);
	url_retire(&url);
	assert_int_equal(access(path, F_OK), -1);
	url_publish(&url, path, 65535, "/rig/xen");
	expect("osc.udp://127.0.0.1:65535/rig/xen/\n");
	url_retire(&url);
	url_retire(&url);
	url_retire(&(struct url){ .path = "" });
	url_retire(NULL);
	assert_string_equal(line, "");
}

/* A file that the next daemon has replaced is no longer ours. */
static void test_next(void **state)
{
	struct url url = { .path = "" }, next = { .path = "" };

	(void)state;
	url_publish(&url, path, 1, "");
	url_publish(&next, path, 2, "");
	url_retire(&url);
	expect("osc.udp://127.0.0.1:2/\n");
	url_retire(&next);
	assert_int_equal(access(path, F_OK), -1);
}

/* Others with write access there cannot make the daemon write elsewhere; leftovers do no harm. */
static void test_in_the_way(void **state)
{
	struct url url = { .path = "" };
	char other[64];

	(void)state;
	snprintf(other, sizeof(other), "%s/other", top);
	assert_int_equal(symlink(other, path), 0);
	assert_int_equal(symlink(other, fresh), 0);
	url_publish(&url, path, 7200, "");
	assert_int_equal(access(other, F_OK), -1);
	assert_int_equal(access(fresh, F_OK), -1);
	expect("osc.udp://127.0.0.1:7200/\n");
	url_retire(&url);
}

static void test_failure(void **state)
{
	struct url url = { .path = "" };

	(void)state;
	assert_int_equal(mkdir(path, 0700), 0);
	url_publish(&url, path, 7200, "");
	assert_non_null(strstr(line, "osc.url: Is a directory"));
	assert_int_equal(access(fresh, F_OK), -1);
	assert_string_equal(url.path, "");
	url_retire(&url);
	assert_int_equal(rmdir(path), 0);
	url_publish(&url, "/nonexistent/osc.url", 7200, "");
	assert_non_null(strstr(line, "/nonexistent/osc.url: No such file"));
}

#define URL(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		URL(test_text),
		URL(test_next),
		URL(test_in_the_way),
		URL(test_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
