/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Says which ports a JACK server has, as they come and go: "+NAME", "-NAME"; which are connected
 * from now on, or no more: ">SOURCE\tSINK", "<SOURCE\tSINK"; and "lost" when the server has gone;
 * then it waits for the next one. Unlike a program that looks and leaves
 * (jack_lsp), it never closes a client that the server is about to tell something: jackd 1.9.21
 * (jack_lsp), it never closes a client: libjack 1.9.21 hangs in that, once in some hundred times,
 * when another program opens or closes one meanwhile (its thread is cancelled with a lock held).
 */
#include <errno.h>
#include <jack/jack.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static jack_client_t *client;
static sem_t wake;
static volatile sig_atomic_t quit;

/* In libjack's notification thread, which main leaves alone once the callbacks are there. */
static void on_port(jack_port_id_t id, int registered, void *unused)
{
	jack_port_t *port = jack_port_by_id(client, id);
	int state;

	(void)unused;
	/* libjack cancels this thread, and would do so in here, with a lock of its own held. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	if (port) {
		printf("%c%s\n", registered ? '+' : '-', jack_port_name(port));
	}
	pthread_setcancelstate(state, &state);
}

static void on_connect(jack_port_id_t a, jack_port_id_t b, int connected, void *unused)
{
	jack_port_t *source = jack_port_by_id(client, a), *sink = jack_port_by_id(client, b);
	int state;

	(void)unused;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	if (source && sink) {
		printf("%c%s\t%s\n", connected ? '>' : '<', jack_port_name(source),
		       jack_port_name(sink));
	}
	pthread_setcancelstate(state, &state);
}

static void on_shutdown(void *unused)
{
	(void)unused;
	sem_post(&wake);
}

/* A client that dies without a word holds a synchronous server up for seconds. */
static void on_signal(int number)
{
	(void)number;
	quit = 1;
	sem_post(&wake);
}

static void silent(const char *text)
{
	(void)text;
}

static bool watch(void)
{
	const char **names;

	client = jack_client_open("portwatch", JackNoStartServer, NULL);
	if (!client) {
		return false;
	}
	jack_set_port_registration_callback(client, on_port, NULL);
	jack_set_port_connect_callback(client, on_connect, NULL);
	jack_on_shutdown(client, on_shutdown, NULL);
	if (jack_activate(client)) {
		jack_client_close(client);
		return false;
	}
	/* What registers meanwhile is told twice, which does no harm. */
	names = jack_get_ports(client, NULL, NULL, 0);
	for (const char **name = names; name && *name; name++) {
		printf("+%s\n", *name);
	}
	jack_free(names);
	return true;
}

int main(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	setvbuf(stdout, NULL, _IOLBF, 0);
	jack_set_error_function(silent);
	jack_set_info_function(silent);
	sem_init(&wake, 0, 0);
	sigaction(SIGTERM, &action, NULL);
	while (!watch()) {
		nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
		if (quit) {
			return 0;
		}
	}
	while (sem_wait(&wake) && errno == EINTR) {
	}
	if (!quit) {
		/* To close a client of a dead server may hang; what is left of it ends here. */
		printf("lost\n");
		execl("/proc/self/exe", "portwatch", (char *)NULL);
	}
	jack_client_close(client);
	return 0;
}
