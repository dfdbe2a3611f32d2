/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hv_sim's grants and event channels, and domains that die while these are in use. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/sim/sim_fixture.h"

/* --- grants */

static void grants_good(void **state)
{
	struct sim_test *test = *state;
	int page = domain_alloc(test->domain, 4);
	uint32_t grefs[4] = { (uint32_t)page + 2, (uint32_t)page + 3, (uint32_t)page,
			      (uint32_t)page + 1 };
	unsigned char *sh_mem;
	unsigned i;

	assert_in_range(page, HV_SIM_GRANT_PAGES, HV_SIM_PAGES - 1);
	for (i = 0; i < 4; i++) {
		memset(domain_page(test->domain, (uint32_t)page + i), (int)i + 1, HV_PAGE_SIZE);
	}
	domain_grant(test->domain, (uint32_t)page, 4);
	sh_mem = test->hv->ops->map(test->hv, 1, grefs, 4);
	assert_non_null(sh_mem);
	assert_int_equal(sh_mem[0], 3);
	assert_int_equal(sh_mem[HV_PAGE_SIZE], 4);
	assert_int_equal(sh_mem[2 * HV_PAGE_SIZE], 1);
	assert_int_equal(sh_mem[4 * HV_PAGE_SIZE - 1], 2);
	sh_mem[0] = 99;
	assert_int_equal(*(unsigned char *)domain_page(test->domain, (uint32_t)page + 2), 99);
	assert_int_equal(domain_uses(test->domain, (uint32_t)page), 1);
	sim_assert_node(test, "/sim/mappings", "1");
	sim_assert_node(test, "/sim/pages", "4");
	assert_int_equal(domain_revoke(test->domain, (uint32_t)page, 4), 4);
	test->hv->ops->unmap(test->hv, sh_mem, 4);
	assert_int_equal(domain_uses(test->domain, (uint32_t)page), 0);
	assert_int_equal(domain_revoke(test->domain, (uint32_t)page, 4), 0);
}

static void grants_bad(void **state)
{
	struct sim_test *test = *state;
	uint32_t page = (uint32_t)domain_alloc(test->domain, 2), i;
	const uint32_t bad[] = { 0, 1, HV_SIM_GRANT_PAGES - 1, HV_SIM_PAGES, UINT32_MAX, page + 1 };
	uint32_t grefs[3] = { page, page, 0 };

	domain_grant(test->domain, page, 1);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		errno = 0;
		assert_null(test->hv->ops->map(test->hv, 1, &bad[i], 1));
		assert_int_equal(errno, EINVAL);
		grefs[2] = bad[i];
		assert_null(test->hv->ops->map(test->hv, 1, grefs, 3));
		assert_int_equal(errno, EINVAL);
		assert_int_equal(domain_uses(test->domain, page), 0);
	}
	assert_null(test->hv->ops->map(test->hv, 1, grefs, 0));
	assert_null(test->hv->ops->map(test->hv, 1, grefs, HV_SIM_PAGES + 1));
	assert_null(test->hv->ops->map(test->hv, 2, grefs, 1));
	assert_null(test->hv->ops->map(test->hv, 0, grefs, 1));
	domain_revoke(test->domain, page, 1);
	assert_null(test->hv->ops->map(test->hv, 1, grefs, 1));
}

static void death_with_mapping(void **state)
{
	struct sim_test *test = *state;
	uint32_t page = (uint32_t)domain_alloc(test->domain, 1);
	struct domain_port port;
	struct hv_evtchn *handle = test->hv->ops->evtchn_open(test->hv);
	unsigned char *sh_mem;
	int local;

	domain_grant(test->domain, page, 1);
	strcpy(domain_page(test->domain, page), "alive");
	sh_mem = test->hv->ops->map(test->hv, 1, &page, 1);
	assert_non_null(sh_mem);
	assert_int_equal(sim_guest_port(test, PORT_ALLOC, &port), 0);
	local = test->hv->ops->evtchn_bind(handle, 1, port.number);
	assert_true(local > 0);
	sim_guest(test, CLOSE, NULL, NULL);
	close(port.to_daemon);
	close(port.to_guest);
	sim_serve_all(test, 50);
	assert_string_equal((char *)sh_mem, "alive");
	sh_mem[0] = 'A';
	test->hv->ops->evtchn_notify(handle, local);
	assert_int_equal(test->hv->ops->evtchn_bind(handle, 1, port.number), -EINVAL);
	sim_assert_node(test, "/sim/mappings", "1");
	sim_assert_node(test, "/sim/ports", "1");
	assert_int_equal(sim_guest(test, OPEN, NULL, "other"), 0);
	assert_int_equal(domain_id(test->domain), 2);
	assert_int_equal(sh_mem[0], 'A');
	test->hv->ops->unmap(test->hv, sh_mem, 1);
	test->hv->ops->evtchn_unbind(handle, local);
	test->hv->ops->evtchn_close(handle);
}

