/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/clock.h"
#include "src/base/guest_log.h"
#include "src/base/log.h"
#include "src/base/statefile_dir.h"
#include "src/daemon/daemon_parts.h"
#include "xen/sndif.h"

/*
 * Limit of each stage of leaving: until jack is ready, until io has let the cards go, until jack
 * has closed its clients. Guests are served in the first; a freewheel that lasts longer may never
 * end.
 */
#define LEAVE_S 10

/* Interval for logging what the process callbacks have counted. */
#define REPORT_S 1.0

/* --- messages from io and jack */

static void on_attached(struct daemon *daemon, struct cards_entry *entry, int result, bool adopted)
{
	struct bus_device *device = entry->device;
	bool renamed = strcmp(card_guest(entry->card), entry->card->name) != 0 &&
		       *card_guest(entry->card);

	if (result) {
		mixer_remove(&daemon->mixer, entry->card);
		entry->in_io = false;
		entry->device = NULL;
		device->owner = NULL;
		cards_release(&daemon->cards, entry);
	} else {
		entry->in_jack = true;
		if (!entry->leaving) {
			daemon_post(&daemon->io, MSG_LEVELS, entry->card, 0, 0);
		}
		daemon_post(&daemon->jack, MSG_ADD, entry->card, 0, 0);
		guest_log_notice(
			entry->card->log, "%s: card of domain %u is connected%s, %u stream%s%s%s",
			entry->card->name, device->domid, adopted ? " (adopted)" : "",
			entry->card->stream_count, entry->card->stream_count == 1 ? "" : "s",
			renamed ? "; the guest is " : "", renamed ? card_guest(entry->card) : "");
	}
	bus_attached(daemon->bus, device, adopted ? BUS_ADOPTED : result);
}

static void on_detached(struct daemon *daemon, struct cards_entry *entry)
{
	struct bus_device *device = entry->device;

	guest_log_notice(entry->card->log, "%s: card of domain %u is gone", entry->card->name,
			 device->domid);
	entry->in_io = false;
	entry->device = NULL;
	device->owner = NULL;
	if (entry->in_jack) {
		daemon_post(&daemon->jack, MSG_REMOVE, entry->card, 0, 0);
	}
	cards_release(&daemon->cards, entry);
	bus_detached(daemon->bus, device);
}

static void on_io_msg(void *arg, const struct msg *msg)
{
	struct daemon *daemon = arg;

	switch (msg->type) {
	case MSG_ATTACHED:
		on_attached(daemon, msg->card->main, msg->a, msg->b);
		break;
	case MSG_DETACHED:
		on_detached(daemon, msg->card->main);
		break;
	case MSG_HELD:
		daemon_post(&daemon->jack, MSG_HELD, NULL, 0, 0);
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
	for (const struct cards_entry *entry = daemon->cards.entries; entry; entry = entry->next) {
		if (entry->device) {
			daemon_compare(daemon, entry->device);
		}
	}
	bus_offer_again(daemon->bus);
}

/* Sends one set at a time: jack may hang for long. */
static void send_rules(struct daemon *daemon)
{
	const struct routes_options *options = &daemon->options.jack.routes;

	daemon->rules_due = daemon->rules != NULL;
	if (daemon->rules) {
		return;
	}
	daemon->rules = calloc(1, sizeof(*daemon->rules));
	if (!daemon->rules) {
		log_error("out of memory: the old connection rules stay in effect");
		return;
	}
	memcpy(daemon->rules->all, options->rules, options->rule_count * sizeof(struct route));
	daemon->rules->count = options->rule_count;
	daemon->rules->autoconnect = options->autoconnect;
	msgq_send(&daemon->jack.inbox, &(struct msg){ .type = MSG_RULES,
						      .rules = daemon->rules,
						      .place = &daemon->rules->place });
}

static void on_ruled(struct daemon *daemon)
{
	free(daemon->rules);
	daemon->rules = NULL;
	if (daemon->rules_due) {
		send_rules(daemon);
	}
}

static void on_left(void *arg)
{
	struct daemon *daemon = arg;

	daemon->stage = DAEMON_LEFT;
	ev_break(daemon->loop, EVBREAK_ALL);
}

static void let_go(struct daemon *daemon)
{
	daemon->stage = DAEMON_LETS_GO;
	ev_timer_again(daemon->loop, &daemon->leaving_timer);
	bus_leave(daemon->bus, on_left, daemon);
}

static void on_leaving_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct daemon *daemon = timer->data;

	(void)revents;
	if (daemon->stage == DAEMON_WAITS) {
		log_warning("JACK hangs or freewheels: leaving without it");
		let_go(daemon);
	} else {
		ev_break(loop, EVBREAK_ALL);
	}
}

