/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/bus_entry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/log.h"
#include "xen/abi.h"

/* How long Closing stands: a guest that unloads its driver gives up after a second or two. */
#define CLOSING_S 0.2
/* Longer than programs that are told that their device is gone take to close it; shorter than the
 * 3 s that a guest waits for each answer. A domain that dies meanwhile is a zombie until then. */
#define LEFT_S 2.0
/* Twice as long for each time that a front end gave up a connection before it was Connected: it
 * would do so in a circle. 51 s at most. */
#define REFUSALS_MAX 8
#define REFUSALS_LOGGED 3
/* Between attach attempts of a device: what a guest that flaps can cost the others. */
#define ATTACH_PACE_S 0.1
/* After something failed: it is logged, and a guest must not fill the log. */
#define FAILED_PACE_S 1.0
#define LABEL(entry) (entry)->device.domid, (entry)->device.devid

/* --- what there is */

static bool read_online(struct bus_entry *entry, bool *online)
{
	char *text = bus_node_read(entry->bus->hv, entry->device.backend, "online");

	*online = text && strcmp(text, "1") == 0;
	if (!text) {
		return bus_node_answered();
	}
	free(text);
	return true;
}

/*
 * Whether the front end has published other rings since we attached. It is looked at before
 * Connected is written, and when the front end has answered that: it publishes no more then. What
 * it wrote in between may not have come to us as an event yet.
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
	     !read_online(entry, &online))) {
		return false;
	}
	if (entry->phase == BUS_NEW) {
		/* What a daemon before us wrote is not the toolstack's. */
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
	ev_now_update(loop); /* a timer counts from the loop's idea of now, which may be old */
	ev_timer_set(timer, seconds, 0.);
	ev_timer_start(loop, timer);
}

static void timer_cb(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct bus_entry *entry = timer->data;

	(void)loop;
	(void)revents;
	entry->timeout = true;
	entry->dirty = true;
	bus_run(entry->bus);
}

static void pace_cb(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct bus_entry *entry = timer->data;

	(void)loop;
	(void)revents;
	entry->dirty = true;
	bus_run(entry->bus);
}

/* --- moves */

static void enter(struct bus_entry *entry, enum bus_phase phase)
{
	struct bus *bus = entry->bus;

	if (phase == entry->phase) {
		return;
	}
	if (phase == BUS_NEW) {
		if (entry->standing == BUS_ACCEPTED) {
			bus->owner.forget(bus->owner.arg, &entry->device);
		}
		entry->device.owner = NULL;
		entry->standing = BUS_UNKNOWN;
		entry->begun = false;
	}
	if (phase == BUS_RECYCLED) {
		log_info("vsnd %u/%u: left behind by a daemon before, %s", LABEL(entry),
			 entry->adopted ? "goes on" : "starts again");
	}
	entry->phase = phase;
	entry->timeout = false;
	ev_timer_stop(bus->loop, &entry->timer);
	if (phase == BUS_CONNECTED && entry->attached) {
		bus->owner.taken(bus->owner.arg, &entry->device);
	}
}

/* The owner's answer; bus_run is the caller's to call. */
static void answer(struct bus_entry *entry, int result)
{
	if (entry->phase == BUS_ATTACHING) {
		entry->attached = result >= 0;
		entry->adopted = result == BUS_ADOPTED;
		entry->failed = result < 0;
	} else {
		entry->attached = entry->adopted = false;
	}
	if (result < 0) {
		start(entry, &entry->pace, FAILED_PACE_S);
	}
	enter(entry, entry->next_phase);
	entry->dirty = true;
}

/* Protocol 2 only. A front end may say which it speaks; Linux does not. */
static bool speaks_our_version(struct bus_entry *entry)
{
	char *version = bus_node_read(entry->bus->hv, entry->device.frontend, "version");
	bool ours = !version || strcmp(version, "2") == 0;

	free(version);
	if (!ours) {
		log_warning("vsnd %u/%u: not served: the front end asks for a protocol version "
			    "other than 2",
			    LABEL(entry));
	}
	return ours;
}

