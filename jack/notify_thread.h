/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saves libjack's notification threads from being cut off in the middle of a callback.
 *
 * jack_client_close cancels the client's notification thread, wherever it is (jack2 issue 395;
 * still so in 1.9.22). While another client comes or goes, that may be inside a lock that all
 * clients of the process share. jack_client_close then never returns, no client can be opened any
 * more, and the server waits for callbacks that nobody answers. Most likely is that when a server
 * ends: it tells all of its drivers' end, and the first client that notices closes the others.
 *
 * So there is a read() here in place of libc's, for the whole process. A thread that may be
 * cancelled at any instruction, as only libjack's are, can be cancelled only while it waits in
 * read(). libjack's then finish what they do first. For all other threads, and with PipeWire's
 * libjack, read() is libc's.
 */
#ifndef XENJACK_NOTIFY_THREAD_H
#define XENJACK_NOTIFY_THREAD_H

/* Before the first client is opened. Any thread, once or more often. */
void notify_thread_protect(void);

#endif
