/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wraps the process callbacks of every JACK client and traps the system calls made inside.
 * System calls are trapped by the kernel's syscall user dispatch: while a thread's selector
 * byte says BLOCK, each one raises SIGSYS instead, wherever in libc or libjack it is made.
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <jack/jack.h>
#include <linux/prctl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "tests/rt/rt_trap.h"

/* linux/prctl.h and siginfo of Debian 12 have these; older headers do not. */
#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_ON 1
#endif
#ifndef SYS_USER_DISPATCH
#define SYS_USER_DISPATCH 2
#endif

/* _IOC(_IOC_NONE, 'E', 4, 4): what libxenevtchn's notify does on /dev/xen/evtchn. */
#define EVTCHN_NOTIFY 0x00044504L

/* More than a callback and the signal frame below it use: 2 KiB, and 4 KiB with AVX-512. */
#define STACK_TOUCH 32768

struct client {
	JackProcessCallback callback;
	void *arg;
	const char *name;
};

/* initial-exec: its first use in a thread must not allocate. */
static _Thread_local struct {
	volatile char selector; /* 0 allow, 1 block: the kernel reads it at every system call */
	volatile bool inside;
	struct rt_trap_thread *thread;
} self __attribute__((tls_model("initial-exec")));

static _Atomic(struct rt_trap_thread *) threads;
static atomic_uint clients;
static struct rt_trap_violation violations[RT_TRAP_VIOLATIONS_MAX];
static unsigned violation_count;
static atomic_flag violations_busy = ATOMIC_FLAG_INIT;

/*
 * The return from a signal: the only code whose system calls pass while the selector says BLOCK.
 * The first routine has the form by which unwinders recognise a signal frame; the nop before it
 * keeps them out of the function above. The second returns from another signal's frame, at sp in
 * rdi.
 */
__asm__(".text\n"
	".p2align 4\n"
	".hidden rt_trap_gate, rt_trap_return, rt_trap_return_from, rt_trap_gate_end\n"
	".globl rt_trap_gate, rt_trap_return, rt_trap_return_from, rt_trap_gate_end\n"
	"rt_trap_gate:\n"
	"	nop\n"
	"rt_trap_return:\n"
	"	movq $15, %rax\n"
	"	syscall\n"
	"rt_trap_return_from:\n"
	"	movq %rdi, %rsp\n"
	"	movq $15, %rax\n"
	"	syscall\n"
	"	nop\n"
	"rt_trap_gate_end:\n");
RT_TRAP_LOCAL extern const char rt_trap_gate[], rt_trap_gate_end[];
RT_TRAP_LOCAL void rt_trap_return(void);
RT_TRAP_LOCAL _Noreturn void rt_trap_return_from(greg_t sp);

