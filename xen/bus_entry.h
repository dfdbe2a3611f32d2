/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of the bus, and one device of it: its timers, what xenstore says of it, and the moves
 * that bus_decide makes of that. For bus.c and bus_entry.c only. Main thread.
 */
#ifndef XENJACK_BUS_ENTRY_H
#define XENJACK_BUS_ENTRY_H

#include "xen/bus.h"
#include "xen/bus_node.h"
#include "xen/bus_pace.h"

struct bus {
	struct hv *hv;
	struct ev_loop *loop;
	struct bus_owner owner;
	char base[BUS_PATH_SIZE]; /* <own domain>/backend/vsnd */
	ev_io events;
	struct bus_entry *entries;
	unsigned count;
	unsigned generation; /* of the last scan */
	bool rescan;	     /* scan all directories at the next wake-up */
	bool full;	     /* the device limit has been logged */
	int unwatched;	     /* the last error of a watch that has been logged */
	/* Of all devices' timers. */
	void (*on_timer)(struct ev_loop *loop, ev_timer *timer, int revents);
	void (*on_pace)(struct ev_loop *loop, ev_timer *timer, int revents);
	bool busy; /* inside look, which picks up the owner's immediate answers itself */
	bool leaving;
	void (*done)(void *arg);
	void *done_arg;
};

struct bus_entry {
	struct bus_device device;
	struct bus *bus;
	struct bus_entry *next;
	char token[24];	     /* of the watch on the front end's state */
	unsigned generation; /* the last scan that found it */
	bool watched;	     /* the watch has fired once, as when set: later events are changes */
	bool vanished;	     /* its directory is gone; freed once nothing is attached */
	bool dirty;	     /* needs a look */
	bool write_failed;   /* the failure has been logged */
	enum {
		BUS_UNKNOWN,  /* not yet complete, so not yet offered to the owner */
		BUS_ACCEPTED, /* by the owner */
		BUS_REFUSED,  /* not served */
	} standing;
	enum bus_phase phase;
	enum bus_phase next_phase; /* once the owner has answered */
	int wrote;		   /* last state written by us or by a previous daemon */
	bool begun;	   /* not new: attached before, revived, or left by a previous daemon */
	unsigned refusals; /* times in a row that it was closed before it was Connected */
	bool attached, adopted, stale, fe_was_4, failed, timeout; /* as in struct bus_view */
	ev_timer timer;						  /* the phase's */
	ev_timer pace;						  /* no attaching while it runs */
	struct bus_pace attaches;
	bool paced; /* that it reconnects too often has been logged */
};

/*
 * Makes a device and watches its front end. NULL: without memory, or because xenstore refuses the
 * watch, which is logged.
 */
struct bus_entry *bus_entry_create(struct bus *bus, uint32_t domid, uint32_t devid);

/* Frees a device to which nothing is attached. */
void bus_entry_destroy(struct bus_entry *entry);

/* The front end's watch has fired. */
void bus_entry_note(struct bus_entry *entry);

/* Makes the next move. Returns whether there may be another one now. */
bool bus_entry_step(struct bus_entry *entry);

/* Takes the owner's answer to an attach or detach, 0 or -errno or BUS_ADOPTED. */
void bus_entry_answer(struct bus_entry *entry, int result);

/* Whether nothing is attached, nor about to be. */
bool bus_entry_is_idle(const struct bus_entry *entry);

#endif
