/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps libjack from cancelling its notification threads in the middle of a callback.
 *
 * jack_client_close cancels the client's notification thread, wherever it is (jack2 issue 395;
 * still so in 1.9.22). While another client comes or goes, that may be inside a lock that all
 * clients of the process share. jack_client_close then never returns, no client can be opened any
 * more, and the server waits for callbacks that nobody answers. This is most likely when a server
 * ends: it tells every client that its drivers are gone, and as soon as one of ours notices, we
 * close them all.
 *
 * So this module replaces libc's read() in the whole process. A thread with asynchronous
 * cancellation, which only libjack's threads have, can then be cancelled only inside read(), where
 * it waits for the next notification; it finishes the present one first. For all other threads, and
 * with PipeWire's libjack, read() does what libc's does.
 */
#ifndef XENJACK_NOTIFY_THREAD_H
#define XENJACK_NOTIFY_THREAD_H

/* To be called before the first client is opened; further calls change nothing. Any thread. */
void notify_thread_protect(void);

#endif
