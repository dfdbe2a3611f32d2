/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bus on a store in memory, with one device of domain 7, an owner that records what it is asked
 * and answers at once or when the test says so, and the doings of toolstack and guest.
 */
#ifndef XENJACK_TEST_BUS_FIXTURE_H
#define XENJACK_TEST_BUS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "src/log.h"
#include "tests/unit/fake_store.h"
#include "xen/bus.h"

#define BE "/local/domain/0/backend/vsnd/7/0"
#define FE "/local/domain/7/device/vsnd/0"

#define BUS_TEST(name) cmocka_unit_test_setup_teardown(test_##name, bus_setup, bus_teardown)

/* What the owner was asked: f found, A attach, a attach to adopt, D detach, g forget. */
struct fake_owner {
	char calls[64];
	bool refuses;		   /* answers found with false */
	bool outdated;		   /* answers current with false, once */
	bool late;		   /* answers attach and detach when the test says so */
	int result;		   /* of attach */
	struct bus_device *device; /* the last one found */
	unsigned found, attaches, holding, adoptions;
	/* By the number of states written since expect: offered right before the next, taken right
	 * after the last. */
	bool offers[sizeof(((struct fake_store *)0)->states)];
	bool takings[sizeof(((struct fake_store *)0)->states)];
	bool vain; /* an offer may lead to no state: writing fails, or somebody is quicker */
};

extern struct fake_store *store;
extern struct ev_loop *loop;
extern struct bus *bus;
extern struct fake_owner owner;
extern unsigned log_lines; /* errors and warnings */

int bus_setup(void **state);
int bus_teardown(void **state);

/* Starts the bus, on what toolstack and guest have written before. */
void start(void);

/* Starts it with a new device and goes on to where both sides are Connected. */
void start_connected(void);

/* Lets the loop do what it can do now. */
void settle(void);

/* Waits for timers, until so many states are written or long after they must have been. */
void wait_states(size_t count);

/* The same, until so many calls were made. */
void wait_calls(size_t count);

/*
 * What happened since the last call: the states written and the owner's calls, in their orders.
 * Each 2 must have been offered right before, each 4 be told of right after, and no other.
 */
void expect(const char *states, const char *calls);

/* The late owner's answers. */
void answer_attach(void);
void answer_detach(void);

/* The device's directories as a toolstack makes them, with these states. */
void device_is(const char *be, const char *fe);

/* xl vsnd-detach, or xl destroy. */
void toolstack_removes(bool destroy);

/* The front end writes its state. */
void guest(const char *state);

#endif
