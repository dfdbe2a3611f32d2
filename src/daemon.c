/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/daemon.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/console.h"
#include "src/keep.h"
#include "src/log.h"
#include "src/roster.h"
#include "src/rules.h"
#include "src/worker.h"
#include "xen/bus.h"
#include "xen/complete.h"
#include "xen/sndif.h"

/*
 * Cards that a device may leave behind in jack, which hangs as long as its server does: each has
 * two letters there, and a guest may connect anew as often as it likes.
 */
#define LINGERING_MAX 4u

/* How often counters of the process callbacks are looked at, for the log. */
#define REPORT_S 1.0

struct daemon {
	struct daemon_options options;
	struct ev_loop *loop;
	struct hv *hv;
	struct bus *bus;
	bool leaving; /* what is let go of is the next daemon's */
	struct mailbox from_io, from_jack;
	struct worker io, jack;
	struct sndif *sndif;
	struct client_pool *pool;
	struct roster roster;
	struct desk desk;
	struct console console;
	struct server *server;
	struct rules rules;
	uint32_t rate_hz; /* JACK's, or assumed */
	bool store_lost;  /* has been logged */
	bool read_only;	  /* of front ends' configuration: has been logged */
	uint64_t dropped; /* log lines of io and jack, as last reported */
	ev_timer report;
};

static void post(struct worker *worker, enum mail_verb verb, struct card *card, int a, int b)
{
	mail_send(&worker->inbox, &(struct mail){ .verb = verb, .card = card, .a = a, .b = b });
}

/* --- what the bus asks for */

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

static void compare(const struct daemon *daemon, const struct bus_device *device)
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
	compare(daemon, device);
	/* Before io opens a stream: one that was muted must not be heard first. */
	if (desk_add(&daemon->desk, card)) {
		log_error("%s: no memory for its levels", card->name);
	}
	entry->in_io = true;
	post(&daemon->io, MAIL_ATTACH, card, adopt, 0);
}

