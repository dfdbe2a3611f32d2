/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bus when a guest is hostile, the store fails, the toolstack is faster, or a device is not
 * ours to serve.
 */
#include "tests/unit/xen/bus_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* --- trouble */

static void test_attach_fails(void **state)
{
	(void)state;
	owner.result = -EINVAL;
	device_is("1", "1");
	start();
	guest("3");
	expect("2", "fA");
	owner.result = 0;
	guest("1");
	guest("3");
	assert_int_equal(wait_states(1), 1000);
	expect("4", "A");
}

static void test_refs_change_while_attaching(void **state)
{
	(void)state;
	owner.late = true;
	device_is("1", "1");
	start();
	guest("3");
	expect("2", "fA");
	guest("1");
	guest("3");
	expect("", "");
	answer_attach();
	expect("", "D");
	owner.late = false;
	answer_detach();
	wait_states(1);
	expect("4", "A");
}

/* Reconnects in each millisecond; returns how often the device was attached. */
static unsigned flap(unsigned ms)
{
	unsigned before = owner.attaches;

	for (unsigned i = 0; i < ms; i++) {
		guest(i % 2 ? "3" : "1");
		ev_run(loop, EVRUN_NOWAIT);
		fake_time_pass_ms(1);
		/* The states are many. */
		memset(store->states, 0, sizeof(store->states));
		memset(owner.offers, 0, sizeof(owner.offers));
		memset(owner.takings, 0, sizeof(owner.takings));
	}
	return owner.attaches - before;
}

/* However often its guest reconnects, a device is attached less and less often. */
static void test_guest_that_flaps(void **state)
{
	(void)state;
	device_is("1", "1");
	start();
	expect("2", "f");
	/* 0 0.1 0.2 0.3 0.4 0.5 0.7 s */
	assert_int_equal(flap(1000), 7);
	assert_int_equal(log_lines, 0);
	/* 1.1 1.9 3.5 6.7 s */
	assert_int_equal(flap(9000), 4);
	assert_int_equal(log_lines, 1);
	assert_in_range(flap(100000), 9, 12);
	assert_in_range(flap(100000), 9, 12);
	assert_int_equal(log_lines, 1);

	/* A guest that comes to its senses is served as quickly as any other. */
	fake_time_pass_ms(120000);
	assert_int_equal(flap(500), 5);
	assert_int_equal(log_lines, 1);
}

/* A failure does not make the pause shorter. */
static void test_guest_that_flaps_in_vain(void **state)
{
	(void)state;
	owner.result = -EINVAL;
	device_is("1", "1");
	start();
	expect("2", "f");
	/* 0 1 2 3 4 5 6 7 8 9.6 s */
	assert_int_equal(flap(10000), 10);
	/* 12.8 16 22.4 35.2 s, or as one is forgotten meanwhile */
	assert_in_range(flap(30000), 3, 5);
}

/* Linux retries a card that it cannot create; we let it, at growing intervals. */
static void test_guest_that_refuses(void **state)
{
	(void)state;
	device_is("1", "1");
	start();
	expect("2", "f");
	for (int i = 0; i < 4; i++) {
		guest("1");
		guest("3");
		wait_states(1);
		expect("4", "A");
		guest("5");
		expect("5", "D");
		assert_int_equal(wait_states(1), 400 << i);
		expect("2", "");
	}
	assert_int_equal(log_lines, 1);

	/* a card that has worked does not count */
	guest("1");
	guest("3");
	wait_states(1);
	guest("4");
	expect("4", "A");
	guest("5");
	expect("5", "D");
	assert_int_equal(wait_states(1), 200);
	expect("2", "");
}

/* Attached right after a detach: Linux closes the old device in the new device's directory. */
static void test_made_anew_while_linux_closes(void **state)
{
	(void)state;
	start_connected();
	toolstack_removes(false);
	guest("1");
	expect("6", "D");
	fake_store_remove(store, FE);
	fake_store_remove(store, BE);
	expect("", "");
	device_is("1", "1");
	expect("2", "f");
	guest("6");
	settle();
	assert_string_equal(fake_store_get(store, FE "/state"), "1");
	guest("3");
	wait_states(2);
	expect("14", "A");

	/* a device of an unloaded driver is left alone */
	guest("4");
	guest("5");
	wait_states(2);
	expect("52", "D");
	guest("6");
	expect("", "");
	assert_string_equal(fake_store_get(store, FE "/state"), "6");
}

