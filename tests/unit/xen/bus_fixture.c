/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/xen/bus_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_store *store;
struct ev_loop *loop;
struct bus *bus;
struct fake_owner owner;
unsigned log_lines;

static void called(char what)
{
	size_t length = strlen(owner.calls);

	if (length + 1 < sizeof(owner.calls)) {
		owner.calls[length] = what;
	}
}

static bool on_found(void *arg, struct bus_device *device)
{
	assert_ptr_equal(arg, &owner);
	called('f');
	owner.backwards += device->devid < owner.devid;
	owner.devid = device->devid;
	owner.found++;
	owner.device = device;
	device->owner = &owner;
	return !owner.refuses;
}

static void on_offer(void *arg, struct bus_device *device)
{
	assert_ptr_equal(arg, &owner);
	assert_ptr_equal(device->owner, &owner);
	owner.offers[strlen(store->states)] = true;
}

static void on_taken(void *arg, struct bus_device *device)
{
	size_t written = strlen(store->states);

	assert_ptr_equal(arg, &owner);
	assert_ptr_equal(device->owner, &owner);
	if (!written) {
		/* Adopted: an earlier daemon wrote the state. */
		assert_int_equal(owner.result, BUS_ADOPTED);
		owner.adoptions++;
		return;
	}
	assert_false(owner.takings[written - 1]);
	owner.takings[written - 1] = true;
}

static void on_attach(void *arg, struct bus_device *device, bool adopt)
{
	assert_ptr_equal(arg, &owner);
	assert_ptr_equal(device->owner, &owner);
	called(adopt ? 'a' : 'A');
	owner.attaches++;
	if (!owner.late) {
		owner.holding += owner.result >= 0;
		bus_attached(bus, device, owner.result);
	}
}

static void on_detach(void *arg, struct bus_device *device)
{
	assert_ptr_equal(arg, &owner);
	called('D');
	if (!owner.late) {
		owner.holding--;
		bus_detached(bus, device);
	}
}

static bool on_current(void *arg, const struct bus_device *device)
{
	bool current = !owner.outdated;

	assert_ptr_equal(arg, &owner);
	assert_ptr_equal(device->owner, &owner);
	owner.outdated = false;
	return current;
}

void answer_attach(void)
{
	owner.holding += owner.result >= 0;
	bus_attached(bus, owner.device, owner.result);
}

void answer_detach(void)
{
	owner.holding--;
	bus_detached(bus, owner.device);
}

/* --- time */

void settle(void)
{
	for (int i = 0; i < 30; i++) {
		ev_run(loop, EVRUN_NOWAIT);
	}
}

static void on_deadline(struct ev_loop *where, ev_timer *timer, int revents)
{
	(void)timer;
	(void)revents;
	ev_break(where, EVBREAK_ALL);
}

static uint64_t wait_length(const char *text, size_t count)
{
	uint64_t begin_ms = fake_time_ms();
	ev_timer deadline;

	ev_timer_init(&deadline, on_deadline, 60., 0.);
	ev_now_update(loop);
	ev_timer_start(loop, &deadline);
	while (strlen(text) < count && ev_is_active(&deadline)) {
		ev_run(loop, EVRUN_ONCE);
	}
	ev_timer_stop(loop, &deadline);
	settle();
	return fake_time_ms() - begin_ms;
}

uint64_t wait_states(size_t count)
{
	return wait_length(store->states, count);
}

uint64_t wait_calls(size_t count)
{
	return wait_length(owner.calls, count);
}

void expect(const char *states, const char *calls)
{
	settle();
	assert_string_equal(store->states, states);
	assert_string_equal(owner.calls, calls);
	for (size_t i = 0; i <= strlen(states); i++) {
		assert_true(owner.offers[i] == (states[i] == '2') ||
			    (owner.offers[i] && owner.vain));
		assert_int_equal(owner.takings[i], states[i] == '4');
	}
	memset(owner.offers, 0, sizeof(owner.offers));
	memset(owner.takings, 0, sizeof(owner.takings));
	memset(store->states, 0, sizeof(store->states));
	memset(owner.calls, 0, sizeof(owner.calls));
}

/* --- toolstack and guest */

void guest(const char *state)
{
	fake_store_set(store, FE "/state", state);
}

void device_is(const char *be, const char *fe)
{
	fake_store_set(store, BE "/frontend", FE);
	fake_store_set(store, BE "/frontend-id", "7");
	fake_store_set(store, BE "/online", "1");
	fake_store_set(store, BE "/state", be);
	fake_store_set(store, FE "/state", fe);
}

void toolstack_removes(bool destroy)
{
	fake_store_set(store, BE "/online", "0");
	if (strcmp(fake_store_get(store, BE "/state"), "6") != 0) {
		fake_store_set(store, BE "/state", "5");
	}
	if (destroy) {
		fake_store_remove(store, FE);
	}
}

void start(void)
{
	const struct bus_owner functions = {
		.found = on_found,
		.offer = on_offer,
		.taken = on_taken,
		.attach = on_attach,
		.detach = on_detach,
		.current = on_current,
		.arg = &owner,
	};

	bus = bus_create(&store->hv, loop, &functions);
	assert_non_null(bus);
}

void start_connected(void)
{
	device_is("1", "1");
	start();
	expect("2", "f");
	guest("3");
	expect("4", "A");
	guest("4");
	expect("", "");
}

static void count_line(void *arg, enum log_level level, const char *line)
{
	(void)arg;
	(void)line;
	log_lines += level <= LOG_WARNING;
}

int bus_setup(void **state)
{
	(void)state;
	store = fake_store_create();
	fake_store_set(store, "/domid", "0");
	loop = ev_loop_new(EVFLAG_AUTO);
	memset(&owner, 0, sizeof(owner));
	bus = NULL;
	log_lines = 0;
	log_set_level(LOG_DEBUG);
	log_set_sink(count_line, NULL);
	return 0;
}

int bus_teardown(void **state)
{
	(void)state;
	bus_destroy(bus);
	ev_loop_destroy(loop);
	fake_store_destroy(store);
	return 0;
}
