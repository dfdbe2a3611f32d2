/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lives of devices with toolstack and Linux front end (protocol.md 2): the exact order of states
 * written and of the owner's calls.
 */
#include "tests/unit/xen/bus_fixture.h"

#include <errno.h>

/* --- lives */

static void test_connect(void **state)
{
	(void)state;
	owner.late = true;
	device_is("1", "1");
	start();
	expect("2", "f");
	assert_string_equal(fake_store_get(store, BE "/versions"), "2");
	assert_int_equal(owner.device->domid, 7);
	assert_int_equal(owner.device->devid, 0);
	assert_string_equal(owner.device->backend, BE);
	assert_string_equal(owner.device->frontend, FE);
	guest("3");
	expect("", "A");
	answer_attach();
	expect("4", "");
	guest("4");
	expect("", "");
	assert_int_equal(log_lines, 0);
}

static void test_device_appears_later(void **state)
{
	(void)state;
	start();
	expect("", "");
	device_is("1", "1");
	expect("2", "f");
}

static void test_unload_and_load(void **state)
{
	(void)state;
	start_connected();
	guest("5");
	expect("5", "D");
	assert_int_equal(wait_states(1), 200);
	expect("2", "");
	guest("6");
	expect("", "");
	guest("1");
	expect("", "");
	guest("3");
	wait_states(1);
	expect("4", "A");
	guest("4");
	guest("5");
	expect("5", "D");
	wait_states(1);
	expect("2", "");
}

static void test_shutdown(void **state)
{
	(void)state;
	start_connected();
	guest("5");
	expect("5", "D");
	guest("6");
	expect("6", "");
	toolstack_removes(true);
	expect("", "");
	fake_store_remove(store, "/local/domain/0/backend/vsnd/7");
	expect("", "");
}

/* Offered again only to front ends that may still read it. */
static void test_offer_again(void **state)
{
	(void)state;
	device_is("1", "1");
	start();
	bus_offer_again(bus);
	assert_false(owner.offers[0]);
	expect("2", "f");
	bus_offer_again(bus);
	assert_true(owner.offers[0]);
	owner.offers[0] = false;
	guest("3");
	expect("4", "A");
	bus_offer_again(bus);
	guest("4");
	expect("", "");
	bus_offer_again(bus);
	/* Its driver lets go, and reads the offer when it is back. */
	guest("5");
	wait_states(2);
	expect("52", "D");
	guest("6");
	expect("", "");
	bus_offer_again(bus);
	assert_true(owner.offers[0]);
	owner.offers[0] = false;
	guest("1");
	guest("3");
	expect("4", "A");
}

static void test_destroy_in_mid_play(void **state)
{
	(void)state;
	start_connected();
	toolstack_removes(true);
	expect("6", "D");
	fake_store_remove(store, "/local/domain/0/backend");
	expect("", "");
	assert_int_equal(store->resident, 1);
}

static void test_destroy_shows_closed_after_letting_go(void **state)
{
	(void)state;
	start_connected();
	owner.late = true;
	toolstack_removes(true);
	expect("", "D");
	answer_detach();
	expect("6", "");
}

static void test_live_detach(void **state)
{
	(void)state;
	start_connected();
	toolstack_removes(false);
	expect("6", "");
	assert_int_equal(owner.holding, 1);
	guest("1");
	expect("", "D");
	fake_store_remove(store, FE);
	fake_store_remove(store, BE);
	expect("", "");
}

static void test_live_detach_of_a_slow_guest(void **state)
{
	(void)state;
	start_connected();
	owner.late = true;
	toolstack_removes(false);
	expect("6", "");
	fake_store_remove(store, FE);
	fake_store_remove(store, BE);
	/* The guest is still closing its streams. */
	expect("", "");
	assert_int_equal(owner.holding, 1);
	assert_int_equal(wait_calls(1), 2000);
	expect("", "D");
	answer_detach();
	expect("", "");
	assert_null(fake_store_get(store, BE));
}

