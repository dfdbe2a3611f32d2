/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/routes_barred.h"

#include <stdlib.h>
#include <string.h>

#include "src/log.h"

bool routes_barred_has(const struct routes_barred *barred, const void *port)
{
	for (unsigned i = 0; i < barred->count; i++) {
		if (barred->ports[i] == port) {
			return true;
		}
	}
	return false;
}

void routes_barred_add(struct routes_barred *barred, const void *port)
{
	const void **ports = NULL;

	if (!routes_barred_has(barred, port)) {
		ports = reallocarray(barred->ports, barred->count + 1, sizeof(*ports));
	}
	if (ports) {
		barred->ports = ports;
		ports[barred->count++] = port;
	}
}

void routes_barred_remove(struct routes_barred *barred, const void *port)
{
	for (unsigned i = barred->count; i-- > 0;) {
		if (barred->ports[i] == port) {
			barred->ports[i] = barred->ports[--barred->count];
		}
	}
}

static bool has_name(const struct graph *graph, const char *name)
{
	for (unsigned i = 0; i < graph->port_count; i++) {
		if (strcmp(graph->names[i], name) == 0) {
			return true;
		}
	}
	return false;
}

void routes_barred_renew(struct routes_barred *barred, jack_client_t *client,
			 const struct graph *before, const struct graph *now)
{
	struct routes_barred old = *barred;

	*barred = (struct routes_barred){ NULL, 0 };
	for (unsigned i = 0; i < now->port_count; i++) {
		const void *port = jack_port_by_name(client, now->names[i]);

		if (!now->ports[i].ours &&
		    (!has_name(before, now->names[i]) || routes_barred_has(&old, port))) {
			log_info("%s: came in a freewheel and is not connected", now->names[i]);
			routes_barred_add(barred, port);
		}
	}
	routes_barred_finish(&old);
}

void routes_barred_finish(struct routes_barred *barred)
{
	free(barred->ports);
	*barred = (struct routes_barred){ NULL, 0 };
}
