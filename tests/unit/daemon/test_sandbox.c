/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of system calls in the sandbox. Each call is made by a process of its own, which
 * enters the sandbox first: it returns, or is refused, or ends the process with a line that names
 * it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <seccomp.h>

#include "src/base/log.h"
#include "src/daemon/sandbox.h"
#include "src/daemon/sandbox_calls.h"
#include "xen/hv_xen_ioctl.h"

/* Fates; any other is the errno that the call returns, its own or the filter's, or 0. */
#define ENDED (-1)

#define RX (PROT_READ | PROT_EXEC)
#define RW (PROT_READ | PROT_WRITE)
#define NONE (MAP_PRIVATE | MAP_ANONYMOUS)

/* By their numbers: the test shares no header with the table. */
#define EVTCHN(number, size) (((size) << 16) | ('E' << 8) | (number))
#define GNTDEV(number, size) (((size) << 16) | ('G' << 8) | (number))
#define PRIVCMD_HYPERCALL ((48 << 16) | ('P' << 8))

struct row {
	const char *what;
	long number, args[4];
	int fate;
};

static const struct sandbox_options plain = { .group = "audio" };
static const struct sandbox_options with_xen = { .group = "audio",
						 .ioctls = hv_xen_ioctls,
						 .ioctl_count = HV_XEN_IOCTL_COUNT };
static const struct sandbox_options with_libraries = { .group = "audio", .loads_libraries = true };

/* --- children */

struct outcome {
	int status; /* waitpid's */
	char text[512];
};

/* Runs `act` in a child whose standard error is kept. */
static struct outcome in_child(int (*act)(const void *arg), const void *arg)
{
	const struct rlimit none = { 0, 0 };
	struct outcome outcome = { 0 };
	size_t length = 0;
	ssize_t got = 1;
	int ends[2];
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setrlimit(RLIMIT_CORE, &none);
		dup2(ends[1], STDERR_FILENO);
		_exit(act(arg));
	}
	close(ends[1]);
	while (got > 0 && length < sizeof(outcome.text) - 1) {
		got = read(ends[0], outcome.text + length, sizeof(outcome.text) - 1 - length);
		length += got > 0 ? (size_t)got : 0;
	}
	close(ends[0]);
	assert_int_equal(waitpid(child, &outcome.status, 0), child);
	return outcome;
}

struct attempt {
	const struct sandbox_options *options;
	const struct row *row;
};

#define BROKEN 200

static int try_row(const void *arg)
{
	const struct attempt *attempt = arg;
	const struct row *row = attempt->row;

	if (sandbox_enter(attempt->options)) {
		return BROKEN;
	}
	errno = 0;
	syscall(row->number, row->args[0], row->args[1], row->args[2], row->args[3], -1, 0);
	return errno;
}

static bool was_named(const char *text, long number)
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, (int)number);
	char wanted[80];

	snprintf(wanted, sizeof(wanted), "sandbox: system call %ld (%s) is not permitted", number,
		 name);
	free(name);
	return strstr(text, wanted) && text[strlen(text) - 1] == '\n';
}

static void try_rows(const struct sandbox_options *options, const struct row *rows, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		const struct attempt attempt = { options, &rows[i] };
		struct outcome outcome = in_child(try_row, &attempt);
		bool ended = WIFSIGNALED(outcome.status) && WTERMSIG(outcome.status) == SIGSYS;
		int fate = ended ? ENDED : WEXITSTATUS(outcome.status);

		if (fate != rows[i].fate || (ended && !was_named(outcome.text, rows[i].number)) ||
		    (!ended && (!WIFEXITED(outcome.status) || *outcome.text))) {
			fail_msg("%s: status %#x, fate %d, expected %d: %s", rows[i].what,
				 (unsigned)outcome.status, fate, rows[i].fate, outcome.text);
		}
	}
}

#define TRY(options, rows) try_rows(options, rows, sizeof(rows) / sizeof((rows)[0]))

/* --- what nobody may do */

