/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread that runs a loop and handles letters: io and jack are one each. ctl opens a worker,
 * builds what it works with on the worker's loop, starts it, and takes everything down in the
 * opposite order. Log lines of the thread travel to ctl by mail.
 */
#ifndef XENJACK_WORKER_H
#define XENJACK_WORKER_H

#include <pthread.h>

#include "src/mail.h"

struct worker {
	struct ev_loop *loop;
	struct mailbox inbox;	/* from ctl */
	struct mailbox *to_ctl; /* for log lines, and what the worker's work answers */
	pthread_t thread;
	const char *name; /* at most 15 bytes: the kernel's limit for a thread's name */
	bool running;
};

/* Makes the loop and the inbox, no thread yet. Returns 0 or -errno. */
int worker_open(struct worker *worker, const char *name, struct mailbox *to_ctl);

/* Starts the thread; letters go to handle(arg, mail), which ends it at MAIL_QUIT. 0 or -errno. */
int worker_start(struct worker *worker, void (*handle)(void *arg, const struct mail *mail),
		 void *arg);

/*
 * Runs the calling thread at a real-time priority, a little below that of JACK's clients, or like
 * any other if that is -1: JACK has none. Where it is not permitted nothing changes.
 */
void worker_follow_priority(int jack_priority);

/* Has the thread quit, if it runs, and waits for that. Its loop is still there afterwards. */
void worker_stop(struct worker *worker);

/* Frees loop and inbox of a stopped worker; accepts a zeroed one. */
void worker_close(struct worker *worker);

#endif
