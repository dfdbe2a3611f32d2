/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the trap's report as JSON to $RT_TRAP_REPORT; a process without a JACK client has none. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "tests/rt/rt_trap.h"

static const char *const kind_names[RT_TRAP_KINDS] = {
	[RT_TRAP_ALLOC] = "alloc",
	[RT_TRAP_LOCK] = "lock",
	[RT_TRAP_STDIO] = "stdio",
	[RT_TRAP_SYSCALL] = "syscall",
};

/* System calls that a callback is likely to make; others are reported by number. */
static const char *const syscall_names[] = {
	[SYS_read] = "read",
	[SYS_write] = "write",
	[SYS_open] = "open",
	[SYS_openat] = "openat",
	[SYS_close] = "close",
	[SYS_newfstatat] = "newfstatat",
	[SYS_fstat] = "fstat",
	[SYS_lseek] = "lseek",
	[SYS_mmap] = "mmap",
	[SYS_munmap] = "munmap",
	[SYS_mprotect] = "mprotect",
	[SYS_mremap] = "mremap",
	[SYS_madvise] = "madvise",
	[SYS_mlock] = "mlock",
	[SYS_brk] = "brk",
	[SYS_ioctl] = "ioctl",
	[SYS_writev] = "writev",
	[SYS_poll] = "poll",
	[SYS_ppoll] = "ppoll",
	[SYS_epoll_wait] = "epoll_wait",
	[SYS_sched_yield] = "sched_yield",
	[SYS_nanosleep] = "nanosleep",
	[SYS_clock_nanosleep] = "clock_nanosleep",
	[SYS_clock_gettime] = "clock_gettime",
	[SYS_gettimeofday] = "gettimeofday",
	[SYS_getpid] = "getpid",
	[SYS_gettid] = "gettid",
	[SYS_tgkill] = "tgkill",
	[SYS_kill] = "kill",
	[SYS_sendto] = "sendto",
	[SYS_recvfrom] = "recvfrom",
	[SYS_sendmsg] = "sendmsg",
	[SYS_recvmsg] = "recvmsg",
	[SYS_clone] = "clone",
	[SYS_clone3] = "clone3",
	[SYS_fork] = "fork",
	[SYS_vfork] = "vfork",
	[SYS_execve] = "execve",
	[SYS_exit] = "exit",
	[SYS_exit_group] = "exit_group",
	[SYS_fcntl] = "fcntl",
	[SYS_futex] = "futex",
	[SYS_getrandom] = "getrandom",
	[SYS_prctl] = "prctl",
	[SYS_rt_sigaction] = "rt_sigaction",
	[SYS_rt_sigprocmask] = "rt_sigprocmask",
	[SYS_rt_sigreturn] = "rt_sigreturn",
};

/* Escapes what JSON does not allow in a string. */
static void put_escaped(FILE *out, const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || *text == '"' || *text == '\\') {
			fprintf(out, "\\u%04x", (unsigned char)*text);
		} else {
			putc(*text, out);
		}
	}
}

static void put_name(FILE *out, const struct rt_trap_violation *v)
{
	size_t known = sizeof(syscall_names) / sizeof(syscall_names[0]);

	if (v->name) {
		fprintf(out, "\"%s\"", v->name);
	} else if ((size_t)v->number < known && syscall_names[v->number]) {
		fprintf(out, "\"%s\"", syscall_names[v->number]);
	} else {
		fprintf(out, "\"syscall %ld\"", v->number);
	}
}

/* "file+0xoffset", for addr2line. */
static void put_address(FILE *out, const void *address)
{
	Dl_info info;

	putc('"', out);
	if (dladdr(address, &info) && info.dli_fname) {
		put_escaped(out, info.dli_fname);
		fprintf(out, "+0x%tx", (const char *)address - (const char *)info.dli_fbase);
	} else {
		fprintf(out, "%p", address);
	}
	putc('"', out);
}

