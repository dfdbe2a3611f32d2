/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server's ports and connections, and libjack's functions for them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/jack/fake_jack_parts.h"

/* --- the graph */

unsigned fake_jack_number(const jack_port_t *port)
{
	return (unsigned)(port - fake_server.ports);
}

/* The first by number that has this name or alias, as in jackd. */
jack_port_t *fake_jack_port(const char *name)
{
	for (unsigned i = 0; i < PORTS; i++) {
		jack_port_t *port = &fake_server.ports[i];

		if (port->used &&
		    (strcmp(port->name, name) == 0 || strcmp(port->alias, name) == 0)) {
			return port;
		}
	}
	return NULL;
}

jack_port_t *fake_jack_make_port(jack_client_t *client, const char *name, unsigned long flags)
{
	unsigned n = 0;
	jack_port_t *port;

	while (n < PORTS && fake_server.ports[n].used) {
		n++;
	}
	if (n >= fake_jack_knobs.port_max || n == PORTS || fake_jack_port(name)) {
		return NULL;
	}
	port = &fake_server.ports[n];
	memset(port, 0, sizeof(*port));
	port->used = true;
	port->client = client;
	port->serial = ++fake_server.serial;
	port->flags = flags & 0xffff;
	port->midi = flags & FAKE_JACK_MIDI;
	port->lethal = fake_server.freewheels;
	port->told = client ? client->active : !(flags & FAKE_JACK_DEAF);
	snprintf(port->name, sizeof(port->name), "%s", name);
	if (port->told) {
		fake_jack_note((struct note){ .kind = NOTE_PORT, .a = n, .on = 1 });
	}
	return port;
}

void fake_jack_drop_port(jack_port_t *port)
{
	fake_jack_drop_links(port);
	fake_jack_drop_properties_of_port(port);
	if (port->told) {
		fake_jack_note((struct note){ .kind = NOTE_PORT, .a = fake_jack_number(port) });
	}
	/* The name stays readable until the number is reused. */
	port->used = port->told = false;
}

struct mixer_link *fake_jack_find_link(const jack_port_t *from, const jack_port_t *to)
{
	for (unsigned i = 0; i < fake_server.link_count; i++) {
		if (fake_server.links[i].from == from && fake_server.links[i].to == to) {
			return &fake_server.links[i];
		}
	}
	return NULL;
}

static void note_link(const struct mixer_link *link, int on)
{
	fake_jack_note((struct note){ .kind = NOTE_LINK,
				      .a = fake_jack_number(link->from),
				      .b = fake_jack_number(link->to),
				      .on = on });
}

static bool is_run(const jack_port_t *port)
{
	return !port->client || port->client->active;
}

void fake_jack_make_link(jack_port_t *from, jack_port_t *to)
{
	struct mixer_link link = { from, to, { from->serial, to->serial } };

	if (fake_server.link_count == LINKS) {
		fake_jack_fault("too many connections", from->name);
		return;
	}
	if (!is_run(from) || !is_run(to)) {
		fake_jack_fault(
			"is connected, but the server does not run the client of one of both",
			from->name);
	}
	if (from->lethal || to->lethal) {
		fake_jack_fault("is connected, but one of both was registered during a freewheel",
				from->name);
	}
	fake_server.links[fake_server.link_count++] = link;
	note_link(&link, 1);
}

void fake_jack_drop_link(struct mixer_link *link)
{
	note_link(link, 0);
	*link = fake_server.links[--fake_server.link_count];
}

void fake_jack_drop_links(const jack_port_t *port)
{
	for (unsigned i = fake_server.link_count; i-- > 0;) {
		if (fake_server.links[i].from == port || fake_server.links[i].to == port) {
			fake_jack_drop_link(&fake_server.links[i]);
		}
	}
}

/* --- for tests */

void fake_jack_add(const char *name, unsigned long flags)
{
	if (!fake_jack_make_port(NULL, name, flags)) {
		fake_jack_fault("the test cannot make this port", name);
	}
}

static jack_port_t *find(const char *name)
{
	jack_port_t *port = fake_jack_port(name);

	if (!port) {
		fake_jack_fault("the test looks for a port that does not exist", name);
		abort();
	}
	return port;
}

