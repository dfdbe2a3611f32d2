/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Locked memory with and without a limit; each case is a process, which only uses it up. */
#include <grp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/base/log.h"
#include "src/daemon/memory_lock.h"

#define MIB (1024ul * 1024)
#define NOBODY 65534
/* What guests with large rings might make the daemon allocate. */
#define LARGE (256 * MIB)

static char line[LOG_LINE_MAX];
static unsigned line_count;

static void keep_line(void *arg, enum log_level level, const char *text)
{
	(void)arg;
	(void)level;
	line_count++;
	snprintf(line, sizeof(line), "%s", text);
}

/* A line of the process's status, in KiB. */
static unsigned long kib_of(const char *name)
{
	FILE *file = fopen("/proc/self/status", "re");
	unsigned long kib = 0;
	char text[128];

	while (file && fgets(text, sizeof(text), file)) {
		if (strncmp(text, name, strlen(name)) == 0) {
			kib = strtoul(text + strlen(name), NULL, 10);
		}
	}
	if (file) {
		fclose(file);
	}
	return kib;
}

/* A limit that our current memory, with a stack of some depth, is below. */
static rlim_t enough(void)
{
	return kib_of("VmSize:") * 1024 + MIB;
}

/* The linker gives the daemon this instead (getrlimit in a build with large files): there may be no
 * permission to raise a limit. */
static bool seems_unlimited;

int __real_getrlimit64(int resource, struct rlimit *limit);
int __wrap_getrlimit64(int resource, struct rlimit *limit);

int __wrap_getrlimit64(int resource, struct rlimit *limit)
{
	int err = __real_getrlimit64(resource, limit);

	if (seems_unlimited) {
		limit->rlim_cur = RLIM_INFINITY;
	}
	return err;
}

/* Reaches the limit, as libjack might, which locks what it shares with the server. */
static void use_up(char *memory)
{
	for (size_t i = 0; i < LARGE && mlock(memory + i, 4096) == 0; i += 4096) {
	}
}

/* Calls that go deeper than those before the memory was locked. */
static void __attribute__((noinline)) go_deep(void)
{
	volatile char deep[200 * 1024];

	for (unsigned i = 0; i < sizeof(deep); i += 512) {
		deep[i] = 0;
	}
}

/* What a child has seen, as bits of its exit status. */
enum { LINE = 1, REMEDY = 2, LOCKED = 4, ALLOCATES = 8, LOCKS_MORE = 16, BROKEN = 128 };

static int look(void)
{
	unsigned long before;
	int seen = 0;
	char *more;

	log_set_sink(keep_line, NULL);
	memory_lock_all();
	seen |= line_count == 1 ? LINE : 0;
	seen |= line_count && strstr(line, "LimitMEMLOCK=infinity") ? REMEDY : 0;
	before = kib_of("VmLck:");
	seen |= before ? LOCKED : 0;
	more = mmap(NULL, LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (more != MAP_FAILED) {
		*more = 1;
		seen |= ALLOCATES;
	}
	seen |= kib_of("VmLck:") > before ? LOCKS_MORE : 0;
	if ((seen & LINE) && more != MAP_FAILED) {
		use_up(more);
		go_deep();
	}
	return seen;
}

/* As root, or as a user for whom the limit holds. */
static int in_child(rlim_t limit, bool root)
{
	const struct rlimit both = { limit, limit };
	pid_t child = fork();
	int status;

	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (setrlimit(RLIMIT_MEMLOCK, &both) ||
		    (!root && geteuid() == 0 &&
		     (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
		      setresuid(NOBODY, NOBODY, NOBODY)))) {
			_exit(BROKEN);
		}
		_exit(look());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* A guest cannot use up the limit, at which every allocation would fail. */
static void test_limit(void **state)
{
	(void)state;
	assert_int_equal(in_child(enough(), false), LINE | REMEDY | LOCKED | ALLOCATES);
}

static void test_limit_too_low(void **state)
{
	(void)state;
	assert_int_equal(in_child(64 * 1024, false), LINE | REMEDY | ALLOCATES);
}

/* Later memory is locked, too. Here, that it fails shows it, because the limit only seems to be
 * gone. */
static void test_no_limit(void **state)
{
	(void)state;
	seems_unlimited = true;
	assert_int_equal(in_child(enough(), false), LOCKED);
	seems_unlimited = false;
}

/* CAP_IPC_LOCK: the limit does not hold. */
static void test_above_limit(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		skip();
	}
	assert_int_equal(in_child(enough(), true), LOCKED | ALLOCATES | LOCKS_MORE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_limit_too_low),
		cmocka_unit_test(test_no_limit),
		cmocka_unit_test(test_above_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
