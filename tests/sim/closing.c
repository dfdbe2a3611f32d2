/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Closes a JACK client while its notification thread is inside libjack's lock of all clients, then
 * opens and closes another; prints "closed". Without jack/notify_thread, the first close never
 * returns. The server must run, and another client must open once "open" is printed.
 */
#include "jack/notify_thread.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <jack/jack.h>

/* glibc's own; no header has it. */
#define SIGCANCEL 32

static pthread_t main_thread;
static atomic_bool armed, inside, closing;

static void wait_for(atomic_bool *event)
{
	while (!atomic_load(event)) {
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
}

/*
 * In place of libc's. A notification thread calls it inside the lock when another client has come;
 * it stays there until the client is being closed, and long enough to be cancelled.
 */
int shm_open(const char *name, int flags, mode_t mode)
{
	char path[300];

	if (!pthread_equal(pthread_self(), main_thread) && atomic_exchange(&armed, false)) {
		atomic_store(&inside, true);
		/* The signal of a cancellation that began while this thread was still in read(). */
		syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGCANCEL);
		wait_for(&closing);
		nanosleep(&(struct timespec){ .tv_nsec = 300000000 }, NULL);
	}
	snprintf(path, sizeof(path), "/dev/shm/%s", name[0] == '/' ? name + 1 : name);
	return open(path, flags | O_CLOEXEC | O_NOFOLLOW, mode);
}

static jack_client_t *open_client(const char *name)
{
	jack_status_t status;

	return jack_client_open(name, JackNoStartServer | JackUseExactName, &status);
}

static void *idle(void *unused)
{
	(void)unused;
	pause();
	return NULL;
}

/* glibc has no handler for the signal until then. */
static void cancel_some_thread(void)
{
	pthread_t other;

	if (pthread_create(&other, NULL, idle, NULL) == 0) {
		pthread_cancel(other);
		pthread_join(other, NULL);
	}
}

int main(void)
{
	jack_client_t *client;

	main_thread = pthread_self();
	cancel_some_thread();
	notify_thread_protect();
	client = open_client("closing");
	if (!client || jack_activate(client)) {
		fprintf(stderr, "no JACK server\n");
		return 1;
	}
	atomic_store(&armed, true);
	puts("open");
	fflush(stdout);
	wait_for(&inside);
	atomic_store(&closing, true);
	jack_client_close(client);
	client = open_client("after");
	if (!client) {
		fprintf(stderr, "cannot open another client\n");
		return 1;
	}
	jack_client_close(client);
	puts("closed");
	return 0;
}