/* The toolstack does not wait for the old device. */
static void test_live_detach_and_attach_at_once(void **state)
{
	(void)state;
	start_connected();
	toolstack_removes(false);
	expect("6", "");
	fake_store_remove(store, FE);
	fake_store_remove(store, BE);
	expect("", "");
	device_is("1", "1");
	expect("2", "Df");
}

static void test_removed_while_attaching(void **state)
{
	(void)state;
	owner.late = true;
	device_is("1", "1");
	start();
	guest("3");
	expect("2", "fA");
	toolstack_removes(true);
	expect("", "");
	answer_attach();
	expect("", "D");
	answer_detach();
	expect("6", "");
}

/* A connected front end closes, as a kernel does before kexec, and comes back. */
static void closes_and_comes_again(void)
{
	guest("5");
	expect("5", "D");
	guest("6");
	expect("6", "");
	guest("1");
	expect("2", "");
	guest("3");
	wait_states(1);
	expect("4", "A");
}

static void test_kexec(void **state)
{
	(void)state;
	start_connected();
	closes_and_comes_again();
}

static void test_front_end_starts_over(void **state)
{
	(void)state;
	start_connected();
	guest("1");
	expect("2", "D");
	guest("3");
	wait_states(1);
	expect("4", "A");
	guest("4");
	expect("", "");
	guest("3");
	wait_states(1);
	expect("4", "DA");
}

/* --- an earlier daemon */

/* The front end restarted while we attached, unnoticed: state 3 before and after. */
static void test_rings_published_twice(void **state)
{
	(void)state;
	device_is("1", "1");
	start();
	/* Noticed before Connected: the front end sees nothing of it. */
	owner.outdated = true;
	guest("3");
	expect("2", "fAD");
	wait_states(1);
	expect("4", "A");
	/* Noticed after Connected, by the last event only: the card is dead, and made anew. */
	owner.outdated = true;
	guest("4");
	expect("2", "D");
	guest("1");
	guest("3");
	wait_states(1);
	expect("4", "A");
	guest("4");
	expect("", "");
	/* After that, nothing is compared any more. */
	owner.outdated = true;
	guest("4");
	expect("", "");
	assert_true(owner.outdated);
}

static void guest_is_quick(struct fake_store *fake)
{
	fake_store_set(fake, FE "/state", "4");
	owner.outdated = true;
}

/* We see the front end's new state before the events that led to it. */
static void test_rings_published_before_their_events(void **state)
{
	(void)state;
	device_is("1", "1");
	start();
	expect("2", "f");
	store->at_begin = guest_is_quick;
	guest("3");
	expect("42", "AD");
}

static void test_restart_in_the_middle_of_connecting(void **state)
{
	static const char *const left_behind[] = { "2", "4" };

	for (size_t i = 0; i < 2; i++) {
		device_is(left_behind[i], "3");
		start();
		expect("4", "fA");
		bus_destroy(bus);
		owner.holding = 0;
	}
	bus = NULL;
	(void)state;
}

/* A watch's initial event comes late, and changes nothing. */
static void test_restart_on_a_busy_store(void **state)
{
	(void)state;
	owner.late = true;
	device_is("2", "3");
	start();
	for (int i = 0; i < 200; i++) {
		fake_store_set(store, BE "/online", "1");
	}
	expect("", "fA");
	answer_attach();
	expect("4", "");
}

static void test_restart_with_a_running_guest(void **state)
{
	(void)state;
	device_is("4", "4");
	start();
	expect("2", "fa");
	assert_int_equal(owner.holding, 1);
	guest("1");
	expect("", "D");
	guest("3");
	wait_states(1);
	expect("4", "A");
}

/* If the owner adopts, no state is written; from then on it is as if we had never stopped. */
static void test_restart_is_not_noticed(void **state)
{
	(void)state;
	owner.result = BUS_ADOPTED;
	device_is("4", "4");
	start();
	expect("", "fa");
	assert_int_equal(owner.holding, 1);
	assert_int_equal(owner.adoptions, 1);
	owner.result = BUS_ATTACHED;
	closes_and_comes_again();
}

