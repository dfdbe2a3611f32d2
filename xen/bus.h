/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Xenbus: finds the vsnd devices that the toolstack makes for this back end and leads each through
 * its states. Main thread. All rules are in one pure function, bus_decide (bus_rules.c), which has
 * a table test. The rest reads xenstore, carries out the decisions and calls the owner of the bus
 * (struct bus_owner). It scans by mark and sweep, so a lost or merged watch event does no lasting
 * harm.
 *
 * State numbers are XenbusState's (xen/io/xenbus.h); docs/protocol.md gives the reason for each
 * rule.
 */
#ifndef XENJACK_BUS_H
#define XENJACK_BUS_H

#include <ev.h>

#include "xen/hv.h"

struct guest_log;

/* The most devices served, even if a toolstack makes more: 64 guests with 4 cards each. */
#define BUS_DEVICES_MAX 256u

/* Our view of a device; the states in xenstore are only half of it. */
enum bus_phase {
	BUS_NEW,       /* just found, perhaps left by a previous daemon */
	BUS_WAITING,   /* offered (InitWait): the front end's turn */
	BUS_ATTACHING, /* the owner attaches; no decision before it has answered */
	BUS_CONNECTED, /* rings served, Connected written */
	BUS_DETACHING, /* the owner detaches; no decision before it has answered */
	BUS_RECYCLED,  /* attached to a previous daemon's rings: adopted, or to be recycled */
	BUS_CLOSING,   /* the front end is closing: Closing written, nothing attached */
	BUS_CLOSED,    /* Closed written; the front end or the toolstack may start over */
	BUS_LEAVING,   /* as CLOSED, but rings served until the front end lets go */
	BUS_LEFT,      /* as LEAVING, but directories removed: served a little longer */
};

/* What a decision is based on. */
struct bus_view {
	enum bus_phase phase;
	int be;	       /* our state node; 0 if missing */
	int fe;	       /* front end's state node; 0 if missing or unreadable */
	bool removed;  /* the toolstack removes the device: online is not 1, or it set `be` to 5 */
	bool attached; /* the owner serves the rings */
	bool adopted;  /* and adopted them from a previous daemon */
	bool stale;    /* the front end has written its state since attaching began */
	bool fe_was_4; /* the front end has been Connected since we attached */
	bool failed;   /* attaching failed, and the front end is still in the same state 3 */
	bool timeout;  /* the phase's timer has expired */
	bool outdated; /* attached, but the front end now publishes other rings */
};

/* What to do: one step. When it is done, the next decision is based on a new view. */
enum bus_action {
	BUS_NOTHING,
	BUS_ATTACH, /* have the owner attach */
	BUS_DETACH, /* have the owner detach */
	BUS_WRITE,  /* write `state` */
	BUS_STAY,   /* only change the phase */
};

struct bus_move {
	enum bus_action action;
	int state;	      /* for BUS_WRITE */
	enum bus_phase phase; /* entered when the action is done, even if attaching failed */
	bool timer;	      /* start the phase's timer: the guest gets that long to act */
	bool adopt;	      /* for BUS_ATTACH: see bus_owner */
};

/* Decides the next step. Pure. */
struct bus_move bus_decide(const struct bus_view *view);

struct bus_device {
	uint32_t domid, devid;
	char *backend;	       /* our directory */
	char *frontend;	       /* the guest's directory */
	void *owner;	       /* the owner's data: its card */
	unsigned refusals;     /* the owner's: reasons that it has logged, one bit each */
	struct guest_log *log; /* limits lines about the guest */
};

/*
 * The owner's callbacks. bus_attached answers attach and bus_detached answers detach, at once or
 * later.
 */
struct bus_owner {
	/*
	 * A device has appeared: returns whether it may be offered. After false, the device is left
	 * alone until its directory is made anew, and no other callback is called for it.
	 */
	bool (*found)(void *arg, struct bus_device *device);
	/*
	 * InitWait is about to be written, for the first time or again, or is already there. Until
	 * Connected is written, the front end may read its configuration.
	 */
	void (*offer)(void *arg, struct bus_device *device);
	/* Connected was written, or found and adopted: the front end has read its configuration. */
	void (*taken)(void *arg, struct bus_device *device);
	/*
	 * Attach the rings. With `adopt`, the front end is already connected to a previous daemon:
	 * continue where that one ended, or serve the rings with errors until the front end lets
	 * go.
	 */
	void (*attach)(void *arg, struct bus_device *device, bool adopt);
	void (*detach)(void *arg, struct bus_device *device);
	/* Whether the rings that the front end publishes now are those that were attached. */
	bool (*current)(void *arg, const struct bus_device *device);
	void *arg;
};

struct bus;

/* Starts watching; existing devices are found once the loop runs. NULL and errno. */
struct bus *bus_create(struct hv *hv, struct ev_loop *loop, const struct bus_owner *owner);

/* Stops watching and frees every device without calling the owner; accepts NULL. */
void bus_destroy(struct bus *bus);

/*
 * What we offer has changed: calls `offer` for every device whose front end may still read its
 * configuration. A connected front end has read it already and keeps what it read.
 */
void bus_offer_again(struct bus *bus);

/* The number of a domain's devices that the owner has accepted and that are still there. */
unsigned bus_accepted(const struct bus *bus, uint32_t domid);

/* Results of a successful attach. */
enum bus_result {
	BUS_ATTACHED,
	BUS_ADOPTED, /* and continues all streams of a previous daemon */
};

/* Answers attach: a bus_result, or -errno if nothing is attached. */
void bus_attached(struct bus *bus, struct bus_device *device, int result);

/* Answers detach. */
void bus_detached(struct bus *bus, struct bus_device *device);

/*
 * For the daemon's end: detaches every device and leaves the states alone, so that the next daemon
 * can adopt or recycle each card. Calls `done`, which may destroy the bus, once nothing is
 * attached.
 */
void bus_leave(struct bus *bus, void (*done)(void *arg), void *arg);

#endif
