/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/bus.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/log.h"
#include "xen/bus_entry.h"

/* Limit of watch events per wake-up: a guest must not monopolise the main loop. */
#define EVENTS_MAX 64
/* Limit of moves per device and wake-up; the longest chain that one event causes has six. */
#define MOVES_MAX 16

/* Differs from every device's token: those begin with a digit. */
#define BACKEND_TOKEN "backend"

static void run(struct bus *bus);

/* --- timers, and the owner's answers */

static void timer_cb(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct bus_entry *entry = timer->data;

	(void)loop;
	(void)revents;
	entry->timeout = true;
	entry->dirty = true;
	run(entry->bus);
}

static void pace_cb(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct bus_entry *entry = timer->data;

	(void)loop;
	(void)revents;
	entry->dirty = true;
	run(entry->bus);
}

void bus_attached(struct bus *bus, struct bus_device *device, int result)
{
	bus_entry_answer((struct bus_entry *)device, result);
	run(bus);
}

void bus_detached(struct bus *bus, struct bus_device *device)
{
	bus_entry_answer((struct bus_entry *)device, 0);
	run(bus);
}

/* --- looking at devices */

/* Forgets the vanished devices that are no longer attached. */
static void reap(struct bus *bus)
{
	struct bus_entry **link = &bus->entries;

	while (*link) {
		struct bus_entry *entry = *link;

		if (!entry->vanished || !bus_entry_is_idle(entry)) {
			link = &entry->next;
			continue;
		}
		*link = entry->next;
		bus->count--;
		log_info("vsnd %s: gone", entry->token);
		bus_entry_destroy(entry);
		/* It may already exist again, and another device may have room now. */
		bus->rescan = true;
		ev_feed_event(bus->loop, &bus->events, EV_CUSTOM);
	}
}

static struct bus_entry *next_dirty(struct bus *bus)
{
	struct bus_entry *entry = bus->entries;

	while (entry && !entry->dirty) {
		entry = entry->next;
	}
	return entry;
}

static void look(struct bus *bus)
{
	struct bus_entry *entry;

	bus->busy = true;
	while ((entry = next_dirty(bus))) {
		entry->dirty = false;
		for (int i = 0; i < MOVES_MAX && bus_entry_step(entry); i++) {
		}
	}
	bus->busy = false;
}

static void run(struct bus *bus)
{
	void (*done)(void *arg) = bus->done;

	if (bus->busy) {
		return;
	}
	look(bus);
	if (!bus->leaving) {
		reap(bus);
		return;
	}
	for (struct bus_entry *entry = bus->entries; entry; entry = entry->next) {
		if (!bus_entry_is_idle(entry)) {
			return;
		}
	}
	if (done) {
		bus->done = NULL;
		done(bus->done_arg);
	}
}

/* --- scanning */

/* Adds a device at the end: if there is no room for all, the first ones are served. */
static void add(struct bus *bus, uint32_t domid, uint32_t devid)
{
	struct bus_entry **end = &bus->entries, *entry;

	if (bus->count == BUS_DEVICES_MAX) {
		if (!bus->full) {
			log_error("vsnd: limit of %u devices reached; ignoring the others",
				  BUS_DEVICES_MAX);
		}
		bus->full = true;
		return;
	}
	entry = bus_entry_create(bus, domid, devid);
	if (!entry) {
		return;
	}
	log_info("vsnd %s: found", entry->token);
	entry->generation = bus->generation;
	while (*end) {
		end = &(*end)->next;
	}
	*end = entry;
	bus->count++;
}

static void mark(struct bus *bus, uint32_t domid, uint32_t devid)
{
	for (struct bus_entry *entry = bus->entries; entry; entry = entry->next) {
		if (entry->device.domid == domid && entry->device.devid == devid) {
			entry->generation = bus->generation;
			/*
			 * Made anew: let go of the old device without delay, so that the new one
			 * can be found.
			 */
			entry->timeout |= entry->vanished;
			entry->dirty |= entry->vanished;
			return;
		}
	}
	add(bus, domid, devid);
}

static bool scan_domain(struct bus *bus, uint32_t domid)
{
	char path[BUS_PATH_SIZE + 12];
	unsigned count;
	char **names;

	snprintf(path, sizeof(path), "%s/%u", bus->base, domid);
	errno = 0;
	names = bus->hv->ops->list(bus->hv, 0, path, &count);
	if (!names) {
		return errno == ENOENT;
	}
	for (unsigned i = 0; i < count; i++) {
		uint32_t devid;

		if (bus_node_parse_id(names[i], UINT32_MAX, &devid)) {
			mark(bus, domid, devid);
		}
	}
	free(names);
	return true;
}

