/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The thread that maps: guests' turns, what jobs cost, and its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "xen/mapper.h"

#define JOBS 7u

static struct mapper mapper;
static struct ev_loop *loop;
static struct mapper_job jobs[JOBS];
static const struct mapper_job *order[JOBS]; /* as they were done */
static unsigned done, told;
static sem_t gate, at_gate;
static _Thread_local int64_t worked_ns;

static int64_t worked_here(void)
{
	return worked_ns;
}

static void work(struct mapper_job *job)
{
	worked_ns += 1000 + (job - jobs);
	order[done++] = job;
}

static void work_at_gate(struct mapper_job *job)
{
	sem_post(&at_gate);
	sem_wait(&gate);
	work(job);
}

static void on_done(struct ev_loop *in, ev_async *watcher, int revents)
{
	(void)revents;
	assert_ptr_equal(in, loop);
	assert_ptr_equal(watcher->data, &told);
	told++;
}

static int set_up(void **state)
{
	(void)state;
	done = told = 0;
	for (unsigned i = 0; i < JOBS; i++) {
		jobs[i] = (struct mapper_job){ .work = work, .domid = i };
	}
	sem_init(&gate, 0, 0);
	sem_init(&at_gate, 0, 0);
	loop = ev_loop_new(EVFLAG_NOENV);
	assert_int_equal(mapper_start(&mapper, loop, worked_here, on_done, &told), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	mapper_stop(&mapper);
	ev_loop_destroy(loop);
	sem_destroy(&gate);
	sem_destroy(&at_gate);
	return 0;
}

/* One job of each guest at a time, in the order of their numbers; a guest's own jobs in order. */
static void test_guests_take_turns(void **state)
{
	static const uint32_t domids[JOBS] = { 3, 1, 1, 1, 3, 0, 7 };
	static const unsigned expected[JOBS] = { 0, 6, 5, 1, 4, 2, 3 };

	(void)state;
	jobs[0].work = work_at_gate;
	for (unsigned i = 0; i < JOBS; i++) {
		jobs[i].domid = domids[i];
		mapper_do(&mapper, &jobs[i]);
		if (i == 0) {
			sem_wait(&at_gate);
		}
	}
	assert_true(mapper_has(&jobs[0]) && mapper_has(&jobs[3]));
	sem_post(&gate);
	mapper_stop(&mapper);
	/* It ends only after the last job. */
	assert_int_equal(done, JOBS);
	for (unsigned i = 0; i < JOBS; i++) {
		assert_ptr_equal(order[i], &jobs[expected[i]]);
		assert_false(mapper_has(&jobs[i]));
	}
}

/* The loop is told after a job is done, and what it took is charged once. */
static void test_done_and_charged(void **state)
{
	(void)state;
	mapper_do(&mapper, &jobs[2]);
	while (!told) {
		ev_run(loop, EVRUN_ONCE);
	}
	assert_false(mapper_has(&jobs[2]));
	assert_int_equal(mapper_charge(&jobs[2]), 1002);
	assert_int_equal(mapper_charge(&jobs[2]), 0);
}

/* Without a thread the caller does the job, in time that is counted as its own. */
static void test_without_thread(void **state)
{
	(void)state;
	mapper_stop(&mapper);
	mapper_do(&mapper, &jobs[0]);
	mapper_do(NULL, &jobs[1]);
	assert_int_equal(done, 2);
	assert_false(mapper_has(&jobs[0]) || mapper_has(&jobs[1]));
	assert_int_equal(mapper_charge(&jobs[0]), 0);
	assert_int_equal(worked_ns, 2001);
	mapper_stop(&mapper);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_guests_take_turns, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_done_and_charged, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_without_thread, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
