/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state directory: whose it is, and who may lock it. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/base/log.h"
#include "src/base/statefile.h"
#include "src/base/statefile_dir.h"

static char top[32], path[64], elsewhere[64], line[LOG_LINE_MAX];
static unsigned line_count;
static enum log_level wanted; /* of each line */

static void keep_line(void *arg, enum log_level level, const char *text)
{
	(void)arg;
	assert_int_equal(level, wanted);
	line_count++;
	snprintf(line, sizeof(line), "%s", text);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(top, "/tmp/test_statefile.XXXXXX");
	assert_non_null(mkdtemp(top));
	snprintf(path, sizeof(path), "%s/state", top);
	snprintf(elsewhere, sizeof(elsewhere), "%s/other", top);
	log_set_sink(keep_line, NULL);
	line_count = 0;
	wanted = LOG_WARNING;
	umask(022);
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = { "lock", "levels.json", "levels.json.new", "other",
					     "levels.json.damaged" };
	char name[96];

	(void)state;
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(name, sizeof(name), "%s/%s", path, names[i]);
		unlink(name);
	}
	return rmdir(path) || rmdir(top);
}

static unsigned mode_of(int dir, const char *name)
{
	struct stat st;

	assert_int_equal(fstatat(dir, name, &st, 0), 0);
	return st.st_mode & 07777;
}

