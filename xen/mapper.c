/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/mapper.h"

#include <errno.h>

#include "src/base/worker.h"

/* Takes what was handed over to the end of the waiting jobs: oldest first. */
static void collect(struct mapper *mapper, struct mapper_job **waiting)
{
	struct mapper_job *newest = atomic_exchange(&mapper->handed, NULL), *oldest = NULL;

	while (newest) {
		struct mapper_job *next = newest->next;

		newest->next = oldest;
		oldest = newest;
		newest = next;
	}
	while (*waiting) {
		waiting = &(*waiting)->next;
	}
	*waiting = oldest;
}

/* Takes out the oldest job of the guest whose number follows on the last one's. */
static struct mapper_job *take_next(struct mapper_job **waiting, uint32_t last_domid)
{
	struct mapper_job **best = waiting, *job;

	for (struct mapper_job **link = waiting; *link; link = &(*link)->next) {
		if ((*link)->domid - last_domid - 1 < (*best)->domid - last_domid - 1) {
			best = link;
		}
	}
	job = *best;
	if (job) {
		*best = job->next;
	}
	return job;
}

static void *run(void *arg)
{
	struct mapper *mapper = arg;
	struct mapper_job *waiting = NULL, *job;
	uint32_t last_domid = 0;

	for (;;) {
		while (sem_wait(&mapper->left) < 0) {
			/* interrupted */
		}
		collect(mapper, &waiting);
		job = take_next(&waiting, last_domid);
		if (!job) {
			return NULL;
		}
		last_domid = job->domid;
		job->worked_ns -= mapper->worked_ns();
		job->work(job);
		job->worked_ns += mapper->worked_ns();
		atomic_store(&job->busy, false);
		ev_async_send(mapper->loop, &mapper->done);
	}
}

int mapper_start(struct mapper *mapper, struct ev_loop *loop, int64_t (*worked_ns)(void),
		 void (*on_done)(struct ev_loop *loop, ev_async *done, int revents), void *data)
{
	int err;

	atomic_init(&mapper->handed, NULL);
	mapper->loop = loop;
	mapper->worked_ns = worked_ns;
	sem_init(&mapper->left, 0, 0);
	ev_async_init(&mapper->done, on_done);
	mapper->done.data = data;
	err = worker_start_thread(&mapper->thread, "xenjack-mapper", run, mapper);
	if (err) {
		sem_destroy(&mapper->left);
		return err;
	}
	ev_async_start(loop, &mapper->done);
	mapper->running = true;
	return 0;
}

void mapper_stop(struct mapper *mapper)
{
	if (mapper->running) {
		sem_post(&mapper->left);
		pthread_join(mapper->thread, NULL);
		mapper->running = false;
		sem_destroy(&mapper->left);
		ev_async_stop(mapper->loop, &mapper->done);
	}
}

void mapper_do(struct mapper *mapper, struct mapper_job *job)
{
	if (!mapper || !mapper->running) {
		job->work(job);
		return;
	}
	atomic_store(&job->busy, true);
	job->next = atomic_load(&mapper->handed);
	while (!atomic_compare_exchange_weak(&mapper->handed, &job->next, job)) {
		/* The mapper has just taken what there was. */
	}
	sem_post(&mapper->left);
}

bool mapper_has(const struct mapper_job *job)
{
	return atomic_load(&job->busy);
}

int64_t mapper_charge(struct mapper_job *job)
{
	int64_t worked_ns = job->worked_ns;

	job->worked_ns = 0;
	return worked_ns;
}

void mapper_follow_priority(const struct mapper *mapper, int jack_priority, int steps)
{
	if (mapper->running) {
		worker_follow_priority(mapper->thread, jack_priority, steps);
	}
}
