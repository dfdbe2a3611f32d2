/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The run directory: created, locked, refused to a second daemon, free again after a daemon's
 * death. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/base/log.h"
#include "src/base/rundir.h"

static char top[] = "/tmp/test_rundir.XXXXXX", path[64], pid_path[80];
static char line[LOG_LINE_MAX];
static int level_seen;

static void keep_line(void *arg, enum log_level level, const char *text)
{
	(void)arg;
	level_seen = (int)level;
	snprintf(line, sizeof(line), "%s", text);
}

static int setup(void **state)
{
	(void)state;
	memcpy(top + strlen(top) - 6, "XXXXXX", 6);
	assert_non_null(mkdtemp(top));
	snprintf(path, sizeof(path), "%s/run", top);
	snprintf(pid_path, sizeof(pid_path), "%s/pid", path);
	log_set_sink(keep_line, NULL);
	*line = '\0';
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(pid_path);
	rmdir(path);
	return rmdir(top);
}

static long pid_inside(void)
{
	FILE *file = fopen(pid_path, "re");
	long pid = 0;

	if (file) {
		assert_int_equal(fscanf(file, "%ld", &pid), 1);
		fclose(file);
	}
	return pid;
}

static void test_made_and_kept(void **state)
{
	int dir = rundir_open(path);
	struct stat st;

	(void)state;
	assert_true(dir >= 0);
	assert_string_equal(line, "");
	assert_int_equal(fstat(dir, &st), 0);
	assert_int_equal(st.st_mode & 0777 & ~0751, 0);
	assert_int_equal(fcntl(dir, F_GETFD), FD_CLOEXEC);
	assert_int_equal(pid_inside(), getpid());
	assert_int_equal(mkdirat(dir, "below", 0700), 0);
	assert_int_equal(unlinkat(dir, "below", AT_REMOVEDIR), 0);
	rundir_close(dir);
	assert_int_equal(pid_inside(), 0);
	/* Again, in a directory that exists. */
	dir = rundir_open(path);
	assert_true(dir >= 0);
	rundir_close(dir);
	rundir_close(-ENOENT);
}

static void test_second(void **state)
{
	int dir = rundir_open(path);
	char pid[16];

	(void)state;
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	assert_int_equal(rundir_open(path), -EWOULDBLOCK);
	assert_int_equal(level_seen, LOG_ERROR);
	assert_non_null(strstr(line, pid));
	assert_non_null(strstr(line, path));
	assert_int_equal(pid_inside(), getpid());
	rundir_close(dir);
	dir = rundir_open(path);
	assert_true(dir >= 0);
	rundir_close(dir);
}

/* A daemon that is killed leaves its process id behind, and no lock. */
static void test_killed(void **state)
{
	int ready[2], dir;
	char byte;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		byte = rundir_open(path) >= 0 ? 'y' : 'n';
		_exit(write(ready[1], &byte, 1) == 1 && pause());
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(byte, 'y');
	assert_int_equal(rundir_open(path), -EWOULDBLOCK);
	assert_int_equal(pid_inside(), child);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	dir = rundir_open(path);
	assert_true(dir >= 0);
	assert_int_equal(pid_inside(), getpid());
	rundir_close(dir);
	close(ready[0]);
	close(ready[1]);
}

/* The file's content counts only if it is a number, whoever wrote it. */
static void test_rubbish_for_a_process(void **state)
{
	int dir = rundir_open(path);
	FILE *file = fopen(pid_path, "we");

	(void)state;
	assert_non_null(file);
	fputs("%n\x1b[2J99999999999999999999999", file);
	fclose(file);
	assert_int_equal(rundir_open(path), -EWOULDBLOCK);
	assert_non_null(strstr(line, "process unknown"));
	rundir_close(dir);
}

static void test_can_not_be_had(void **state)
{
	char file_path[80];
	FILE *file;

	(void)state;
	assert_int_equal(rundir_open("/nonexistent/run/xenjack"), -ENOENT);
	assert_int_equal(level_seen, LOG_WARNING);
	assert_non_null(strstr(line, "/nonexistent"));
	snprintf(file_path, sizeof(file_path), "%s/file", top);
	file = fopen(file_path, "we");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(rundir_open(file_path), -ENOTDIR);
	assert_int_equal(level_seen, LOG_WARNING);
	unlink(file_path);
}

/* A daemon must not trust a directory that anyone can write to. */
static void test_open_to_all(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chmod(path, 0777), 0);
	assert_int_equal(rundir_open(path), -EPERM);
	assert_int_equal(level_seen, LOG_WARNING);
	assert_int_equal(pid_inside(), 0);
}

/* The process id is never written through a symbolic link. */
static void test_link(void **state)
{
	char target[80];
	int dir;

	(void)state;
	snprintf(target, sizeof(target), "%s/target", top);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(symlink(target, pid_path), 0);
	dir = rundir_open(path);
	assert_true(dir >= 0);
	assert_int_equal(access(target, F_OK), -1);
	rundir_close(dir);
}

#define RUNDIR(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUNDIR(test_made_and_kept),  RUNDIR(test_second),
		RUNDIR(test_killed),	     RUNDIR(test_rubbish_for_a_process),
		RUNDIR(test_can_not_be_had), RUNDIR(test_open_to_all),
		RUNDIR(test_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
