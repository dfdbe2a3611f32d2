/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/port_metadata.h"

#include <stdio.h>
#include <string.h>

#include <jack/metadata.h>
#include <jack/uuid.h>

#include "jack/ports.h"

#define TYPE_TEXT "text/plain"
#define TYPE_INTEGER "http://www.w3.org/2001/XMLSchema#int"

/* From the freedesktop icon naming specification. */
#define ICON "audio-card"

bool port_metadata_is_wanted(enum port_metadata choice)
{
	return choice == PORT_METADATA_YES ||
	       (choice == PORT_METADATA_AUTO && strstr(jack_get_version_string(), "PipeWire"));
}

static bool find_client(jack_client_t *client, jack_uuid_t *uuid)
{
	char *text = jack_get_uuid_for_client_name(client, jack_get_client_name(client));
	bool found = text && jack_uuid_parse(text, uuid) == 0;

	jack_free(text);
	return found;
}

bool port_metadata_set_client(jack_client_t *client, const char *name, enum pcm_dir dir)
{
	char pretty[CARD_NAME_MAX + sizeof(" playback")];
	jack_uuid_t uuid;

	snprintf(pretty, sizeof(pretty), "%s %s", name,
		 dir == PCM_PLAYBACK ? "playback" : "capture");
	return find_client(client, &uuid) &&
	       jack_set_property(client, uuid, JACK_METADATA_PRETTY_NAME, pretty, TYPE_TEXT) == 0 &&
	       jack_set_property(client, uuid, JACK_METADATA_ICON_NAME, ICON, TYPE_TEXT) == 0;
}

/* The first order number of a card's ports, so that cards sort one after the other. */
static uint32_t first_order(const struct card *card, bool many)
{
	return many ? card->domid * 0x10000u + card->devid % 16 * 0x1000u : 0;
}

bool port_metadata_set_port(jack_client_t *client, const struct card *card,
			    const struct port_metadata_next *port, bool many)
{
	const struct stream *stream = card->sides[port->dir].streams[port->stream];
	jack_uuid_t uuid = jack_port_uuid(stream->ports[port->channel]);
	char group[CARD_NAME_MAX + CARD_LABEL_MAX + 2], order[16];
	char name[PORTS_READABLE_MAX];

	ports_readable_name(name, card, stream, port->channel, many);
	snprintf(group, sizeof(group), "%s.%s", card->name, stream->label);
	snprintf(order, sizeof(order), "%u", first_order(card, many) + port->place);
	return jack_set_property(client, uuid, JACK_METADATA_PRETTY_NAME, name, TYPE_TEXT) == 0 &&
	       jack_set_property(client, uuid, JACK_METADATA_ORDER, order, TYPE_INTEGER) == 0 &&
	       jack_set_property(client, uuid, JACK_METADATA_PORT_GROUP, group, TYPE_TEXT) == 0 &&
	       jack_set_property(client, uuid, JACK_METADATA_SIGNAL_TYPE, "AUDIO", TYPE_TEXT) == 0;
}
