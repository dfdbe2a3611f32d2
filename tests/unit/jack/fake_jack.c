/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/unit/jack/fake_jack_parts.h"

struct fake_server fake_server;
struct fake_jack_knobs fake_jack_knobs;

static const struct fake_jack_knobs fresh_knobs = { .port_max = PORTS,
						    .priority = -1,
						    .version = "1.9.21" };

/* --- calls */

static struct call {
	const char *name;
	unsigned count, failing;
	void (*act)(void);
} calls[96];

static unsigned fail_at = UINT_MAX;
static const char *failed_call;
static char faults[4096];

static struct call *find_call(const char *name)
{
	unsigned n = 0;

	while (calls[n].name && strcmp(calls[n].name, name) != 0) {
		n++;
	}
	calls[n].name = name;
	return &calls[n];
}

void fake_jack_passes(const char *name)
{
	struct call *call = find_call(name);
	void (*act)(void) = call->act;

	call->count++;
	call->act = NULL;
	if (act) {
		act();
	}
}

bool fake_jack_fails(const char *name)
{
	struct call *call = find_call(name);

	fake_jack_passes(name);
	if (fail_at != UINT_MAX && fail_at-- == 0) {
		fail_at = UINT_MAX;
		failed_call = name;
		return true;
	}
	if (call->failing) {
		call->failing--;
		return true;
	}
	return false;
}

unsigned fake_jack_count(const char *call)
{
	return find_call(call)->count;
}

void fake_jack_fail_at(unsigned n)
{
	fail_at = n;
	failed_call = NULL;
}

bool fake_jack_failed(void)
{
	return failed_call;
}

const char *fake_jack_failed_call(void)
{
	return failed_call ? failed_call : "";
}

void fake_jack_fail_next(const char *call, unsigned count)
{
	find_call(call)->failing = count;
}

void fake_jack_on(const char *call, void (*act)(void))
{
	find_call(call)->act = act;
}

void fake_jack_fault(const char *text, const char *subject)
{
	size_t length = strlen(faults);

	snprintf(faults + length, sizeof(faults) - length, "%s: %s\n", subject, text);
}

const char *fake_jack_faults(void)
{
	return faults;
}

/* --- memory that the caller must free */

/* Static: calls of libjack fail by fake_jack_fails, not for lack of memory. */
static struct piece {
	const char *items[LINKS + 1];
	bool lent;
} pieces[8];

void *fake_jack_lend(void)
{
	unsigned n = 0;

	while (pieces[n].lent) {
		n++;
		if (n == sizeof(pieces) / sizeof(*pieces)) {
			fake_jack_fault("memory is not freed", "libjack");
			abort();
		}
	}
	memset(&pieces[n], 0, sizeof(pieces[n]));
	pieces[n].lent = true;
	return pieces[n].items;
}

void jack_free(void *memory)
{
	for (unsigned i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		if (memory == pieces[i].items && pieces[i].lent) {
			pieces[i].lent = false;
			return;
		}
	}
	if (memory) {
		fake_jack_fault("jack_free of memory that is not from libjack", "libjack");
	}
}

unsigned fake_jack_lent(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		count += pieces[i].lent;
	}
	return count;
}

/* --- the server's lifetime */

static void forget_graph(void)
{
	memset(fake_server.ports, 0, sizeof(fake_server.ports));
	fake_server.link_count = fake_server.saved_count = fake_server.name_count = 0;
	fake_server.freewheels = false;
	fake_jack_drop_properties();
}

void fake_jack_reset(void)
{
	forget_graph();
	memset(&fake_server, 0, sizeof(fake_server));
	memset(calls, 0, sizeof(calls));
	fake_jack_knobs = fresh_knobs;
	fake_jack_fail_at(UINT_MAX);
	faults[0] = '\0';
}

void fake_jack_start(void)
{
	forget_graph();
	fake_server.up = true;
	fake_server.life++;
	fake_server.rate_hz = 48000;
	fake_server.period_frames = 256;
}

void fake_jack_note(struct note note)
{
	if (fake_server.note_count == NOTES) {
		fake_jack_fault("too many pending callbacks", "server");
		return;
	}
	fake_server.notes[fake_server.note_count++] = note;
}

static void give_up(struct _jack_client *client)
{
	if (client->open && client->active) {
		fake_jack_note((struct note){ .kind = NOTE_SHUTDOWN, .client = client });
	}
}

void fake_jack_die(void)
{
	fake_server.up = false;
	for (unsigned i = 0; i < CLIENTS; i++) {
		give_up(&fake_server.clients[i]);
	}
}

bool fake_jack_lives(const jack_client_t *client)
{
	if (!client || !client->open) {
		fake_jack_fault("a call with a closed client", client ? client->name : "NULL");
		return false;
	}
	return fake_server.up && client->life == fake_server.life && !client->kicked;
}

