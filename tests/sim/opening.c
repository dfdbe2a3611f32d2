/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens a JACK client while the server, process PID, dies. The client that is open already must
 * hear of it only afterwards: libjack would free it when another is opened. Prints "whole".
 *
 *   opening PID
 */
#include "jack/notify_thread.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <jack/jack.h>

static pid_t server;
static atomic_bool armed, told, told_early;

static void on_shutdown(void *unused)
{
	(void)unused;
	atomic_store(&told, true);
}

/* In place of libc's: the server dies as jack_client_open connects, after it has looked at others.
 */
int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t size)
{
	if (atomic_exchange(&armed, false)) {
		kill(server, SIGKILL);
		nanosleep(&(struct timespec){ .tv_nsec = 300000000 }, NULL);
		atomic_store(&told_early, atomic_load(&told));
	}
	return (int)syscall(SYS_connect, fd, address.__sockaddr__, size);
}

static jack_client_t *open_client(const char *name)
{
	jack_client_t *client;
	jack_status_t status;

	if (!notify_thread_begin_open()) {
		return NULL;
	}
	client = jack_client_open(name, JackNoStartServer | JackUseExactName, &status);
	notify_thread_end_open();
	return client;
}

static int fail(const char *why)
{
	fprintf(stderr, "opening: %s\n", why);
	return 1;
}

int main(int argc, char **argv)
{
	jack_client_t *first;

	server = argc > 1 ? (pid_t)atoi(argv[1]) : 0;
	notify_thread_protect();
	first = open_client("first");
	if (server <= 0 || !first) {
		return fail("usage: opening PID of a JACK server");
	}
	jack_on_shutdown(first, on_shutdown, NULL);
	if (jack_activate(first) || notify_thread_is_lost()) {
		return fail("the server is lost too early");
	}
	atomic_store(&armed, true);
	if (open_client("second") || atomic_load(&armed)) {
		return fail("a client of a dead server was opened");
	}
	if (atomic_load(&told_early)) {
		return fail("told while another client was being opened");
	}
	while (!atomic_load(&told)) {
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	if (!notify_thread_is_lost() || open_client("third")) {
		return fail("the server is not known to be lost");
	}
	if (strcmp(jack_get_client_name(first), "first") != 0) {
		return fail("the first client is gone");
	}
	jack_client_close(first);
	notify_thread_forget();
	if (notify_thread_is_lost() || !notify_thread_begin_open()) {
		return fail("still lost with no client open");
	}
	puts("whole");
	return 0;
}