/* Returns what the kernel returns, without errno. */
static long raw_syscall(long nr, const long *arg)
{
	register long r10 __asm__("r10") = arg[3];
	register long r8 __asm__("r8") = arg[4];
	register long r9 __asm__("r9") = arg[5];
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(nr), "D"(arg[0]), "S"(arg[1]), "d"(arg[2]), "r"(r10), "r"(r8),
			   "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

bool rt_trap_inside(void)
{
	return self.inside;
}

void rt_trap_leave(void)
{
	self.selector = 0;
	self.inside = false;
}

static struct rt_trap_violation *find_violation(enum rt_trap_kind kind, const char *name,
						long number, const void *caller)
{
	struct rt_trap_violation *v;

	for (unsigned i = 0; i < violation_count; i++) {
		v = &violations[i];
		if (v->kind == kind && v->name == name && v->number == number &&
		    v->caller == caller) {
			return v;
		}
	}
	if (violation_count == RT_TRAP_VIOLATIONS_MAX) {
		return NULL; /* the thread's sum still counts it */
	}
	v = &violations[violation_count];
	v->kind = kind;
	v->name = name;
	v->number = number;
	v->caller = caller;
	v->depth = backtrace(v->stack, RT_TRAP_STACK_MAX);
	violation_count++;
	return v;
}

void rt_trap_count(enum rt_trap_kind kind, const char *name, long number, const void *caller)
{
	char selector = self.selector;
	int saved_errno = errno;
	struct rt_trap_violation *v;

	rt_trap_leave();
	while (atomic_flag_test_and_set(&violations_busy)) {
		syscall(SYS_sched_yield);
	}
	v = find_violation(kind, name, number, caller);
	if (v) {
		v->count++;
	}
	atomic_flag_clear(&violations_busy);
	self.thread->violations++;
	errno = saved_errno;
	self.inside = true;
	self.selector = selector;
}

void *rt_trap_next(const char *name)
{
	char selector = self.selector;
	bool inside = self.inside;
	void *function;

	rt_trap_leave();
	function = dlsym(RTLD_NEXT, name);
	if (!function) {
		static const char text[] = "rt_trap: no such function to wrap: ";

		(void)!write(2, text, sizeof(text) - 1);
		(void)!write(2, name, strlen(name));
		(void)!write(2, "\n", 1);
		_exit(127);
	}
	self.inside = inside;
	self.selector = selector;
	return function;
}

/* Whether a file descriptor is open on this file, according to /proc. */
static bool fd_is(int fd, const char *file)
{
	char path[32], link[64];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	length = readlink(path, link, sizeof(link));
	return length == (ssize_t)strlen(file) && memcmp(link, file, (size_t)length) == 0;
}

/*
 * A notify: eight bytes to an eventfd that cannot block (a peer may have filled its counter),
 * or the ioctl of the real event channels.
 */
static bool is_notify(long nr, const long *arg)
{
	int fd = (int)arg[0];

	if (nr == SYS_write && arg[2] == 8) {
		return fd_is(fd, "anon_inode:[eventfd]") && (fcntl(fd, F_GETFL) & O_NONBLOCK);
	}
	return nr == SYS_ioctl && arg[1] == EVTCHN_NOTIFY && fd_is(fd, "/dev/xen/evtchn");
}

/* A new thread or process would start inside the signal handler: refused. */
static bool can_perform(long nr)
{
	return nr != SYS_clone && nr != SYS_clone3 && nr != SYS_fork && nr != SYS_vfork;
}

static void on_sigsys(int signal_number, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	long nr = info->si_syscall;
	const long arg[6] = { regs[REG_RDI], regs[REG_RSI], regs[REG_RDX],
			      regs[REG_R10], regs[REG_R8],  regs[REG_R9] };
	int saved_errno = errno;

	if (info->si_code != SYS_USER_DISPATCH) { /* not the trap's: let it kill the process */
		signal(signal_number, SIG_DFL);
		raise(signal_number);
		return;
	}
	rt_trap_leave();
	if (is_notify(nr, arg)) {
		self.thread->notifies++;
	} else {
		rt_trap_count(RT_TRAP_SYSCALL, NULL, nr, (const void *)regs[REG_RIP]);
		rt_trap_leave();
	}
	if (nr == SYS_rt_sigreturn) { /* a handler ran inside the callback; let it return */
		self.inside = true;
		self.selector = 1;
		rt_trap_return_from(regs[REG_RSP]);
	}
	regs[REG_RAX] = can_perform(nr) ? raw_syscall(nr, arg) : -EPERM;
	errno = saved_errno;
	self.inside = true;
	self.selector = 1;
}

/* libc's sigaction would give the handler libc's return path, outside the gate. */
static void install_handler(void)
{
	struct {
		void (*handler)(int, siginfo_t *, void *);
		unsigned long flags;
		void (*restorer)(void);
		unsigned long mask;
	} action = { on_sigsys, SA_SIGINFO | 0x04000000 /* SA_RESTORER */, rt_trap_return, ~0ul };

	syscall(SYS_rt_sigaction, SIGSYS, &action, NULL, sizeof(action.mask));
}

__attribute__((constructor)) static void start(void)
{
	void *stack[2];

	backtrace(stack, 2); /* loads libgcc now */
	install_handler();
}

/*
 * Turns the trap on for this thread and sends one notify through it. This proves that it works, and
 * touches its code and stack, so that their faults do not count as the callback's.
 */
static bool __attribute__((noinline)) rehearse(struct rt_trap_thread *thread)
{
	volatile char deep[STACK_TOUCH];
	const uint64_t one = 1;
	int fd;

	for (unsigned i = 0; i < sizeof(deep); i += 512) {
		deep[i] = 0;
	}
	if (prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, rt_trap_gate,
		  rt_trap_gate_end - rt_trap_gate, &self.selector) != 0) {
		return false;
	}
	fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	self.selector = 1;
	(void)!write(fd, &one, sizeof(one));
	rt_trap_leave();
	close(fd);
	if (thread->notifies != 1 || thread->violations != 0) {
		return false;
	}
	thread->notifies = 0;
	return true;
}

