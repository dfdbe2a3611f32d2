/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Xenbus: finds the vsnd devices that the toolstack makes for this back end and leads each
 * through its states. ctl. The rules are one pure function, bus_decide (bus_rules.c), with a
 * table test; the rest reads XenStore (mark and sweep, so that a lost or merged watch event
 * heals itself), performs what was decided and calls its owner.
 *
 * State numbers are XenbusState's (xen/io/xenbus.h); why each rule is as it is stands in
 * docs/protocol.md.
 */
#ifndef XENJACK_BUS_H
#define XENJACK_BUS_H

#include <ev.h>

#include "xen/hv.h"

/* Devices in all: bounds what a broken toolstack can cost; 64 guests of 4 cards. */
#define BUS_DEVICES_MAX 256u

/* Where we are with a device; what the store says is only half of it. */
enum bus_phase {
	BUS_NEW,       /* just found, perhaps left behind by a daemon before us */
	BUS_WAITING,   /* offered (InitWait): the front end's turn */
	BUS_ATTACHING, /* the owner is connecting; nothing is decided meanwhile */
	BUS_CONNECTED, /* rings served, Connected written */
	BUS_DETACHING, /* the owner is letting go; nothing is decided meanwhile */
	BUS_RECYCLED,  /* attached to what a daemon before us left: adopted, or to be offered again
			*/
	BUS_CLOSING,   /* the front end closes: Closing written, nothing attached */
	BUS_CLOSED,    /* Closed written; front end and toolstack may come back */
	BUS_LEAVING,   /* Closed written for the toolstack, rings served until the front end lets go
			*/
	BUS_LEFT,      /* and the directories are gone: rings served for a little longer */
};

/* What is known when a decision is made. */
struct bus_view {
	enum bus_phase phase;
	int be;	       /* own state node; 0 if missing */
	int fe;	       /* front end's state node; 0 if missing or unreadable */
	bool removed;  /* the toolstack wants us to go: online is not 1, or be is 5 and not by us */
	bool attached; /* the owner serves the rings */
	bool adopted;  /* and goes on with them where a daemon before us ended */
	bool stale;    /* the front end wrote its state since attaching began */
	bool fe_was_4; /* the front end has been Connected since we attached */
	bool failed;   /* attaching failed for the state 3 that is still there */
	bool timeout;  /* the phase's timer ran out */
	bool outdated; /* attached, but to rings other than those that are published now */
};

/* What to do. At most one step at a time; the next view follows when it is done. */
enum bus_action {
	BUS_NOTHING,
	BUS_ATTACH, /* have the owner connect */
	BUS_DETACH, /* have the owner let go */
	BUS_WRITE,  /* write `state` */
	BUS_STAY,   /* change the phase only */
};

struct bus_move {
	enum bus_action action;
	int state;	      /* for BUS_WRITE */
	enum bus_phase phase; /* when the action is done, whether attaching succeeded or not */
	bool timer;	      /* start the phase's timer: the guest has to do something */
	bool adopt;	      /* for BUS_ATTACH: see bus_owner */
};

/* Pure: what to do next in this view. */
struct bus_move bus_decide(const struct bus_view *view);

struct bus_device {
	uint32_t domid, devid;
	char *backend;	/* our directory */
	char *frontend; /* the guest's directory, as the toolstack named it */
	void *owner;	/* the owner's: its card */
};

/* The owner's half; attach and detach answer later, or at once, by bus_attached, bus_detached. */
struct bus_owner {
	/*
	 * The device is there: say that it may be offered. False leaves it alone until its
	 * directory is made anew, and nothing else is called for it.
	 */
	bool (*found)(void *arg, struct bus_device *device);
	/*
	 * InitWait is about to be written, the first time or once more, or stands: until Connected
	 * is written the front end may read its configuration.
	 */
	void (*offer)(void *arg, struct bus_device *device);
	/* Connected was written, or stands and was adopted: it has read it. */
	void (*taken)(void *arg, struct bus_device *device);
	/*
	 * Connect. With `adopt` the front end is connected already, to a daemon before us: go on
	 * where that one ended, or serve the rings with errors until the front end lets go.
	 */
	void (*attach)(void *arg, struct bus_device *device, bool adopt);
	void (*detach)(void *arg, struct bus_device *device);
	/* Whether what the front end publishes now is what was attached. */
	bool (*current)(void *arg, const struct bus_device *device);
	/*
	 * The directory is gone and nothing is attached; the device is freed after this, or found
	 * again if the toolstack was quick to make it anew.
	 */
	void (*forget)(void *arg, struct bus_device *device);
	void *arg;
};

struct bus;

/*
 * Starts watching; what is there already is found when the loop runs. NULL and errno if the store
 * does not answer.
 */
struct bus *bus_create(struct hv *hv, struct ev_loop *loop, const struct bus_owner *owner);

/* Stops watching and forgets every device without telling anybody; accepts NULL. */
void bus_destroy(struct bus *bus);

/*
 * What a card is offered has changed: calls `offer` for every device whose front end may still read
 * it. One that is connected has read it, and goes on with what it read.
 */
void bus_offer_again(struct bus *bus);

/* How many devices of a domain the owner has accepted and not been told to forget. */
unsigned bus_accepted(const struct bus *bus, uint32_t domid);

/* What attaching led to, if it did not fail. */
enum bus_result {
	BUS_ATTACHED,
	BUS_ADOPTED, /* with everything that a daemon before us had */
};

/* Answers attach: a bus_result, or -errno and then nothing is attached. */
void bus_attached(struct bus *bus, struct bus_device *device, int result);

/* Answers detach. */
void bus_detached(struct bus *bus, struct bus_device *device);

/*
 * The daemon ends: detaches every device and leaves their states alone, so that the next daemon
 * recycles each front end once. Calls `done`, which may destroy the bus, when nothing is attached
 * any more.
 */
void bus_leave(struct bus *bus, void (*done)(void *arg), void *arg);

#endif
