/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/bus_entry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/clock.h"
#include "src/base/guest_log.h"
#include "src/base/log.h"
#include "xen/abi.h"

/* How long we stay in Closing: a guest that unloads its driver gives up after a second or two. */
#define CLOSING_S 0.2
/*
 * Longer than programs take to close a device that has gone, shorter than the 3 s that a guest
 * waits for each answer. A domain that dies meanwhile stays a zombie until then.
 */
#define LEFT_S 2.0
/*
 * The wait doubles each time a front end closes before it was Connected: it would otherwise do so
 * in a tight loop. 51 s at most.
 */
#define REFUSALS_MAX 8
#define REFUSALS_LOGGED 3
/*
 * Minimum time between attach attempts after a failure: failures are logged, and a guest must not
 * fill the log.
 */
#define FAILED_PACE_S 1.0
/* A pause this long is logged. */
#define PAUSE_LOGGED_S 1.0
#define LABEL(entry) (entry)->device.domid, (entry)->device.devid

/* --- what xenstore says */

/*
 * Whether the front end has published other rings since we attached. We check before we write
 * Connected, and again when the front end has answered that, after which it publishes no more. The
 * event of what it wrote in between may not have arrived yet.
 */
static bool is_outdated(const struct bus_entry *entry, int fe)
{
	const struct bus_owner *owner = &entry->bus->owner;
	bool connecting = entry->phase == BUS_WAITING && fe == XenbusStateInitialised;
	bool connected = entry->phase == BUS_CONNECTED && fe == XenbusStateConnected;

	return entry->attached && !entry->fe_was_4 && (connecting || connected) &&
	       !owner->current(owner->arg, &entry->device);
}

static bool read_view(struct bus_entry *entry, struct bus_view *view)
{
	bool online = false;

	*view = (struct bus_view){ 0 };
	if (!entry->vanished &&
	    (!bus_node_read_state(entry->bus->hv, entry->device.backend, &view->be) ||
	     !bus_node_read_state(entry->bus->hv, entry->device.frontend, &view->fe) ||
	     !bus_node_read_online(entry->bus->hv, entry->device.backend, &online))) {
		return false;
	}
	if (entry->phase == BUS_NEW) {
		/* A state written by a previous daemon is not the toolstack's. */
		entry->wrote = view->be;
		entry->begun = view->be != XenbusStateInitialising;
	}
	view->outdated = is_outdated(entry, view->fe);
	entry->fe_was_4 |= entry->attached && view->fe == XenbusStateConnected;
	entry->failed &= view->fe == XenbusStateInitialised;
	view->removed = !online ||
			(view->be == XenbusStateClosing && entry->wrote != XenbusStateClosing);
	view->phase = entry->phase;
	view->attached = entry->attached;
	view->adopted = entry->adopted;
	view->stale = entry->stale;
	view->fe_was_4 = entry->fe_was_4;
	view->failed = entry->failed;
	view->timeout = entry->timeout;
	return true;
}

/* --- timers */

static void start(struct bus_entry *entry, ev_timer *timer, double seconds)
{
	struct ev_loop *loop = entry->bus->loop;

	ev_timer_stop(loop, timer);
	ev_now_update(loop); /* a timer counts from the loop's cached time, which may be old */
	ev_timer_set(timer, seconds, 0.);
	ev_timer_start(loop, timer);
}

/* --- moves */

static void enter(struct bus_entry *entry, enum bus_phase phase)
{
	struct bus *bus = entry->bus;

	if (phase == entry->phase) {
		return;
	}
	if (phase == BUS_NEW) {
		entry->device.owner = NULL;
		entry->device.refusals = 0;
		entry->standing = BUS_UNKNOWN;
		entry->begun = false;
	}
	if (phase == BUS_RECYCLED) {
		guest_log_info(entry->device.log, "vsnd %u/%u: connected by a previous daemon; %s",
			       LABEL(entry), entry->adopted ? "adopted" : "recycling");
	}
	entry->phase = phase;
	entry->timeout = false;
	ev_timer_stop(bus->loop, &entry->timer);
	if (phase == BUS_CONNECTED && entry->attached) {
		bus->owner.taken(bus->owner.arg, &entry->device);
	}
}

void bus_entry_answer(struct bus_entry *entry, int result)
{
	if (entry->phase == BUS_ATTACHING) {
		entry->attached = result >= 0;
		entry->adopted = result == BUS_ADOPTED;
		entry->failed = result < 0;
	} else {
		entry->attached = entry->adopted = false;
	}
	if (result < 0 && ev_timer_remaining(entry->bus->loop, &entry->pace) < FAILED_PACE_S) {
		start(entry, &entry->pace, FAILED_PACE_S);
	}
	enter(entry, entry->next_phase);
	entry->dirty = true;
}

