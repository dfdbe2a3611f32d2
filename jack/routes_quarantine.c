/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/routes_quarantine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/log.h"

bool routes_quarantine_has(const struct routes_quarantine *quarantine, const void *port)
{
	for (unsigned i = 0; i < quarantine->count; i++) {
		if (quarantine->ports[i] == port) {
			return true;
		}
	}
	return false;
}

void routes_quarantine_remove(struct routes_quarantine *quarantine, const void *port)
{
	for (unsigned i = quarantine->count; i-- > 0;) {
		if (quarantine->ports[i] == port) {
			quarantine->ports[i] = quarantine->ports[--quarantine->count];
		}
	}
}

static bool was_there(const struct graph *before, const char *name, const void *port)
{
	for (unsigned i = 0; before->handles && i < before->port_count; i++) {
		if (before->handles[i] == port && strcmp(before->names[i], name) == 0) {
			return true;
		}
	}
	return false;
}

int routes_quarantine_renew(struct routes_quarantine *quarantine, const struct graph *before,
			    const struct graph *now)
{
	struct routes_quarantine fresh = {
		.ports = calloc(now->port_count + 1, sizeof(*fresh.ports)),
	};

	if (!fresh.ports) {
		return -ENOMEM;
	}
	for (unsigned i = 0; i < now->port_count; i++) {
		const void *port = now->handles[i];
		bool held = routes_quarantine_has(quarantine, port);

		if (!port) {
			routes_quarantine_finish(&fresh);
			return -ENOENT;
		}
		if (now->ports[i].ours || (was_there(before, now->names[i], port) && !held)) {
			continue;
		}
		if (!held) {
			log_info("%s: registered during a freewheel; left unconnected",
				 now->names[i]);
		}
		fresh.ports[fresh.count++] = port;
	}
	routes_quarantine_finish(quarantine);
	*quarantine = fresh;
	return 0;
}

void routes_quarantine_finish(struct routes_quarantine *quarantine)
{
	free(quarantine->ports);
	*quarantine = (struct routes_quarantine){ .count = 0 };
}