static void on_jack_msg(void *arg, const struct msg *msg)
{
	struct daemon *daemon = arg;
	struct cards_entry *entry = msg->card ? msg->card->main : NULL;

	mixer_link_handle_msg(&daemon->link, msg);
	switch (msg->type) {
	case MSG_ADDED:
		assert(entry);
		if (entry->in_io && !entry->leaving) {
			daemon_post(&daemon->io, MSG_ACTIVE, msg->card, 0, 0);
		}
		break;
	case MSG_REMOVED:
		assert(entry);
		entry->in_jack = false;
		cards_release(&daemon->cards, entry);
		break;
	case MSG_CLOCK:
		on_clock(daemon, (uint32_t)msg->a);
		msgq_send(&daemon->io.inbox, msg);
		break;
	case MSG_FREEWHEEL:
		msgq_send(&daemon->io.inbox, msg);
		break;
	case MSG_RULED:
		on_ruled(daemon);
		break;
	case MSG_READY:
		daemon->jack_ready = true;
		if (daemon->stage == DAEMON_WAITS) {
			let_go(daemon);
		}
		break;
	case MSG_LOST:
		daemon_post(&daemon->io, MSG_HOLD, NULL, 0, 0);
		break;
	default:
		break;
	}
}

/* --- polling: what sends no message */

/*
 * Sends a request to detect the death of xenstored: libxenstore's descriptor stays silent.
 * Connected cards need no xenstore.
 */
static void check_store(struct daemon *daemon)
{
	char *domid = daemon->hv->ops->read(daemon->hv, 0, "domid");
	bool lost = !domid && errno != ENOENT && errno != EACCES;

	if (lost && !daemon->store_lost) {
		log_error("xenstore no longer answers: %s; connected cards go on, but no new ones "
			  "can connect until xenjackd restarts",
			  strerror(errno));
	}
	daemon->store_lost |= lost;
	free(domid);
}

static void check_state(struct daemon *daemon)
{
	if (daemon->options.state && statefile_dir_look(daemon->options.state)) {
		mixer_link_move(&daemon->link);
		daemon_post(&daemon->jack, MSG_MOVED, NULL, 0, 0);
	}
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
		log_warning("log queue full: %llu lines dropped so far",
			    (unsigned long long)dropped);
		daemon->dropped = dropped;
	}
	guest_log_report();
	check_state(daemon);
	mixer_link_save(&daemon->link);
	for (struct cards_entry *entry = daemon->cards.entries; entry; entry = entry->next) {
		for (unsigned i = 0; i < entry->card->stream_count; i++) {
			xrun_log_report(&entry->xrun_logs[i], entry->card,
					&entry->card->streams[i]);
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
		.resample_percent = daemon->options.resample_percent,
		.run_dir = daemon->options.run_dir,
		.mapper = true,
		.now_ns = clock_now_ns,
		.worked_ns = clock_worked_ns,
	};
	int err = worker_open(&daemon->io, "xenjack-io", &daemon->from_io);

	if (err) {
		return err;
	}
	daemon->sndif = sndif_create(daemon->hv, daemon->io.loop, &daemon->from_io, &options);
	if (!daemon->sndif) {
		return -errno;
	}
	return worker_start(&daemon->io, sndif_handle_msg, daemon->sndif);
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
	return worker_start(&daemon->jack, client_handle_msg, daemon->pool);
}

