/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/roster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xen/bus.h"
#include "xen/probe.h"

static void free_entry(struct roster *roster, struct roster_entry *entry)
{
	struct roster_entry **link = &roster->entries;

	while (*link != entry) {
		link = &(*link)->next;
	}
	*link = entry->next;
	card_destroy(entry->card);
	free(entry->tallies);
	free(entry);
}

static bool name_taken(const struct roster *roster, const char *name)
{
	for (const struct roster_entry *entry = roster->entries; entry; entry = entry->next) {
		if (!entry->leaving && strcmp(entry->card->name, name) == 0) {
			return true;
		}
	}
	return false;
}

/* "daw" for a guest's first card, "daw-1" for its second; "-2", "-3" … where that is taken. */
static void name_card(const struct roster *roster, struct hv *hv, struct card *card)
{
	char base[CARD_NAME_MAX + 1];

	probe_guest(hv, card->domid, card->guest);
	if (card->devid) {
		snprintf(base, sizeof(base), "%.40s-%u", card->guest, card->devid);
	} else {
		snprintf(base, sizeof(base), "%.40s", card->guest);
	}
	snprintf(card->name, sizeof(card->name), "%s", base);
	for (unsigned n = 2; name_taken(roster, card->name); n++) {
		snprintf(card->name, sizeof(card->name), "%.44s-%u", base, n);
	}
}

struct roster_entry *roster_add(struct roster *roster, struct hv *hv, struct bus_device *device,
				struct card *card)
{
	struct roster_entry *entry = calloc(1, sizeof(*entry));
	struct tally *tallies = calloc(card->slot_count, sizeof(*tallies));

	if (!entry || !tallies) {
		free(entry);
		free(tallies);
		return NULL;
	}
	name_card(roster, hv, card);
	entry->card = card;
	entry->device = device;
	entry->tallies = tallies;
	entry->next = roster->entries;
	roster->entries = entry;
	card->ctl = entry;
	device->owner = entry;
	return entry;
}

unsigned roster_lingering(const struct roster *roster, const struct bus_device *device)
{
	unsigned count = 0;

	for (const struct roster_entry *entry = roster->entries; entry; entry = entry->next) {
		count += entry->leaving && entry->in_jack && entry->card->domid == device->domid &&
			 entry->card->devid == device->devid;
	}
	return count;
}

void roster_release(struct roster *roster, struct roster_entry *entry)
{
	if (!entry->device && !entry->in_io && !entry->in_jack) {
		free_entry(roster, entry);
	}
}

void roster_clear(struct roster *roster)
{
	while (roster->entries) {
		free_entry(roster, roster->entries);
	}
}
