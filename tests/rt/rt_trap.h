/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A preloaded library that proves that a JACK process callback allocates nothing, takes no lock,
 * does no I/O, makes no system call but the notify and causes no page fault. The parts share this
 * header: rt_trap wraps callbacks and traps system calls, rt_trap_libc interposes functions of
 * libc, rt_trap_report writes JSON to $RT_TRAP_REPORT when the process ends.
 * Needs x86-64 Linux 5.11; elsewhere the report says "untrapped", which a test must refuse.
 */
#ifndef XENJACK_RT_TRAP_H
#define XENJACK_RT_TRAP_H

#include <stdbool.h>
#include <stdint.h>

/* The first cycles touch libraries, code and stacks: their faults are counted separately. */
#define RT_TRAP_WARMUP_CYCLES 50

#define RT_TRAP_VIOLATIONS_MAX 256
#define RT_TRAP_STACK_MAX 12

#define RT_TRAP_LOCAL __attribute__((visibility("hidden")))

enum rt_trap_kind {
	RT_TRAP_ALLOC,
	RT_TRAP_LOCK,
	RT_TRAP_STDIO,
	RT_TRAP_SYSCALL,
	RT_TRAP_KINDS, /* their number */
};

/* A violation at one place in the code; repetitions only raise its count. */
struct rt_trap_violation {
	enum rt_trap_kind kind;
	const char *name; /* NULL: it is system call `number` */
	long number;
	const void *caller;
	uint64_t count;
	void *stack[RT_TRAP_STACK_MAX];
	int depth;
};

/* A thread that runs a process callback; written by that thread, read when the process ends. */
struct rt_trap_thread {
	struct rt_trap_thread *next;
	const char *client;
	bool trapped; /* a rehearsed system call reached the trap */
	uint64_t cycles;
	uint64_t notifies;
	uint64_t notifies_most; /* in one cycle */
	uint64_t violations;
	uint64_t warmup_minor, warmup_major;
	uint64_t minor, major;
	uint64_t fault_cycle; /* the last cycle with a fault after the warm-up */
};

/* Whether the calling thread is inside a process callback. */
RT_TRAP_LOCAL bool rt_trap_inside(void);

/* Counts a violation by the calling thread, which must be inside a process callback. */
RT_TRAP_LOCAL void rt_trap_count(enum rt_trap_kind kind, const char *name, long number,
				 const void *caller);

/* The next library's function of this name; ends the process if there is none. */
RT_TRAP_LOCAL void *rt_trap_next(const char *name);

/* Turns the trap off for the calling thread, until its next callback. */
RT_TRAP_LOCAL void rt_trap_leave(void);

/* For the report. */
RT_TRAP_LOCAL const struct rt_trap_thread *rt_trap_threads(void);
RT_TRAP_LOCAL const struct rt_trap_violation *rt_trap_violations(unsigned *count);
RT_TRAP_LOCAL unsigned rt_trap_clients(void);

#endif
