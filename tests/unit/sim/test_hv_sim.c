/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hv_sim's xenstore and toolstack, from both ends. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/sim/sim_fixture.h"

/* --- the store */

static void store_nodes(void **state)
{
	struct sim_test *test = *state;
	unsigned count;
	char **names;

	sim_assert_node(test, "domid", "0");
	sim_assert_node(test, "/local/domain/0/domid", "0");
	sim_assert_node(test, "/local/domain/0/backend/vsnd", "");
	errno = 0;
	sim_assert_node(test, "/none", NULL);
	assert_int_equal(errno, ENOENT);
	sim_put(test, "/a/b/c", "1");
	sim_put(test, "/a/d", "");
	sim_assert_node(test, "/a/b", "");
	sim_assert_node(test, "/a/b/c", "1");
	names = test->hv->ops->list(test->hv, 0, "/a", &count);
	assert_int_equal(count, 2);
	assert_string_equal(names[0], "b");
	assert_string_equal(names[1], "d");
	free(names);
	names = test->hv->ops->list(test->hv, 0, "/a/d", &count);
	assert_non_null(names);
	assert_int_equal(count, 0);
	free(names);
	assert_null(test->hv->ops->list(test->hv, 0, "/none", &count));
	assert_int_equal(count, 0);
	assert_int_equal(test->hv->ops->write(test->hv, 0, "/a//b", ""), -EINVAL);
	assert_int_equal(test->hv->ops->write(test->hv, 0, "/a/", ""), -EINVAL);
	assert_int_equal(test->hv->ops->write(test->hv, 0, "/a b", ""), -EINVAL);
}

static void store_watches(void **state)
{
	struct sim_test *test = *state;
	struct pollfd fd = { .fd = test->hv->ops->store_fd(test->hv), .events = POLLIN };

	sim_assert_events(test, 0);
	assert_int_equal(poll(&fd, 1, 0), 0);
	assert_int_equal(test->hv->ops->watch(test->hv, "/a", "t"), 0);
	assert_int_equal(test->hv->ops->watch(test->hv, "/a", "t"), -EEXIST);
	assert_int_equal(poll(&fd, 1, 0), 1);
	sim_assert_events(test, 1, "/a|t");
	assert_int_equal(poll(&fd, 1, 0), 0);
	sim_put(test, "/a", "1");
	sim_put(test, "/a", "1");
	sim_put(test, "/a/b/c", "1");
	sim_put(test, "/ab", "1");
	sim_assert_events(test, 3, "/a|t", "/a|t", "/a/b/c|t");
	assert_int_equal(test->hv->ops->watch(test->hv, "/a/b", "u"), 0);
	sim_assert_events(test, 1, "/a/b|u");
	sim_put(test, "/a/b/c", "2");
	assert_int_equal(test->hv->ops->unwatch(test->hv, "/a", "t"), 0);
	assert_int_equal(test->hv->ops->unwatch(test->hv, "/a", "t"), -ENOENT);
	sim_assert_events(test, 1, "/a/b/c|u");
}

static void store_transactions(void **state)
{
	struct sim_test *test = *state;
	uint32_t tx;

	sim_put(test, "/a/b", "old");
	test->hv->ops->watch(test->hv, "/a", "t");
	sim_assert_events(test, 1, "/a|t");
	tx = test->hv->ops->begin(test->hv);
	assert_int_not_equal(tx, 0);
	assert_int_equal(test->hv->ops->begin(test->hv), 0);
	assert_int_equal(test->hv->ops->write(test->hv, tx, "/a/b", "new"), 0);
	assert_int_equal(test->hv->ops->write(test->hv, tx, "/a/x/y", "1"), 0);
	sim_assert_node(test, "/a/b", "new");
	sim_assert_events(test, 0);
	assert_int_equal(test->hv->ops->end(test->hv, tx, true), 0);
	sim_assert_events(test, 2, "/a/b|t", "/a/x/y|t");
	tx = test->hv->ops->begin(test->hv);
	assert_int_equal(test->hv->ops->write(test->hv, tx, "/a/b", "newer"), 0);
	assert_int_equal(test->hv->ops->write(test->hv, tx, "/a/b", "newest"), 0);
	assert_int_equal(test->hv->ops->write(test->hv, tx, "/a/z/1/2", "1"), 0);
	assert_int_equal(test->hv->ops->write(test->hv, tx, "/a/z/3", "1"), 0);
	assert_int_equal(test->hv->ops->end(test->hv, tx, false), 0);
	sim_assert_events(test, 0);
	sim_assert_node(test, "/a/b", "new");
	sim_assert_node(test, "/a/z", NULL);
}

