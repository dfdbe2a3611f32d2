/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log lines. Each thread has one sink: the main thread's writes to stderr, with priorities when
 * that is the journal; the io and jack threads set a sink that sends the line to the main thread.
 * Never call this from a process callback. Lines are cut at LOG_LINE_MAX bytes. They are ASCII
 * whatever a name contains, so that it cannot end a line or control a terminal. Logging never
 * fails, and never blocks the io or jack thread.
 */
#ifndef XENJACK_LOG_H
#define XENJACK_LOG_H

#include <stdarg.h>
#include <stddef.h>

#define LOG_LINE_MAX 200
#define LOG_PREFIX_MAX 64

enum log_level {
	LOG_ERROR,   /* something the user asked for will not happen */
	LOG_WARNING, /* it happens, but not as asked for; or a guest misbehaves */
	LOG_NOTICE,  /* guests, cards, servers that come and go */
	LOG_INFO,    /* streams opened and closed, what was negotiated */
	LOG_DEBUG,   /* every request and every state change */
};

/* Takes a finished line, without a newline. */
typedef void log_sink(void *arg, enum log_level level, const char *line);

/* Sets the highest level that is logged; any thread, takes effect at once. */
void log_set_level(enum log_level level);

/* Sets the calling thread's sink; NULL is standard error. */
void log_set_sink(log_sink *sink, void *arg);

/* Whether this level is logged; for work done only to log. */
_Bool log_enabled(enum log_level level);

/* Formats a line and passes it to the calling thread's sink. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

void log_vline(enum log_level level, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

/*
 * Writes a finished line to standard error, whatever the thread's sink; the main thread uses it for
 * lines from other threads.
 */
void log_emit(enum log_level level, const char *line);

/* What a line on standard error begins with, for who cannot call log_emit: a signal handler. */
void log_prefix(char *text, size_t size, enum log_level level);

/*
 * Copies a text as a line shows it: every byte but printable ASCII as \xNN. Cuts it to fit, never
 * within an escape. For a text that must leave room for the rest of its line.
 */
void log_escape(char *dst, size_t size, const char *text);

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_notice(...) log_line(LOG_NOTICE, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

#endif