/* --- event channels */

static bool readable(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	return poll(&poll_fd, 1, 0) == 1;
}

static void port_signals(void **state)
{
	struct sim_test *test = *state;
	const struct hv_ops *ops = test->hv->ops;
	struct hv_evtchn *handle = ops->evtchn_open(test->hv);
	struct domain_port port;
	int local;

	assert_int_equal(sim_guest_port(test, PORT_ALLOC, &port), 0);
	assert_int_equal(ops->evtchn_pending(handle), -EAGAIN);
	local = ops->evtchn_bind(handle, 1, port.number);
	assert_true(local > 0);
	sim_assert_node(test, "/sim/ports", "1");
	/* Fires once at bind, then not even if the guest notifies, until it is unmasked. */
	assert_true(readable(ops->evtchn_fd(handle)));
	assert_int_equal(ops->evtchn_pending(handle), local);
	assert_int_equal(ops->evtchn_pending(handle), -EAGAIN);
	domain_notify(&port);
	domain_notify(&port);
	assert_false(readable(ops->evtchn_fd(handle)));
	assert_int_equal(ops->evtchn_pending(handle), -EAGAIN);
	ops->evtchn_unmask(handle, local);
	assert_true(readable(ops->evtchn_fd(handle)));
	assert_int_equal(ops->evtchn_pending(handle), local);
	ops->evtchn_unmask(handle, local);
	assert_int_equal(ops->evtchn_pending(handle), -EAGAIN);
	/* In the other direction. */
	assert_false(domain_notified(&port));
	ops->evtchn_notify(handle, local);
	ops->evtchn_notify(handle, local);
	assert_true(domain_notified(&port));
	assert_false(domain_notified(&port));
	ops->evtchn_close(handle);
	sim_assert_node(test, "/sim/ports", "0");
	sim_guest_port(test, PORT_FREE, &port);
}

static void port_binding(void **state)
{
	struct sim_test *test = *state;
	const struct hv_ops *ops = test->hv->ops;
	struct hv_evtchn *one = ops->evtchn_open(test->hv), *two = ops->evtchn_open(test->hv);
	struct domain_port a, b;
	int local_a, local_b;

	assert_int_equal(sim_guest_port(test, PORT_ALLOC, &a), 0);
	assert_int_equal(sim_guest_port(test, PORT_ALLOC, &b), 0);
	assert_int_not_equal(a.number, b.number);
	assert_int_equal(ops->evtchn_bind(one, 1, 0), -EINVAL);
	assert_int_equal(ops->evtchn_bind(one, 1, 200), -EINVAL);
	assert_int_equal(ops->evtchn_bind(one, 1, HV_SIM_PORTS_MAX), -EINVAL);
	assert_int_equal(ops->evtchn_bind(one, 1, UINT32_MAX), -EINVAL);
	assert_int_equal(ops->evtchn_bind(one, 7, a.number), -EINVAL);
	local_a = ops->evtchn_bind(one, 1, a.number);
	local_b = ops->evtchn_bind(one, 1, b.number);
	assert_true(local_a > 0 && local_b > 0 && local_a != local_b);
	assert_int_equal(ops->evtchn_bind(two, 1, a.number), -EINVAL);
	ops->evtchn_unbind(two, local_a);
	sim_assert_node(test, "/sim/ports", "2");
	ops->evtchn_unbind(one, local_a);
	/* A restarted daemon binds the old port. */
	assert_int_equal(ops->evtchn_bind(two, 1, a.number), local_a);
	assert_int_equal(ops->evtchn_pending(two), local_a);
	/* The guest closes a bound port. */
	assert_int_equal(sim_guest_port(test, PORT_FREE, &b), 0);
	ops->evtchn_notify(one, local_b);
	ops->evtchn_unbind(one, local_b);
	assert_int_equal(ops->evtchn_bind(one, 1, (uint32_t)local_b % HV_SIM_PORTS_MAX), -EINVAL);
	ops->evtchn_close(one);
	ops->evtchn_close(two);
	ops->evtchn_close(NULL);
	assert_int_equal(sim_guest_port(test, PORT_FREE, &a), 0);
	assert_int_equal(sim_guest_port(test, PORT_ALLOC, &b), 0);
	sim_guest_port(test, PORT_FREE, &b);
}

