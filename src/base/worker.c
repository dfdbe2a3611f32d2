/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/worker.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "src/base/denormals.h"

int worker_open(struct worker *worker, const char *name, struct msgq *to_main)
{
	memset(worker, 0, sizeof(*worker));
	worker->name = name;
	worker->to_main = to_main;
	worker->loop = ev_loop_new(EVFLAG_NOENV);
	return worker->loop ? 0 : -ENOMEM;
}

static void *run_loop(void *arg)
{
	struct worker *worker = arg;

	log_set_sink(msgq_log, worker->to_main);
	/* For the io thread, which runs cycles when JACK does not. */
	denormals_flush();
	ev_run(worker->loop, 0);
	return NULL;
}

/*
 * The main thread handles signals. A thread inherits its creator's mask, libjack's threads too.
 * Signals for a thread's own faults stay unblocked: blocked, they would end the process.
 */
int worker_start_thread(pthread_t *thread, const char *name, void *(*run)(void *arg), void *arg)
{
	static const int own[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGTRAP };
	sigset_t others, before;
	int err;

	sigfillset(&others);
	for (unsigned i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		sigdelset(&others, own[i]);
	}
	pthread_sigmask(SIG_SETMASK, &others, &before);
	err = pthread_create(thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!err) {
		pthread_setname_np(*thread, name);
	}
	return -err;
}

int worker_start(struct worker *worker, void (*handle)(void *arg, const struct msg *msg), void *arg)
{
	int err = msgq_open(&worker->inbox, worker->loop, handle, arg);

	err = err ? err : worker_start_thread(&worker->thread, worker->name, run_loop, worker);
	worker->running = !err;
	return err;
}

void worker_follow_priority(pthread_t thread, int jack_priority, int steps)
{
	struct sched_param param = { 0 };
	int err;

	if (jack_priority > 0) {
		param.sched_priority = jack_priority > steps ? jack_priority - steps : 1;
	}
	err = pthread_setschedparam(thread, param.sched_priority ? SCHED_FIFO : SCHED_OTHER,
				    &param);
	if (err) {
		log_info("cannot set real-time priority %d: %s", param.sched_priority,
			 strerror(err));
	} else {
		log_debug("real-time priority %d", param.sched_priority);
	}
}

void worker_stop(struct worker *worker)
{
	if (worker->running) {
		msgq_send(&worker->inbox, &(struct msg){ .type = MSG_QUIT });
		pthread_join(worker->thread, NULL);
		worker->running = false;
	}
}

bool worker_stop_within(struct worker *worker, unsigned seconds)
{
	struct timespec until;

	if (!worker->running) {
		return true;
	}
	msgq_send(&worker->inbox, &(struct msg){ .type = MSG_QUIT });
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += seconds;
	worker->running = pthread_clockjoin_np(worker->thread, NULL, CLOCK_MONOTONIC, &until) != 0;
	return !worker->running;
}

void worker_close(struct worker *worker)
{
	if (worker->loop) {
		msgq_close(&worker->inbox);
		ev_loop_destroy(worker->loop);
		worker->loop = NULL;
	}
}
