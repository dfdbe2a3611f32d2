/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/base/step_fixture.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

void step_pause(void)
{
	raise(SIGSTOP);
}

/* Waits until the child stops; returns the signal. */
static int wait_stop(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	/* It must not exit: if it does, tracing was not permitted, or it crashed. */
	assert_true(WIFSTOPPED(status));
	return WSTOPSIG(status);
}

pid_t step_begin(void (*run)(void))
{
	pid_t parent = getpid(), child = fork();

	assert_true(child >= 0);
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent || ptrace(PTRACE_TRACEME, 0, NULL, NULL)) {
			_exit(1);
		}
		/* A failed assertion ends the child, not its copy of the test. */
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		step_pause();
		run();
		step_pause();
		_exit(2);
	}
	assert_int_equal(wait_stop(child), SIGSTOP);
	assert_int_equal(ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_EXITKILL), 0);
	return child;
}

bool step_next(pid_t child)
{
	int signal;

	assert_int_equal(ptrace(PTRACE_SINGLESTEP, child, NULL, NULL), 0);
	signal = wait_stop(child);
	assert_true(signal == SIGTRAP || signal == SIGSTOP);
	return signal == SIGTRAP;
}

void step_on(pid_t child)
{
	assert_int_equal(ptrace(PTRACE_CONT, child, NULL, NULL), 0);
	assert_int_equal(wait_stop(child), SIGSTOP);
}

void step_kill(pid_t child)
{
	int status;

	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
}
