/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread that runs a loop and handles messages: the io thread and the jack thread are workers.
 * The main thread opens a worker, builds the worker's objects on its loop, starts it, and takes
 * everything down in the opposite order. The worker's log lines go to the main thread as messages.
 */
#ifndef XENJACK_WORKER_H
#define XENJACK_WORKER_H

#include <pthread.h>
#include <stdbool.h>

#include "src/base/msgq.h"

struct worker {
	struct ev_loop *loop;
	struct msgq inbox;    /* from the main thread */
	struct msgq *to_main; /* for log lines and answers */
	pthread_t thread;
	const char *name; /* at most 15 bytes: the kernel's limit for thread names */
	bool running;
};

/* Makes the loop, but no thread yet. Returns 0 or -errno. */
int worker_open(struct worker *worker, const char *name, struct msgq *to_main);

/*
 * Starts the thread; messages go to handle(arg, msg), which ends the loop on MSG_QUIT. 0 or -errno.
 */
int worker_start(struct worker *worker, void (*handle)(void *arg, const struct msg *msg),
		 void *arg);

/*
 * Starts a thread without a loop, with the signals blocked that the main thread handles. Returns 0
 * or -errno.
 */
int worker_start_thread(pthread_t *thread, const char *name, void *(*run)(void *arg), void *arg);

/*
 * Runs a thread at a real-time priority that many steps below that of JACK's clients, or at the
 * lowest; at normal priority if JACK's is -1 (it has none). Changes nothing if not permitted.
 */
void worker_follow_priority(pthread_t thread, int jack_priority, int steps);

/* Makes the thread quit, if it runs, and waits for it. Its loop still exists afterwards. */
void worker_stop(struct worker *worker);

/*
 * The same, but waits for that many seconds at most. Returns whether the thread has ended; if not,
 * all that it may use must stay.
 */
bool worker_stop_within(struct worker *worker, unsigned seconds);

/* Frees the loop and the inbox of a stopped worker; accepts a zeroed one. */
void worker_close(struct worker *worker);

#endif
