/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread that does for the io thread what takes milliseconds for one guest, and would make its
 * neighbours wait: mapping, unmapping, making resamplers. Guests take turns, a job each, so a guest
 * waits for one job of each other guest at most.
 *
 * A job belongs to its owner, who has it back once it is done, and has at most one of a kind under
 * way. All functions: io thread, unless stated otherwise. Handing over a job never blocks and
 * allocates nothing.
 */
#ifndef XENJACK_MAPPER_H
#define XENJACK_MAPPER_H

#include <ev.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct mapper_job {
	struct mapper_job *next;
	uint32_t domid;			       /* whose turn it is */
	void (*work)(struct mapper_job *self); /* in the mapper's thread; must not log */
	int64_t worked_ns;		       /* what it took, if the io thread did not do it */
	atomic_bool busy;		       /* the mapper has it */
};

struct mapper {
	pthread_t thread;
	bool running;
	sem_t left;			     /* one for each job handed over, and one to end */
	_Atomic(struct mapper_job *) handed; /* the newest first */
	int64_t (*worked_ns)(void);	     /* the calling thread's working time */
	struct ev_loop *loop;		     /* the owner's */
	ev_async done;
};

/*
 * Starts the thread, before the loop runs; on_done is called in the loop after one or more jobs
 * are done, with data as the watcher's. Returns 0 or -errno.
 */
int mapper_start(struct mapper *mapper, struct ev_loop *loop, int64_t (*worked_ns)(void),
		 void (*on_done)(struct ev_loop *loop, ev_async *done, int revents), void *data);

/* Does all jobs, then ends the thread. Accepts one that was not started. The loop has ended. */
void mapper_stop(struct mapper *mapper);

/* Has a job done. Without a running thread (NULL, too) it is done at once, in the caller's. */
void mapper_do(struct mapper *mapper, struct mapper_job *job);

/* Whether the mapper still has the job. */
bool mapper_has(const struct mapper_job *job);

/* What a job took that is done, once: the next call returns 0. */
int64_t mapper_charge(struct mapper_job *job);

/* As worker_follow_priority does. */
void mapper_follow_priority(const struct mapper *mapper, int jack_priority, int steps);

#endif