/* The next attach waits: longer and longer if the front end reconnects again and again. */
static void start_pause(struct bus_entry *entry)
{
	double pause_s = bus_pace_attach(&entry->attaches, (double)clock_now_ns() / 1e9);

	start(entry, &entry->pace, pause_s);
	if (pause_s >= PAUSE_LOGGED_S && !entry->paced) {
		guest_log_warning(
			entry->device.log,
			"vsnd %u/%u: the guest reconnects this card again and again; will "
			"connect it less and less often",
			LABEL(entry));
	}
	entry->paced = pause_s >= PAUSE_LOGGED_S;
}

static bool attach(struct bus_entry *entry, const struct bus_move *move)
{
	struct bus *bus = entry->bus;

	if (ev_is_active(&entry->pace)) {
		return false;
	}
	start_pause(entry);
	enter(entry, BUS_ATTACHING);
	entry->next_phase = move->phase;
	entry->stale = false;
	entry->fe_was_4 = false;
	entry->begun = true;
	if (bus_node_speaks_version_2(bus->hv, entry->device.frontend)) {
		bus->owner.attach(bus->owner.arg, &entry->device, move->adopt);
	} else {
		guest_log_warning(
			entry->device.log,
			"vsnd %u/%u: refused: the front end asks for a protocol version other "
			"than 2",
			LABEL(entry));
		bus_entry_answer(entry, -EPROTONOSUPPORT);
	}
	return entry->phase != BUS_ATTACHING;
}

/* Linux closes a device that it cannot make a card of: every one but a guest's first. */
static void count_refusals(struct bus_entry *entry)
{
	if (entry->fe_was_4) {
		entry->refusals = 0;
	} else if (entry->refusals < REFUSALS_MAX) {
		entry->refusals++;
	}
	if (entry->refusals == REFUSALS_LOGGED) {
		guest_log_warning(
			entry->device.log,
			"vsnd %u/%u: the guest closes this card each time it is connected "
			"(a Linux guest can have only one); will retry less and less often",
			LABEL(entry));
	}
}

static bool detach(struct bus_entry *entry, enum bus_phase next_phase)
{
	struct bus *bus = entry->bus;

	if (next_phase == BUS_CLOSING) {
		count_refusals(entry);
	}
	enter(entry, BUS_DETACHING);
	entry->next_phase = next_phase;
	bus->owner.detach(bus->owner.arg, &entry->device);
	return entry->phase != BUS_DETACHING;
}

static bool write_and_enter(struct bus_entry *entry, const struct bus_move *move, int from)
{
	const struct bus_owner *owner = &entry->bus->owner;
	int error;

	if (move->state == XenbusStateInitWait) {
		owner->offer(owner->arg, &entry->device);
	}
	error = bus_node_write_state(entry->bus->hv, entry->device.backend, from, move->state);
	if (error == -ENOENT) {
		return false; /* the removal is an event of its own */
	}
	if (error == -EBUSY) {
		return true;
	}
	if (error) {
		if (!entry->write_failed) {
			guest_log_error(entry->device.log,
					"vsnd %u/%u: cannot write state %d: %s; will retry",
					LABEL(entry), move->state, strerror(-error));
		}
		entry->write_failed = true;
		start(entry, &entry->pace, FAILED_PACE_S);
		return false;
	}
	guest_log_debug(entry->device.log, "vsnd %u/%u: state %d, was %d", LABEL(entry),
			move->state, from);
	entry->write_failed = false;
	entry->wrote = move->state;
	enter(entry, move->phase);
	return true;
}

static bool perform(struct bus_entry *entry, const struct bus_move *move, int be)
{
	bool done = true;

	switch (move->action) {
	case BUS_NOTHING:
		return false;
	case BUS_ATTACH:
		return attach(entry, move);
	case BUS_DETACH:
		return detach(entry, move->phase);
	case BUS_WRITE:
		done = write_and_enter(entry, move, be);
		break;
	case BUS_STAY:
		enter(entry, move->phase);
		break;
	}
	if (done && move->timer) {
		start(entry, &entry->timer,
		      move->phase == BUS_LEFT ? LEFT_S : CLOSING_S * (1 << entry->refusals));
	}
	return done;
}

/* Offers a device to the owner, once the toolstack has completed it. */
static void introduce(struct bus_entry *entry)
{
	struct bus *bus = entry->bus;
	char *frontend = bus_node_read(bus->hv, entry->device.backend, "frontend");

	if (!frontend) {
		return;
	}
	entry->standing = BUS_REFUSED;
	if (strcmp(frontend, entry->device.frontend) != 0) {
		guest_log_warning(entry->device.log,
				  "vsnd %u/%u: refused: unexpected front-end path", LABEL(entry));
	} else if (bus->owner.found(bus->owner.arg, &entry->device)) {
		entry->standing = BUS_ACCEPTED;
	}
	free(frontend);
}