static void make(const char *name)
{
	char file[96];

	snprintf(file, sizeof(file), "%s/%s", path, name);
	close(open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
}

static void test_made(void **state)
{
	const struct statefile file = { "levels.json", 1000, 1, 1, "levels", "levels" };
	int lock, dir = statefile_open(path, &lock);

	(void)state;
	assert_true(dir >= 0 && lock >= 0);
	assert_int_equal(mode_of(dir, "."), 0700);
	assert_int_equal(mode_of(dir, "lock"), 0600);
	assert_int_equal(fcntl(lock, F_GETFD), FD_CLOEXEC);
	assert_int_equal(statefile_save(&file, dir, json_array(), NULL), 0);
	assert_int_equal(mode_of(dir, "levels.json"), 0600);
	statefile_close(dir, lock);
	assert_int_equal(line_count, 0);
}

static void test_one_daemon(void **state)
{
	int lock, second, dir = statefile_open(path, &lock);

	(void)state;
	assert_int_equal(statefile_open(path, &second), -EWOULDBLOCK);
	assert_int_equal(second, -1);
	assert_non_null(strstr(line, "another xenjackd"));
	statefile_close(-EWOULDBLOCK, second);
	statefile_close(dir, lock);
	dir = statefile_open(path, &lock);
	assert_true(dir >= 0);
	statefile_close(dir, lock);
	assert_int_equal(line_count, 1);
}

/* Before, a directory for everyone, which any user could lock. */
static void test_tightened(void **state)
{
	int lock, other, dir;

	(void)state;
	assert_int_equal(mkdir(path, 0755), 0);
	make("levels.json");
	make("levels.json.new");
	other = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
	dir = statefile_open(path, &lock);
	assert_true(dir >= 0);
	assert_int_equal(mode_of(dir, "."), 0700);
	assert_int_equal(line_count, 0);
	statefile_close(dir, lock);
	close(other);
}

/* It may be anything, /var/lib for instance. */
static void test_not_ours_alone(void **state)
{
	int lock, dir;

	(void)state;
	assert_int_equal(mkdir(path, 0755), 0);
	make("levels.json");
	make("other");
	dir = statefile_open(path, &lock);
	assert_true(dir >= 0);
	assert_int_equal(mode_of(dir, "."), 0755);
	assert_int_equal(line_count, 1);
	assert_non_null(strstr(line, "open to other users (mode 755)"));
	statefile_close(dir, lock);
	chmod(path, 0700);
	dir = statefile_open(path, &lock);
	assert_true(dir >= 0);
	assert_int_equal(line_count, 1);
	statefile_close(dir, lock);
}

static void test_no_lock(void **state)
{
	char name[96];
	int lock;

	(void)state;
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(name, sizeof(name), "%s/lock", path);
	assert_int_equal(symlink("other", name), 0);
	assert_int_equal(statefile_open(path, &lock), -ELOOP);
	assert_int_equal(lock, -1);
	assert_int_equal(line_count, 1);
}

static int taken_version;

static const char *count_taken(void *arg, json_t *content, int version, unsigned *left_out)
{
	(void)left_out;
	*(size_t *)arg = json_object_size(content);
	taken_version = version;
	return NULL;
}

static int load(const struct statefile *file, int dir, const char *text, size_t *size)
{
	int fd = openat(dir, "levels.json", O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);

	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	*size = 99;
	return statefile_load(file, dir, count_taken, size);
}

/* Files of earlier versions are read as far as a module can, those of later ones never. */
static void test_versions(void **state)
{
	const struct statefile keyed = { "levels.json", 1000, 3, 2, "all", "levels" };
	const struct statefile whole = { "levels.json", 1000, 3, 2, NULL, "levels" };
	const struct statefile only = { "levels.json", 1000, 3, 3, "all", "levels" };
	int lock, dir = statefile_open(path, &lock);
	size_t size;

	(void)state;
	wanted = LOG_ERROR;
	assert_int_equal(load(&keyed, dir, "{\"version\": 2, \"all\": {}}", &size), 0);
	assert_int_equal(size, 0);
	assert_int_equal(taken_version, 2);
	assert_int_equal(load(&keyed, dir, "{\"version\": 3, \"all\": {}}", &size), 0);
	assert_int_equal(size, 0);
	assert_int_equal(taken_version, 3);
	assert_int_equal(load(&whole, dir, "{\"version\": 2, \"all\": {}}", &size), 0);
	assert_int_equal(size, 2);
	assert_int_equal(line_count, 0);
	assert_int_equal(load(&whole, dir, "{\"version\": 1, \"all\": {}}", &size), -EBADMSG);
	assert_non_null(strstr(line, "unsupported version"));
	assert_int_equal(load(&whole, dir, "{\"version\": \"3\"}", &size), -EBADMSG);
	assert_non_null(strstr(line, "unsupported version"));
	assert_int_equal(load(&only, dir, "{\"version\": 2, \"all\": {}}", &size), -EBADMSG);
	assert_non_null(strstr(line, "unsupported version"));
	assert_int_equal(load(&keyed, dir, "{\"version\": 4, \"all\": {}}", &size), -EPROTO);
	assert_non_null(strstr(line, "later version of xenjackd; no levels loaded"));
	assert_int_equal(size, 99);
	/* Without a key, the version stands beside the content. */
	assert_int_equal(statefile_save(&whole, dir, json_pack("{s:{}}", "all"), NULL), 0);
	assert_int_equal(statefile_load(&keyed, dir, count_taken, &size), 0);
	assert_int_equal(size, 0);
	assert_int_equal(statefile_load(&whole, dir, count_taken, &size), 0);
	assert_int_equal(size, 2);
	assert_int_equal(statefile_save(&whole, dir, NULL, NULL), -ENOMEM);
	statefile_close(dir, lock);
}

/* What requests mean by these numbers is something else. */
static void test_errors(void **state)
{
	int lock, dir = statefile_open(path, &lock);

	(void)state;
	assert_int_equal(statefile_error(dir, 0), 0);
	assert_int_equal(statefile_error(dir, -ENOENT), -ENOENT);
	assert_int_equal(statefile_error(dir, -EROFS), -EROFS);
	assert_int_equal(statefile_error(dir, -ENOSPC), -EDQUOT);
	assert_int_equal(statefile_error(dir, -EACCES), -EMEDIUMTYPE);
	assert_int_equal(statefile_error(dir, -EPERM), -EMEDIUMTYPE);
	assert_int_equal(statefile_error(dir, -ENOTDIR), -ENOMEDIUM);
	assert_string_equal(statefile_strerror(-EDQUOT), "the disk is full");
	assert_string_equal(statefile_strerror(-EROFS), strerror(EROFS));
	unlinkat(dir, "lock", 0);
	rmdir(path);
	assert_int_equal(statefile_error(dir, -ENOENT), -ENOMEDIUM);
	assert_int_equal(mkdir(path, 0700), 0);
	statefile_close(dir, lock);
}

static const struct statefile levels = { "levels.json", 1000, 1, 1, "levels", "levels" };

/* A directory that is removed is made again, under the same descriptor, and locked. */
static void test_made_again(void **state)
{
	struct statefile_dir dir;
	int fd, lock;

	(void)state;
	statefile_dir_open(&dir, path);
	fd = dir.fd;
	assert_true(fd >= 0 && dir.lock >= 0);
	assert_false(statefile_dir_look(&dir));
	assert_null(statefile_find(&levels, fd));
	assert_int_equal(statefile_save(&levels, fd, json_array(), NULL), 0);
	assert_string_equal(statefile_find(&levels, fd), ".unread");
	assert_int_equal(unlinkat(fd, "levels.json", 0) || unlinkat(fd, "lock", 0), 0);
	for (unsigned made = 0; made < 2; made++) {
		assert_int_equal(made ? rename(path, elsewhere) : rmdir(path), 0);
		assert_int_equal(made ? mkdir(path, 0755) : 0, 0);
		assert_int_equal(line_count, made);
		assert_true(statefile_dir_look(&dir));
		assert_int_equal(line_count, made + 1);
		assert_false(statefile_dir_look(&dir));
		assert_int_equal(dir.fd, fd);
		assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
		assert_int_equal(mode_of(fd, "."), 0700);
		assert_int_equal(statefile_save(&levels, fd, json_array(), NULL), 0);
		make("levels.json");
		wanted = LOG_WARNING;
		assert_int_equal(statefile_open(path, &lock), -EWOULDBLOCK);
		line_count--;
		assert_int_equal(unlinkat(fd, "levels.json", 0) || unlinkat(fd, "lock", 0), 0);
	}
	assert_int_equal(rmdir(elsewhere), 0);
	statefile_dir_close(&dir);
}

/* While something else is in its place, all fails; that is said once, and then it goes on. */
static void test_in_its_place(void **state)
{
	struct statefile_dir dir;
	int fd;

	(void)state;
	for (unsigned at_start = 0; at_start < 2; at_start++) {
		if (at_start) {
			assert_int_equal(symlink("nowhere", path), 0);
		}
		line_count = 0;
		wanted = LOG_WARNING;
		statefile_dir_open(&dir, path);
		fd = dir.fd;
		assert_true(fd >= 0);
		assert_int_equal(line_count, at_start);
		if (!at_start) {
			assert_int_equal(unlinkat(fd, "lock", 0), 0);
			assert_int_equal(rmdir(path), 0);
			assert_int_equal(symlink("nowhere", path), 0);
		}
		wanted = LOG_ERROR;
		for (unsigned i = 0; i < 3; i++) {
			assert_false(statefile_dir_look(&dir));
			assert_int_equal(line_count, 1);
			assert_int_equal(statefile_save(&levels, fd, json_array(), NULL),
					 -ENOMEDIUM);
		}
		/* Something else is said. */
		assert_int_equal(unlink(path), 0);
		close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
		assert_false(statefile_dir_look(&dir));
		assert_false(statefile_dir_look(&dir));
		assert_int_equal(line_count, 2);
		assert_int_equal(unlink(path), 0);
		wanted = LOG_WARNING;
		assert_true(statefile_dir_look(&dir));
		assert_int_equal(dir.fd, fd);
		assert_int_equal(statefile_save(&levels, fd, json_array(), NULL), 0);
		assert_int_equal(unlinkat(fd, "levels.json", 0) || unlinkat(fd, "lock", 0), 0);
		statefile_dir_close(&dir);
		assert_int_equal(rmdir(path), 0);
	}
	assert_int_equal(mkdir(path, 0700), 0);
}

/* Another user's is read; it is locked and written as soon as it is ours. */
static void test_of_another(void **state)
{
	struct statefile_dir dir;
	size_t size = 99;

	(void)state;
	if (geteuid()) {
		skip();
	}
	assert_int_equal(chmod(top, 0711) || mkdir(path, 0755), 0);
	make("levels.json");
	assert_int_equal(seteuid(65534), 0);
	statefile_dir_open(&dir, path);
	assert_true(dir.fd >= 0 && dir.lock < 0);
	assert_int_equal(line_count, 2);
	assert_int_equal(statefile_save(&levels, dir.fd, json_array(), NULL), -EMEDIUMTYPE);
	wanted = LOG_ERROR;
	assert_int_equal(statefile_load(&levels, dir.fd, count_taken, &size), -EBADMSG);
	assert_false(statefile_dir_look(&dir));
	assert_true(dir.lock < 0);
	assert_int_equal(seteuid(0) || chown(path, 65534, 0) || seteuid(65534), 0);
	assert_false(statefile_dir_look(&dir));
	assert_true(dir.lock >= 0);
	assert_int_equal(statefile_save(&levels, dir.fd, json_array(), NULL), 0);
	assert_int_equal(seteuid(0), 0);
	statefile_dir_close(&dir);
}

/* What another daemon uses is not waited for. */
static void test_taken(void **state)
{
	struct statefile_dir dir, second;

	(void)state;
	statefile_dir_open(&dir, path);
	statefile_dir_open(&second, path);
	assert_true(second.fd < 0);
	assert_int_equal(line_count, 1);
	statefile_dir_close(&dir);
	assert_false(statefile_dir_look(&second));
	statefile_dir_close(&second);
}

#define STATE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STATE(test_made),	    STATE(test_one_daemon), STATE(test_tightened),
		STATE(test_not_ours_alone), STATE(test_no_lock),    STATE(test_versions),
		STATE(test_errors),	    STATE(test_made_again), STATE(test_in_its_place),
		STATE(test_taken),	    STATE(test_of_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
