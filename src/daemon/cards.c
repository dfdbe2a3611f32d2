/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/daemon/cards.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xen/bus.h"

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

/* "daw" for a guest's first card, "daw-1" for its second; plus "-2", "-3" … if taken. */
static void name_card(const struct cards *cards, struct card *card)
{
	char base[CARD_NAME_MAX + 1];

	if (card->devid) {
		snprintf(base, sizeof(base), "%.40s-%u", card->guest, card->devid);
	} else {
		snprintf(base, sizeof(base), "%.40s", card->guest);
	}
	snprintf(card->name, sizeof(card->name), "%s", base);
	for (unsigned n = 2; name_taken(cards, card->name); n++) {
		snprintf(card->name, sizeof(card->name), "%.44s-%u", base, n);
	}
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
