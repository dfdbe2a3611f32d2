/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/log.h"

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
	int priority; /* syslog's, for the journal */
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
 * Whether standard error is the journal. That JOURNAL_STREAM is set proves little: every child of a
 * service inherits it, a desktop's terminals too. So compare the file that it names.
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

void log_prefix(char *text, size_t size, enum log_level level)
{
	if (to_journal()) {
		snprintf(text, size, "<%d>", levels[level].priority);
	} else {
		snprintf(text, size, "%s: %s: ", program_invocation_short_name, levels[level].name);
	}
}

void log_emit(enum log_level level, const char *line)
{
	char prefix[LOG_PREFIX_MAX];

	log_prefix(prefix, sizeof(prefix), level);
	fprintf(stderr, "%s%s\n", prefix, line);
}

void log_escape(char *dst, size_t size, const char *text)
{
	static const char digits[] = "0123456789abcdef";
	size_t length = 0;

	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;
		bool plain = byte >= ' ' && byte <= '~';

		if (length + (plain ? 1 : 4) >= size) {
			break;
		}
		if (plain) {
			dst[length++] = *text;
		} else {
			dst[length++] = '\\';
			dst[length++] = 'x';
			dst[length++] = digits[byte >> 4];
			dst[length++] = digits[byte & 15];
		}
	}
	dst[length] = '\0';
}

void log_vline(enum log_level level, const char *format, va_list args)
{
	char raw[LOG_LINE_MAX], line[LOG_LINE_MAX];
	int saved = errno;

	if (!log_enabled(level)) {
		return;
	}
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it misreads va_start */
	vsnprintf(raw, sizeof(raw), format, args);
	log_escape(line, sizeof(line), raw);
	if (own.sink) {
		own.sink(own.arg, level, line);
	} else {
		log_emit(level, line);
	}
	errno = saved;
}

void log_line(enum log_level level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_vline(level, format, args);
	va_end(args);
}
