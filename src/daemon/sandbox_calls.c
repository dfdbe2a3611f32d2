/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/daemon/sandbox_calls.h"

#include <errno.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* Debian 12's headers lack some. */
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif
#ifndef MAP_TYPE
#define MAP_TYPE 0x0f
#endif

/* An argument of 32 bits: what is in the upper half of the register means nothing. */
#define WORD 0xffffffffu

const struct sandbox_group sandbox_groups[] = {
	{ "libc's memory; locking it",
	  "brk munmap mremap madvise mincore msync mlock mlock2 mlockall munlock munlockall mseal" },
	{ "threads, once they run; libjack gives them priorities, PipeWire's processors and nice "
	  "levels, too",
	  "exit exit_group futex futex_time64 futex_waitv futex_wait futex_wake futex_requeue "
	  "set_robust_list get_robust_list rseq set_tid_address gettid membarrier sched_yield "
	  "getcpu sched_getaffinity sched_setaffinity sched_getscheduler sched_setscheduler "
	  "sched_getparam sched_setparam sched_getattr sched_setattr sched_get_priority_min "
	  "sched_get_priority_max getpriority setpriority set_tls cacheflush" },
	{ "clocks and sleeping",
	  "clock_gettime clock_gettime64 clock_getres clock_getres_time64 clock_nanosleep "
	  "clock_nanosleep_time64 nanosleep gettimeofday time times timerfd_create timerfd_settime "
	  "timerfd_settime64 timerfd_gettime timerfd_gettime64" },
	{ "signals to ourselves, abort() and the handler in sandbox.c",
	  "rt_sigaction rt_sigprocmask rt_sigreturn sigreturn sigaltstack rt_sigtimedwait "
	  "restart_syscall" },
	{ "descriptors, and files that are open: the log, Xen's devices, libjack's shared memory",
	  "read write readv writev pread64 pwrite64 close lseek _llseek dup dup2 dup3 pipe pipe2 "
	  "fcntl fcntl64 flock fsync fdatasync ftruncate ftruncate64 fallocate memfd_create "
	  "fstat fstat64 fstatfs fstatfs64 fchmod" },
	{ "files by name: configuration, state, handover, sockets, /dev/shm, Xen's devices, "
	  "libjack's metadata, PipeWire's plug-ins",
	  "open openat creat access faccessat faccessat2 stat stat64 lstat lstat64 newfstatat "
	  "fstatat64 statx statfs statfs64 readlink readlinkat getdents getdents64 getcwd mkdir "
	  "mkdirat rmdir unlink unlinkat rename renameat renameat2 chmod fchmodat fchmodat2 chown "
	  "chown32 lchown lchown32 fchownat umask" },
	{ "waiting: libev's loops, PipeWire's, libxenstore",
	  "epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 poll ppoll "
	  "ppoll_time64 select _newselect pselect6 pselect6_time64 eventfd eventfd2" },
	{ "sockets that are open: remote control, jackd, PipeWire, xenstore, the service manager",
	  "bind connect listen accept accept4 getsockname getpeername send sendto sendmsg sendmmsg "
	  "recv recvfrom recvmsg recvmmsg recvmmsg_time64 shutdown getsockopt setsockopt" },
	{ "the lock of libjack's list of servers",
	  "semget semop semtimedop semtimedop_time64 semctl" },
	{ "who and where we are; limits as they are",
	  "getpid getppid getuid getuid32 geteuid geteuid32 getgid getgid32 getegid getegid32 "
	  "getresuid getresuid32 getresgid getresgid32 getgroups getgroups32 capget getrlimit "
	  "ugetrlimit getrusage uname sysinfo getrandom" },
};

const unsigned sandbox_group_count = sizeof(sandbox_groups) / sizeof(sandbox_groups[0]);

#define SPACES                                                                         \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
	 CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME)

/* No condition. */
#define ANY                     \
	{                       \
		{               \
			0, 0, 0 \
		}               \
	}