static void put_violations(FILE *out)
{
	unsigned count;
	const struct rt_trap_violation *v = rt_trap_violations(&count);

	fprintf(out, "  \"places\": [");
	for (unsigned i = 0; i < count; i++, v++) {
		fprintf(out, "%s\n    {\"kind\": \"%s\", \"name\": ", i ? "," : "",
			kind_names[v->kind]);
		put_name(out, v);
		fprintf(out, ", \"count\": %ju, \"caller\": ", (uintmax_t)v->count);
		put_address(out, v->caller);
		fprintf(out, ", \"stack\": [");
		for (int j = 0; j < v->depth; j++) {
			fprintf(out, "%s", j ? ", " : "");
			put_address(out, v->stack[j]);
		}
		fprintf(out, "]}");
	}
	fprintf(out, "\n  ],\n");
}

static void put_kinds(FILE *out)
{
	uint64_t sums[RT_TRAP_KINDS] = { 0 };
	unsigned count;
	const struct rt_trap_violation *v = rt_trap_violations(&count);

	for (unsigned i = 0; i < count; i++) {
		sums[v[i].kind] += v[i].count;
	}
	fprintf(out, "  \"kinds\": {");
	for (int i = 0; i < RT_TRAP_KINDS; i++) {
		fprintf(out, "%s\"%s\": %ju", i ? ", " : "", kind_names[i], (uintmax_t)sums[i]);
	}
	fprintf(out, "},\n");
}

static void put_counts(FILE *out, const struct rt_trap_thread *t)
{
	fprintf(out,
		"\"cycles\": %ju, \"notifies\": %ju, \"notifies_most\": %ju, \"violations\": %ju, "
		"\"faults\": {\"warmup_minor\": %ju, \"warmup_major\": %ju, "
		"\"minor\": %ju, \"major\": %ju, \"last_cycle\": %ju}",
		(uintmax_t)t->cycles, (uintmax_t)t->notifies, (uintmax_t)t->notifies_most,
		(uintmax_t)t->violations, (uintmax_t)t->warmup_minor, (uintmax_t)t->warmup_major,
		(uintmax_t)t->minor, (uintmax_t)t->major, (uintmax_t)t->fault_cycle);
}

static void add(struct rt_trap_thread *sum, const struct rt_trap_thread *t)
{
	sum->trapped &= t->trapped;
	sum->cycles += t->cycles;
	sum->notifies += t->notifies;
	sum->violations += t->violations;
	sum->warmup_minor += t->warmup_minor;
	sum->warmup_major += t->warmup_major;
	sum->minor += t->minor;
	sum->major += t->major;
	if (t->notifies_most > sum->notifies_most) {
		sum->notifies_most = t->notifies_most;
	}
	if (t->fault_cycle > sum->fault_cycle) {
		sum->fault_cycle = t->fault_cycle;
	}
}

static void put_threads(FILE *out)
{
	const struct rt_trap_thread *first = rt_trap_threads();
	struct rt_trap_thread sum = { .trapped = first != NULL };

	fprintf(out, "  \"threads\": [");
	for (const struct rt_trap_thread *t = first; t; t = t->next) {
		fprintf(out, "%s\n    {\"client\": \"", t == first ? "" : ",");
		put_escaped(out, t->client ? t->client : "?");
		fprintf(out, "\", ");
		put_counts(out, t);
		fprintf(out, "}");
		add(&sum, t);
	}
	fprintf(out, "\n  ],\n  ");
	put_counts(out, &sum);
	fprintf(out, ",\n  \"warmup_cycles\": %d,\n", RT_TRAP_WARMUP_CYCLES);
	fprintf(out, "  \"syscalls\": \"%s\"\n", sum.trapped ? "trapped" : "untrapped");
}

__attribute__((destructor)) static void report(void)
{
	const char *path = getenv("RT_TRAP_REPORT");
	FILE *out;

	rt_trap_leave(); /* a callback may have called exit() */
	if (!path || rt_trap_clients() == 0) {
		return;
	}
	out = fopen(path, "w");
	if (!out) {
		perror(path);
		return;
	}
	fprintf(out, "{\n  \"clients\": %u,\n", rt_trap_clients());
	put_violations(out);
	put_kinds(out);
	put_threads(out);
	fprintf(out, "}\n");
	fclose(out);
}