void fake_jack_kick(const char *name)
{
	for (unsigned i = 0; i < CLIENTS; i++) {
		struct _jack_client *client = &fake_server.clients[i];

		if (client->open && strcmp(client->name, name) == 0) {
			client->kicked = true;
			give_up(client);
		}
	}
	for (unsigned i = 0; i < PORTS; i++) {
		jack_port_t *port = &fake_server.ports[i];

		if (port->used && port->client && strcmp(port->client->name, name) == 0) {
			fake_jack_drop_port(port);
		}
	}
}

/* --- callbacks */

static void tell(const struct note *note, const struct _jack_client *client)
{
	switch (note->kind) {
	case NOTE_PORT:
		if (client->port) {
			client->port(note->a, note->on, client->port_arg);
		}
		break;
	case NOTE_LINK:
		if (client->link) {
			client->link(note->a, note->b, note->on, client->link_arg);
		}
		break;
	case NOTE_RENAME:
		/* As in libjack, the new name is the present one. */
		if (client->rename) {
			client->rename(note->a, note->name, fake_server.ports[note->a].name,
				       client->rename_arg);
		}
		break;
	case NOTE_SHUTDOWN:
		if (client == note->client && client->shutdown) {
			client->shutdown(client->shutdown_arg);
		}
		break;
	}
}

/* The next active client, from *n on. */
static struct _jack_client *next_active(unsigned *n)
{
	while (*n < CLIENTS) {
		struct _jack_client *client = &fake_server.clients[(*n)++];

		if (client->open && client->active) {
			return client;
		}
	}
	return NULL;
}

void fake_jack_deliver(void)
{
	const struct _jack_client *client;

	for (unsigned i = 0; i < fake_server.note_count; i++) {
		for (unsigned n = 0; (client = next_active(&n));) {
			tell(&fake_server.notes[i], client);
		}
	}
	fake_server.note_count = 0;
}

/* Port buffers do not start out as silence. */
static void soil_buffers(void)
{
	for (unsigned i = 0; i < PORTS; i++) {
		jack_port_t *port = &fake_server.ports[i];

		for (unsigned k = 0; port->used && k < FAKE_JACK_FRAMES_MAX; k++) {
			port->buffer[k] = 0.5f;
		}
	}
}

static void run_cycle(void)
{
	const struct _jack_client *client;

	soil_buffers();
	for (unsigned n = 0; (client = next_active(&n));) {
		if (client->process && fake_jack_lives(client)) {
			client->process(fake_server.period_frames, client->process_arg);
		}
	}
}

void fake_jack_cycle(void)
{
	fake_jack_deliver();
	run_cycle();
}

/* In place of libc's: a thread that sleeps leaves the server time for a cycle. */
int nanosleep(const struct timespec *time, struct timespec *left)
{
	(void)time;
	(void)left;
	fake_jack_passes("nanosleep");
	run_cycle();
	return 0;
}

/* The driver's ports are disconnected during a freewheel. */
static void unplug_driver(void)
{
	for (unsigned i = fake_server.link_count; i-- > 0;) {
		struct mixer_link *link = &fake_server.links[i];

		if ((link->from->flags | link->to->flags) & JackPortIsPhysical) {
			*link = fake_server.links[--fake_server.link_count];
		}
	}
}

static bool is_whole(const struct mixer_link *link)
{
	return link->from->used && link->from->serial == link->serials[0] && link->to->used &&
	       link->to->serial == link->serials[1];
}

static void put_back(void)
{
	fake_server.link_count = 0;
	for (unsigned i = 0; i < fake_server.saved_count; i++) {
		if (is_whole(&fake_server.saved[i])) {
			fake_server.links[fake_server.link_count++] = fake_server.saved[i];
		}
	}
}

void fake_jack_freewheel(bool begins)
{
	const struct _jack_client *client;

	if (begins) {
		memcpy(fake_server.saved, fake_server.links, sizeof(fake_server.links));
		fake_server.saved_count = fake_server.link_count;
		unplug_driver();
	} else {
		put_back();
	}
	fake_server.freewheels = begins;
	for (unsigned n = 0; (client = next_active(&n));) {
		if (client->freewheel) {
			client->freewheel(begins, client->freewheel_arg);
		}
	}
}

void fake_jack_set_clock(jack_nframes_t rate_hz, jack_nframes_t period_frames)
{
	bool rate = rate_hz != fake_server.rate_hz,
	     period = period_frames != fake_server.period_frames;
	const struct _jack_client *client;

	fake_server.rate_hz = rate_hz;
	fake_server.period_frames = period_frames;
	for (unsigned n = 0; (client = next_active(&n));) {
		if (rate && client->rate) {
			client->rate(rate_hz, client->rate_arg);
		}
		if (period && client->period) {
			client->period(period_frames, client->period_arg);
		}
	}
}

void fake_jack_xrun(float late_us)
{
	const struct _jack_client *client;

	fake_server.late_us = late_us;
	for (unsigned n = 0; (client = next_active(&n));) {
		if (client->xrun) {
			client->xrun(client->xrun_arg);
		}
	}
}
