/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "rename PORT NAME" gives a port another name, behind its client's; jackd permits that to anybody.
 */
#include <stdio.h>

#include <jack/jack.h>

int main(int argc, char **argv)
{
	jack_client_t *client = jack_client_open("rename", JackNoStartServer, NULL);
	jack_port_t *port = client && argc == 3 ? jack_port_by_name(client, argv[1]) : NULL;
	int err = port ? jack_port_rename(client, port, argv[2]) : -1;

	if (err) {
		fprintf(stderr, "rename: failed\n");
	}
	if (client) {
		jack_client_close(client);
	}
	return err ? 1 : 0;
}