static void port_limit(void **state)
{
	struct sim_test *test = *state;
	static struct domain_port ports[HV_SIM_PORTS_MAX];
	unsigned i;

	for (i = 0; i < HV_SIM_PORTS_MAX; i++) {
		if (sim_guest_port(test, PORT_ALLOC, &ports[i]) < 0) {
			break;
		}
	}
	assert_int_equal(i, HV_SIM_PORTS_MAX - 1);
	while (i-- > 0) {
		sim_guest_port(test, PORT_FREE, &ports[i]);
	}
}

/* --- threads */

#define ROUNDS 300

struct io {
	struct hv *hv;
	_Atomic uint32_t domid;
	_Atomic bool stop;
	unsigned mapped, bound;
};

/* Maps and binds what it finds, while domains come and go. */
static void *io_run(void *arg)
{
	struct io *io = arg;
	struct hv_evtchn *handle = io->hv->ops->evtchn_open(io->hv);
	uint32_t gref = HV_SIM_GRANT_PAGES;
	void *sh_mem;
	int local;

	while (!io->stop) {
		sh_mem = io->hv->ops->map(io->hv, io->domid, &gref, 1);
		local = io->hv->ops->evtchn_bind(handle, io->domid, 1);
		if (local > 0) {
			io->bound++;
			io->hv->ops->evtchn_notify(handle, local);
			io->hv->ops->evtchn_unbind(handle, local);
		}
		if (sh_mem != NULL) {
			io->mapped++;
			*(volatile char *)sh_mem = 1;
			io->hv->ops->unmap(io->hv, sh_mem, 1);
		}
	}
	io->hv->ops->evtchn_close(handle);
	return NULL;
}

static void domains_come_and_go(void **state)
{
	struct sim_test *test = *state;
	struct io io = { .hv = test->hv };
	struct domain_port port;
	pthread_t thread;
	unsigned i;

	assert_int_equal(pthread_create(&thread, NULL, io_run, &io), 0);
	for (i = 0; i < ROUNDS; i++) {
		assert_int_equal(sim_guest(test, OPEN, NULL, "fly"), 0);
		domain_grant(test->domain, (uint32_t)domain_alloc(test->domain, 1), 1);
		io.domid = domain_id(test->domain);
		assert_int_equal(sim_guest_port(test, PORT_ALLOC, &port), 0);
		/* Half of them live until io has bound their port. */
		while (i % 2 == 0 && !domain_notified(&port)) {
			sim_serve(test);
		}
		if (i % 3 == 0) {
			sim_guest_port(test, PORT_FREE, &port);
		} else {
			close(port.to_daemon);
			close(port.to_guest);
		}
		sim_guest(test, CLOSE, NULL, NULL);
	}
	io.stop = true;
	pthread_join(thread, NULL);
	assert_true(io.mapped > 0);
	assert_true(io.bound >= ROUNDS / 2);
	printf("%u domains, %u mappings, %u bindings\n", ROUNDS, io.mapped, io.bound);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(grants_good, sim_set_up_guest, sim_tear_down),
		cmocka_unit_test_setup_teardown(grants_bad, sim_set_up_guest, sim_tear_down),
		cmocka_unit_test_setup_teardown(death_with_mapping, sim_set_up_guest,
						sim_tear_down),
		cmocka_unit_test_setup_teardown(port_signals, sim_set_up_guest, sim_tear_down),
		cmocka_unit_test_setup_teardown(port_binding, sim_set_up_guest, sim_tear_down),
		cmocka_unit_test_setup_teardown(port_limit, sim_set_up_guest, sim_tear_down),
		cmocka_unit_test_setup_teardown(domains_come_and_go, sim_set_up, sim_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