static void test_forbidden(void **state)
{
	static const struct row rows[] = {
		{ "execve", SYS_execve, { 0 }, ENDED },
		{ "execveat", SYS_execveat, { -1 }, ENDED },
		{ "ptrace", SYS_ptrace, { 0 }, ENDED },
		{ "process_vm_readv", SYS_process_vm_readv, { 1 }, ENDED },
		{ "process_vm_writev", SYS_process_vm_writev, { 1 }, ENDED },
		{ "pidfd_open", SYS_pidfd_open, { 1 }, ENDED },
		{ "setuid", SYS_setuid, { 0 }, ENDED },
		{ "setresuid", SYS_setresuid, { 0 }, ENDED },
		{ "setgid", SYS_setgid, { 0 }, ENDED },
		{ "setgroups", SYS_setgroups, { 0 }, ENDED },
		{ "capset", SYS_capset, { 0 }, ENDED },
		{ "unshare", SYS_unshare, { CLONE_NEWUSER }, ENDED },
		{ "setns", SYS_setns, { -1 }, ENDED },
		{ "chroot", SYS_chroot, { 0 }, ENDED },
		{ "mount", SYS_mount, { 0 }, ENDED },
		{ "umount2", SYS_umount2, { 0 }, ENDED },
		{ "pivot_root", SYS_pivot_root, { 0 }, ENDED },
		{ "mknodat", SYS_mknodat, { -1 }, ENDED },
		{ "symlinkat", SYS_symlinkat, { 0, -1 }, ENDED },
		{ "linkat", SYS_linkat, { -1 }, ENDED },
		{ "chdir", SYS_chdir, { 0 }, ENDED },
		{ "open_by_handle_at", SYS_open_by_handle_at, { -1 }, ENDED },
		{ "setxattr", SYS_setxattr, { 0 }, ENDED },
		{ "bpf", SYS_bpf, { 0 }, ENDED },
		{ "perf_event_open", SYS_perf_event_open, { 0 }, ENDED },
		{ "userfaultfd", SYS_userfaultfd, { 0 }, ENDED },
		{ "seccomp", SYS_seccomp, { 1 }, ENDED },
		{ "keyctl", SYS_keyctl, { 0 }, ENDED },
		{ "init_module", SYS_init_module, { 0 }, ENDED },
		{ "finit_module", SYS_finit_module, { -1 }, ENDED },
		{ "kexec_load", SYS_kexec_load, { 0 }, ENDED },
		{ "reboot", SYS_reboot, { 0 }, ENDED },
		{ "personality", SYS_personality, { 0xffffffff }, ENDED },
		{ "sethostname", SYS_sethostname, { 0 }, ENDED },
		{ "clock_settime", SYS_clock_settime, { 0 }, ENDED },
		{ "shmget", SYS_shmget, { 0 }, ENDED },
		{ "mq_open", SYS_mq_open, { 0 }, ENDED },
		{ "io_uring_enter", SYS_io_uring_enter, { -1 }, ENDED },
		{ "pkey_mprotect", SYS_pkey_mprotect, { 0 }, ENDED },
		{ "memfd_secret", 447, { 0 }, ENDED },
	};

	(void)state;
	TRY(&plain, rows);
	TRY(&with_libraries, rows);
}

/* --- what depends on the arguments */

static void test_no_processes(void **state)
{
	static const struct row rows[] = {
		{ "clone: a process", SYS_clone, { SIGCHLD }, EPERM },
		{ "clone: as vfork", SYS_clone, { CLONE_VM | CLONE_VFORK | SIGCHLD }, EPERM },
		{ "clone: a user's space", SYS_clone, { CLONE_NEWUSER | SIGCHLD }, EPERM },
		{ "clone: a thread with a space",
		  SYS_clone,
		  { CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_NEWUSER },
		  ENDED },
		{ "clone3", SYS_clone3, { 0 }, ENOSYS },
#ifdef SYS_fork
		{ "fork", SYS_fork, { 0 }, EPERM },
		{ "vfork", SYS_vfork, { 0 }, EPERM },
#endif
	};

	(void)state;
	TRY(&plain, rows);
}