const struct sandbox_rule sandbox_rules[] = {
	{ SANDBOX_ALWAYS, "mmap", 0, "memory, but no code", { { 2, PROT_EXEC, 0 } } },
	{ SANDBOX_ALWAYS, "mmap2", 0, "memory, but no code", { { 2, PROT_EXEC, 0 } } },
	{ SANDBOX_ALWAYS, "mprotect", 0, "stacks and heaps, but no code", { { 2, PROT_EXEC, 0 } } },
	{ SANDBOX_LIBRARIES,
	  "mmap",
	  0,
	  "plug-ins: code from a file, which is not written",
	  { { 2, WORD, PROT_READ | PROT_EXEC }, { 3, MAP_TYPE | MAP_ANONYMOUS, MAP_PRIVATE } } },
	{ SANDBOX_LIBRARIES,
	  "mmap2",
	  0,
	  "as mmap",
	  { { 2, WORD, PROT_READ | PROT_EXEC }, { 3, MAP_TYPE | MAP_ANONYMOUS, MAP_PRIVATE } } },

	{ SANDBOX_ALWAYS,
	  "clone",
	  0,
	  "threads",
	  { { 0, CLONE_VM | CLONE_THREAD | SPACES, CLONE_VM | CLONE_THREAD } } },
	/* Its flags are in memory, where no filter sees them. */
	{ SANDBOX_ALWAYS, "clone3", ENOSYS, "libc uses clone instead", ANY },
	{ SANDBOX_ALWAYS,
	  "clone",
	  EPERM,
	  "libdbus, in PipeWire's libjack, does without a bus of its own",
	  { { 0, CLONE_THREAD, 0 } } },
	{ SANDBOX_ALWAYS, "fork", EPERM, "as clone", ANY },
	{ SANDBOX_ALWAYS, "vfork", EPERM, "as clone", ANY },

	{ SANDBOX_ALWAYS,
	  "socket",
	  0,
	  "jackd, PipeWire, remote control",
	  { { 0, WORD, AF_UNIX } } },
	{ SANDBOX_ALWAYS, "socket", 0, "remote control", { { 0, WORD, AF_INET } } },
	{ SANDBOX_ALWAYS, "socket", 0, "remote control", { { 0, WORD, AF_INET6 } } },
	{ SANDBOX_ALWAYS,
	  "socket",
	  EAFNOSUPPORT,
	  "libc's name services do without the list of interfaces",
	  { { 0, WORD, AF_NETLINK } } },
	{ SANDBOX_ALWAYS,
	  "socketpair",
	  0,
	  "libraries that wake a thread of theirs",
	  { { 0, WORD, AF_UNIX } } },

	/* Besides Xen's. */
	{ SANDBOX_ALWAYS,
	  "ioctl",
	  0,
	  "isatty: libc, before it writes to a file",
	  { { 1, WORD, TCGETS } } },
	{ SANDBOX_ALWAYS,
	  "ioctl",
	  0,
	  "libraries ask how much there is to read",
	  { { 1, WORD, FIONREAD } } },
	{ SANDBOX_ALWAYS,
	  "ioctl",
	  0,
	  "libraries make a socket non-blocking",
	  { { 1, WORD, FIONBIO } } },

	{ SANDBOX_ALWAYS, "prctl", 0, "names of threads", { { 0, WORD, PR_SET_NAME } } },
	{ SANDBOX_ALWAYS, "prctl", 0, "names of threads", { { 0, WORD, PR_GET_NAME } } },
	{ SANDBOX_ALWAYS,
	  "prctl",
	  0,
	  "libcap, in PipeWire's libjack",
	  { { 0, WORD, PR_CAPBSET_READ } } },
	{ SANDBOX_ALWAYS,
	  "prctl",
	  0,
	  "libcap, in PipeWire's libjack",
	  { { 0, WORD, PR_GET_SECUREBITS } } },
	{ SANDBOX_ALWAYS,
	  "prctl",
	  0,
	  "libdbus, in PipeWire's libjack",
	  { { 0, WORD, PR_GET_DUMPABLE } } },
	{ SANDBOX_ALWAYS, "prctl", 0, "libc names its memory", { { 0, WORD, PR_SET_VMA } } },

	{ SANDBOX_ALWAYS, "kill", 0, "libjack asks whether a server lives", { { 1, WORD, 0 } } },
	{ SANDBOX_ALWAYS,
	  "prlimit64",
	  0,
	  "our own limits: PipeWire's libjack sets that of real-time threads",
	  { { 0, WORD, 0 } } },

	{ SANDBOX_ALWAYS, "io_uring_setup", ENOSYS, "libev does without", ANY },
	{ SANDBOX_ALWAYS, "io_setup", ENOSYS, "libev does without", ANY },
};

const unsigned sandbox_rule_count = sizeof(sandbox_rules) / sizeof(sandbox_rules[0]);