static bool attach(struct bus_entry *entry, const struct bus_move *move)
{
	struct bus *bus = entry->bus;

	if (ev_is_active(&entry->pace)) {
		return false;
	}
	start(entry, &entry->pace, ATTACH_PACE_S);
	enter(entry, BUS_ATTACHING);
	entry->next_phase = move->phase;
	entry->stale = false;
	entry->fe_was_4 = false;
	entry->begun = true;
	if (speaks_our_version(entry)) {
		bus->owner.attach(bus->owner.arg, &entry->device, move->adopt);
	} else {
		answer(entry, -EPROTONOSUPPORT);
	}
	return entry->phase != BUS_ATTACHING;
}

/* Linux closes what it can not make a card of, which is each but a guest's first one. */
static void count_refusals(struct bus_entry *entry)
{
	if (entry->fe_was_4) {
		entry->refusals = 0;
	} else if (entry->refusals < REFUSALS_MAX) {
		entry->refusals++;
	}
	if (entry->refusals == REFUSALS_LOGGED) {
		log_warning("vsnd %u/%u: the guest gives up this card whenever it is connected "
			    "(Linux can have only one); it is tried ever less often",
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
		return false; /* what was removed is an event */
	}
	if (error == -EBUSY) {
		return true;
	}
	if (error) {
		if (!entry->write_failed) {
			log_error("vsnd %u/%u: can not write state %d: %s", LABEL(entry),
				  move->state, strerror(-error));
		}
		entry->write_failed = true;
		start(entry, &entry->pace, FAILED_PACE_S);
		return false;
	}
	log_debug("vsnd %u/%u: state %d, was %d", LABEL(entry), move->state, from);
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

/* Shows a device to the owner, once the toolstack has completed it. */
static void introduce(struct bus_entry *entry)
{
	struct bus *bus = entry->bus;
	char *frontend = bus_node_read(bus->hv, entry->device.backend, "frontend");

	if (!frontend) {
		return;
	}
	entry->standing = BUS_REFUSED;
	if (strcmp(frontend, entry->device.frontend) != 0) {
		log_warning("vsnd %u/%u: not served: its front end is not where it belongs",
			    LABEL(entry));
	} else if (bus->owner.found(bus->owner.arg, &entry->device)) {
		entry->standing = BUS_ACCEPTED;
	}
	free(frontend);
}

/*
 * Linux takes a second or two to let go of a device that was removed, and closes it last. If the
 * toolstack has made it anew by then, that is written into the new directory, and Linux overlooks
 * a device that begins as closed. It looks again when the state is what the toolstack wrote.
 */
static void revive(struct bus_entry *entry, const struct bus_view *view)
{
	if (entry->begun || entry->phase != BUS_WAITING || view->removed ||
	    view->fe != XenbusStateClosed) {
		return;
	}
	entry->begun = true; /* once, or the two of us could go on for ever */
	log_info("vsnd %u/%u: closed by the device that was here before, begins again",
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
	/* The toolstack waits for an answer to removal even where nothing was served. */
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

bool bus_entry_idle(const struct bus_entry *entry)
{
	return !entry->attached && entry->phase != BUS_ATTACHING;
}

void bus_attached(struct bus *bus, struct bus_device *device, int result)
{
	answer((struct bus_entry *)device, result);
	bus_run(bus);
}

void bus_detached(struct bus *bus, struct bus_device *device)
{
	answer((struct bus_entry *)device, 0);
	bus_run(bus);
}

/* --- */

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
	ev_timer_init(&entry->timer, timer_cb, 0., 0.);
	ev_timer_init(&entry->pace, pace_cb, 0., 0.);
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
		log_error("vsnd %u/%u: not served: %s", domid, devid, strerror(-error));
		bus_entry_destroy(entry);
		return NULL;
	}
	return entry;
}

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
	free(entry->device.backend);
	free(entry->device.frontend);
	free(entry);
}
