/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/guest_log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "src/base/clock.h"

/* A token is the time in which it comes back. */
#define TOKEN_NS (CLOCK_NS_PER_S / GUEST_LOG_PER_S)
#define FULL_NS (GUEST_LOG_BURST * TOKEN_NS)

struct guest_log {
	/* the main thread's */
	struct guest_log *next;
	uint32_t domid;
	unsigned holders;

	/* shared by all threads that log; each word stands for itself */
	_Atomic int64_t full_ns;   /* when the bucket will be full, or was: the only state */
	_Atomic uint64_t left_out; /* lines not logged since the count was last logged */
};

/* The main thread's. */
static struct guest_log *logs;

struct guest_log *guest_log_hold(uint32_t domid)
{
	struct guest_log *log = logs;

	while (log && log->domid != domid) {
		log = log->next;
	}
	if (!log) {
		log = calloc(1, sizeof(*log));
		if (!log) {
			return NULL;
		}
		log->domid = domid;
		log->next = logs;
		logs = log;
	}
	log->holders++;
	return log;
}

static void tell_left_out(struct guest_log *log)
{
	uint64_t lines = atomic_exchange_explicit(&log->left_out, 0, memory_order_relaxed);

	if (lines) {
		log_warning("domain %u: more than %d log lines a second; %llu left out", log->domid,
			    GUEST_LOG_PER_S, (unsigned long long)lines);
	}
}

void guest_log_drop(struct guest_log *log)
{
	struct guest_log **link = &logs;

	if (!log || --log->holders) {
		return;
	}
	tell_left_out(log);
	while (*link != log) {
		link = &(*link)->next;
	}
	*link = log->next;
	free(log);
}

void guest_log_report(void)
{
	int64_t now_ns = clock_now_ns();

	for (struct guest_log *log = logs; log; log = log->next) {
		if (atomic_load_explicit(&log->full_ns, memory_order_relaxed) <= now_ns) {
			tell_left_out(log);
		}
	}
}

/* Takes tokens, all or none. */
static bool take(struct guest_log *log, int tokens)
{
	int64_t now_ns = clock_now_ns(), next_ns;
	int64_t full_ns = atomic_load_explicit(&log->full_ns, memory_order_relaxed);

	do {
		next_ns = (full_ns > now_ns ? full_ns : now_ns) + tokens * TOKEN_NS;
		if (next_ns - now_ns > FULL_NS) {
			return false;
		}
	} while (!atomic_compare_exchange_weak_explicit(
		&log->full_ns, &full_ns, next_ns, memory_order_relaxed, memory_order_relaxed));
	return true;
}

/* The count before a line costs a token, too. */
static bool may_log(struct guest_log *log)
{
	bool behind = atomic_load_explicit(&log->left_out, memory_order_relaxed);

	if (!take(log, behind ? 2 : 1)) {
		atomic_fetch_add_explicit(&log->left_out, 1, memory_order_relaxed);
		return false;
	}
	tell_left_out(log);
	return true;
}

void guest_log_line(struct guest_log *log, enum log_level level, const char *format, ...)
{
	va_list args;

	if (!log_enabled(level) || (log && !may_log(log))) {
		return;
	}
	va_start(args, format);
	log_vline(level, format, args);
	va_end(args);
}