static void guest_store(void **state)
{
	struct sim_test *test = *state;
	struct sim_job list = { .kind = LIST, .path = "/local/domain/1" };
	struct sim_job read = { .kind = READ, .path = "/local/domain/1/name" };

	sim_assert_node(test, "/local/domain/1/name", "daw");
	assert_int_equal(sim_job_do(test, &read), 0);
	assert_string_equal(read.msg.data, "daw");
	assert_int_equal(sim_guest(test, WRITE, "/local/domain/1/data/x", "1"), 0);
	sim_assert_node(test, "/local/domain/1/data/x", "1");
	assert_int_equal(sim_job_do(test, &list), 0);
	assert_int_equal(list.msg.size, 23);
	assert_memory_equal(list.msg.data, "domid\0name\0device\0data\0", 23);
	assert_int_equal(sim_guest(test, WRITE, "/local/domain/1", "1"), -EACCES);
	assert_int_equal(sim_guest(test, WRITE, "/local/domain/10/x", "1"), -EACCES);
	assert_int_equal(sim_guest(test, WRITE, "/local/domain/0/x", "1"), -EACCES);
	assert_int_equal(sim_guest(test, WRITE, "/local/domain/1/a b", "1"), -EINVAL);
	assert_int_equal(sim_guest(test, READ, "/local/domain/0/domid", NULL), -EACCES);
	assert_int_equal(sim_guest(test, READ, "/local/domain/0/backend/vsnd/1/0", NULL), -ENOENT);
	assert_int_equal(sim_guest(test, READ, "/local/domain/0/backend/vsnd/10", NULL), -EACCES);
	assert_int_equal(sim_guest(test, WATCH, "/local/domain/0/domid", "t"), -EACCES);
	assert_int_equal(sim_guest(test, REMOVE, "/local/domain/1/data", NULL), 0);
	assert_int_equal(sim_guest(test, REMOVE, "/local/domain/1/data", NULL), -ENOENT);
	assert_int_equal(sim_guest(test, REMOVE, "/local/domain/0/backend/vsnd", NULL), -EACCES);
	sim_assert_node(test, "/local/domain/1/data/x", NULL);
}

static void guest_quotas(void **state)
{
	struct sim_test *test = *state;
	char value[HV_SIM_VALUE_MAX + 2], path[64];
	unsigned i;
	int result;

	memset(value, 'x', sizeof(value));
	value[HV_SIM_VALUE_MAX + 1] = '\0';
	assert_int_equal(sim_guest(test, WRITE, "/local/domain/1/x", value), -ENOSPC);
	value[HV_SIM_VALUE_MAX] = '\0';
	assert_int_equal(sim_guest(test, WRITE, "/local/domain/1/x", value), 0);
	for (i = 0; i <= HV_SIM_NODES_MAX; i++) {
		snprintf(path, sizeof(path), "/local/domain/1/n/%u", i);
		result = sim_guest(test, WRITE, path, "");
		if (result != 0) {
			break;
		}
	}
	/* Nodes that existed before: the domain, domid, name, device, x and n. */
	assert_int_equal(result, -ENOSPC);
	assert_int_equal(i, HV_SIM_NODES_MAX - 6);
	for (i = 0; i <= HV_SIM_WATCHES_MAX; i++) {
		snprintf(path, sizeof(path), "t%u", i);
		result = sim_guest(test, WATCH, "/local/domain/1/x", path);
		if (result != 0) {
			break;
		}
	}
	assert_int_equal(result, -E2BIG);
	assert_int_equal(i, HV_SIM_WATCHES_MAX);
}

static void assert_guest_event(struct sim_test *test, const char *path, const char *token)
{
	struct sim_job job = { .kind = EVENT };

	assert_int_equal(sim_job_do(test, &job), 1);
	assert_string_equal(job.msg.data, path);
	assert_string_equal(job.msg.data + strlen(path) + 1, token);
}

static void guest_watches(void **state)
{
	struct sim_test *test = *state;

	assert_int_equal(sim_guest(test, WATCH, "/local/domain/1/a", "t"), 0);
	assert_guest_event(test, "/local/domain/1/a", "t");
	assert_int_equal(sim_guest(test, EVENT, NULL, NULL), 0);
	sim_put(test, "/local/domain/1/a/b", "1");
	sim_put(test, "/local/domain/1/a/c", "1");
	assert_guest_event(test, "/local/domain/1/a/b", "t");
	assert_guest_event(test, "/local/domain/1/a/c", "t");
	assert_int_equal(sim_guest(test, WATCH, "/local/domain/1/a/b", "u"), 0);
	assert_guest_event(test, "/local/domain/1/a/b", "u");
	/* One event for the removed node, one for the watch below it, none for /a/c. */
	assert_int_equal(sim_guest(test, REMOVE, "/local/domain/1/a", NULL), 0);
	assert_guest_event(test, "/local/domain/1/a/b", "u");
	assert_guest_event(test, "/local/domain/1/a", "t");
	assert_int_equal(sim_guest(test, EVENT, NULL, NULL), 0);
	assert_int_equal(sim_guest(test, UNWATCH, "/local/domain/1/a", "t"), 0);
	sim_put(test, "/local/domain/1/a", "1");
	assert_int_equal(sim_guest(test, EVENT, NULL, NULL), 0);
}