static int start_server(struct daemon *daemon)
{
	struct server_options options = daemon->options.osc;

	options.mixer = &daemon->mixer;
	options.jack_version = client_jack_version();
	daemon->server = server_create(daemon->loop, &options);
	return daemon->server ? 0 : -errno;
}

/* The name that libjack uses if none is given. */
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
	ev_timer_init(&daemon->leaving_timer, on_leaving_timer, LEAVE_S, LEAVE_S);
	daemon->leaving_timer.data = daemon;
	err = msgq_open(&daemon->from_io, loop, on_io_msg, daemon);
	err = err ? err : msgq_open(&daemon->from_jack, loop, on_jack_msg, daemon);
	daemon->link.loop = loop;
	daemon->link.from_jack = &daemon->from_jack;
	daemon->link.to_io = &daemon->io.inbox;
	daemon->link.to_jack = &daemon->jack.inbox;
	err = err ? err
		  : mixer_link_open(&daemon->link, &daemon->mixer,
				    options->state ? options->state->fd : -1);
	daemon->mixer.jack = (struct mixer_jack){
		.server = server_name(options),
		.shared = options->jack.shared,
		.rate_hz = options->rate_hz,
		.period_frames = options->period_frames,
	};
	err = err ? err : start_io(daemon);
	err = err ? err : start_jack(daemon);
	err = err ? err : daemon_start_bus(daemon);
	err = err ? err : start_server(daemon);
	if (err) {
		log_error("cannot start: %s", strerror(-err));
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
	daemon->options.card_limits = options->card_limits;
	daemon->options.requests = options->requests;
	daemon->options.resample_percent = options->resample_percent;
	daemon->options.jack.routes.rules = options->jack.routes.rules;
	daemon->options.jack.routes.rule_count = options->jack.routes.rule_count;
	daemon->options.jack.routes.autoconnect = options->jack.routes.autoconnect;
	daemon_post(&daemon->io, MSG_LIMIT, NULL, (int)options->requests,
		    (int)options->resample_percent);
	send_rules(daemon);
	server_reload(daemon->server, &options->osc);
	bus_offer_again(daemon->bus);
}

void daemon_leave(struct daemon *daemon)
{
	if (daemon->stage == DAEMON_RUNS) {
		daemon->leaving = true;
		daemon->stage = DAEMON_WAITS;
		ev_timer_again(daemon->loop, &daemon->leaving_timer);
		daemon_post(&daemon->jack, MSG_LEAVE, NULL, 0, 0);
	}
}

/* Whether the jack thread has ended: it may hang in libjack, or wait for a freewheel to end. */
static bool stop_jack(struct daemon *daemon)
{
	bool hangs = daemon->stage != DAEMON_RUNS &&
		     (daemon->stage != DAEMON_LEFT || !daemon->jack_ready);

	return worker_stop_within(&daemon->jack, hangs ? 0 : LEAVE_S);
}

bool daemon_destroy(struct daemon *daemon)
{
	if (!daemon) {
		return true;
	}
	server_destroy(daemon->server);
	daemon->server = NULL;
	ev_timer_stop(daemon->loop, &daemon->report);
	ev_timer_stop(daemon->loop, &daemon->leaving_timer);
	/* jack first: once its clients are closed, no callback can be inside a stream. */
	if (!stop_jack(daemon)) {
		mixer_link_save(&daemon->link);
		return false;
	}
	bus_destroy(daemon->bus);
	client_destroy(daemon->pool);
	worker_close(&daemon->jack);
	worker_stop(&daemon->io);
	sndif_destroy(daemon->sndif);
	worker_close(&daemon->io);
	mixer_link_close(&daemon->link);
	free(daemon->rules);
	cards_clear(&daemon->cards);
	msgq_close(&daemon->from_jack);
	msgq_close(&daemon->from_io);
	free(daemon);
	return true;
}
