/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/notify_thread.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

/* Polling interval while a client is being opened. */
#define LOOK_NS 1000000

typedef ssize_t read_function(int fd, void *buffer, size_t size);

static _Atomic(read_function *) libc_read;

static atomic_bool opening; /* the jack thread is in jack_client_open */
static atomic_uint lost;    /* threads that have noticed their server's end */

static _Thread_local enum {
	THREAD_UNKNOWN, /* has not read yet */
	THREAD_OTHER,
	THREAD_NOTIFIES,
} thread;

void notify_thread_protect(void)
{
	/* The way that POSIX gives for a pointer to a function. */
	read_function *function;

	*(void **)&function = dlsym(RTLD_NEXT, "read");
	atomic_store(&libc_read, function);
}

static ssize_t read_on(int fd, void *buffer, size_t size)
{
	/* Others may read before the first client is opened. */
	if (!atomic_load(&libc_read)) {
		notify_thread_protect();
	}
	return atomic_load(&libc_read)(fd, buffer, size);
}

/*
 * Its first read follows its set-up, in which it takes no lock. From then on, cancellation takes
 * effect at read() alone. The type matters as well as the state: pthread_cancel looks at the state,
 * but glibc's handler of the signal that it sends, which may arrive later, only at the type.
 */
static void look_at_thread(void)
{
	int type;

	pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type);
	thread = type == PTHREAD_CANCEL_ASYNCHRONOUS ? THREAD_NOTIFIES : THREAD_OTHER;
}

bool notify_thread_begin_open(void)
{
	/*
	 * In this order, as hold_back has the other one: either we see that a server has ended, or
	 * its thread sees that a client is being opened.
	 */
	atomic_store(&opening, true);
	if (atomic_load(&lost)) {
		atomic_store(&opening, false);
		return false;
	}
	return true;
}

void notify_thread_end_open(void)
{
	atomic_store(&opening, false);
}

bool notify_thread_is_lost(void)
{
	return atomic_load(&lost) != 0;
}

void notify_thread_forget(void)
{
	atomic_store(&lost, 0);
}

static void was_cancelled(void *unused)
{
	(void)unused;
	atomic_fetch_sub(&lost, 1);
}

/*
 * Keeps the end of its server from a thread while a client is being opened. If that is its own, and
 * the server has refused it, jack_client_open cancels the thread here: no server has ended.
 */
static void hold_back(void)
{
	const struct timespec pause = { .tv_nsec = LOOK_NS };
	int ignored;

	atomic_fetch_add(&lost, 1);
	pthread_cleanup_push(was_cancelled, NULL);
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &ignored);
	while (atomic_load(&opening)) {
		nanosleep(&pause, NULL);
	}
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &ignored);
	pthread_cleanup_pop(0);
}

__attribute__((visibility("default"))) ssize_t read(int fd, void *buffer, size_t size)
{
	int ignored, error;
	ssize_t got;

	if (thread == THREAD_UNKNOWN) {
		look_at_thread();
	}
	if (thread == THREAD_OTHER) {
		return read_on(fd, buffer, size);
	}
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &ignored);
	got = read_on(fd, buffer, size);
	error = errno;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &ignored);
	if (got != (ssize_t)size) {
		hold_back();
	}
	errno = error;
	return got;
}