static void test_no_code(void **state)
{
	static const struct row always[] = {
		{ "mmap: data", SYS_mmap, { 0, 4096, RW, NONE }, 0 },
		{ "mmap: code", SYS_mmap, { 0, 4096, RX, NONE }, ENDED },
		{ "mmap: all", SYS_mmap, { 0, 4096, RW | PROT_EXEC, NONE }, ENDED },
		{ "mprotect: code", SYS_mprotect, { 0, 4096, RX }, ENDED },
		{ "mprotect: data", SYS_mprotect, { 0, 4096, RW }, ENOMEM },
	};
	/* The last two arguments are -1 and 0: the filter has let it pass. */
	static const struct row files[] = {
		{ "mmap: a library", SYS_mmap, { 0, 4096, RX, MAP_PRIVATE }, EBADF },
		{ "mmap: shared code", SYS_mmap, { 0, 4096, RX, MAP_SHARED }, ENDED },
		{ "mmap: code to write",
		  SYS_mmap,
		  { 0, 4096, RW | PROT_EXEC, MAP_PRIVATE },
		  ENDED },
	};
	static const struct row no_files[] = {
		{ "mmap: a library", SYS_mmap, { 0, 4096, RX, MAP_PRIVATE }, ENDED },
	};

	(void)state;
	TRY(&plain, always);
	TRY(&plain, no_files);
	TRY(&with_libraries, always);
	TRY(&with_libraries, files);
}

static void test_sockets(void **state)
{
	static const struct row rows[] = {
		{ "AF_UNIX", SYS_socket, { AF_UNIX, SOCK_STREAM }, 0 },
		{ "AF_INET", SYS_socket, { AF_INET, SOCK_DGRAM }, 0 },

		{ "AF_NETLINK", SYS_socket, { AF_NETLINK, SOCK_RAW }, EAFNOSUPPORT },
		{ "AF_PACKET", SYS_socket, { AF_PACKET, SOCK_RAW }, ENDED },
		{ "AF_ALG", SYS_socket, { AF_ALG, SOCK_SEQPACKET }, ENDED },
		{ "AF_VSOCK", SYS_socket, { AF_VSOCK, SOCK_STREAM }, ENDED },
		{ "AF_BLUETOOTH", SYS_socket, { AF_BLUETOOTH, SOCK_RAW }, ENDED },
		{ "socketpair", SYS_socketpair, { AF_UNIX, SOCK_STREAM }, EFAULT },
		{ "socketpair", SYS_socketpair, { AF_TIPC, SOCK_STREAM }, ENDED },
	};
	static const struct row ip6 = { "AF_INET6", SYS_socket, { AF_INET6, SOCK_DGRAM }, 0 };
	const struct attempt attempt = { &plain, &ip6 };

	(void)state;
	TRY(&plain, rows);
	/* A machine may be without IPv6. */
	assert_true(WIFEXITED(in_child(try_row, &attempt).status));
}

static void test_devices(void **state)
{
	static const struct row never[] = {
		{ "TIOCSTI", SYS_ioctl, { -1, TIOCSTI }, ENDED },
		{ "privcmd", SYS_ioctl, { -1, PRIVCMD_HYPERCALL }, ENDED },
		{ "EVTCHN_BIND_VIRQ", SYS_ioctl, { -1, EVTCHN(0, 4) }, ENDED },
		{ "EVTCHN_RESET", SYS_ioctl, { -1, EVTCHN(5, 0) }, ENDED },
		{ "GNTDEV_GRANT_COPY", SYS_ioctl, { -1, GNTDEV(8, 16) }, ENDED },
		{ "isatty", SYS_ioctl, { -1, TCGETS }, EBADF },
		{ "FIONREAD", SYS_ioctl, { -1, FIONREAD }, EBADF },
		{ "FIONBIO", SYS_ioctl, { -1, FIONBIO }, EBADF },
	};
	static const struct row xen[] = {
		{ "EVTCHN_BIND_INTERDOMAIN", SYS_ioctl, { -1, EVTCHN(1, 8) }, EBADF },
		{ "EVTCHN_UNBIND", SYS_ioctl, { -1, EVTCHN(3, 4) }, EBADF },
		{ "EVTCHN_NOTIFY", SYS_ioctl, { -1, EVTCHN(4, 4) }, EBADF },
		{ "GNTDEV_MAP_GRANT_REF", SYS_ioctl, { -1, GNTDEV(0, 24) }, EBADF },
		{ "GNTDEV_UNMAP_GRANT_REF", SYS_ioctl, { -1, GNTDEV(1, 16) }, EBADF },
		{ "GNTDEV_GET_OFFSET_FOR_VADDR", SYS_ioctl, { -1, GNTDEV(2, 24) }, EBADF },
	};
	struct row none = xen[2];

	(void)state;
	TRY(&plain, never);
	TRY(&with_xen, never);
	TRY(&with_xen, xen);
	/* A daemon for simulated guests has no business there. */
	none.fate = ENDED;
	try_rows(&plain, &none, 1);
}