void fake_jack_remove(const char *name)
{
	fake_jack_drop_port(find(name));
}

void fake_jack_wake(const char *name)
{
	jack_port_t *port = find(name);

	port->told = true;
	fake_jack_note((struct note){ .kind = NOTE_PORT, .a = fake_jack_number(port), .on = 1 });
}

void fake_jack_rename(const char *port, const char *name)
{
	jack_port_t *renamed = find(port);
	struct note note = { .kind = NOTE_RENAME, .a = fake_jack_number(renamed) };

	snprintf(note.name, sizeof(note.name), "%s", renamed->name);
	snprintf(renamed->name, sizeof(renamed->name), "%s", name);
	fake_jack_note(note);
}

void fake_jack_link(const char *from, const char *to)
{
	fake_jack_make_link(find(from), find(to));
}

void fake_jack_unlink(const char *from, const char *to)
{
	struct mixer_link *link = fake_jack_find_link(find(from), find(to));

	if (link) {
		fake_jack_drop_link(link);
	} else {
		fake_jack_fault("the test disconnects ports that are not connected", from);
	}
}

void fake_jack_cut(const char *name)
{
	fake_jack_drop_links(find(name));
}

bool fake_jack_linked(const char *from, const char *to)
{
	const jack_port_t *a = fake_jack_port(from), *b = fake_jack_port(to);

	return a && b && fake_jack_find_link(a, b);
}

unsigned fake_jack_links(void)
{
	return fake_server.link_count;
}

unsigned fake_jack_ports(const char *client)
{
	unsigned count = 0;

	for (unsigned i = 0; i < PORTS; i++) {
		const jack_port_t *port = &fake_server.ports[i];

		count += port->used && port->client &&
			 (!client || strcmp(port->client->name, client) == 0);
	}
	return count;
}

/* --- libjack: registration */

jack_port_t *jack_port_register(jack_client_t *client, const char *name, const char *type,
				unsigned long flags, unsigned long size)
{
	bool lives = fake_jack_lives(client), fails = fake_jack_fails("jack_port_register");
	char whole[320];

	(void)size;
	snprintf(whole, sizeof(whole), "%s:%s", client->name, name);
	if (strcmp(type, JACK_DEFAULT_AUDIO_TYPE) != 0) {
		fake_jack_fault("is registered with an unexpected type", whole);
	}
	return lives && !fails ? fake_jack_make_port(client, whole, flags) : NULL;
}

int jack_port_unregister(jack_client_t *client, jack_port_t *port)
{
	bool lives = fake_jack_lives(client), fails = fake_jack_fails("jack_port_unregister");

	if (!lives || fails) {
		return -1;
	}
	if (!port->used || port->client != client) {
		fake_jack_fault("is unregistered by another client", port->name);
		return -1;
	}
	fake_jack_drop_port(port);
	return 0;
}

int jack_port_set_alias(jack_port_t *port, const char *alias)
{
	if (fake_jack_fails("jack_port_set_alias")) {
		return -1;
	}
	snprintf(port->alias, sizeof(port->alias), "%s", alias);
	return 0;
}

void *jack_port_get_buffer(jack_port_t *port, jack_nframes_t frames)
{
	fake_jack_passes("jack_port_get_buffer");
	if (!port->used || frames > FAKE_JACK_FRAMES_MAX) {
		fake_jack_fault("its buffer is fetched, but it does not exist", port->name);
	}
	return port->buffer;
}

void jack_port_set_latency_range(jack_port_t *port, jack_latency_callback_mode_t mode,
				 jack_latency_range_t *range)
{
	fake_jack_passes("jack_port_set_latency_range");
	port->latency[mode] = *range;
}

void jack_port_get_latency_range(jack_port_t *port, jack_latency_callback_mode_t mode,
				 jack_latency_range_t *range)
{
	fake_jack_passes("jack_port_get_latency_range");
	*range = port->latency[mode];
}

/* --- libjack: queries */

const char *jack_port_name(const jack_port_t *port)
{
	return fake_jack_fails("jack_port_name") ? NULL : port->name;
}

