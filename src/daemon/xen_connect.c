/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/daemon/xen_connect.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/log.h"
#include "xen/hv_xen.h"

/* Log a line if xenstore has not answered by then. */
#define LATE_S 1.0

/* Static: after a signal, a thread that is still waiting lives until the process ends. */
static struct {
	struct ev_loop *loop;
	ev_async done;
	struct hv *hv;
	bool opened; /* the thread has finished */
} pending;

static void *open_xen(void *arg)
{
	pending.hv = hv_xen_open();
	ev_async_send(pending.loop, &pending.done);
	return arg;
}

static void on_opened(struct ev_loop *loop, ev_async *done, int revents)
{
	(void)done;
	(void)revents;
	pending.opened = true;
	ev_break(loop, EVBREAK_ALL);
}

static void on_late(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop;
	(void)timer;
	(void)revents;
	log_notice("waiting for xenstore");
}

static void on_signal(struct ev_loop *loop, ev_signal *signal, int revents)
{
	(void)signal;
	(void)revents;
	log_notice("shutting down");
	ev_break(loop, EVBREAK_ALL);
}

/* The main thread handles all signals. */
static int start_thread(pthread_t *thread)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(thread, NULL, open_xen, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -err;
}

/* Runs the loop until the thread has finished or a signal arrives. Returns 0 or -errno. */
static int open_in_thread(struct ev_loop *loop)
{
	ev_signal terminate, interrupt;
	pthread_t thread;
	ev_timer late;
	int err;

	pending.loop = loop;
	ev_async_init(&pending.done, on_opened);
	ev_async_start(loop, &pending.done);
	ev_timer_init(&late, on_late, LATE_S, 0.0);
	ev_timer_start(loop, &late);
	ev_signal_init(&terminate, on_signal, SIGTERM);
	ev_signal_init(&interrupt, on_signal, SIGINT);
	ev_signal_start(loop, &terminate);
	ev_signal_start(loop, &interrupt);
	err = start_thread(&thread);
	if (!err) {
		ev_run(loop, 0);
		(void)(pending.opened ? pthread_join(thread, NULL) : pthread_detach(thread));
	}
	ev_signal_stop(loop, &interrupt);
	ev_signal_stop(loop, &terminate);
	ev_timer_stop(loop, &late);
	ev_async_stop(loop, &pending.done);
	return err;
}

int xen_connect_run(struct ev_loop *loop, struct hv **hv)
{
	int err = open_in_thread(loop);

	*hv = pending.opened ? pending.hv : NULL;
	if (err) {
		log_error("cannot start: %s", strerror(-err));
		return EXIT_FAILURE;
	}
	if (!pending.opened) {
		return EXIT_SUCCESS;
	}
	return *hv ? -1 : EXIT_FAILURE;
}