static void test_other_processes(void **state)
{
	static const struct row rows[] = {
		{ "kill: is it there?", SYS_kill, { 0, 0 }, 0 },
		{ "kill", SYS_kill, { 1, SIGTERM }, ENDED },
		{ "tkill", SYS_tkill, { 1, SIGTERM }, ENDED },
		{ "tgkill", SYS_tgkill, { 1, 1, SIGTERM }, ENDED },
		{ "prlimit64: our own", SYS_prlimit64, { 0, RLIMIT_NOFILE }, 0 },
		{ "prlimit64", SYS_prlimit64, { 1, RLIMIT_NOFILE }, ENDED },
		{ "prctl: seccomp", SYS_prctl, { PR_SET_SECCOMP, 1 }, ENDED },
		{ "prctl: dumpable", SYS_prctl, { PR_SET_DUMPABLE, 1 }, ENDED },
		{ "prctl: mm", SYS_prctl, { PR_SET_MM }, ENDED },
		{ "prctl: capabilities", SYS_prctl, { PR_CAPBSET_DROP, 0 }, ENDED },
		{ "prctl: name", SYS_prctl, { PR_GET_NAME }, EFAULT },
		{ "prctl: set name", SYS_prctl, { PR_SET_NAME }, EFAULT },
		{ "prctl: bounds", SYS_prctl, { PR_CAPBSET_READ, -1 }, EINVAL },
		{ "prctl: secure bits", SYS_prctl, { PR_GET_SECUREBITS }, 0 },
		{ "prctl: dumpable?", SYS_prctl, { PR_GET_DUMPABLE }, 0 },
		{ "prctl: names of memory", SYS_prctl, { 0x53564d41, -1 }, EINVAL },
		{ "io_uring_setup", SYS_io_uring_setup, { 0 }, ENOSYS },
		{ "io_setup", SYS_io_setup, { 0 }, ENOSYS },
	};

	(void)state;
	TRY(&plain, rows);
}

/* --- threads */

static void *forbidden(void *arg)
{
	sem_t *go = arg;

	if (go) {
		sem_wait(go);
	}
	syscall(SYS_unshare, CLONE_NEWUSER);
	_exit(0);
}

/* A thread that starts within, by clone, and one that was there before. */
static int try_thread(const void *arg)
{
	const bool *before = arg;
	pthread_t thread;
	sem_t go;

	sem_init(&go, 0, 0);
	if ((*before && pthread_create(&thread, NULL, forbidden, &go)) || sandbox_enter(&plain) ||
	    (!*before && pthread_create(&thread, NULL, forbidden, NULL))) {
		return BROKEN;
	}
	sem_post(&go);
	pthread_join(thread, NULL);
	return 1;
}

static void test_threads(void **state)
{
	for (int before = 0; before < 2; before++) {
		const bool arg = before;
		struct outcome outcome = in_child(try_thread, &arg);

		(void)state;
		assert_true(WIFSIGNALED(outcome.status));
		assert_int_equal(WTERMSIG(outcome.status), SIGSYS);
		assert_true(was_named(outcome.text, SYS_unshare));
	}
}

/* A failed assertion ends the daemon as it does without a filter. */
static int try_abort(const void *arg)
{
	(void)arg;
	if (sandbox_enter(&plain)) {
		return BROKEN;
	}
	abort();
}