static void test_events_are_bounded(void **state)
{
	(void)state;
	start_connected();
	for (int i = 0; i < 1000; i++) {
		guest("4");
	}
	store->reads = 0;
	ev_run(loop, EVRUN_NOWAIT);
	assert_true(store->reads > 0 && store->reads <= 4);
	assert_true(store->queued >= 900 && store->queued < 1000);
	expect("", "");
}

static void test_nonsense_in_state_nodes(void **state)
{
	static const char *const nonsense[] = { "", "9", "04", "4 ", "-1", "%n", "four" };

	(void)state;
	start_connected();
	for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
		guest(nonsense[i]);
		expect("6", "D");
		guest("1");
		expect("2", "");
		guest("3");
		wait_states(1);
		expect("4", "A");
	}
}

static void test_store_that_fails(void **state)
{
	(void)state;
	start_connected();
	store->read_errno = EBADF;
	guest("5");
	fake_store_set(store, "/local/domain/0/backend/vsnd/8", "");
	expect("", "");
	store->read_errno = 0;
	guest("5");
	expect("5", "D");
}

static void test_directory_that_can_not_be_listed(void **state)
{
	(void)state;
	start_connected();
	store->unlistable = "/local/domain/0/backend/vsnd/7";
	fake_store_set(store, "/local/domain/0/backend/vsnd/8", "");
	expect("", "");
}

static void test_conflicts(void **state)
{
	(void)state;
	store->conflicts = 3;
	device_is("1", "1");
	start();
	expect("2", "f");
	assert_int_equal(store->conflicts, 0);
}

static void test_write_that_fails(void **state)
{
	(void)state;
	store->write_error = -ENOSPC;
	owner.vain = true;
	device_is("1", "1");
	start();
	expect("", "f");
	assert_int_equal(log_lines, 1);
	while (store->begun < 3) {
		ev_run(loop, EVRUN_ONCE);
	}
	store->write_error = 0;
	owner.vain = false;
	wait_states(1);
	expect("2", "");
	assert_int_equal(log_lines, 1);
}

static void remove_device(struct fake_store *where)
{
	fake_store_remove(where, BE);
}

static void test_removed_device_is_not_resurrected(void **state)
{
	(void)state;
	device_is("1", "1");
	store->at_begin = remove_device;
	owner.vain = true;
	start();
	expect("", "f");
	assert_null(fake_store_get(store, BE));
}

static void toolstack_takes_over(struct fake_store *where)
{
	(void)where;
	toolstack_removes(false);
}

static void test_toolstack_writes_first(void **state)
{
	(void)state;
	start_connected();
	store->at_begin = toolstack_takes_over;
	owner.vain = true;
	guest("1");
	expect("6", "D");
}

static void test_made_anew_unseen(void **state)
{
	(void)state;
	start_connected();
	/* What the owner has logged about the old device does not concern the new one. */
	owner.device->refusals = 1;
	fake_store_remove(store, BE);
	device_is("1", "1");
	expect("2", "Df");
	assert_int_equal(owner.device->refusals, 0);
}

static void test_made_anew_while_letting_go(void **state)
{
	(void)state;
	start_connected();
	owner.late = true;
	fake_store_remove(store, BE);
	expect("", "D");
	device_is("1", "1");
	expect("", "");
	answer_detach();
	expect("2", "f");
}

/* --- what is not ours to serve */

static void test_front_end_elsewhere(void **state)
{
	(void)state;
	device_is("1", "1");
	fake_store_set(store, BE "/frontend", "/local/domain/8/device/vsnd/0");
	start();
	guest("3");
	expect("", "");
	assert_int_equal(log_lines, 1);
	toolstack_removes(false);
	expect("6", "");
	fake_store_remove(store, BE);
	expect("", "");
	assert_int_equal(store->resident, 1);
}

static void test_owner_refuses(void **state)
{
	(void)state;
	owner.refuses = true;
	device_is("1", "1");
	start();
	guest("3");
	expect("", "f");
	toolstack_removes(true);
	expect("6", "");
	fake_store_remove(store, BE);
	expect("", "");
}

static void test_incomplete_directory(void **state)
{
	(void)state;
	fake_store_set(store, BE "/state", "1");
	start();
	expect("", "");
	device_is("1", "1");
	expect("2", "f");
}

