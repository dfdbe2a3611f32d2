/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A thread with a loop: its letters, its signals, and the priority it takes from JACK's. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "src/worker.h"

static struct worker worker;
static struct mailbox to_ctl;
static struct ev_loop *loop;

/* What the worker says of itself, by mail. */
static void on_letter_there(void *arg, const struct mail *mail)
{
	struct sched_param param;
	sigset_t blocked;
	int policy;

	if (mail->verb == MAIL_QUIT) {
		ev_break(worker.loop, EVBREAK_ALL);
		return;
	}
	(void)arg;
	worker_follow_priority(mail->a);
	pthread_getschedparam(pthread_self(), &policy, &param);
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	mail_send(&to_ctl, &(struct mail){ .verb = MAIL_CLOCK,
					   .a = policy == SCHED_FIFO ? param.sched_priority : 0,
					   .b = sigismember(&blocked, SIGTERM),
					   .c = sigismember(&blocked, SIGSYS) });
}

static struct mail answer;

static void on_letter_here(void *arg, const struct mail *mail)
{
	answer = *mail;
	ev_break(arg, EVBREAK_ALL);
}

static void ask(int jack_priority)
{
	mail_send(&worker.inbox, &(struct mail){ .verb = MAIL_CLOCK, .a = jack_priority });
	ev_run(loop, 0);
}

static int set_up(void **state)
{
	(void)state;
	log_set_level(LOG_ERROR);
	loop = ev_loop_new(EVFLAG_NOENV);
	assert_int_equal(mail_open(&to_ctl, loop, on_letter_here, loop), 0);
	assert_int_equal(worker_open(&worker, "test", &to_ctl), 0);
	assert_int_equal(worker_start(&worker, on_letter_there, NULL), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	worker_stop(&worker);
	worker_close(&worker);
	mail_close(&to_ctl);
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
		int jack, ours;
	} rows[] = { { 10, 8 }, { -1, 0 }, { 3, 1 }, { 2, 1 }, { 1, 1 }, { -1, 0 } };
	bool may = permitted();

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ask(rows[i].jack);
		assert_int_equal(answer.a, may ? rows[i].ours : 0);
	}
}

static void test_signals_are_not_its_own(void **state)
{
	(void)state;
	ask(-1);
	assert_int_equal(answer.b, 1);
	assert_int_equal(answer.c, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_priority_below_jack, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_signals_are_not_its_own, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