/* --- the toolstack */

#define FRONT "/local/domain/1/device/vsnd/3"
#define BACK "/local/domain/0/backend/vsnd/1/3"

static void device_attach_detach(void **state)
{
	struct sim_test *test = *state;

	assert_int_equal(sim_guest(test, WRITE, FRONT "/0/0/type", "p"), 0);
	test->hv->ops->watch(test->hv, "/local/domain/0/backend/vsnd", "be");
	sim_assert_events(test, 1, "/local/domain/0/backend/vsnd|be");
	assert_int_equal(sim_guest_device(test, ATTACH, 3), 0);
	sim_assert_events(test, 4, BACK "/frontend|be", BACK "/frontend-id|be", BACK "/online|be",
			  BACK "/state|be");
	sim_assert_node(test, BACK "/frontend", FRONT);
	sim_assert_node(test, BACK "/frontend-id", "1");
	sim_assert_node(test, BACK "/online", "1");
	sim_assert_node(test, BACK "/state", "1");
	sim_assert_node(test, FRONT "/backend", BACK);
	sim_assert_node(test, FRONT "/backend-id", "0");
	sim_assert_node(test, FRONT "/state", "1");
	assert_int_equal(sim_guest_device(test, ATTACH, 3), -EEXIST);
	assert_int_equal(sim_guest_device(test, DETACH, 4), -ENOENT);
	assert_int_equal(sim_guest_device(test, DETACH, 3), 0);
	sim_assert_events(test, 2, BACK "/online|be", BACK "/state|be");
	sim_assert_node(test, BACK "/online", "0");
	sim_assert_node(test, BACK "/state", "5");
	sim_assert_node(test, FRONT "/0/0/type", "p");
	sim_put(test, BACK "/state", "6");
	sim_assert_events(test, 3, BACK "/state|be", BACK "|be",
			  "/local/domain/0/backend/vsnd/1|be");
	sim_assert_node(test, FRONT, NULL);
	sim_assert_node(test, BACK, NULL);
	sim_assert_node(test, "/local/domain/0/backend/vsnd", "");
	sim_assert_node(test, "/local/domain/1/name", "daw");
}

static void guest_destroyed(void **state)
{
	struct sim_test *test = *state;
	uint32_t gref = 100;

	assert_int_equal(sim_guest(test, WRITE, FRONT "/0/0/type", "p"), 0);
	assert_int_equal(sim_guest_device(test, ATTACH, 3), 0);
	test->hv->ops->watch(test->hv, FRONT "/state", "fe");
	test->hv->ops->watch(test->hv, "@releaseDomain", "gone");
	sim_serve(test);
	test->count = 0;
	assert_int_equal(sim_guest(test, CLOSE, NULL, NULL), 0);
	sim_serve_all(test, 50);
	sim_assert_events(test, 1, FRONT "/state|fe");
	sim_assert_node(test, FRONT, NULL);
	sim_assert_node(test, BACK "/online", "0");
	sim_assert_node(test, BACK "/state", "5");
	assert_null(test->hv->ops->map(test->hv, 1, &gref, 1));
	assert_int_equal(errno, EINVAL);
	sim_put(test, BACK "/state", "6");
	sim_assert_events(test, 1, "@releaseDomain|gone");
	sim_assert_node(test, "/local/domain/1", NULL);
	sim_assert_node(test, "/local/domain/0/backend/vsnd/1", NULL);
	assert_int_equal(sim_guest(test, OPEN, NULL, "again"), 0);
	assert_int_equal(domain_id(test->domain), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(store_nodes, sim_set_up, sim_tear_down),
		cmocka_unit_test_setup_teardown(store_watches, sim_set_up, sim_tear_down),
		cmocka_unit_test_setup_teardown(store_transactions, sim_set_up, sim_tear_down),
		cmocka_unit_test_setup_teardown(guest_store, sim_set_up_guest, sim_tear_down),
		cmocka_unit_test_setup_teardown(guest_quotas, sim_set_up_guest, sim_tear_down),
		cmocka_unit_test_setup_teardown(guest_watches, sim_set_up_guest, sim_tear_down),
		cmocka_unit_test_setup_teardown(device_attach_detach, sim_set_up_guest,
						sim_tear_down),
		cmocka_unit_test_setup_teardown(guest_destroyed, sim_set_up_guest, sim_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
