/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log lines. One sink a thread: ctl's writes to stderr, with priorities for the journal when
 * it runs under one; io and jack give a sink that mails the line to ctl. Never from a JACK
 * process thread. Lines are cut at LOG_LINE_MAX bytes; logging never fails and never blocks
 * io or jack.
 */
#ifndef XENJACK_LOG_H
#define XENJACK_LOG_H

#define LOG_LINE_MAX 200

enum log_level {
	LOG_ERROR,   /* something the user asked for will not happen */
	LOG_WARNING, /* it happens, but not as asked; or a guest misbehaves */
	LOG_NOTICE,  /* guests, cards, servers that come and go */
	LOG_INFO,    /* streams opened and closed, what was negotiated */
	LOG_DEBUG,   /* every request and every state change */
};

/* What a thread does with a finished line (no newline at its end). */
typedef void log_sink(void *arg, enum log_level level, const char *line);

/* Sets the level up to which lines are made; any thread, takes effect at once. */
void log_set_level(enum log_level level);

/* Sets the calling thread's sink; NULL is standard error. */
void log_set_sink(log_sink *sink, void *arg);

/* Whether a line of this level would be made; for work done only to log. */
_Bool log_enabled(enum log_level level);

/* Makes a line and hands it to the calling thread's sink. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes a finished line to standard error, whatever the thread's sink; ctl uses it for mail. */
void log_emit(enum log_level level, const char *line);

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_notice(...) log_line(LOG_NOTICE, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

#endif
