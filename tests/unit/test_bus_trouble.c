/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bus when a guest is hostile, the store fails, the toolstack is quicker, or a device is not
 * ours to serve.
 */
#include "tests/unit/bus_fixture.h"

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
	wait_states(1);
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

static void test_guest_that_flaps(void **state)
{
	double begin, end;

	(void)state;
	device_is("1", "1");
	start();
	expect("2", "f");
	ev_now_update(loop);
	begin = ev_now(loop);
	for (int i = 0; i < 1000; i++) {
		guest(i % 2 ? "3" : "1");
		ev_run(loop, EVRUN_NOWAIT);
	}
	ev_now_update(loop);
	end = ev_now(loop);
	print_message("1000 changes in %.0f ms, %u attached\n", 1e3 * (end - begin),
		      owner.attaches);
	assert_true(owner.attaches >= 1);
	assert_true(owner.attaches <= 1 + (end - begin) / 0.1);
}

/* What Linux does with a card that it can not make: again and again, and ever more slowly. */
static void test_guest_that_refuses(void **state)
{
	double begin, gaps_s[4];

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
		begin = ev_time();
		wait_states(1);
		gaps_s[i] = ev_time() - begin;
		expect("2", "");
	}
	print_message("InitWait after %.2f %.2f %.2f %.2f s\n", gaps_s[0], gaps_s[1], gaps_s[2],
		      gaps_s[3]);
	assert_true(gaps_s[3] >= 1.5); /* a timer is never early */
	assert_int_equal(log_lines, 1);

	/* one that has worked is not one of these */
	guest("1");
	guest("3");
	wait_states(1);
	guest("4");
	expect("4", "A");
	guest("5");
	expect("5", "D");
	begin = ev_time();
	wait_states(1);
	expect("2", "");
	assert_true(ev_time() - begin < gaps_s[3]);
}

/* Attached right after a detach: Linux closes the old device in the new one's directory. */
static void test_made_anew_while_linux_closes(void **state)
{
	(void)state;
	start_connected();
	toolstack_removes(false);
	guest("1");
	expect("6", "D");
	fake_store_remove(store, FE);
	fake_store_remove(store, BE);
	expect("", "g");
	device_is("1", "1");
	expect("2", "f");
	guest("6");
	settle();
	assert_string_equal(fake_store_get(store, FE "/state"), "1");
	guest("3");
	wait_states(2);
	expect("14", "A");

	/* an unloaded driver's is left alone */
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
	expect("", "fg");
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
	fake_store_remove(store, BE);
	device_is("1", "1");
	expect("2", "Dgf");
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
	expect("2", "gf");
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

static void test_too_many_devices(void **state)
{
	char path[80], value[48];

	(void)state;
	for (unsigned i = 0; i < BUS_DEVICES_MAX + 2; i++) {
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
	start();
	settle();
	assert_int_equal(owner.found, BUS_DEVICES_MAX);
	assert_int_equal(log_lines, 1);
	fake_store_remove(store, BE);
	settle();
	assert_int_equal(owner.found, BUS_DEVICES_MAX + 1);
	assert_int_equal(log_lines, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUS_TEST(attach_fails),
		BUS_TEST(refs_change_while_attaching),
		BUS_TEST(guest_that_flaps),
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
