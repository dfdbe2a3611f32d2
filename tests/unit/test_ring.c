/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ring, and the mail that travels in rings, with both ends in threads of their own. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/mail.h"
#include "src/ring.h"

#define MANY 200000u

struct record {
	uint32_t number, again;
};

static void test_full_and_empty(void **state)
{
	struct ring ring;
	struct record record = { 0 };

	(void)state;
	assert_int_equal(ring_init(&ring, sizeof(record), 4), 0);
	assert_false(ring_pop(&ring, &record));
	for (unsigned round = 0; round < 5; round++) {
		for (uint32_t i = 0; i < 4; i++) {
			record.number = i;
			assert_true(ring_push(&ring, &record));
		}
		assert_false(ring_push(&ring, &record));
		for (uint32_t i = 0; i < 4; i++) {
			assert_true(ring_pop(&ring, &record));
			assert_int_equal(record.number, i);
		}
		assert_false(ring_pop(&ring, &record));
	}
	ring_finish(&ring);
}

static void test_bad_sizes(void **state)
{
	struct ring ring;

	(void)state;
	assert_int_equal(ring_init(&ring, 8, 0), -EINVAL);
	assert_int_equal(ring_init(&ring, 8, 3), -EINVAL);
	memset(&ring, 0, sizeof(ring));
	ring_finish(&ring);
}

/* The indices run freely: what is in flight when they wrap stays in order. */
static void test_index_wrap(void **state)
{
	struct ring ring;
	uint32_t value;

	(void)state;
	assert_int_equal(ring_init(&ring, sizeof(value), 8), 0);
	atomic_store(&ring.head, UINT32_MAX - 3);
	atomic_store(&ring.tail, UINT32_MAX - 3);
	for (uint32_t i = 0; i < 8; i++) {
		assert_true(ring_push(&ring, &i));
	}
	assert_false(ring_push(&ring, &value));
	for (uint32_t i = 0; i < 8; i++) {
		assert_true(ring_pop(&ring, &value));
		assert_int_equal(value, i);
	}
	ring_finish(&ring);
}

static void *push_many(void *arg)
{
	for (uint32_t i = 0; i < MANY; i++) {
		struct record record = { i, ~i };

		while (!ring_push(arg, &record)) {
			sched_yield();
		}
	}
	return NULL;
}

/* Counts what arrives, not what was tried. */
static void test_two_threads(void **state)
{
	struct ring ring;
	pthread_t writer;
	uint32_t arrived = 0;

	(void)state;
	assert_int_equal(ring_init(&ring, sizeof(struct record), 64), 0);
	assert_int_equal(pthread_create(&writer, NULL, push_many, &ring), 0);
	while (arrived < MANY) {
		struct record record;

		if (ring_pop(&ring, &record)) {
			assert_int_equal(record.number, arrived);
			assert_int_equal(record.again, ~arrived);
			arrived++;
		} else {
			sched_yield();
		}
	}
	pthread_join(writer, NULL);
	assert_int_equal(arrived, MANY);
	ring_finish(&ring);
}

/* --- mail */

static struct {
	unsigned letters;
	int last;
} got;

static void on_letter(void *arg, const struct mail *mail)
{
	if (mail->verb == MAIL_QUIT) {
		ev_break(arg, EVBREAK_ALL);
	} else {
		assert_int_equal(mail->a, got.last + 1);
		got.last = mail->a;
		got.letters++;
	}
}

static void *run_loop(void *arg)
{
	ev_run(arg, 0);
	return NULL;
}

static void test_mail_wakes_and_keeps_order(void **state)
{
	struct ev_loop *loop = ev_loop_new(EVFLAG_NOENV);
	struct mailbox box;
	pthread_t reader;

	(void)state;
	memset(&got, 0, sizeof(got));
	assert_int_equal(mail_open(&box, loop, on_letter, loop), 0);
	pthread_create(&reader, NULL, run_loop, loop);
	for (int i = 1; i <= 1000; i++) {
		mail_send(&box, &(struct mail){ .verb = MAIL_CLOCK, .a = i });
	}
	mail_send(&box, &(struct mail){ .verb = MAIL_QUIT });
	pthread_join(reader, NULL);
	assert_int_equal(got.letters, 1000);
	mail_close(&box);
	ev_loop_destroy(loop);
}

/* Runs the loop once; how many lines it wrote to standard error. */
static unsigned lines_of_a_turn(struct ev_loop *loop)
{
	int stderr_fd = dup(STDERR_FILENO);
	FILE *file = tmpfile();
	unsigned lines = 0;

	dup2(fileno(file), STDERR_FILENO);
	ev_run(loop, EVRUN_NOWAIT);
	dup2(stderr_fd, STDERR_FILENO);
	close(stderr_fd);
	rewind(file);
	for (int c; (c = getc(file)) != EOF;) {
		lines += c == '\n';
	}
	fclose(file);
	return lines;
}

/* A guest that provokes log lines without end displaces no letter. */
static void test_log_lines_leave_room(void **state)
{
	struct ev_loop *loop = ev_loop_new(EVFLAG_NOENV);
	struct mailbox box;
	unsigned lines;

	(void)state;
	memset(&got, 0, sizeof(got));
	assert_int_equal(mail_open(&box, loop, on_letter, loop), 0);
	for (unsigned i = 0; i < 100000; i++) {
		mail_log(&box, LOG_WARNING, "again");
	}
	for (int i = 1; i <= 500; i++) {
		mail_send(&box, &(struct mail){ .verb = MAIL_CLOCK, .a = i });
	}
	lines = lines_of_a_turn(loop);
	assert_int_equal(got.letters, 500);
	assert_true(lines > 0 && lines < 100000);
	assert_int_equal(lines + rt_counter_get(&box.dropped), 100000);
	mail_close(&box);
	ev_loop_destroy(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full_and_empty),
		cmocka_unit_test(test_bad_sizes),
		cmocka_unit_test(test_index_wrap),
		cmocka_unit_test(test_two_threads),
		cmocka_unit_test(test_mail_wakes_and_keeps_order),
		cmocka_unit_test(test_log_lines_leave_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
