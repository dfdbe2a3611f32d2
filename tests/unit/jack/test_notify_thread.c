/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads that may be cancelled anywhere, as libjack's, on a socket in place of their server's. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "jack/notify_thread.h"

static int ends[2]; /* the thread's, the server's */
static atomic_bool busy, go_on;
static atomic_uint handled;
static atomic_int ended; /* what the last read returned; 1 before */
static atomic_int error; /* of a read that fails */
static pthread_t thread;

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

static void wait_for(atomic_bool *event)
{
	while (!atomic_load(event)) {
		pause_ms(1);
	}
}

/* Handles notifications of a byte, each for as long as the test wants. */
static void *run(void *arg)
{
	bool *anywhere = arg;
	ssize_t got;
	char byte;
	int type;

	if (*anywhere) {
		pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
	}
	while ((got = read(ends[0], &byte, 1)) == 1) {
		atomic_store(&busy, true);
		while (!atomic_load(&go_on)) {
			/* libjack's work has such points in its lock: close(). */
			pthread_testcancel();
		}
		atomic_fetch_add(&handled, 1);
	}
	atomic_store(&ended, (int)got);
	errno = 0;
	atomic_store(&error, read(-1, &byte, 1) == -1 ? errno : 0);
	return NULL;
}

static void start(bool anywhere)
{
	static bool how;

	how = anywhere;
	atomic_store(&busy, false);
	atomic_store(&go_on, false);
	atomic_store(&handled, 0);
	atomic_store(&ended, 1);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(pthread_create(&thread, NULL, run, &how), 0);
}

/* Whether the thread was cancelled. */
static bool join(void)
{
	void *result;

	assert_int_equal(pthread_join(thread, &result), 0);
	close(ends[0]);
	close(ends[1]);
	return result == PTHREAD_CANCELED;
}

static void notify(void)
{
	assert_int_equal(write(ends[1], "n", 1), 1);
}

static int set_up(void **state)
{
	(void)state;
	notify_thread_protect();
	return 0;
}

/* It finishes what it does, however often it is cancelled meanwhile. */
static void test_cancelled_at_work(void **state)
{
	(void)state;
	start(true);
	notify();
	wait_for(&busy);
	assert_int_equal(pthread_cancel(thread), 0);
	pause_ms(20);
	assert_int_equal(handled, 0);
	atomic_store(&go_on, true);
	assert_true(join());
	assert_int_equal(handled, 1);
	assert_int_equal(ended, 1);
	assert_false(notify_thread_is_lost());
}

static void test_cancelled_in_read(void **state)
{
	(void)state;
	start(true);
	atomic_store(&go_on, true);
	notify();
	while (atomic_load(&handled) < 1) {
		pause_ms(1);
	}
	pause_ms(20);
	assert_int_equal(pthread_cancel(thread), 0);
	assert_true(join());
	assert_int_equal(ended, 1);
	assert_false(notify_thread_is_lost());
}

/* Starts a thread whose server ends while a client is being opened; returns when it has noticed. */
static void end_while_opening(void)
{
	start(true);
	assert_true(notify_thread_begin_open());
	shutdown(ends[1], SHUT_RDWR);
	while (!notify_thread_is_lost()) {
		pause_ms(1);
	}
}

/* The end reaches it when no client is being opened; until all are closed, none is opened. */
static void test_end(void **state)
{
	(void)state;
	end_while_opening();
	pause_ms(20);
	assert_int_equal(ended, 1);
	notify_thread_end_open();
	assert_false(join());
	assert_int_equal(ended, 0);
	assert_int_equal(error, EBADF);
	assert_true(notify_thread_is_lost());
	assert_false(notify_thread_begin_open());
	notify_thread_forget();
	assert_false(notify_thread_is_lost());
	assert_true(notify_thread_begin_open());
	notify_thread_end_open();
}

/* The thread of a client that the server has refused: no server has ended. */
static void test_refused(void **state)
{
	(void)state;
	end_while_opening();
	assert_int_equal(pthread_cancel(thread), 0);
	assert_true(join());
	assert_int_equal(ended, 1);
	notify_thread_end_open();
	assert_false(notify_thread_is_lost());
}

/* read() is libc's for everybody else. */
static void test_other(void **state)
{
	char text[4];
	int pipe_ends[2];

	(void)state;
	start(false);
	assert_true(notify_thread_begin_open());
	shutdown(ends[1], SHUT_RDWR);
	assert_false(join());
	assert_int_equal(ended, 0);
	assert_false(notify_thread_is_lost());
	notify_thread_end_open();
	errno = 0;
	assert_int_equal(read(-1, text, sizeof(text)), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(pipe(pipe_ends), 0);
	assert_int_equal(write(pipe_ends[1], "abc", 3), 3);
	assert_int_equal(read(pipe_ends[0], text, sizeof(text)), 3);
	assert_memory_equal(text, "abc", 3);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cancelled_at_work),
		cmocka_unit_test(test_cancelled_in_read),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_other),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
