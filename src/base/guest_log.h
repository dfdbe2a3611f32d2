/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log lines that a guest can cause, limited by a token bucket for each domain, so that no guest can
 * fill the log or crowd out another's lines. Lines over the limit are left out and counted. The
 * count is logged before the guest's next line, at the latest when the bucket is full again or the
 * guest's last card is gone.
 *
 * The main thread makes and frees the buckets. Any thread may log with a bucket that is held. NULL
 * is a bucket without a limit.
 */
#ifndef XENJACK_GUEST_LOG_H
#define XENJACK_GUEST_LOG_H

#include <stdint.h>

#include "src/base/log.h"

/* Lines at once: a line for each stream of a guest with many, when they are all opened. */
#define GUEST_LOG_BURST 200
/* Lines per second after that: enough to see what a guest does. */
#define GUEST_LOG_PER_S 10

struct guest_log;

/* --- the main thread */

/* Takes a hold on the domain's bucket. Out of memory: NULL. */
struct guest_log *guest_log_hold(uint32_t domid);

/* Releases a hold; the last one logs the count and frees the bucket. Accepts NULL. */
void guest_log_drop(struct guest_log *log);

/* Logs the counts of full buckets; to be called once a second. */
void guest_log_report(void);

/* --- any thread */

/* As log_line, within the guest's limit. */
void guest_log_line(struct guest_log *log, enum log_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#define guest_log_error(log, ...) guest_log_line(log, LOG_ERROR, __VA_ARGS__)
#define guest_log_warning(log, ...) guest_log_line(log, LOG_WARNING, __VA_ARGS__)
#define guest_log_notice(log, ...) guest_log_line(log, LOG_NOTICE, __VA_ARGS__)
#define guest_log_info(log, ...) guest_log_line(log, LOG_INFO, __VA_ARGS__)
#define guest_log_debug(log, ...) guest_log_line(log, LOG_DEBUG, __VA_ARGS__)

#endif
