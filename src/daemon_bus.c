/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the bus asks for. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/daemon_parts.h"
#include "src/keep.h"
#include "src/log.h"
#include "xen/complete.h"

/*
 * Cards that a device may leave behind in jack, which hangs as long as its server does: each has
 * two letters there, and a guest may connect anew as often as it likes.
 */
#define LINGERING_MAX 4u

static bool on_found(void *arg, struct bus_device *device)
{
	struct daemon *daemon = arg;

	if (bus_accepted(daemon->bus, device->domid) >= daemon->options.cards) {
		log_warning("domain %u: card %u is refused, the limit is %u cards a guest",
			    device->domid, device->devid, daemon->options.cards);
		return false;
	}
	return true;
}

static struct complete_rates rates_of(const struct daemon *daemon, const struct bus_device *device)
{
	char guest[CARD_NAME_MAX + 1];

	probe_guest(daemon->hv, device->domid, guest);
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

/* A driver domain may not write any front end's configuration: that is said once for all. */
static void note_completion(struct daemon *daemon, const struct bus_device *device, int err)
{
	if (err && !(err == -EACCES && daemon->read_only)) {
		log_warning("vsnd %u/%u: its configuration can not be completed: %s", device->domid,
			    device->devid, strerror(-err));
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

static void on_attach(void *arg, struct bus_device *device, bool adopt)
{
	struct daemon *daemon = arg;
	struct roster_entry *entry;
	struct card *card;

	if (roster_lingering(&daemon->roster, device) >= LINGERING_MAX) {
		log_warning("domain %u: card %u connects again and again while JACK hangs: refused",
			    device->domid, device->devid);
		bus_attached(daemon->bus, device, -EBUSY);
		return;
	}
	card = probe_card(daemon->hv, device->domid, device->devid, device->frontend,
			  &daemon->options.limits);
	entry = card ? roster_add(&daemon->roster, daemon->hv, device, card) : NULL;
	if (!entry) {
		card_destroy(card);
		bus_attached(daemon->bus, device, -EINVAL);
		return;
	}
	card->resample = config_guest(daemon->options.config, card->guest)->resample;
	daemon_compare(daemon, device);
	/* Before io opens a stream: one that was muted must not be heard first. */
	if (desk_add(&daemon->desk, card)) {
		log_error("%s: no memory for its levels", card->name);
	}
	entry->in_io = true;
	/* As if a letter were under way: none may be before io has taken the card, and freed it is
	 * if io does not. */
	atomic_store(&card->moved, true);
	daemon_post(&daemon->io, MAIL_ATTACH, card, adopt, 0);
}

static void on_detach(void *arg, struct bus_device *device)
{
	struct daemon *daemon = arg;
	struct roster_entry *entry = device->owner;

	entry->leaving = true;
	/* No letter about a fader comes behind this one, and none finds the card freed. */
	desk_remove(&daemon->desk, entry->card);
	daemon_post(&daemon->io, MAIL_DETACH, entry->card, daemon->leaving, 0);
}

static bool on_current(void *arg, const struct bus_device *device)
{
	struct daemon *daemon = arg;
	const struct roster_entry *entry = device->owner;

	return probe_is_current(daemon->hv, entry->card, device->frontend);
}

static void on_forget(void *arg, struct bus_device *device)
{
	(void)arg;
	(void)device;
}

/* What is kept of a card is of use as long as its front end is connected. */
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
		.forget = on_forget,
		.arg = daemon,
	};

	if (daemon->options.run_dir >= 0) {
		keep_sweep(daemon->options.run_dir, still_connected, daemon->hv);
	}
	daemon->bus = bus_create(daemon->hv, daemon->loop, &owner);
	return daemon->bus ? 0 : -errno;
}