static void test_abort(void **state)
{
	struct outcome outcome = in_child(try_abort, NULL);

	(void)state;
	assert_true(WIFSIGNALED(outcome.status));
	assert_int_equal(WTERMSIG(outcome.status), SIGABRT);
}

/* --- what the kernel says */

/* A number of the process's status. */
static unsigned long status_of(const char *name, int base)
{
	FILE *file = fopen("/proc/self/status", "re");
	unsigned long value = ~0ul;
	char text[128];

	while (file && fgets(text, sizeof(text), file)) {
		if (strncmp(text, name, strlen(name)) == 0) {
			value = strtoul(text + strlen(name), NULL, base);
		}
	}
	if (file) {
		fclose(file);
	}
	return value;
}

static int try_status(const void *arg)
{
	(void)arg;
	if (status_of("Seccomp:", 10) != 0 || sandbox_enter(&plain)) {
		return BROKEN;
	}
	return status_of("Seccomp:", 10) == 2 && status_of("NoNewPrivs:", 10) == 1 ? 0 : 1;
}

static void test_status(void **state)
{
	(void)state;
	assert_int_equal(in_child(try_status, NULL).status, 0);
}

static int try_capabilities(const void *arg)
{
	const unsigned long keeps = 1ul << CAP_CHOWN | 1ul << CAP_DAC_OVERRIDE |
				    1ul << CAP_IPC_LOCK | 1ul << CAP_NET_BIND_SERVICE |
				    1ul << CAP_SYS_NICE;
	unsigned long before = status_of("CapPrm:", 16);

	(void)arg;
	if (sandbox_drop_capabilities()) {
		return BROKEN;
	}
	return status_of("CapPrm:", 16) != (before & keeps)   ? 1
	       : status_of("CapEff:", 16) != (before & keeps) ? 2
	       : status_of("CapInh:", 16) != 0		      ? 3
	       : geteuid() == 0 && setuid(1) == 0	      ? 4
							      : 0;
}

/* Of root's; a user has none to lose. */
static void test_capabilities(void **state)
{
	struct outcome outcome = in_child(try_capabilities, NULL);

	(void)state;
	assert_int_equal(outcome.status, 0);
}

/* --- the tables */

/* Calls that are younger than Debian 12's libseccomp. */
static bool is_young(const char *call)
{
	static const char *const young[] = { "fchmodat2", "futex_wait", "futex_wake",
					     "futex_requeue", "mseal" };

	for (unsigned i = 0; i < sizeof(young) / sizeof(young[0]); i++) {
		if (strcmp(call, young[i]) == 0) {
			return true;
		}
	}
	return false;
}

static bool exists(const char *call)
{
	return is_young(call) || seccomp_syscall_resolve_name(call) != __NR_SCMP_ERROR;
}

/* Every name is a system call, in a group or in rules, and has a reason. */
static void test_tables(void **state)
{
	unsigned count = 0;

	(void)state;
	for (unsigned i = 0; i < sandbox_group_count; i++) {
		char *text = strdup(sandbox_groups[i].calls), *rest = NULL;

		assert_true(strlen(sandbox_groups[i].why) > 10);
		for (char *call = strtok_r(text, " ", &rest); call;
		     call = strtok_r(NULL, " ", &rest)) {
			count++;
			if (!exists(call)) {
				fail_msg("no such call: %s", call);
			}
			for (unsigned j = 0; j < sandbox_rule_count; j++) {
				assert_string_not_equal(call, sandbox_rules[j].call);
			}
		}
		free(text);
	}
	for (unsigned i = 0; i < sandbox_rule_count; i++) {
		assert_true(exists(sandbox_rules[i].call));
		assert_true(strlen(sandbox_rules[i].why) > 5);
	}
	printf("%u calls permitted, %u rules\n", count, sandbox_rule_count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forbidden), cmocka_unit_test(test_no_processes),
		cmocka_unit_test(test_no_code),	  cmocka_unit_test(test_sockets),
		cmocka_unit_test(test_devices),	  cmocka_unit_test(test_other_processes),
		cmocka_unit_test(test_threads),	  cmocka_unit_test(test_abort),
		cmocka_unit_test(test_status),	  cmocka_unit_test(test_capabilities),
		cmocka_unit_test(test_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