static void test_restart_twice(void **state)
{
	(void)state;
	device_is("2", "4");
	start();
	expect("", "fA");
	guest("3"); /* and Initialising was missed */
	wait_states(1);
	expect("4", "DA");
}

static void test_restart_with_refs_that_are_gone(void **state)
{
	(void)state;
	owner.result = -EINVAL;
	device_is("4", "4");
	start();
	expect("2", "fa");
	owner.result = 0;
	guest("1");
	guest("3");
	wait_states(1);
	expect("4", "A");
}

static void test_restart_while_the_guest_closes(void **state)
{
	(void)state;
	device_is("5", "5");
	start();
	expect("", "f");
	wait_states(1);
	expect("2", "");
	bus_destroy(bus);
	device_is("4", "5");
	start();
	expect("5", "f");
	guest("6");
	expect("6", "");
}

/* --- leaving */

static unsigned left;

static void on_left(void *arg)
{
	assert_ptr_equal(arg, &left);
	left++;
	bus_destroy(bus);
	bus = NULL;
}

static void test_leave(void **state)
{
	(void)state;
	left = 0;
	start_connected();
	owner.late = true;
	bus_leave(bus, on_left, &left);
	expect("", "D");
	assert_int_equal(left, 0);
	answer_detach();
	assert_int_equal(left, 1);
	expect("", "");
	assert_string_equal(fake_store_get(store, BE "/state"), "4");
}

static void test_leave_while_attaching(void **state)
{
	(void)state;
	left = 0;
	owner.late = true;
	device_is("1", "1");
	start();
	guest("3");
	expect("2", "fA");
	bus_leave(bus, on_left, &left);
	expect("", "");
	assert_int_equal(left, 0);
	owner.late = false;
	answer_attach();
	assert_int_equal(left, 1);
	expect("", "D");
}

static void count_left(void *arg)
{
	assert_ptr_equal(arg, &left);
	left++;
}

static void test_leave_is_answered_once(void **state)
{
	(void)state;
	left = 0;
	start_connected();
	guest("5");
	expect("5", "D");
	bus_leave(bus, count_left, &left);
	assert_int_equal(left, 1);
	ev_run(loop, EVRUN_ONCE); /* the wait in Closing is over */
	expect("", "");
	assert_int_equal(left, 1);
}

static void test_leave_with_nothing(void **state)
{
	(void)state;
	left = 0;
	start();
	settle();
	bus_leave(bus, on_left, &left);
	assert_int_equal(left, 1);
}

static void test_create_without_a_store(void **state)
{
	const struct bus_owner functions = { .arg = NULL };

	(void)state;
	store->read_errno = EBADF;
	assert_null(bus_create(&store->hv, loop, &functions));
	assert_int_equal(errno, EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUS_TEST(connect),
		BUS_TEST(device_appears_later),
		BUS_TEST(unload_and_load),
		BUS_TEST(shutdown),
		BUS_TEST(offer_again),
		BUS_TEST(destroy_in_mid_play),
		BUS_TEST(destroy_shows_closed_after_letting_go),
		BUS_TEST(live_detach),
		BUS_TEST(live_detach_of_a_slow_guest),
		BUS_TEST(live_detach_and_attach_at_once),
		BUS_TEST(removed_while_attaching),
		BUS_TEST(kexec),
		BUS_TEST(front_end_starts_over),
		BUS_TEST(rings_published_twice),
		BUS_TEST(rings_published_before_their_events),
		BUS_TEST(restart_in_the_middle_of_connecting),
		BUS_TEST(restart_on_a_busy_store),
		BUS_TEST(restart_with_a_running_guest),
		BUS_TEST(restart_is_not_noticed),
		BUS_TEST(restart_twice),
		BUS_TEST(restart_with_refs_that_are_gone),
		BUS_TEST(restart_while_the_guest_closes),
		BUS_TEST(leave),
		BUS_TEST(leave_while_attaching),
		BUS_TEST(leave_is_answered_once),
		BUS_TEST(leave_with_nothing),
		BUS_TEST(create_without_a_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
