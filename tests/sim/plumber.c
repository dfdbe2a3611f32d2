/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A patch manager that forbids connections, as jack-plumbing does: "plumber SOURCE SINK" cuts every
 * connection of two ports whose names begin with these, as soon as it hears of one, and prints it:
 * "MS<tab>SOURCE<tab>SINK", with the time of a clock.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <jack/jack.h>

#include "tests/tools/signals.h"

static jack_client_t *client;

/* In libjack's notification thread, which may not cut anything itself. */
static void on_connect(jack_port_id_t a, jack_port_id_t b, int connected, void *unused)
{
	(void)a;
	(void)b;
	(void)unused;
	if (connected) {
		kill(getpid(), SIGUSR1);
	}
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void cut_all(const char *source, const char *sink)
{
	const char **ports = jack_get_ports(client, NULL, NULL, JackPortIsOutput);

	for (unsigned i = 0; ports && ports[i]; i++) {
		const jack_port_t *port = jack_port_by_name(client, ports[i]);
		const char **sinks = port ? jack_port_get_all_connections(client, port) : NULL;

		for (unsigned k = 0; sinks && sinks[k]; k++) {
			if (strncmp(ports[i], source, strlen(source)) == 0 &&
			    strncmp(sinks[k], sink, strlen(sink)) == 0 &&
			    jack_disconnect(client, ports[i], sinks[k]) == 0) {
				printf("%ld\t%s\t%s\n", now_ms(), ports[i], sinks[k]);
			}
		}
		jack_free(sinks);
	}
	jack_free(ports);
}

int main(int argc, char **argv)
{
	const sigset_t signals = signals_block();

	setvbuf(stdout, NULL, _IOLBF, 0);
	client = argc == 3 ? jack_client_open("plumber", JackNoStartServer, NULL) : NULL;
	if (!client) {
		return 1;
	}
	jack_set_port_connect_callback(client, on_connect, NULL);
	if (jack_activate(client)) {
		return 1;
	}
	do {
		cut_all(argv[1], argv[2]);
	} while (signals_sleep(&signals, 1000) != SIGTERM);
	jack_client_close(client);
	return 0;
}
