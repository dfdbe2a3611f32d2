/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Metadata and its uuids: for a client its index, for a port its number. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jack/metadata.h>
#include <jack/uuid.h>

#include "tests/unit/jack/fake_jack_parts.h"

#define PROPERTIES 4096u
#define UUID_PORT 0x100000000ull
#define UUID_CLIENT 0x200000000ull
#define UUID_OTHER 0x300000000ull

const char *JACK_METADATA_PRETTY_NAME = "pretty-name", *JACK_METADATA_ICON_NAME = "icon-name",
	   *JACK_METADATA_ORDER = "order", *JACK_METADATA_PORT_GROUP = "port-group",
	   *JACK_METADATA_SIGNAL_TYPE = "signal-type";

static struct property {
	jack_uuid_t subject;
	const char *key;
	char value[256];
} properties[PROPERTIES];

static unsigned property_count;

void fake_jack_drop_properties(void)
{
	property_count = 0;
}

unsigned fake_jack_properties(void)
{
	return property_count;
}

static void drop(jack_uuid_t subject)
{
	for (unsigned i = property_count; i-- > 0;) {
		if (properties[i].subject == subject) {
			properties[i] = properties[--property_count];
		}
	}
}

void fake_jack_drop_properties_of_port(const jack_port_t *port)
{
	drop(UUID_PORT + fake_jack_number(port));
}

void fake_jack_drop_properties_of_client(const jack_client_t *client)
{
	drop(UUID_CLIENT + (jack_uuid_t)(client - fake_server.clients));
}

static struct property *find(jack_uuid_t subject, const char *key)
{
	for (unsigned i = 0; i < property_count; i++) {
		if (properties[i].subject == subject && strcmp(properties[i].key, key) == 0) {
			return &properties[i];
		}
	}
	return NULL;
}

static jack_uuid_t find_client(const char *name)
{
	for (unsigned i = 0; i < CLIENTS; i++) {
		const struct _jack_client *client = &fake_server.clients[i];

		if (client->open && strcmp(client->name, name) == 0) {
			return UUID_CLIENT + i;
		}
	}
	return UUID_OTHER;
}

const char *fake_jack_property(const char *subject, const char *key)
{
	const jack_port_t *port = fake_jack_port(subject);
	const struct property *property = find(
		port ? UUID_PORT + fake_jack_number(port) : find_client(subject), key);

	return property ? property->value : NULL;
}

/* --- libjack's functions */

jack_uuid_t jack_port_uuid(const jack_port_t *port)
{
	fake_jack_passes("jack_port_uuid");
	return UUID_PORT + fake_jack_number(port);
}

char *jack_get_uuid_for_client_name(jack_client_t *client, const char *name)
{
	bool lives = fake_jack_lives(client),
	     fails = fake_jack_fails("jack_get_uuid_for_client_name");
	char *found = NULL;

	if (lives && !fails && !fake_jack_knobs.pretends_untaken && fake_jack_is_taken(name)) {
		found = fake_jack_lend();
		snprintf(found, 32, "%llu", (unsigned long long)find_client(name));
	}
	return found;
}

int jack_uuid_parse(const char *text, jack_uuid_t *uuid)
{
	*uuid = strtoull(text, NULL, 10);
	return fake_jack_fails("jack_uuid_parse") ? -1 : 0;
}

/* Both jackd and PipeWire refuse a property that no client sets. */
int jack_set_property(jack_client_t *client, jack_uuid_t subject, const char *key,
		      const char *value, const char *type)
{
	struct property *property = find(subject, key);
	bool lives = client && fake_jack_lives(client),
	     fails = fake_jack_fails("jack_set_property");

	(void)type;
	if (!lives || fails || (!property && property_count == PROPERTIES)) {
		return -1;
	}
	if (!client->active) {
		fake_jack_fault("sets a property before it is active", client->name);
	}
	property = property ? property : &properties[property_count++];
	property->subject = subject;
	property->key = key;
	snprintf(property->value, sizeof(property->value), "%s", value);
	return 0;
}
