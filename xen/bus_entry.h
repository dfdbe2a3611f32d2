/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One device of the bus, for bus.c only: reads what the store says of it, asks bus_decide and
 * performs the answer. ctl. An entry belongs to the bus that made it. What fails is logged here
 * and tried again when the store says something new.
 */
#ifndef XENJACK_BUS_ENTRY_H
#define XENJACK_BUS_ENTRY_H

#include "xen/bus.h"
#include "xen/bus_node.h"

struct bus {
	struct hv *hv;
	struct ev_loop *loop;
	struct bus_owner owner;
	char base[BUS_PATH_SIZE]; /* <own domain>/backend/vsnd */
	ev_io events;
	struct bus_entry *entries;
	unsigned count;
	unsigned generation; /* of the last scan */
	bool rescan;	     /* the next look is at everything */
	bool full;	     /* has been logged */
	bool busy;	     /* in bus_run, which sees by itself what the owner answers at once */
	bool leaving;
	void (*done)(void *arg);
	void *done_arg;
};

struct bus_entry {
	struct bus_device device;
	struct bus *bus;
	struct bus_entry *next;
	char token[24];	     /* of the watch on the front end's state */
	unsigned generation; /* of the last scan that has seen it */
	bool watched;	     /* the watch has fired, as it does at once: what comes now is news */
	bool vanished;	     /* its directory is gone: freed when nothing is attached */
	bool dirty;	     /* to be looked at */
	bool write_failed;   /* has been logged */
	enum {
		BUS_UNKNOWN,  /* not yet complete, so not yet shown to the owner */
		BUS_ACCEPTED, /* the owner's */
		BUS_REFUSED,  /* not to be served */
	} standing;
	enum bus_phase phase;
	enum bus_phase next_phase; /* when the owner has answered */
	int wrote;		   /* the last state that is our own */
	bool begun; /* no longer new: attached before, revived, or from the time of another daemon
		     */
	unsigned refusals; /* times in a row that it was closed without having been Connected */
	bool attached, adopted, stale, fe_was_4, failed, timeout; /* as in struct bus_view */
	ev_timer timer;						  /* the phase's */
	ev_timer pace; /* while it runs nothing is attached */
};

/* Makes an entry and watches its front end. NULL and the reason logged. */
struct bus_entry *bus_entry_create(struct bus *bus, uint32_t domid, uint32_t devid);

/* Frees an entry that is in no list. */
void bus_entry_destroy(struct bus_entry *entry);

/* Whether the owner holds nothing of it and owes no answer. */
bool bus_entry_idle(const struct bus_entry *entry);

/* The front end wrote its state. */
void bus_entry_note(struct bus_entry *entry);

/* Makes one move, if one is due; whether another may follow at once. */
bool bus_entry_step(struct bus_entry *entry);

/* Looks at every dirty entry. Nothing may follow a call of it but return: the bus may be gone. */
void bus_run(struct bus *bus);

#endif
