/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/daemon/card_limits.h"

#include <string.h>

#include "src/base/guest_log.h"
#include "xen/bus.h"

/* Request ring and event page; a page directory is mapped only while it is read. */
#define PAGES_PER_STREAM 2u
/* A Dom0 that is a PV domain maps each page for its kernel, too. */
#define MAPPINGS_PER_PAGE 2u

/* What cards take up. */
struct use {
	uint64_t ports, memory_kib, mappings;
};

static void add_card(struct use *use, const struct card *card, bool in_jack, bool in_io)
{
	for (unsigned i = 0; i < card->stream_count; i++) {
		const struct stream *stream = &card->streams[i];
		uint64_t bytes = stream->buffer_bytes_max;
		uint64_t pages = (bytes + HV_PAGE_SIZE - 1) / HV_PAGE_SIZE;

		use->ports += in_jack ? stream->channels : 0;
		use->memory_kib += in_io ? pages * HV_PAGE_SIZE / 1024 : 0;
		use->mappings += in_io ? (pages + PAGES_PER_STREAM) * MAPPINGS_PER_PAGE : 0;
	}
}

/* jack removes the ports of a card that is leaving before it adds those of a later card. */
static void add_entry(struct use *use, const struct cards_entry *entry)
{
	add_card(use, entry->card, !entry->leaving, entry->in_io);
}

static void count(const struct cards *cards, const struct card *card, struct use *guest,
		  struct use *all)
{
	for (const struct cards_entry *entry = cards->entries; entry; entry = entry->next) {
		const struct card *other = entry->card;

		add_entry(all, entry);
		if (other->domid == card->domid) {
			add_entry(guest, entry);
		}
	}
	add_card(guest, card, true, true);
	add_card(all, card, true, true);
}

/* Whether jack holds so many former cards of the device, or of its guest, that it must hang. */
static bool lingers(const struct cards *cards, const struct card *card)
{
	unsigned device = 0, guest = 0;

	for (const struct cards_entry *entry = cards->entries; entry; entry = entry->next) {
		const struct card *other = entry->card;

		if (entry->leaving && entry->in_jack) {
			device += other->domid == card->domid && other->devid == card->devid;
			guest += strcmp(card_guest(other), card_guest(card)) == 0;
		}
	}
	return device >= CARD_LIMITS_LINGERING || guest >= CARD_LIMITS_LINGERING_GUEST;
}

/* Logs a refusal, but only the first of its kind. */
static bool first(struct bus_device *device, unsigned kind)
{
	bool told = device->refusals & 1u << kind;

	device->refusals |= 1u << kind;
	return !told;
}

static bool refuse(struct bus_device *device, const char *who, uint64_t use, const char *what,
		   uint64_t max, const char *option, unsigned kind)
{
	if (first(device, kind)) {
		guest_log_warning(
			device->log,
			"vsnd %u/%u: refused: %s would have %llu %s, more than the limit of "
			"%llu: see %s",
			device->domid, device->devid, who, (unsigned long long)use, what,
			(unsigned long long)max, option);
	}
	return false;
}

bool card_limits_admit(const struct card_limits *limits, const struct cards *cards,
		       struct bus_device *device, const struct card *card)
{
	const struct guest_name_card made = { card_guest(card), card->domid, 0, 1 };
	char who[CARD_NAME_MAX + 1];
	struct use guest = { 0 }, all = { 0 };
	bool half = limits->ports > limits->jack_ports / 2;
	const struct {
		const char *who;
		const uint64_t *use;
		const char *what;
		uint64_t max;
		const char *option;
	} rows[] = {
		{ who, &guest.ports, "JACK ports", half ? limits->jack_ports / 2 : limits->ports,
		  half ? "[jack] port-max" : "[limits] ports" },
		{ who, &guest.memory_kib, "KiB of buffer", limits->memory_kib, "[limits] memory" },
		{ "all guests", &all.ports, "JACK ports",
		  limits->jack_ports - limits->jack_ports / 8, "[jack] port-max" },
		{ "all guests", &all.mappings, "mapped pages",
		  limits->mappings - limits->mappings / 4, "[limits] mappings" },
	};

	guest_name_of_card(who, &made);
	count(cards, card, &guest, &all);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (*rows[i].use > rows[i].max) {
			return refuse(device, rows[i].who, *rows[i].use, rows[i].what, rows[i].max,
				      rows[i].option, i);
		}
	}
	if (!lingers(cards, card)) {
		return true;
	}
	if (first(device, sizeof(rows) / sizeof(rows[0]))) {
		guest_log_warning(device->log,
				  "vsnd %u/%u: refused: reconnects too often while JACK hangs",
				  device->domid, device->devid);
	}
	return false;
}
