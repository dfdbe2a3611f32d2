/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A worker thread: its messages, signals, and a priority derived from JACK's. */
#include <errno.h>
#include <float.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/worker.h"

static struct worker worker;
static struct msgq to_main;
static struct ev_loop *loop;
static sem_t hung;

static const volatile float smallest = FLT_MIN, denormal = FLT_MIN / 4;
static float tiny_there, small_there; /* a denormal result; a product of a denormal */

/* In the worker: reports about itself in a message. */
static void on_msg_there(void *arg, const struct msg *msg)
{
	struct sched_param param;
	sigset_t blocked;
	int policy;

	if (msg->type == MSG_HOLD) {
		sem_wait(&hung);
		return;
	}
	if (msg->type == MSG_QUIT) {
		ev_break(worker.loop, EVBREAK_ALL);
		return;
	}
	(void)arg;
	tiny_there = smallest * 0.5f;
	small_there = denormal * 0x1p30f;
	worker_follow_priority(pthread_self(), msg->a, msg->b);
	pthread_getschedparam(pthread_self(), &policy, &param);
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	msgq_send(&to_main, &(struct msg){ .type = MSG_CLOCK,
					   .a = policy == SCHED_FIFO ? param.sched_priority : 0,
					   .b = sigismember(&blocked, SIGTERM),
					   .c = sigismember(&blocked, SIGSYS) });
}

static struct msg answer;

static void on_msg_here(void *arg, const struct msg *msg)
{
	answer = *msg;
	ev_break(arg, EVBREAK_ALL);
}

static void ask(int jack_priority, int steps)
{
	msgq_send(&worker.inbox,
		  &(struct msg){ .type = MSG_CLOCK, .a = jack_priority, .b = steps });
	ev_run(loop, 0);
}

static int set_up(void **state)
{
	(void)state;
	log_set_level(LOG_ERROR);
	loop = ev_loop_new(EVFLAG_NOENV);
	assert_int_equal(msgq_open(&to_main, loop, on_msg_here, loop), 0);
	assert_int_equal(worker_open(&worker, "test", &to_main), 0);
	assert_int_equal(worker_start(&worker, on_msg_there, NULL), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	worker_stop(&worker);
	worker_close(&worker);
	msgq_close(&to_main);
	ev_loop_destroy(loop);
	return 0;
}

/* Whether this process may have a real-time thread at all. */
static bool permitted(void)
{
	struct sched_param param = { .sched_priority = 8 }, none = { 0 };
	bool may = !pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);

	pthread_setschedparam(pthread_self(), SCHED_OTHER, &none);
	return may;
}

static void test_priority_below_jack(void **state)
{
	static const struct {
		int jack, steps, ours;
	} rows[] = { { 10, 2, 8 }, { -1, 2, 0 }, { 3, 2, 1 }, { 2, 2, 1 }, { 1, 2, 1 },
		     { 10, 1, 9 }, { 2, 1, 1 },	 { 1, 1, 1 }, { -1, 1, 0 } };
	bool may = permitted();

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ask(rows[i].jack, rows[i].steps);
		assert_int_equal(answer.a, may ? rows[i].ours : 0);
	}
}

static void test_signals_are_not_its_own(void **state)
{
	(void)state;
	ask(-1, 2);
	assert_int_equal(answer.b, 1);
	assert_int_equal(answer.c, 0);
}

static void test_denormals_are_flushed(void **state)
{
	(void)state;
	ask(-1, 2);
	assert_true(tiny_there == 0.0f && small_there == 0.0f);
}

/* A thread that hangs in a handler does not hold up the others. */
static void test_stop_within(void **state)
{
	(void)state;
	sem_init(&hung, 0, 0);
	msgq_send(&worker.inbox, &(struct msg){ .type = MSG_HOLD });
	assert_false(worker_stop_within(&worker, 0));
	assert_true(worker.running);
	sem_post(&hung);
	assert_true(worker_stop_within(&worker, 600));
	assert_false(worker.running);
	assert_true(worker_stop_within(&worker, 0));
	sem_destroy(&hung);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_priority_below_jack, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_signals_are_not_its_own, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_denormals_are_flushed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_stop_within, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
