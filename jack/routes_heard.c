/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/routes_heard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What fits while the graph settles; half of it is for ports. Beyond that, all count as removed. */
#define EVENTS_MAX 8192u

/* --- libjack's notification thread */

static const void *port_of(const struct routes_heard *heard, jack_port_id_t id)
{
	return jack_port_by_id(heard->client, id);
}

static void push(struct routes_heard *heard, const struct routes_event *event)
{
	if (!ring_push(&heard->events, event)) {
		free(event->name);
		atomic_store(&heard->lost, true);
	}
}

static void on_port(jack_port_id_t id, int came, void *arg)
{
	struct routes_heard *heard = arg;

	if (!came) {
		push(heard, &(struct routes_event){ .kind = HEARD_REMOVED,
						    .ports = { port_of(heard, id) } });
	}
	ev_async_send(heard->loop, heard->wake);
}

static void on_rename(jack_port_id_t id, const char *before, const char *now, void *arg)
{
	struct routes_heard *heard = arg;
	struct routes_event event = { .kind = HEARD_RENAMED, .ports = { port_of(heard, id) } };

	(void)before;
	event.name = strndup(now, (size_t)jack_port_name_size());
	if (event.name) {
		push(heard, &event);
	} else {
		atomic_store(&heard->lost, true);
	}
	ev_async_send(heard->loop, heard->wake);
}

static void on_connect(jack_port_id_t a, jack_port_id_t b, int connected, void *arg)
{
	struct routes_heard *heard = arg;

	if (ring_space(&heard->events) > EVENTS_MAX / 2) {
		push(heard,
		     &(struct routes_event){ .kind = connected ? HEARD_CONNECTED : HEARD_CUT,
					     .ports = { port_of(heard, a), port_of(heard, b) } });
	}
	ev_async_send(heard->loop, heard->wake);
}

/* --- the jack thread */

int routes_heard_init(struct routes_heard *heard, struct ev_loop *loop, ev_async *wake)
{
	heard->loop = loop;
	heard->wake = wake;
	return ring_init(&heard->events, sizeof(struct routes_event), EVENTS_MAX);
}

static void forget(struct routes_heard *heard)
{
	struct routes_event event;

	while (routes_heard_take(heard, &event)) {
		free(event.name);
	}
}

int routes_heard_open(struct routes_heard *heard, jack_client_t *client)
{
	forget(heard);
	heard->client = client;
	return jack_set_port_registration_callback(client, on_port, heard) ||
			       jack_set_port_connect_callback(client, on_connect, heard) ||
			       jack_set_port_rename_callback(client, on_rename, heard)
		       ? -EIO
		       : 0;
}

bool routes_heard_take(struct routes_heard *heard, struct routes_event *event)
{
	return ring_pop(&heard->events, event);
}

bool routes_heard_take_loss(struct routes_heard *heard)
{
	return atomic_exchange(&heard->lost, false);
}

void routes_heard_finish(struct routes_heard *heard)
{
	if (heard->events.records) {
		forget(heard);
	}
	ring_finish(&heard->events);
}
