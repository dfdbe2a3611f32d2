/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/notify_thread.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef ssize_t read_function(int fd, void *buffer, size_t size);

static _Atomic(read_function *) libc_read;

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
	read_function *function = atomic_load(&libc_read);

	return function ? function(fd, buffer, size) : syscall(SYS_read, fd, buffer, size);
}

/* Its first read follows its set-up, in which it takes no lock. */
static void look_at_thread(void)
{
	int type, ignored;

	pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type);
	pthread_setcanceltype(type, &ignored);
	thread = type == PTHREAD_CANCEL_ASYNCHRONOUS ? THREAD_NOTIFIES : THREAD_OTHER;
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
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &ignored);
	got = read_on(fd, buffer, size);
	error = errno;
	/*
	 * The type, too: pthread_cancel looks at the state, but glibc's handler of its signal,
	 * which may arrive later, looks only at the type.
	 */
	pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &ignored);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &ignored);
	errno = error;
	return got;
}