int jack_port_name_size(void)
{
	return sizeof(((jack_port_t *)0)->name);
}

int jack_port_flags(const jack_port_t *port)
{
	fake_jack_passes("jack_port_flags");
	return (int)port->flags;
}

/* As in libjack, any number gives a pointer, whether or not there is a port. */
jack_port_t *jack_port_by_id(jack_client_t *client, jack_port_id_t id)
{
	(void)fake_jack_lives(client);
	return fake_jack_fails("jack_port_by_id") ? NULL : &fake_server.ports[id];
}

jack_port_t *jack_port_by_name(jack_client_t *client, const char *name)
{
	(void)fake_jack_lives(client);
	return fake_jack_fails("jack_port_by_name") ? NULL : fake_jack_port(name);
}

const char **jack_get_ports(jack_client_t *client, const char *name, const char *type,
			    unsigned long flags)
{
	const char **list = fake_jack_fails("jack_get_ports") ? NULL : fake_jack_lend();
	unsigned count = 0;

	(void)fake_jack_lives(client);
	if (name || strcmp(type, JACK_DEFAULT_AUDIO_TYPE) != 0) {
		fake_jack_fault("lists ports other than all audio ports", client->name);
	}
	for (unsigned i = 0; i < PORTS && list; i++) {
		const jack_port_t *port = &fake_server.ports[i];

		if (port->used && !port->midi && (port->flags & flags) == flags) {
			list[count++] = port->name;
		}
	}
	if (!count) {
		jack_free(list);
		return NULL;
	}
	return list;
}

const char **jack_port_get_all_connections(const jack_client_t *client, const jack_port_t *port)
{
	const char **list = fake_jack_fails("jack_port_get_all_connections") ? NULL
									     : fake_jack_lend();
	unsigned count = 0;

	(void)fake_jack_lives(client);
	for (unsigned i = 0; i < fake_server.link_count && list; i++) {
		const struct mixer_link *link = &fake_server.links[i];

		if (link->from == port || link->to == port) {
			list[count++] = link->from == port ? link->to->name : link->from->name;
		}
	}
	if (!count) {
		jack_free(list);
		return NULL;
	}
	return list;
}

int jack_port_connected(const jack_port_t *port)
{
	int count = 0;

	fake_jack_passes("jack_port_connected");
	for (unsigned i = 0; i < fake_server.link_count; i++) {
		count += fake_server.links[i].from == port || fake_server.links[i].to == port;
	}
	return count;
}

int jack_port_connected_to(const jack_port_t *port, const char *name)
{
	const jack_port_t *other = fake_jack_port(name);

	return !fake_jack_fails("jack_port_connected_to") && other &&
	       (fake_jack_find_link(port, other) || fake_jack_find_link(other, port));
}

/* --- libjack: connections */

/* The server goes by libjack's mark, and for other programs by what the test has said. */
static bool accepts(const jack_port_t *port)
{
	return port->client ? port->client->marked : port->told;
}

int jack_connect(jack_client_t *client, const char *from, const char *to)
{
	bool lives = fake_jack_lives(client), fails = fake_jack_fails("jack_connect");
	jack_port_t *a = fake_jack_port(from), *b = fake_jack_port(to);

	if (!lives || fails || !a || !b || !accepts(a) || !accepts(b) || a->midi != b->midi ||
	    !(a->flags & JackPortIsOutput) || !(b->flags & JackPortIsInput)) {
		return -1;
	}
	if (fake_jack_find_link(a, b)) {
		return EEXIST;
	}
	fake_jack_make_link(a, b);
	return 0;
}

int jack_disconnect(jack_client_t *client, const char *from, const char *to)
{
	bool lives = fake_jack_lives(client), fails = fake_jack_fails("jack_disconnect");
	const jack_port_t *a = fake_jack_port(from), *b = fake_jack_port(to);
	struct mixer_link *link = a && b ? fake_jack_find_link(a, b) : NULL;

	if (!lives || fails || !link) {
		return -1;
	}
	fake_jack_drop_link(link);
	return 0;
}
