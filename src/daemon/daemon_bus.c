/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon as the bus's owner: limits, completion of the configuration, attach and detach. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/guest_log.h"
#include "src/base/handover.h"
#include "src/daemon/daemon_parts.h"
#include "xen/complete.h"

static bool on_found(void *arg, struct bus_device *device)
{
	struct daemon *daemon = arg;

	if (bus_accepted(daemon->bus, device->domid) >= daemon->options.cards) {
		guest_log_warning(device->log,
				  "vsnd %u/%u: refused: limit of %u cards per guest reached",
				  device->domid, device->devid, daemon->options.cards);
		return false;
	}
	return true;
}

static struct complete_rates rates_of(const struct daemon *daemon, const struct bus_device *device)
{
	char guest[GUEST_NAME_MAX + 1];

	/* Too long: refused when it attaches. */
	(void)probe_guest(daemon->hv, device->domid, guest);
	return (struct complete_rates){
		.jack_hz = daemon->rate_hz,
		.resample = config_guest(daemon->options.config, guest)->resample != RESAMP_NO,
	};
}

void daemon_compare(const struct daemon *daemon, const struct bus_device *device)
{
	const struct complete_rates rates = rates_of(daemon, device);

	complete_compare(daemon->hv, device, &rates);
}

/* A driver domain has no write access to any front end's configuration: log that only once. */
static void note_completion(struct daemon *daemon, const struct bus_device *device, int err)
{
	if (err && !(err == -EACCES && daemon->read_only)) {
		guest_log_warning(device->log,
				  "vsnd %u/%u: cannot complete the card's configuration: %s",
				  device->domid, device->devid, strerror(-err));
	}
	daemon->read_only |= err == -EACCES;
}

static void on_offer(void *arg, struct bus_device *device)
{
	struct daemon *daemon = arg;
	const struct complete_rates rates = rates_of(daemon, device);

	note_completion(daemon, device,
			complete_card(daemon->hv, device, &rates, &daemon->options.limits));
}

static void on_taken(void *arg, struct bus_device *device)
{
	struct daemon *daemon = arg;

	note_completion(daemon, device, complete_restore(daemon->hv, device));
}

/* A device's card, unless it is not served: the reason is logged. */
static struct cards_entry *add_card(struct daemon *daemon, struct bus_device *device)
{
	struct cards_entry *entry = NULL;
	struct card *card = probe_card(daemon->hv, device->domid, device->devid, device->frontend,
				       &daemon->options.limits);

	if (!card) {
		return NULL;
	}
	if (probe_guest(daemon->hv, card->domid, card->guest)) {
		guest_log_warning(device->log,
				  "vsnd %u/%u: card refused: the domain's name has more than %u "
				  "bytes",
				  device->domid, device->devid, GUEST_NAME_MAX);
	} else if (card_limits_admit(&daemon->options.card_limits, &daemon->cards, device, card)) {
		entry = cards_add(&daemon->cards, device, card);
	}
	if (!entry) {
		card_destroy(card);
	}
	return entry;
}

static void on_attach(void *arg, struct bus_device *device, bool adopt)
{
	struct daemon *daemon = arg;
	struct cards_entry *entry = add_card(daemon, device);
	const struct config_guest *options;
	struct card *card;

	if (!entry) {
		bus_attached(daemon->bus, device, -EINVAL);
		return;
	}
	card = entry->card;
	options = config_guest(daemon->options.config, card_guest(card));
	card->resample = options->resample;
	card->new_streams = options->new_streams;
	daemon_compare(daemon, device);
	/* Before io opens a stream: a muted stream must not be heard even briefly. */
	if (mixer_add(&daemon->mixer, card)) {
		guest_log_error(card->log,
				"%s: out of memory: its streams are missing from the mixer",
				card->name);
	}
	entry->in_io = true;
	/* Holds back MSG_LEVELS as if one were under way: io must have accepted the card before one
	 * is sent, and if io refuses it, the card is freed. */
	atomic_store(&card->moved, true);
	daemon_post(&daemon->io, MSG_ATTACH, card, adopt, 0);
}

static void on_detach(void *arg, struct bus_device *device)
{
	struct daemon *daemon = arg;
	struct cards_entry *entry = device->owner;

	entry->leaving = true;
	/* Ensures that no MSG_LEVELS follows MSG_DETACH: it would find the card freed. */
	mixer_remove(&daemon->mixer, entry->card);
	daemon_post(&daemon->io, MSG_DETACH, entry->card, daemon->leaving, 0);
}

static bool on_current(void *arg, const struct bus_device *device)
{
	struct daemon *daemon = arg;
	const struct cards_entry *entry = device->owner;

	return probe_is_current(daemon->hv, entry->card, device->frontend);
}

/* A card's handover is useful only while its front end is connected. */
static bool still_connected(void *arg, uint32_t domid, uint32_t devid)
{
	struct hv *hv = arg;
	char path[64];
	char *state;
	bool connected;

	snprintf(path, sizeof(path), "/local/domain/%u/device/vsnd/%u/state", domid, devid);
	state = hv->ops->read(hv, 0, path);
	connected = state && strcmp(state, "4") == 0;
	free(state);
	return connected;
}

int daemon_start_bus(struct daemon *daemon)
{
	const struct bus_owner owner = {
		.found = on_found,
		.offer = on_offer,
		.taken = on_taken,
		.attach = on_attach,
		.detach = on_detach,
		.current = on_current,
		.arg = daemon,
	};

	if (daemon->options.run_dir >= 0) {
		handover_sweep(daemon->options.run_dir, still_connected, daemon->hv);
	}
	daemon->bus = bus_create(daemon->hv, daemon->loop, &owner);
	return daemon->bus ? 0 : -errno;
}
