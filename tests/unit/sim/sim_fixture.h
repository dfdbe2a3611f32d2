/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests of hv_sim: both ends in one process. The test's thread is the daemon's end; another
 * thread calls the guest library, one call at a time, while the test's thread serves. The daemon's
 * watch events are collected as "path|token". Any failure fails the test.
 */
#ifndef TESTS_SIM_FIXTURE_H
#define TESTS_SIM_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "xen/guest/domain.h"
#include "xen/hv.h"
#include "xen/sim/hv_sim.h"

#define SIM_EVENTS_MAX 64

/* A call of a guest, made by another thread. */
enum sim_job_kind {
	OPEN,
	CLOSE,
	READ,
	WRITE,
	REMOVE,
	WATCH,
	UNWATCH,
	EVENT,
	PORT_ALLOC,
	PORT_FREE,
	ATTACH,
	DETACH,
	LIST,
};

struct sim_job {
	enum sim_job_kind kind;
	const char *path, *text;
	struct domain_port *port;
	uint32_t devid;
	int result;
	struct hv_sim_msg msg;
	_Atomic bool done;
};

struct sim_test {
	struct hv *hv;
	struct domain *domain;
	char socket[64];
	char events[SIM_EVENTS_MAX][128];
	unsigned count;
};

/* Serves all pending requests, and collects the events. */
void sim_serve(struct sim_test *test);

/* Serves until nothing has come for quiet_ms. */
void sim_serve_all(struct sim_test *test, int quiet_ms);

/* Makes a guest's call and serves until it has returned. Returns its result. */
int sim_job_do(struct sim_test *test, struct sim_job *job);
int sim_guest(struct sim_test *test, enum sim_job_kind kind, const char *path, const char *text);
int sim_guest_device(struct sim_test *test, enum sim_job_kind kind, uint32_t devid);
int sim_guest_port(struct sim_test *test, enum sim_job_kind kind, struct domain_port *port);

/* Asserts that the daemon reads this value; NULL: no such node. */
void sim_assert_node(struct sim_test *test, const char *path, const char *value);

/* The daemon writes a node. */
void sim_put(struct sim_test *test, const char *path, const char *value);

/* Asserts that exactly these events have come since the last call. */
void sim_assert_events(struct sim_test *test, unsigned count, ...);

/* cmocka's set-up, of a daemon or a daemon and a guest, and tear-down, which expects no mapping or
 * port to be left. */
int sim_set_up(void **state);
int sim_set_up_guest(void **state);
int sim_tear_down(void **state);

#endif
