/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	const char *name;
	int priority; /* syslog's, by which the journal sorts */
} levels[] = {
	[LOG_ERROR] = { "error", 3 },	[LOG_WARNING] = { "warning", 4 },
	[LOG_NOTICE] = { "notice", 5 }, [LOG_INFO] = { "info", 6 },
	[LOG_DEBUG] = { "debug", 7 },
};

static atomic_int max_level = LOG_NOTICE;

static _Thread_local struct {
	log_sink *sink;
	void *arg;
} own;

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&max_level, (int)level, memory_order_relaxed);
}

void log_set_sink(log_sink *sink, void *arg)
{
	own.sink = sink;
	own.arg = arg;
}

_Bool log_enabled(enum log_level level)
{
	return (int)level <= atomic_load_explicit(&max_level, memory_order_relaxed);
}

/*
 * Whether standard error is the journal. The variable alone says little: whatever a service
 * starts inherits it, a desktop's terminals too; so it names the file that is the journal.
 */
static bool to_journal(void)
{
	const char *journal = getenv("JOURNAL_STREAM");
	char ours[48]; /* two numbers of 20 digits */
	struct stat st;

	if (!journal || fstat(STDERR_FILENO, &st) != 0) {
		return false;
	}
	snprintf(ours, sizeof(ours), "%llu:%llu", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino);
	return strcmp(ours, journal) == 0;
}

void log_emit(enum log_level level, const char *line)
{
	if (to_journal()) {
		fprintf(stderr, "<%d>%s\n", levels[level].priority, line);
	} else {
		fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, levels[level].name,
			line);
	}
}

/* Names come from guests: none may end a line or steer a terminal. */
static void defuse(char *line)
{
	for (; *line; line++) {
		if ((unsigned char)*line < ' ' || *line == 0x7f) {
			*line = '?';
		}
	}
}

void log_line(enum log_level level, const char *format, ...)
{
	char line[LOG_LINE_MAX];
	int saved = errno;
	va_list args;

	if (!log_enabled(level)) {
		return;
	}
	va_start(args, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it misreads va_start */
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	defuse(line);
	if (own.sink) {
		own.sink(own.arg, level, line);
	} else {
		log_emit(level, line);
	}
	errno = saved;
}
