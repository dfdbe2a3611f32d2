/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connects ports: "plug FIFO" reads pairs of names, source and sink, connects each and prints it;
 * it ends if it cannot. A '-' before the source disconnects the pair instead. "freewheel on" and
 * "freewheel off" switch the freewheel; "of PORT" prints everything that the port is connected to.
 * One client serves a whole test: jack_connect opens a client for each pair, and every client costs
 * all others in the graph a descriptor, and the server time.
 */
#include <errno.h>
#include <jack/jack.h>
#include <stdio.h>
#include <string.h>

static int order(jack_client_t *client, const char *source, const char *sink)
{
	if (strcmp(source, "freewheel") == 0) {
		return jack_set_freewheel(client, strcmp(sink, "on") == 0);
	}
	if (strcmp(source, "of") == 0) {
		return 0;
	}
	return *source == '-' ? jack_disconnect(client, source + 1, sink)
			      : jack_connect(client, source, sink);
}

/* Asks the server: nobody is notified of what the end of a freewheel changes. */
static void list(jack_client_t *client, const char *name)
{
	const jack_port_t *port = jack_port_by_name(client, name);
	const char **names = port ? jack_port_get_all_connections(client, port) : NULL;

	for (const char **other = names; other && *other; other++) {
		printf(" %s", *other);
	}
	jack_free(names);
}

int main(int argc, char **argv)
{
	/* Open for writing, too, so that it never reads end of file. */
	FILE *pairs = argc == 2 ? fopen(argv[1], "r+") : NULL;
	jack_client_t *client = jack_client_open("plug", JackNoStartServer, NULL);
	char source[320], sink[320];

	if (!pairs || !client) {
		fprintf(stderr, "no %s\n", pairs ? "server" : "FIFO");
		return 1;
	}
	puts("ready");
	fflush(stdout);
	while (fscanf(pairs, "%319s %319s", source, sink) == 2) {
		int result = order(client, source, sink);

		if (result != 0 && result != EEXIST) {
			fprintf(stderr, "%s %s: error %d\n", source, sink, result);
			return 1;
		}
		printf("%s %s", source, sink);
		if (strcmp(source, "of") == 0) {
			list(client, sink);
		}
		printf("\n");
		fflush(stdout);
	}
	return 1;
}