/*
 * Linux takes a second or two to let go of a removed device, and writes Closed at the end. If the
 * toolstack has made the device anew by then, that lands in the new directory, and Linux ignores a
 * device that starts as Closed. It looks again when the state is what the toolstack wrote.
 */
static void revive(struct bus_entry *entry, const struct bus_view *view)
{
	if (entry->begun || entry->phase != BUS_WAITING || view->removed ||
	    view->fe != XenbusStateClosed) {
		return;
	}
	entry->begun = true; /* only once, or both sides could repeat this forever */
	guest_log_info(
		entry->device.log,
		"vsnd %u/%u: front end closed the previous device late; reset to Initialising",
		LABEL(entry));
	bus_node_write_state(entry->bus->hv, entry->device.frontend, XenbusStateClosed,
			     XenbusStateInitialising);
}

bool bus_entry_step(struct bus_entry *entry)
{
	struct bus_view view;
	struct bus_move move;

	if (entry->bus->leaving) {
		return entry->attached && entry->phase != BUS_DETACHING &&
		       detach(entry, entry->phase);
	}
	if (!entry->watched || !read_view(entry, &view)) {
		return false;
	}
	if (entry->standing == BUS_UNKNOWN && view.be) {
		introduce(entry);
	}
	/* The toolstack waits for an answer to the removal even if nothing was served. */
	if (entry->standing == BUS_UNKNOWN || (entry->standing == BUS_REFUSED && !view.removed)) {
		return false;
	}
	revive(entry, &view);
	move = bus_decide(&view);
	return perform(entry, &move, view.be);
}

void bus_entry_note(struct bus_entry *entry)
{
	entry->watched = true;
	entry->failed = false;
	entry->stale = true;
	entry->dirty = true;
}

bool bus_entry_is_idle(const struct bus_entry *entry)
{
	return !entry->attached && entry->phase != BUS_ATTACHING;
}

/* --- its life */

void bus_entry_destroy(struct bus_entry *entry)
{
	struct bus *bus = entry->bus;
	char path[BUS_PATH_SIZE];

	if (entry->device.frontend) {
		snprintf(path, sizeof(path), "%s/state", entry->device.frontend);
		bus->hv->ops->unwatch(bus->hv, path, entry->token);
	}
	ev_timer_stop(bus->loop, &entry->timer);
	ev_timer_stop(bus->loop, &entry->pace);
	guest_log_drop(entry->device.log);
	free(entry->device.backend);
	free(entry->device.frontend);
	free(entry);
}

/*
 * Not once for each device and scan: the quota of watches that xenstored has for a driver domain is
 * below BUS_DEVICES_MAX.
 */
static void complain(struct bus *bus, const struct bus_entry *entry, int error)
{
	if (error != bus->unwatched) {
		log_error("vsnd %s: refused, and so are others: cannot watch the front end: %s%s; "
			  "serving %u devices",
			  entry->token, strerror(-error),
			  error == -ENOMEM ? "" : " (xenstored's quota of watches?)", bus->count);
	}
	bus->unwatched = error;
}

struct bus_entry *bus_entry_create(struct bus *bus, uint32_t domid, uint32_t devid)
{
	struct bus_entry *entry = calloc(1, sizeof(*entry));
	char path[BUS_PATH_SIZE];
	int error = -ENOMEM;

	if (!entry) {
		return NULL;
	}
	entry->bus = bus;
	entry->device.domid = domid;
	entry->device.devid = devid;
	entry->device.log = guest_log_hold(domid);
	ev_timer_init(&entry->timer, bus->on_timer, 0., 0.);
	ev_timer_init(&entry->pace, bus->on_pace, 0., 0.);
	entry->timer.data = entry->pace.data = entry;
	snprintf(entry->token, sizeof(entry->token), "%u/%u", domid, devid);
	if (asprintf(&entry->device.backend, "%s/%s", bus->base, entry->token) < 0) {
		entry->device.backend = NULL;
	}
	if (asprintf(&entry->device.frontend, "/local/domain/%u/device/vsnd/%u", domid, devid) <
	    0) {
		entry->device.frontend = NULL;
	}
	if (entry->device.backend && entry->device.frontend) {
		snprintf(path, sizeof(path), "%s/state", entry->device.frontend);
		error = bus->hv->ops->watch(bus->hv, path, entry->token);
	}
	if (error) {
		complain(bus, entry, error);
		/* There is no watch to remove. */
		free(entry->device.frontend);
		entry->device.frontend = NULL;
		bus_entry_destroy(entry);
		return NULL;
	}
	return entry;
}
