/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A preloaded library that proves that a JACK process callback allocates nothing, takes no
 * lock, does no I/O, makes no system call but the notify and meets no page fault. The parts
 * share this header: rt_trap wraps callbacks and traps system calls, rt_trap_libc stands in
 * front of libc's functions, rt_trap_report writes JSON to $RT_TRAP_REPORT when the process ends.
 * x86-64 Linux 5.11 or later; elsewhere the report says "untrapped", which a test must refuse.
 */
#ifndef XENJACK_RT_TRAP_H
#define XENJACK_RT_TRAP_H

#include <stdbool.h>
#include <stdint.h>

/* Libraries, code and stacks are touched for the first time in these: their faults stand apart. */
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

/* One wrong thing done at one place; counted, not listed, when it is done again. */
struct rt_trap_violation {
	enum rt_trap_kind kind;
	const char *name; /* NULL: system call `number` has no name here */
	long number;
	const void *caller;
	uint64_t count;
	void *stack[RT_TRAP_STACK_MAX];
	int depth;
};

/* One process thread; written by that thread, read when the process ends. */
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
	uint64_t fault_cycle; /* the last cycle after the warm-up that met a fault */
};

/* Whether the calling thread is inside a process callback. */
RT_TRAP_LOCAL bool rt_trap_inside(void);

/* Counts a violation of the calling thread, which is inside. */
RT_TRAP_LOCAL void rt_trap_count(enum rt_trap_kind kind, const char *name, long number,
				 const void *caller);

/* The function that a library behind this one defines; ends the process if there is none. */
RT_TRAP_LOCAL void *rt_trap_next(const char *name);

/* Leaves the callback for good: the process ends inside it. */
RT_TRAP_LOCAL void rt_trap_leave(void);

/* For the report. */
RT_TRAP_LOCAL const struct rt_trap_thread *rt_trap_threads(void);
RT_TRAP_LOCAL const struct rt_trap_violation *rt_trap_violations(unsigned *count);
RT_TRAP_LOCAL unsigned rt_trap_clients(void);

#endif
