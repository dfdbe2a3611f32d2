/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libjack's client functions. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jack/statistics.h>
#include <jack/thread.h>

#include "tests/unit/jack/fake_jack_parts.h"

static struct _jack_client *find_open(const char *name)
{
	for (unsigned i = 0; i < CLIENTS; i++) {
		struct _jack_client *client = &fake_server.clients[i];

		if (client->open && (!name || strcmp(client->name, name) == 0)) {
			return client;
		}
	}
	return NULL;
}

bool fake_jack_is_taken(const char *name)
{
	for (unsigned i = 0; i < fake_server.name_count; i++) {
		if (strcmp(fake_server.names[i], name) == 0) {
			return true;
		}
	}
	return find_open(name);
}

void fake_jack_take_name(const char *name)
{
	snprintf(fake_server.names[fake_server.name_count++], sizeof(fake_server.names[0]), "%s",
		 name);
}

void fake_jack_give_name(const char *name)
{
	for (unsigned i = fake_server.name_count; i-- > 0;) {
		if (strcmp(fake_server.names[i], name) == 0) {
			fake_server.name_count--;
			memcpy(fake_server.names[i], fake_server.names[fake_server.name_count],
			       sizeof(fake_server.names[0]));
		}
	}
}

unsigned fake_jack_clients(const char *name)
{
	unsigned count = 0;

	for (unsigned i = 0; i < CLIENTS; i++) {
		const struct _jack_client *client = &fake_server.clients[i];

		count += client->open && (!name || strcmp(client->name, name) == 0);
	}
	return count;
}

bool fake_jack_is_active(const char *name)
{
	const struct _jack_client *client = find_open(name);

	return client && client->active;
}

/* --- open and close */

/* Round robin, so that use of a closed client can be detected for a while. */
static struct _jack_client *next_free(void)
{
	struct _jack_client *client;

	do {
		client = &fake_server.clients[fake_server.next_client++ % CLIENTS];
	} while (client->open);
	memset(client, 0, sizeof(*client));
	return client;
}

static int refusal(const char *name, jack_options_t options)
{
	const struct _jack_client *other = find_open(NULL);

	if (fake_jack_fails("jack_client_open")) {
		return JackFailure | fake_jack_knobs.status;
	}
	if (!(options & JackNoStartServer)) {
		fake_jack_fault("is opened with permission to start a server", name);
	}
	if (!fake_server.up) {
		return JackFailure | JackServerFailed;
	}
	if (other && other->life != fake_server.life) {
		fake_jack_fault("is opened while clients of a dead server are open", name);
		return JackFailure | JackServerError;
	}
	if (fake_jack_is_taken(name) && options & JackUseExactName) {
		return JackFailure | JackNameNotUnique;
	}
	return 0;
}

static bool is_server(const char *name)
{
	const char *mine = fake_jack_knobs.server;

	return name && mine ? strcmp(name, mine) == 0 : !name && !mine;
}

jack_client_t *jack_client_open(const char *name, jack_options_t options, jack_status_t *status,
				...)
{
	struct _jack_client *client;
	const char *server = NULL;
	va_list args;

	if (options & JackServerName) {
		va_start(args, status);
		server = va_arg(args, const char *);
		va_end(args);
	}
	*status = (jack_status_t)refusal(name, options);
	if (!*status && !is_server(server)) {
		*status = (jack_status_t)(JackFailure | JackServerFailed);
	}
	if (*status) {
		return NULL;
	}
	client = next_free();
	client->life = fake_server.life;
	snprintf(client->name, sizeof(client->name), "%.60s%s", name,
		 fake_jack_is_taken(name) ? "-01" : "");
	client->open = true;
	return client;
}

/* Its ports become invisible, then are unregistered. */
static void deactivate(struct _jack_client *client)
{
	for (unsigned i = 0; i < PORTS; i++) {
		jack_port_t *port = &fake_server.ports[i];

		if (port->used && port->client == client && port->told) {
			fake_jack_drop_links(port);
			fake_jack_note((struct note){ .kind = NOTE_PORT, .a = i, .on = 0 });
			port->told = false;
		}
	}
	client->active = client->marked = false;
}

int jack_client_close(jack_client_t *client)
{
	bool lives = fake_jack_lives(client), fails = fake_jack_fails("jack_client_close");

	if (lives && fake_server.freewheels) {
		fake_jack_fault("is closed during a freewheel", client->name);
	}
	if (lives) {
		deactivate(client);
	}
	for (unsigned i = 0; i < PORTS; i++) {
		if (fake_server.ports[i].used && fake_server.ports[i].client == client) {
			fake_jack_drop_port(&fake_server.ports[i]);
		}
	}
	fake_jack_drop_properties_of_client(client);
	client->open = client->active = client->marked = false;
	return lives && !fails ? 0 : -1;
}