static struct rt_trap_thread *thread_start(const struct client *client)
{
	struct rt_trap_thread *thread = calloc(1, sizeof(*thread));

	if (!thread) {
		abort();
	}
	thread->client = client->name;
	self.thread = thread;
	thread->trapped = rehearse(thread);
	thread->next = atomic_load(&threads);
	while (!atomic_compare_exchange_weak(&threads, &thread->next, thread)) {
	}
	return thread;
}

/*
 * Keeps other signals out of the callback, even SIGCANCEL, which libc's sigprocmask would not
 * touch: the system calls of their handlers are not the callback's.
 */
static void block_signals(unsigned long *old)
{
	unsigned long mask = ~0ul;
	static const int needed[] = { SIGSYS, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT };

	for (unsigned i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		mask &= ~(1ul << (needed[i] - 1));
	}
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, old, sizeof(mask));
}

static void account(struct rt_trap_thread *thread, const struct rusage *before,
		    const struct rusage *after, uint64_t notifies)
{
	uint64_t minor = (uint64_t)(after->ru_minflt - before->ru_minflt);
	uint64_t major = (uint64_t)(after->ru_majflt - before->ru_majflt);

	thread->cycles++;
	if (notifies > thread->notifies_most) {
		thread->notifies_most = notifies;
	}
	if (thread->cycles <= RT_TRAP_WARMUP_CYCLES) {
		thread->warmup_minor += minor;
		thread->warmup_major += major;
	} else if (minor || major) {
		thread->minor += minor;
		thread->major += major;
		thread->fault_cycle = thread->cycles;
	}
}

static int process(jack_nframes_t frames, void *arg)
{
	const struct client *client = arg;
	struct rt_trap_thread *thread = self.thread ? self.thread : thread_start(client);
	uint64_t notifies = thread->notifies;
	struct rusage before, after;
	unsigned long old;
	int result;

	block_signals(&old);
	getrusage(RUSAGE_THREAD, &before);
	self.inside = true;
	self.selector = thread->trapped;
	result = client->callback(frames, client->arg);
	rt_trap_leave();
	getrusage(RUSAGE_THREAD, &after);
	account(thread, &before, &after, thread->notifies - notifies);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &old, NULL, sizeof(old));
	return result;
}

/* Records of clients and threads are never freed: the report reads them at exit. */
int jack_set_process_callback(jack_client_t *jack_client, JackProcessCallback callback, void *arg)
{
	int (*next)(jack_client_t *, JackProcessCallback, void *);
	struct client *client;

	*(void **)&next = rt_trap_next("jack_set_process_callback");
	if (!callback) {
		return next(jack_client, callback, arg);
	}
	client = malloc(sizeof(*client));
	if (!client) {
		return ENOMEM;
	}
	client->callback = callback;
	client->arg = arg;
	client->name = strdup(jack_get_client_name(jack_client));
	atomic_fetch_add(&clients, 1);
	return next(jack_client, process, client);
}

const struct rt_trap_thread *rt_trap_threads(void)
{
	return atomic_load(&threads);
}

const struct rt_trap_violation *rt_trap_violations(unsigned *count)
{
	*count = violation_count;
	return violations;
}

unsigned rt_trap_clients(void)
{
	return atomic_load(&clients);
}