static void test_version(void **state)
{
	(void)state;
	device_is("1", "1");
	fake_store_set(store, FE "/version", "1");
	start();
	guest("3");
	expect("2", "f");
	assert_int_equal(log_lines, 1);
	fake_store_set(store, FE "/version", "2");
	guest("3");
	wait_states(1);
	expect("4", "A");
}

static void test_names_that_are_no_devices(void **state)
{
	static const char *const names[] = {
		"x/0", "07/0", "-1/0", "32752/0", "7/x", "7/4294967296"
	};
	char path[64];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "/local/domain/0/backend/vsnd/%s/state", names[i]);
		fake_store_set(store, path, "1");
	}
	start();
	expect("", "");
	assert_int_equal(store->resident, 1);
}

static void test_driver_domain(void **state)
{
	(void)state;
	fake_store_set(store, "/domid", "3");
	fake_store_set(store, "/local/domain/3/backend/vsnd/7/0/frontend", FE);
	fake_store_set(store, "/local/domain/3/backend/vsnd/7/0/online", "1");
	fake_store_set(store, "/local/domain/3/backend/vsnd/7/0/state", "1");
	guest("1");
	start();
	expect("2", "f");
	assert_string_equal(fake_store_get(store, "/local/domain/3/backend/vsnd/7/0/state"), "2");
}

static void make_devices(unsigned count)
{
	char path[80], value[48];

	for (unsigned i = 0; i < count; i++) {
		snprintf(value, sizeof(value), "/local/domain/7/device/vsnd/%u", i);
		snprintf(path, sizeof(path), "%s/state", value);
		fake_store_set(store, path, "1");
		snprintf(path, sizeof(path), "/local/domain/0/backend/vsnd/7/%u/frontend", i);
		fake_store_set(store, path, value);
		snprintf(path, sizeof(path), "/local/domain/0/backend/vsnd/7/%u/online", i);
		fake_store_set(store, path, "1");
		snprintf(path, sizeof(path), "/local/domain/0/backend/vsnd/7/%u/state", i);
		fake_store_set(store, path, "2");
	}
}

static void test_too_many_devices(void **state)
{
	(void)state;
	make_devices(BUS_DEVICES_MAX + 2);
	start();
	settle();
	assert_int_equal(owner.found, BUS_DEVICES_MAX);
	/* The owner has a limit, too, and refuses the devices found last. */
	assert_int_equal(owner.backwards, 0);
	assert_int_equal(log_lines, 1);
	fake_store_remove(store, BE);
	settle();
	assert_int_equal(owner.found, BUS_DEVICES_MAX + 1);
	assert_int_equal(log_lines, 1);
}

/* In a driver domain, xenstore has a quota of watches: those that fit are served. */
static void test_quota_of_watches(void **state)
{
	(void)state;
	store->watches_max = 11;
	make_devices(20);
	start();
	settle();
	assert_int_equal(owner.found, 10);
	assert_int_equal(owner.backwards, 0);
	assert_int_equal(log_lines, 1);
	/* Another scan says nothing new; and when a device has gone, another one is served. */
	fake_store_set(store, "/local/domain/0/backend/vsnd/8", "");
	settle();
	assert_int_equal(log_lines, 1);
	fake_store_remove(store, BE);
	settle();
	assert_int_equal(owner.found, 11);
	assert_int_equal(store->resident, 11);
	assert_int_equal(log_lines, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUS_TEST(attach_fails),
		BUS_TEST(refs_change_while_attaching),
		BUS_TEST(guest_that_flaps),
		BUS_TEST(guest_that_flaps_in_vain),
		BUS_TEST(guest_that_refuses),
		BUS_TEST(made_anew_while_linux_closes),
		BUS_TEST(events_are_bounded),
		BUS_TEST(nonsense_in_state_nodes),
		BUS_TEST(store_that_fails),
		BUS_TEST(directory_that_can_not_be_listed),
		BUS_TEST(conflicts),
		BUS_TEST(write_that_fails),
		BUS_TEST(removed_device_is_not_resurrected),
		BUS_TEST(toolstack_writes_first),
		BUS_TEST(made_anew_unseen),
		BUS_TEST(made_anew_while_letting_go),
		BUS_TEST(front_end_elsewhere),
		BUS_TEST(owner_refuses),
		BUS_TEST(incomplete_directory),
		BUS_TEST(version),
		BUS_TEST(names_that_are_no_devices),
		BUS_TEST(driver_domain),
		BUS_TEST(too_many_devices),
		BUS_TEST(quota_of_watches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