/* libjack marks the client, then asks the server. What a test does in this call is in between. */
int jack_activate(jack_client_t *client)
{
	bool lives = fake_jack_lives(client), fails;

	if (client->active) {
		fake_jack_fault("is activated twice", client->name);
	}
	client->marked = true;
	fails = fake_jack_fails("jack_activate");
	if (!lives || fails) {
		client->marked = false;
		return -1;
	}
	client->active = true;
	for (unsigned i = 0; i < PORTS; i++) {
		jack_port_t *port = &fake_server.ports[i];

		if (port->used && port->client == client) {
			port->told = true;
			fake_jack_note((struct note){ .kind = NOTE_PORT, .a = i, .on = 1 });
		}
	}
	return 0;
}

int jack_deactivate(jack_client_t *client)
{
	bool lives = fake_jack_lives(client), fails = fake_jack_fails("jack_deactivate");

	if (lives && !fails) {
		deactivate(client);
	}
	client->active = client->marked = false;
	return lives && !fails ? 0 : -1;
}

/* --- callbacks: must be set before a client is active */

static bool may_set(const jack_client_t *client, const char *call)
{
	bool fails = fake_jack_fails(call);

	(void)fake_jack_lives(client);
	if (client->active) {
		fake_jack_fault("sets a callback while active", client->name);
	}
	return !fails && !client->active;
}

#define SETTER(call, type, field)                                 \
	int call(jack_client_t *client, type callback, void *arg) \
	{                                                         \
		if (!may_set(client, #call)) {                    \
			return -1;                                \
		}                                                 \
		client->field = callback;                         \
		client->field##_arg = arg;                        \
		return 0;                                         \
	}

SETTER(jack_set_process_callback, JackProcessCallback, process)
SETTER(jack_set_freewheel_callback, JackFreewheelCallback, freewheel)
SETTER(jack_set_latency_callback, JackLatencyCallback, latency)
SETTER(jack_set_buffer_size_callback, JackBufferSizeCallback, period)
SETTER(jack_set_sample_rate_callback, JackSampleRateCallback, rate)
SETTER(jack_set_xrun_callback, JackXRunCallback, xrun)
SETTER(jack_set_port_registration_callback, JackPortRegistrationCallback, port)
SETTER(jack_set_port_connect_callback, JackPortConnectCallback, link)
SETTER(jack_set_port_rename_callback, JackPortRenameCallback, rename)

/* Returns nothing, so it cannot fail. */
void jack_on_shutdown(jack_client_t *client, JackShutdownCallback callback, void *arg)
{
	fake_jack_passes("jack_on_shutdown");
	(void)fake_jack_lives(client);
	client->shutdown = callback;
	client->shutdown_arg = arg;
}

/* --- server properties */

jack_nframes_t jack_get_sample_rate(jack_client_t *client)
{
	fake_jack_passes("jack_get_sample_rate");
	(void)fake_jack_lives(client);
	return fake_server.rate_hz;
}

jack_nframes_t jack_get_buffer_size(jack_client_t *client)
{
	fake_jack_passes("jack_get_buffer_size");
	(void)fake_jack_lives(client);
	return fake_server.period_frames;
}

float jack_cpu_load(jack_client_t *client)
{
	fake_jack_passes("jack_cpu_load");
	(void)fake_jack_lives(client);
	return fake_jack_knobs.load;
}

float jack_get_xrun_delayed_usecs(jack_client_t *client)
{
	fake_jack_passes("jack_get_xrun_delayed_usecs");
	(void)fake_jack_lives(client);
	return fake_server.late_us;
}

int jack_client_real_time_priority(jack_client_t *client)
{
	(void)fake_jack_lives(client);
	return fake_jack_fails("jack_client_real_time_priority") ? -1 : fake_jack_knobs.priority;
}

char *jack_get_client_name(jack_client_t *client)
{
	fake_jack_passes("jack_get_client_name");
	(void)fake_jack_lives(client);
	return client->name;
}

/* Asks all clients, one after the other: each may depend on the one before. */
int jack_recompute_total_latencies(jack_client_t *client)
{
	bool lives = fake_jack_lives(client),
	     fails = fake_jack_fails("jack_recompute_total_latencies");

	for (unsigned i = 0; i < CLIENTS && lives && !fails; i++) {
		const struct _jack_client *other = &fake_server.clients[i];

		if (other->open && other->active && other->latency) {
			other->latency(JackCaptureLatency, other->latency_arg);
			other->latency(JackPlaybackLatency, other->latency_arg);
		}
	}
	return lives && !fails ? 0 : -1;
}

/* --- calls without a client */

void jack_set_error_function(void (*function)(const char *))
{
	fake_jack_passes("jack_set_error_function");
	function("a line of libjack's");
}

void jack_set_info_function(void (*function)(const char *))
{
	fake_jack_passes("jack_set_info_function");
	function("a line of libjack's");
}

const char *jack_get_version_string(void)
{
	return fake_jack_knobs.version;
}
