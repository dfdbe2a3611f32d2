/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/worker.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>

/* A guest waits for an answer for milliseconds, and JACK not at all. */
#define BELOW_JACK 2

int worker_open(struct worker *worker, const char *name, struct mailbox *to_ctl)
{
	memset(worker, 0, sizeof(*worker));
	worker->name = name;
	worker->to_ctl = to_ctl;
	worker->loop = ev_loop_new(EVFLAG_NOENV);
	return worker->loop ? 0 : -ENOMEM;
}

static void *run(void *arg)
{
	struct worker *worker = arg;

	log_set_sink(mail_log, worker->to_ctl);
	ev_run(worker->loop, 0);
	return NULL;
}

/*
 * Signals are ctl's, and a thread inherits its creator's mask, libjack's threads too. But for those
 * that tell a thread what it did itself: blocked, they would end the process.
 */
static int start_masked(struct worker *worker)
{
	static const int own[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGTRAP };
	sigset_t others, before;
	int err;

	sigfillset(&others);
	for (unsigned i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		sigdelset(&others, own[i]);
	}
	pthread_sigmask(SIG_SETMASK, &others, &before);
	err = pthread_create(&worker->thread, NULL, run, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -err;
}

int worker_start(struct worker *worker, void (*handle)(void *arg, const struct mail *mail),
		 void *arg)
{
	int err = mail_open(&worker->inbox, worker->loop, handle, arg);

	err = err ? err : start_masked(worker);
	if (!err) {
		worker->running = true;
		pthread_setname_np(worker->thread, worker->name);
	}
	return err;
}

void worker_follow_priority(int jack_priority)
{
	struct sched_param param = { 0 };
	int err;

	if (jack_priority > 0) {
		param.sched_priority = jack_priority > BELOW_JACK ? jack_priority - BELOW_JACK : 1;
	}
	err = pthread_setschedparam(pthread_self(), param.sched_priority ? SCHED_FIFO : SCHED_OTHER,
				    &param);
	if (err) {
		log_info("no real-time priority %d: %s", param.sched_priority, strerror(err));
	} else {
		log_debug("real-time priority %d", param.sched_priority);
	}
}

void worker_stop(struct worker *worker)
{
	if (worker->running) {
		mail_send(&worker->inbox, &(struct mail){ .verb = MAIL_QUIT });
		pthread_join(worker->thread, NULL);
		worker->running = false;
	}
}

void worker_close(struct worker *worker)
{
	if (worker->loop) {
		mail_close(&worker->inbox);
		ev_loop_destroy(worker->loop);
		worker->loop = NULL;
	}
}
