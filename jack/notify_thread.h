/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Protects us from two faults of libjack (jackd's, up to 1.9.22), both about its notification
 * threads, of which each client has one.
 *
 * jack_client_close cancels the client's thread, wherever it is (jack2 issue 395). While another
 * client comes or goes, that may be inside a lock that all clients of the process share.
 * jack_client_close then never returns, no client can be opened any more, and the server waits for
 * callbacks that nobody answers. This is most likely when a server ends: it tells every client that
 * its drivers are gone, and as soon as one of ours notices, we close them all.
 *
 * A thread that notices the end of its server marks all servers as gone. jack_client_open then
 * frees every client of the process, and the handles that we have point nowhere.
 *
 * So this module replaces libc's read() in the whole process. A thread with asynchronous
 * cancellation, which only libjack's threads have, can then be cancelled only inside read(), where
 * it waits for the next notification; it finishes the present one first. And what tells it of its
 * server's end reaches it only while no client is being opened. For all other threads, and with
 * PipeWire's libjack, read() does what libc's does.
 */
#ifndef XENJACK_NOTIFY_THREAD_H
#define XENJACK_NOTIFY_THREAD_H

#include <stdbool.h>

/* To be called before the first client is opened; further calls change nothing. Any thread. */
void notify_thread_protect(void);

/* --- the jack thread */

/*
 * To be called right before jack_client_open. False if the server of an open client has ended: all
 * clients must be closed first.
 */
bool notify_thread_begin_open(void);

/* To be called right after jack_client_open. */
void notify_thread_end_open(void);

/* Whether the server of an open client has ended. */
bool notify_thread_is_lost(void);

/* To be called when all clients have been closed. */
void notify_thread_forget(void);

#endif
