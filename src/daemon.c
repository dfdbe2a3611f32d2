/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/daemon_parts.h"
#include "src/log.h"
#include "xen/sndif.h"

/* How often counters of the process callbacks are looked at, for the log. */
#define REPORT_S 1.0

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
		if (!entry->leaving) {
			daemon_post(&daemon->io, MAIL_DESK, entry->card, 0, 0);
		}
		daemon_post(&daemon->jack, MAIL_ADD, entry->card, 0, 0);
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
		daemon_post(&daemon->jack, MAIL_REMOVE, entry->card, 0, 0);
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
		daemon_post(&daemon->jack, MAIL_HELD, NULL, 0, 0);
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
			daemon_compare(daemon, entry->device);
		}
	}
	bus_offer_again(daemon->bus);
}

/* Jack has one set at a time: it may hang for long. */
static void send_rules(struct daemon *daemon)
{
	const struct routes_options *options = &daemon->options.jack.routes;

	daemon->rules_due = daemon->rules != NULL;
	if (daemon->rules) {
		return;
	}
	daemon->rules = calloc(1, sizeof(*daemon->rules));
	if (!daemon->rules) {
		log_error("no memory for the rules: the old ones stay");
		return;
	}
	memcpy(daemon->rules->all, options->rules, options->rule_count * sizeof(struct route));
	daemon->rules->count = options->rule_count;
	daemon->rules->autoconnect = options->autoconnect;
	mail_send(&daemon->jack.inbox,
		  &(struct mail){ .verb = MAIL_RULES, .rules = daemon->rules });
}

static void on_ruled(struct daemon *daemon)
{
	free(daemon->rules);
	daemon->rules = NULL;
	if (daemon->rules_due) {
		send_rules(daemon);
	}
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
			daemon_post(&daemon->io, MAIL_ACTIVE, mail->card, 0, 0);
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
		on_ruled(daemon);
		break;
	case MAIL_LOST:
		daemon_post(&daemon->io, MAIL_HOLD, NULL, 0, 0);
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

static int start_server(struct daemon *daemon)
{
	struct server_options options = daemon->options.osc;

	options.control = desk_control(&daemon->desk);
	options.jack_version = client_jack_version();
	daemon->server = server_create(daemon->loop, &options);
	return daemon->server ? 0 : -errno;
}

/* As libjack has it, if it is not told. */
static const char *server_name(const struct daemon_options *options)
{
	const char *standard = getenv("JACK_DEFAULT_SERVER");

	return options->jack.server    ? options->jack.server
	       : standard && *standard ? standard
				       : "default";
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
	err = mail_open(&daemon->from_io, loop, on_io_letter, daemon);
	err = err ? err : mail_open(&daemon->from_jack, loop, on_jack_letter, daemon);
	daemon->console.loop = loop;
	daemon->console.from_jack = &daemon->from_jack;
	daemon->console.to_io = &daemon->io.inbox;
	daemon->console.to_jack = &daemon->jack.inbox;
	err = err ? err : console_open(&daemon->console, &daemon->desk, options->state_dir);
	daemon->desk.status = (struct control_status){
		.server = server_name(options),
		.rate_hz = options->rate_hz,
		.period_frames = options->period_frames,
	};
	err = err ? err : start_io(daemon);
	err = err ? err : start_jack(daemon);
	err = err ? err : daemon_start_bus(daemon);
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
	daemon->options.jack.routes.rules = options->jack.routes.rules;
	daemon->options.jack.routes.rule_count = options->jack.routes.rule_count;
	daemon->options.jack.routes.autoconnect = options->jack.routes.autoconnect;
	daemon_post(&daemon->io, MAIL_LIMIT, NULL, (int)options->requests, 0);
	send_rules(daemon);
	server_reload(daemon->server, &options->osc);
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
	free(daemon->rules);
	roster_clear(&daemon->roster);
	mail_close(&daemon->from_jack);
	mail_close(&daemon->from_io);
	free(daemon);
}