/* Marks the devices that exist and sweeps the others, unless xenstore failed to answer in full. */
static void scan(struct bus *bus)
{
	unsigned count;
	char **names;
	bool complete;

	errno = 0;
	names = bus->hv->ops->list(bus->hv, 0, bus->base, &count);
	complete = names || errno == ENOENT;
	bus->generation++;
	for (unsigned i = 0; names && i < count; i++) {
		uint32_t domid;

		if (bus_node_parse_id(names[i], BUS_DOMID_MAX, &domid)) {
			complete &= scan_domain(bus, domid);
		}
	}
	free(names);
	for (struct bus_entry *entry = bus->entries; complete && entry; entry = entry->next) {
		if (entry->generation != bus->generation) {
			entry->vanished = true;
			entry->dirty = true;
		}
	}
}

/* --- events */

/*
 * A node inside a device's directory concerns only that device. Any other may concern any device,
 * and so may one in a directory that vanished: it may have been made anew.
 */
static void note_backend(struct bus *bus, const char *path)
{
	for (struct bus_entry *entry = bus->entries; entry; entry = entry->next) {
		size_t length = strlen(entry->device.backend);

		if (!entry->vanished && strncmp(path, entry->device.backend, length) == 0 &&
		    path[length] == '/') {
			entry->dirty = true;
			return;
		}
	}
	bus->rescan = true;
}

static void note_frontend(struct bus *bus, const char *token)
{
	for (struct bus_entry *entry = bus->entries; entry; entry = entry->next) {
		if (strcmp(token, entry->token) == 0) {
			bus_entry_note(entry);
			return;
		}
	}
}

static void events_cb(struct ev_loop *loop, ev_io *watcher, int revents)
{
	struct bus *bus = watcher->data;
	char **event;

	(void)loop;
	(void)revents;
	for (int i = 0; i < EVENTS_MAX && (event = bus->hv->ops->next_watch(bus->hv)); i++) {
		if (strcmp(event[1], BACKEND_TOKEN) == 0) {
			note_backend(bus, event[0]);
		} else {
			note_frontend(bus, event[1]);
		}
		free(event);
	}
	if (bus->rescan) {
		bus->rescan = false;
		scan(bus);
	}
	run(bus);
}

/* --- */

struct bus *bus_create(struct hv *hv, struct ev_loop *loop, const struct bus_owner *owner)
{
	struct bus *bus = calloc(1, sizeof(*bus));
	uint32_t domid;
	int error;

	if (!bus) {
		return NULL;
	}
	bus->hv = hv;
	bus->loop = loop;
	bus->owner = *owner;
	bus->on_timer = timer_cb;
	bus->on_pace = pace_cb;
	error = bus_node_read_domid(hv, &domid);
	if (!error) {
		snprintf(bus->base, sizeof(bus->base), "/local/domain/%u/backend/vsnd", domid);
		error = hv->ops->watch(hv, bus->base, BACKEND_TOKEN);
	}
	if (error) {
		free(bus);
		errno = -error;
		return NULL;
	}
	ev_io_init(&bus->events, events_cb, hv->ops->store_fd(hv), EV_READ);
	bus->events.data = bus;
	ev_io_start(loop, &bus->events);
	return bus;
}

void bus_destroy(struct bus *bus)
{
	if (!bus) {
		return;
	}
	while (bus->entries) {
		struct bus_entry *entry = bus->entries;

		bus->entries = entry->next;
		bus_entry_destroy(entry);
	}
	ev_io_stop(bus->loop, &bus->events);
	bus->hv->ops->unwatch(bus->hv, bus->base, BACKEND_TOKEN);
	free(bus);
}

void bus_offer_again(struct bus *bus)
{
	for (struct bus_entry *entry = bus->entries; entry; entry = entry->next) {
		if (entry->standing == BUS_ACCEPTED && entry->phase == BUS_WAITING &&
		    !entry->attached && !entry->vanished) {
			bus->owner.offer(bus->owner.arg, &entry->device);
		}
	}
}

unsigned bus_accepted(const struct bus *bus, uint32_t domid)
{
	unsigned count = 0;

	for (const struct bus_entry *entry = bus->entries; entry; entry = entry->next) {
		count += entry->standing == BUS_ACCEPTED && entry->device.domid == domid;
	}
	return count;
}

void bus_leave(struct bus *bus, void (*done)(void *arg), void *arg)
{
	bus->leaving = true;
	bus->done = done;
	bus->done_arg = arg;
	ev_io_stop(bus->loop, &bus->events);
	for (struct bus_entry *entry = bus->entries; entry; entry = entry->next) {
		entry->dirty = true;
	}
	run(bus);
}
