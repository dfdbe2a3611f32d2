/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The run directory: created, locked, refused to a second daemon, free again after a daemon's
 * death. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/base/log.h"
#include "src/base/rundir.h"

static char top[] = "/tmp/test_rundir.XXXXXX", path[64], pid_path[80], lock_path[80];
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
	snprintf(lock_path, sizeof(lock_path), "%s/lock", path);
	log_set_sink(keep_line, NULL);
	*line = '\0';
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(pid_path);
	unlink(lock_path);
	rmdir(path);
	return rmdir(top);
}

/* The lock of the directory that is open. */
static int lock;

static int open_run(const char *name)
{
	int got, dir = rundir_open(name, &got);

	assert_int_equal(got >= 0, dir >= 0);
	lock = dir >= 0 ? got : lock;
	return dir;
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
	int dir = open_run(path);
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
	rundir_close(dir, lock);
	assert_int_equal(pid_inside(), 0);
	/* Again, in a directory that exists. */
	dir = open_run(path);
	assert_true(dir >= 0);
	rundir_close(dir, lock);
	rundir_close(-ENOENT, -1);
}

static void test_second(void **state)
{
	int dir = open_run(path);
	char pid[16];

	(void)state;
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	assert_int_equal(open_run(path), -EWOULDBLOCK);
	assert_int_equal(level_seen, LOG_ERROR);
	assert_non_null(strstr(line, pid));
	assert_non_null(strstr(line, path));
	assert_int_equal(pid_inside(), getpid());
	rundir_close(dir, lock);
	dir = open_run(path);
	assert_true(dir >= 0);
	rundir_close(dir, lock);
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
		byte = open_run(path) >= 0 ? 'y' : 'n';
		_exit(write(ready[1], &byte, 1) == 1 && pause());
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(byte, 'y');
	assert_int_equal(open_run(path), -EWOULDBLOCK);
	assert_int_equal(pid_inside(), child);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	dir = open_run(path);
	assert_true(dir >= 0);
	assert_int_equal(pid_inside(), getpid());
	rundir_close(dir, lock);
	close(ready[0]);
	close(ready[1]);
}

/* The file's content counts only if it is a number, whoever wrote it. */
static void test_rubbish_for_a_process(void **state)
{
	int dir = open_run(path);
	FILE *file = fopen(pid_path, "we");

	(void)state;
	assert_non_null(file);
	fputs("%n\x1b[2J99999999999999999999999", file);
	fclose(file);
	assert_int_equal(open_run(path), -EWOULDBLOCK);
	assert_non_null(strstr(line, "process unknown"));
	rundir_close(dir, lock);
}

static void test_can_not_be_had(void **state)
{
	char file_path[80];
	FILE *file;

	(void)state;
	assert_int_equal(open_run("/nonexistent/run/xenjack"), -ENOENT);
	assert_int_equal(level_seen, LOG_WARNING);
	assert_non_null(strstr(line, "/nonexistent"));
	snprintf(file_path, sizeof(file_path), "%s/file", top);
	file = fopen(file_path, "we");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(open_run(file_path), -ENOTDIR);
	assert_int_equal(level_seen, LOG_WARNING);
	unlink(file_path);
}

/* A daemon must not trust a directory that anyone else can write to, its group included. */
static void test_open_to_others(void **state)
{
	static const mode_t modes[] = { 0777, 0775, 0771, 0757, 0720, 0702 };

	(void)state;
	assert_int_equal(mkdir(path, 0700), 0);
	for (unsigned i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		*line = '\0';
		assert_int_equal(chmod(path, modes[i]), 0);
		assert_int_equal(open_run(path), -EPERM);
		assert_int_equal(level_seen, LOG_WARNING);
		assert_non_null(strstr(line, "others may write to it"));
		assert_int_equal(pid_inside(), 0);
		assert_int_equal(access(lock_path, F_OK), -1);
	}
}

#define NOBODY 65534

/* What another user of the host tries: 'd', the directory is locked; 'f', the file was opened. */
static char as_another_user(void)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY)) {
		return 'u';
	}
	if (open(lock_path, O_RDONLY | O_CLOEXEC) >= 0 || errno != EACCES) {
		return 'f';
	}
	return dir >= 0 && flock(dir, LOCK_EX | LOCK_NB) == 0 ? 'd' : 'n';
}

/* Another user can lock a directory that all can read. That holds up no daemon. */
static void test_locked_by_another_user(void **state)
{
	int ready[2], dir;
	pid_t child;
	char byte;

	(void)state;
	if (geteuid() != 0) {
		skip();
	}
	assert_int_equal(chmod(top, 0755), 0);
	dir = open_run(path);
	assert_int_equal(chmod(path, 0755), 0);
	rundir_close(dir, lock);
	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		byte = as_another_user();
		_exit(write(ready[1], &byte, 1) == 1 && pause());
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(byte, 'd');
	dir = open_run(path);
	assert_true(dir >= 0);
	rundir_close(dir, lock);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	close(ready[0]);
	close(ready[1]);
}

/* Whoever owns a directory can write to it. */
static void test_of_another_user(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		skip();
	}
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chown(path, NOBODY, NOBODY), 0);
	assert_int_equal(open_run(path), -EPERM);
	assert_int_equal(level_seen, LOG_WARNING);
	assert_int_equal(access(lock_path, F_OK), -1);
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
	dir = open_run(path);
	assert_true(dir >= 0);
	assert_int_equal(access(target, F_OK), -1);
	rundir_close(dir, lock);
}

#define RUNDIR(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUNDIR(test_made_and_kept),
		RUNDIR(test_second),
		RUNDIR(test_killed),
		RUNDIR(test_rubbish_for_a_process),
		RUNDIR(test_can_not_be_had),
		RUNDIR(test_open_to_others),
		RUNDIR(test_locked_by_another_user),
		RUNDIR(test_of_another_user),
		RUNDIR(test_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
