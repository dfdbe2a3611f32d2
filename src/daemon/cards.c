/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/daemon/cards.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "xen/bus.h"

_Static_assert(GUEST_NAME_TWIN_MAX >= BUS_DEVICES_MAX, "there is a name for every card");

static void free_entry(struct cards *cards, struct cards_entry *entry)
{
	struct cards_entry **link = &cards->entries;

	while (*link != entry) {
		link = &(*link)->next;
	}
	*link = entry->next;
	card_destroy(entry->card);
	free(entry->xrun_logs);
	free(entry);
}

static bool name_taken(const struct cards *cards, const char *name)
{
	for (const struct cards_entry *entry = cards->entries; entry; entry = entry->next) {
		if (!entry->leaving && strcmp(entry->card->name, name) == 0) {
			return true;
		}
	}
	return false;
}

/* Every card gets a name: there are no more cards than names for one guest. */
static void name_card(const struct cards *cards, struct card *card)
{
	struct guest_name_card made = {
		.guest = card_guest(card),
		.domid = card->domid,
		.devid = card->devid,
	};

	do {
		made.twin++;
		guest_name_of_card(card->name, &made);
		assert(made.twin <= GUEST_NAME_TWIN_MAX);
	} while (name_taken(cards, card->name));
}

struct cards_entry *cards_add(struct cards *cards, struct bus_device *device, struct card *card)
{
	struct cards_entry *entry = calloc(1, sizeof(*entry));
	struct xrun_log *xrun_logs = calloc(card->stream_count, sizeof(*xrun_logs));

	if (!entry || !xrun_logs) {
		free(entry);
		free(xrun_logs);
		return NULL;
	}
	name_card(cards, card);
	entry->card = card;
	entry->device = device;
	entry->xrun_logs = xrun_logs;
	entry->next = cards->entries;
	cards->entries = entry;
	card->main = entry;
	device->owner = entry;
	return entry;
}

void cards_release(struct cards *cards, struct cards_entry *entry)
{
	if (!entry->device && !entry->in_io && !entry->in_jack) {
		free_entry(cards, entry);
	}
}

void cards_clear(struct cards *cards)
{
	while (cards->entries) {
		free_entry(cards, cards->entries);
	}
}
