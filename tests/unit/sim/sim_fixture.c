/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/sim/sim_fixture.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- serving */

void sim_serve(struct sim_test *test)
{
	char **event;

	while ((event = test->hv->ops->next_watch(test->hv)) != NULL) {
		assert_true(test->count < SIM_EVENTS_MAX);
		snprintf(test->events[test->count++], sizeof(test->events[0]), "%s|%s", event[0],
			 event[1]);
		free(event);
	}
	assert_int_equal(errno, EAGAIN);
}

/* Serves until nothing has come for quiet_ms. */
void sim_serve_all(struct sim_test *test, int quiet_ms)
{
	struct pollfd fd = { .fd = test->hv->ops->store_fd(test->hv), .events = POLLIN };

	while (poll(&fd, 1, quiet_ms) > 0) {
		sim_serve(test);
	}
}

static void job_call(struct sim_test *test, struct sim_job *job)
{
	struct domain *domain = test->domain;

	switch (job->kind) {
	case OPEN:
		test->domain = domain_open(test->socket, job->text);
		job->result = test->domain == NULL ? -EIO : 0;
		break;
	case CLOSE:
		domain_close(domain);
		test->domain = NULL;
		break;
	case READ: {
		char *value = domain_read(domain, job->path);

		job->result = value == NULL ? -errno : 0;
		snprintf(job->msg.data, sizeof(job->msg.data), "%s", value == NULL ? "" : value);
		free(value);
		break;
	}
	case WRITE:
		job->result = domain_write(domain, job->path, job->text);
		break;
	case REMOVE:
		job->result = domain_remove(domain, job->path);
		break;
	case WATCH:
		job->result = domain_watch(domain, job->path, job->text);
		break;
	case UNWATCH:
		job->result = domain_unwatch(domain, job->path, job->text);
		break;
	case EVENT:
		job->result = domain_event(domain, &job->msg, 0);
		break;
	case PORT_ALLOC:
		job->result = domain_port_alloc(domain, job->port);
		break;
	case PORT_FREE:
		domain_port_free(domain, job->port);
		break;
	case ATTACH:
		job->result = domain_attach(domain, job->devid);
		break;
	case DETACH:
		job->result = domain_detach(domain, job->devid);
		break;
	case LIST:
		job->msg.op = HV_SIM_LIST;
		job->msg.size = (uint32_t)strlen(job->path) + 1;
		memcpy(job->msg.data, job->path, job->msg.size);
		job->result = domain_call(domain, &job->msg, NULL);
		break;
	}
}

struct both {
	struct sim_test *test;
	struct sim_job *job;
};

static void *job_run(void *arg)
{
	struct both *both = arg;

	job_call(both->test, both->job);
	both->job->done = true;
	return NULL;
}

int sim_job_do(struct sim_test *test, struct sim_job *job)
{
	struct pollfd fd = { .fd = test->hv->ops->store_fd(test->hv), .events = POLLIN };
	struct both both = { .test = test, .job = job };
	pthread_t thread;

	job->done = false;
	assert_int_equal(pthread_create(&thread, NULL, job_run, &both), 0);
	while (!job->done) {
		if (poll(&fd, 1, 1) > 0) {
			sim_serve(test);
		}
	}
	pthread_join(thread, NULL);
	sim_serve(test);
	return job->result;
}

int sim_guest(struct sim_test *test, enum sim_job_kind kind, const char *path, const char *text)
{
	struct sim_job job = { .kind = kind, .path = path, .text = text };

	return sim_job_do(test, &job);
}

int sim_guest_device(struct sim_test *test, enum sim_job_kind kind, uint32_t devid)
{
	struct sim_job job = { .kind = kind, .devid = devid };

	return sim_job_do(test, &job);
}

int sim_guest_port(struct sim_test *test, enum sim_job_kind kind, struct domain_port *port)
{
	struct sim_job job = { .kind = kind, .port = port };

	return sim_job_do(test, &job);
}

/* --- the daemon's end */

void sim_assert_node(struct sim_test *test, const char *path, const char *value)
{
	char *got = test->hv->ops->read(test->hv, 0, path);

	if (value == NULL) {
		assert_null(got);
	} else {
		assert_non_null(got);
		assert_string_equal(got, value);
	}
	free(got);
}

void sim_put(struct sim_test *test, const char *path, const char *value)
{
	assert_int_equal(test->hv->ops->write(test->hv, 0, path, value), 0);
}

void sim_assert_events(struct sim_test *test, unsigned count, ...)
{
	va_list args;
	unsigned i;

	sim_serve(test);
	assert_int_equal(test->count, count);
	va_start(args, count);
	for (i = 0; i < count; i++) {
		assert_string_equal(test->events[i], va_arg(args, const char *));
	}
	va_end(args);
	test->count = 0;
}

int sim_set_up(void **state)
{
	struct sim_test *test = calloc(1, sizeof(*test));

	snprintf(test->socket, sizeof(test->socket), "/tmp/test_hv_sim.%d", getpid());
	test->hv = hv_sim_open(test->socket);
	assert_non_null(test->hv);
	*state = test;
	return 0;
}

int sim_set_up_guest(void **state)
{
	struct sim_test *test;

	sim_set_up(state);
	test = *state;
	assert_int_equal(sim_guest(test, OPEN, NULL, "daw"), 0);
	assert_int_equal(domain_id(test->domain), 1);
	return 0;
}

int sim_tear_down(void **state)
{
	struct sim_test *test = *state;

	domain_close(test->domain);
	sim_serve_all(test, 0);
	sim_assert_node(test, "/sim/mappings", "0");
	sim_assert_node(test, "/sim/pages", "0");
	sim_assert_node(test, "/sim/ports", "0");
	test->hv->ops->close(test->hv);
	assert_int_equal(access(test->socket, F_OK), -1);
	free(test);
	return 0;
}
