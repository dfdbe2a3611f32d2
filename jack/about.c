/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/about.h"

#include <stdio.h>

#include <jack/metadata.h>
#include <jack/uuid.h>

#define TYPE_TEXT "text/plain"
#define TYPE_INTEGER "http://www.w3.org/2001/XMLSchema#int"

/* A name of the freedesktop icon naming specification. */
#define ICON "audio-card"

/*
 * In the name of no client, which libjack takes for the server's own doing, and stores without a
 * word. A change that is told goes to every client, whether it listens or not, and jackd 1.9.21
 * writes until it is read: some thirty of them fill the socket of a client that has stopped
 * reading in order to close, while its wish to be closed waits for the server to have written
 * them. The libjack of PipeWire wants a client, and has no such trouble.
 */
struct teller {
	jack_client_t *client; /* in whose name */
	bool kept;	       /* all of it, so far */
};

static void set(struct teller *teller, jack_uuid_t subject, const char *key, const char *value,
		const char *type)
{
	teller->kept = teller->kept &&
		       jack_set_property(teller->client, subject, key, value, type) == 0;
}

static bool find_client(jack_client_t *client, jack_uuid_t *uuid)
{
	char *text = jack_get_uuid_for_client_name(client, jack_get_client_name(client));
	bool found = text && jack_uuid_parse(text, uuid) == 0;

	jack_free(text);
	return found;
}

static void set_client(struct teller *teller, jack_uuid_t uuid, const char *name, enum pcm_dir dir)
{
	char pretty[CARD_NAME_MAX + sizeof(" playback")];

	snprintf(pretty, sizeof(pretty), "%s %s", name,
		 dir == PCM_PLAYBACK ? "playback" : "capture");
	set(teller, uuid, JACK_METADATA_PRETTY_NAME, pretty, TYPE_TEXT);
	set(teller, uuid, JACK_METADATA_ICON_NAME, ICON, TYPE_TEXT);
}

/* "main left", "main right"; where there are more or less of them than two, "main 1" and on. */
static void name_port(char *name, size_t size, const struct slot *slot, uint32_t channel)
{
	if (slot->channels == 2) {
		snprintf(name, size, "%s %s", slot->label, channel == 0 ? "left" : "right");
	} else {
		snprintf(name, size, "%s %u", slot->label, channel + 1);
	}
}

/* Where the ports of a card begin among others': one card behind the other. */
static uint32_t first_order(const struct card *card, bool many)
{
	return many ? card->domid * 0x10000u + card->devid % 16 * 0x1000u : 0;
}

static void set_port(struct teller *teller, const struct card *card, const struct slot *slot,
		     uint32_t channel, uint32_t order, bool many)
{
	jack_uuid_t uuid = jack_port_uuid(slot->ports[channel]);
	char group[CARD_NAME_MAX + CARD_LABEL_MAX + 2], number[16];
	char name[CARD_NAME_MAX + CARD_LABEL_MAX + 16];
	int length = many ? snprintf(name, sizeof(name), "%s ", card->name) : 0;

	name_port(name + length, sizeof(name) - (size_t)length, slot, channel);
	snprintf(group, sizeof(group), "%s.%s", card->name, slot->label);
	snprintf(number, sizeof(number), "%u", order);
	set(teller, uuid, JACK_METADATA_PRETTY_NAME, name, TYPE_TEXT);
	set(teller, uuid, JACK_METADATA_ORDER, number, TYPE_INTEGER);
	set(teller, uuid, JACK_METADATA_PORT_GROUP, group, TYPE_TEXT);
	set(teller, uuid, JACK_METADATA_SIGNAL_TYPE, "AUDIO", TYPE_TEXT);
}

enum about about_set(jack_client_t *client, const char *name, const struct card *card,
		     enum pcm_dir dir, bool many)
{
	const struct side *side = &card->sides[dir];
	struct teller teller = { .kept = true };
	uint32_t order = first_order(card, many);
	jack_uuid_t uuid;

	if (!find_client(client, &uuid)) {
		return ABOUT_NOTHING;
	}
	set_client(&teller, uuid, name, dir);
	if (!teller.kept) {
		teller = (struct teller){ client, true };
		set_client(&teller, uuid, name, dir);
	}
	for (unsigned i = 0; i < side->slot_count; i++) {
		for (uint32_t c = 0; c < side->slots[i]->channels; c++) {
			set_port(&teller, card, side->slots[i], c, order++, many);
		}
	}
	return !teller.kept ? ABOUT_NOTHING : teller.client ? ABOUT_TOLD : ABOUT_STORED;
}

/* In no client's name again: what the server finds left when a port goes, it tells everybody. */
void about_remove(jack_client_t *client, const struct card *card, enum pcm_dir dir, bool last)
{
	const struct side *side = &card->sides[dir];
	jack_uuid_t uuid;

	for (unsigned i = 0; i < side->slot_count; i++) {
		for (uint32_t c = 0; c < side->slots[i]->channels; c++) {
			if (side->slots[i]->ports[c]) {
				jack_remove_properties(NULL,
						       jack_port_uuid(side->slots[i]->ports[c]));
			}
		}
	}
	if (last && find_client(client, &uuid)) {
		jack_remove_properties(NULL, uuid);
	}
}