static void on_detach(void *arg, struct bus_device *device)
{
	struct daemon *daemon = arg;
	struct roster_entry *entry = device->owner;

	entry->leaving = true;
	/* No letter about a fader comes behind this one, and none finds the card freed. */
	desk_remove(&daemon->desk, entry->card);
	post(&daemon->io, MAIL_DETACH, entry->card, daemon->leaving, 0);
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

/* --- what io and jack answer */

static void on_attached(struct daemon *daemon, struct roster_entry *entry, int result, bool adopted)
{
	struct bus_device *device = entry->device;

	if (result) {
		desk_remove(&daemon->desk, entry->card);
		entry->in_io = false;
		entry->device = NULL;
		device->owner = NULL;
		roster_release(&daemon->roster, entry);
	} else {
		entry->in_jack = true;
		post(&daemon->jack, MAIL_ADD, entry->card, 0, 0);
		log_notice("%s: card of domain %u is connected%s, %u streams", entry->card->name,
			   device->domid, adopted ? " as it was" : "", entry->card->slot_count);
	}
	bus_attached(daemon->bus, device, adopted ? BUS_ADOPTED : result);
}

static void on_detached(struct daemon *daemon, struct roster_entry *entry)
{
	struct bus_device *device = entry->device;

	log_notice("%s: card of domain %u is gone", entry->card->name, device->domid);
	entry->in_io = false;
	entry->device = NULL;
	device->owner = NULL;
	if (entry->in_jack) {
		post(&daemon->jack, MAIL_REMOVE, entry->card, 0, 0);
	}
	roster_release(&daemon->roster, entry);
	bus_detached(daemon->bus, device);
}

static void on_io_letter(void *arg, const struct mail *mail)
{
	struct daemon *daemon = arg;

	switch (mail->verb) {
	case MAIL_ATTACHED:
		on_attached(daemon, mail->card->ctl, mail->a, mail->b);
		break;
	case MAIL_DETACHED:
		on_detached(daemon, mail->card->ctl);
		break;
	case MAIL_HELD:
		post(&daemon->jack, MAIL_HELD, NULL, 0, 0);
		break;
	default:
		break;
	}
}

static void on_clock(struct daemon *daemon, uint32_t rate_hz)
{
	if (rate_hz == daemon->rate_hz) {
		return;
	}
	daemon->rate_hz = rate_hz;
	for (const struct roster_entry *entry = daemon->roster.entries; entry;
	     entry = entry->next) {
		if (entry->device) {
			compare(daemon, entry->device);
		}
	}
	bus_offer_again(daemon->bus);
}

static void on_jack_letter(void *arg, const struct mail *mail)
{
	struct daemon *daemon = arg;
	struct roster_entry *entry = mail->card ? mail->card->ctl : NULL;

	console_letter(&daemon->console, mail);
	switch (mail->verb) {
	case MAIL_ACTIVE:
		assert(entry);
		if (entry->in_io && !entry->leaving) {
			post(&daemon->io, MAIL_ACTIVE, mail->card, 0, 0);
		}
		break;
	case MAIL_REMOVED:
		assert(entry);
		entry->in_jack = false;
		roster_release(&daemon->roster, entry);
		break;
	case MAIL_CLOCK:
		on_clock(daemon, (uint32_t)mail->a);
		mail_send(&daemon->io.inbox, mail);
		break;
	case MAIL_FREEWHEEL:
		mail_send(&daemon->io.inbox, mail);
		break;
	case MAIL_RULED:
		rules_return(&daemon->rules);
		break;
	case MAIL_LOST:
		post(&daemon->io, MAIL_HOLD, NULL, 0, 0);
		break;
	default:
		break;
	}
}

/* --- what nobody tells us, looked at now and then */

/*
 * libxenstore's descriptor says nothing when the XenStore daemon dies, so a request has to. What is
 * connected needs no XenStore to go on.
 */
static void check_store(struct daemon *daemon)
{
	char *domid = daemon->hv->ops->read(daemon->hv, 0, "domid");
	bool lost = !domid && errno != ENOENT && errno != EACCES;

	if (lost && !daemon->store_lost) {
		log_error("XenStore does not answer any more: %s; connected cards go on, no other "
			  "will, until xenjackd is started again",
			  strerror(errno));
	}
	daemon->store_lost |= lost;
	free(domid);
}

static void on_report(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct daemon *daemon = timer->data;
	uint64_t dropped = rt_counter_get(&daemon->from_io.dropped) +
			   rt_counter_get(&daemon->from_jack.dropped);

	(void)loop;
	(void)revents;
	check_store(daemon);
	if (dropped != daemon->dropped) {
		log_warning("%llu log lines were too many and were dropped so far",
			    (unsigned long long)dropped);
		daemon->dropped = dropped;
	}
	console_save(&daemon->console);
	for (struct roster_entry *entry = daemon->roster.entries; entry; entry = entry->next) {
		for (unsigned i = 0; i < entry->card->slot_count; i++) {
			tally_report(&entry->tallies[i], entry->card, &entry->card->slots[i]);
		}
	}
}

/* --- start and stop */

static int start_io(struct daemon *daemon)
{
	const struct sndif_options options = {
		.rate_hz = daemon->options.rate_hz,
		.period_frames = daemon->options.period_frames,
		.requests_per_s = daemon->options.requests,
		.run_dir = daemon->options.run_dir,
	};
	int err = worker_open(&daemon->io, "xenjack-io", &daemon->from_io);

	if (err) {
		return err;
	}
	daemon->sndif = sndif_create(daemon->hv, daemon->io.loop, &daemon->from_io, &options);
	if (!daemon->sndif) {
		return -errno;
	}
	return worker_start(&daemon->io, sndif_letter, daemon->sndif);
}

static int start_jack(struct daemon *daemon)
{
	int err = worker_open(&daemon->jack, "xenjack-jack", &daemon->from_jack);

	if (err) {
		return err;
	}
	daemon->pool = client_create(daemon->jack.loop, &daemon->from_jack, &daemon->options.jack);
	if (!daemon->pool) {
		return -errno;
	}
	return worker_start(&daemon->jack, client_letter, daemon->pool);
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

static int start_bus(struct daemon *daemon)
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

static int start_server(struct daemon *daemon)
{
	struct server_options options = daemon->options.osc;

	options.control = desk_control(&daemon->desk);
	options.jack_version = client_jack_version();
	daemon->server = server_create(daemon->loop, &options);
	return daemon->server ? 0 : -errno;
}

struct daemon *daemon_create(struct ev_loop *loop, struct hv *hv,
			     const struct daemon_options *options)
{
	struct daemon *daemon = calloc(1, sizeof(*daemon));
	int err;

	if (!daemon) {
		return NULL;
	}
	daemon->options = *options;
	daemon->loop = loop;
	daemon->hv = hv;
	daemon->rate_hz = options->rate_hz;
	daemon->rules.to_jack = &daemon->jack.inbox;
	err = mail_open(&daemon->from_io, loop, on_io_letter, daemon);
	err = err ? err : mail_open(&daemon->from_jack, loop, on_jack_letter, daemon);
	daemon->console.loop = loop;
	daemon->console.from_jack = &daemon->from_jack;
	daemon->console.to_io = &daemon->io.inbox;
	daemon->console.to_jack = &daemon->jack.inbox;
	err = err ? err : console_open(&daemon->console, &daemon->desk, options->state_dir);
	daemon->desk.status = (struct control_status){
		.server = options->jack.server ? options->jack.server : "",
		.rate_hz = options->rate_hz,
		.period_frames = options->period_frames,
	};
	err = err ? err : start_io(daemon);
	err = err ? err : start_jack(daemon);
	err = err ? err : start_bus(daemon);
	err = err ? err : start_server(daemon);
	if (err) {
		log_error("can not start: %s", strerror(-err));
		daemon_destroy(daemon);
		errno = -err;
		return NULL;
	}
	ev_timer_init(&daemon->report, on_report, REPORT_S, REPORT_S);
	daemon->report.data = daemon;
	ev_timer_start(loop, &daemon->report);
	return daemon;
}

void daemon_reload(struct daemon *daemon, const struct daemon_options *options)
{
	daemon->options.limits = options->limits;
	daemon->options.cards = options->cards;
	daemon->options.requests = options->requests;
	post(&daemon->io, MAIL_LIMIT, NULL, (int)options->requests, 0);
	rules_send(&daemon->rules, options->jack.routes.rules, options->jack.routes.rule_count,
		   options->jack.routes.autoconnect);
	bus_offer_again(daemon->bus);
}

static void on_left(void *arg)
{
	struct daemon *daemon = arg;

	ev_break(daemon->loop, EVBREAK_ALL);
}

void daemon_leave(struct daemon *daemon)
{
	daemon->leaving = true;
	bus_leave(daemon->bus, on_left, daemon);
}

void daemon_destroy(struct daemon *daemon)
{
	if (!daemon) {
		return;
	}
	server_destroy(daemon->server);
	ev_timer_stop(daemon->loop, &daemon->report);
	bus_destroy(daemon->bus);
	/* jack first: once its clients are closed no callback can be inside a stream. */
	worker_stop(&daemon->jack);
	client_destroy(daemon->pool);
	worker_close(&daemon->jack);
	worker_stop(&daemon->io);
	sndif_destroy(daemon->sndif);
	worker_close(&daemon->io);
	console_close(&daemon->console);
	rules_finish(&daemon->rules);
	roster_clear(&daemon->roster);
	mail_close(&daemon->from_jack);
	mail_close(&daemon->from_io);
	free(daemon);
}
