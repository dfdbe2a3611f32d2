/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bus on a store in memory, with one device of domain 7; an owner that records its calls and
 * answers at once or when the test says so; and the actions of toolstack and guest. Time passes
 * only where the test waits.
 */
#ifndef XENJACK_TEST_BUS_FIXTURE_H
#define XENJACK_TEST_BUS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "src/base/log.h"
#include "tests/unit/base/fake_time.h"
#include "tests/unit/xen/fake_store.h"
#include "xen/bus.h"

#define BE "/local/domain/0/backend/vsnd/7/0"
#define FE "/local/domain/7/device/vsnd/0"

#define BUS_TEST(name) cmocka_unit_test_setup_teardown(test_##name, bus_setup, bus_teardown)

/* Calls of the owner: f found, A attach, a attach with adopt, D detach. */
struct fake_owner {
	char calls[64];
	bool refuses;		   /* returns false from found */
	bool outdated;		   /* returns false from current, once */
	bool late;		   /* answers attach and detach only when the test says so */
	int result;		   /* of attach */
	struct bus_device *device; /* the last one found */
	unsigned found, attaches, holding, adoptions;
	uint32_t devid;	    /* the last one found */
	unsigned backwards; /* times it was found after a higher number */
	/* Indexed by the number of states written since expect(): offered right before the next,
	 * taken right after the last. */
	bool offers[sizeof(((struct fake_store *)0)->states)];
	bool takings[sizeof(((struct fake_store *)0)->states)];
	bool vain; /* an offer may not lead to a state: writing fails, or somebody is faster */
};

extern struct fake_store *store;
extern struct ev_loop *loop;
extern struct bus *bus;
extern struct fake_owner owner;
extern unsigned log_lines; /* errors and warnings */

int bus_setup(void **state);
int bus_teardown(void **state);

/* Starts the bus on what toolstack and guest have already written. */
void start(void);

/* Starts it with a new device and runs until both sides are Connected. */
void start_connected(void);

/* Runs the loop until nothing more happens. */
void settle(void);

/*
 * Waits for timers, until that many states are written or long after they should have been. Returns
 * the ms this took.
 */
uint64_t wait_states(size_t count);

/* The same, until the owner has had that many calls. */
uint64_t wait_calls(size_t count);

/*
 * Expects these states and calls of the owner since the last expect(), in order. The owner's
 * `offer` must come right before each 2, its `taken` right after each 4, and at no other time.
 */
void expect(const char *states, const char *calls);

/* Answers of an owner that is late. */
void answer_attach(void);
void answer_detach(void);

/* Writes the device's directories as a toolstack does, with these states. */
void device_is(const char *be, const char *fe);

/* xl vsnd-detach, or xl destroy. */
void toolstack_removes(bool destroy);

/* The front end writes its state. */
void guest(const char *state);

#endif
