/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints the ports of a JACK server as they come and go: "+NAME", "-NAME", and as they are renamed:
 * both; connections made and cut from now on: ">SOURCE\tSINK", "<SOURCE\tSINK"; and "lost" when the
 * server has gone. Then it waits for the next server. Unlike jack_lsp, which looks and leaves, it
 * never closes a client that the server is about to notify: jackd 1.9.21 waits forever for an
 * answer from a client that closes while another client sets a property.
 */
#include "tests/tools/signals.h"

#include <jack/jack.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static jack_client_t *client;

/* In libjack's notification thread; main does not touch it once the callbacks are set. */
static void on_port(jack_port_id_t id, int registered, void *unused)
{
	jack_port_t *port = jack_port_by_id(client, id);
	int state;

	(void)unused;
	/* libjack cancels this thread; here, that would leave one of its locks held. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	if (port) {
		printf("%c%s\n", registered ? '+' : '-', jack_port_name(port));
	}
	pthread_setcancelstate(state, &state);
}

static void on_rename(jack_port_id_t id, const char *before, const char *now, void *unused)
{
	int state;

	(void)id;
	(void)unused;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	printf("-%s\n+%s\n", before, now);
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
	/* To the main thread, which waits for one. */
	kill(getpid(), SIGUSR1);
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
	jack_set_port_rename_callback(client, on_rename, NULL);
	jack_on_shutdown(client, on_shutdown, NULL);
	if (jack_activate(client)) {
		jack_client_close(client);
		return false;
	}
	/* A port that registers meanwhile is printed twice, which does no harm. */
	names = jack_get_ports(client, NULL, NULL, 0);
	for (const char **name = names; name && *name; name++) {
		printf("+%s\n", *name);
	}
	jack_free(names);
	return true;
}

int main(void)
{
	const sigset_t signals = signals_block();
	int number;

	setvbuf(stdout, NULL, _IOLBF, 0);
	jack_set_error_function(silent);
	jack_set_info_function(silent);
	while (!watch()) {
		if (signals_sleep(&signals, 50) == SIGTERM) {
			return 0;
		}
	}
	sigwait(&signals, &number);
	if (number == SIGUSR1) {
		/* Closing a client of a dead server may hang; exec gets rid of it instead. */
		printf("lost\n");
		execl("/proc/self/exe", "portwatch", (char *)NULL);
	}
	/* A client that dies without closing holds up a synchronous server for seconds. */
	jack_client_close(client);
	return 0;
}
