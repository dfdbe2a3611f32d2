/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The queues of messages between threads, and the log lines beside them. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/base/msgq.h"

#define MANY 100000
/* As many messages as 256 devices can have under way, and many more. */
#define PLACES 20000

static struct ev_loop *loop;
static struct msgq queue;
static struct msg_place places[PLACES];
static struct {
	unsigned count;
	int last, b;
} got;

static void on_msg(void *arg, const struct msg *msg)
{
	(void)arg;
	if (msg->type == MSG_QUIT) {
		ev_break(loop, EVBREAK_ALL);
		return;
	}
	/* In order; some that said the same may be missing. */
	assert_true(msg->a >= got.last);
	got.last = msg->a;
	got.b = msg->b;
	got.count++;
}

static int set_up(void **state)
{
	(void)state;
	memset(&got, 0, sizeof(got));
	memset(places, 0, sizeof(places));
	loop = ev_loop_new(EVFLAG_NOENV);
	return msgq_open(&queue, loop, on_msg, NULL);
}

static int tear_down(void **state)
{
	(void)state;
	msgq_close(&queue);
	ev_loop_destroy(loop);
	return 0;
}

static void *run_loop(void *arg)
{
	ev_run(arg, 0);
	return NULL;
}

/* Number i, 1 to PLACES, in a place of its own. */
static void send_placed(int i)
{
	msgq_send(&queue, &(struct msg){ .type = MSG_RULED, .a = i, .place = &places[i - 1] });
}

static void test_wakes_and_keeps_order(void **state)
{
	pthread_t reader;

	(void)state;
	pthread_create(&reader, NULL, run_loop, loop);
	for (int i = 1; i <= PLACES; i++) {
		send_placed(i);
	}
	msgq_send(&queue, &(struct msg){ .type = MSG_QUIT });
	pthread_join(reader, NULL);
	assert_int_equal(got.count, PLACES);
	assert_int_equal(got.last, PLACES);
}

/* However long the receiver hangs. */
static void test_has_no_limit(void **state)
{
	(void)state;
	for (int i = 1; i <= PLACES; i++) {
		send_placed(i);
	}
	assert_int_equal(got.count, 0);
	ev_run(loop, EVRUN_NOWAIT);
	assert_int_equal(got.count, PLACES);
}

static void test_sent_again_arrives_once(void **state)
{
	(void)state;
	for (int i = 1; i <= MANY; i++) {
		msgq_send(&queue, &(struct msg){ .type = MSG_CLOCK, .a = i, .b = -i });
	}
	ev_run(loop, EVRUN_NOWAIT);
	assert_int_equal(got.count, 1);
	assert_int_equal(got.last, MANY);
	assert_int_equal(got.b, -MANY);
	/* Once it has arrived, it can be sent again, even if it says the same. */
	msgq_send(&queue, &(struct msg){ .type = MSG_CLOCK, .a = MANY });
	ev_run(loop, EVRUN_NOWAIT);
	assert_int_equal(got.count, 2);
	assert_int_equal(got.b, 0);
}

/* The receiver takes numbers while the sender changes them, and misses the last ones never. */
static void test_sent_again_meanwhile(void **state)
{
	pthread_t reader;

	(void)state;
	pthread_create(&reader, NULL, run_loop, loop);
	for (int i = 1; i <= MANY; i++) {
		msgq_send(&queue, &(struct msg){ .type = MSG_CLOCK, .a = i, .b = -i });
	}
	msgq_send(&queue, &(struct msg){ .type = MSG_QUIT });
	pthread_join(reader, NULL);
	/* QUIT may lie in front of a CLOCK that was sent before it but queued already. */
	ev_run(loop, EVRUN_NOWAIT);
	assert_int_equal(got.last, MANY);
	assert_int_equal(got.b, -MANY);
}

static void resend(void *arg, const struct msg *msg)
{
	(void)arg;
	got.count++;
	if (msg->a < 3) {
		msgq_send(&queue, &(struct msg){ .type = MSG_CLOCK, .a = msg->a + 1 });
	}
}

/* A place is free again when its message is handled, and not later. */
static void test_sent_again_by_the_handler(void **state)
{
	(void)state;
	queue.handle = resend;
	msgq_send(&queue, &(struct msg){ .type = MSG_CLOCK, .a = 1 });
	for (unsigned i = 0; i < 5; i++) {
		ev_run(loop, EVRUN_NOWAIT);
	}
	assert_int_equal(got.count, 3);
}

static bool offer(int i)
{
	return msgq_offer(
		&queue, &(struct msg){ .type = MSG_PORT_EVENTS, .a = i, .place = &places[i - 1] });
}

static void test_offers_are_limited(void **state)
{
	(void)state;
	for (int i = 1; i <= (int)MSGQ_OFFERS_MAX; i++) {
		assert_true(offer(i));
	}
	assert_false(offer(MSGQ_OFFERS_MAX + 1));
	/* They displace no message. */
	send_placed(MSGQ_OFFERS_MAX + 2);
	ev_run(loop, EVRUN_NOWAIT);
	assert_int_equal(got.count, MSGQ_OFFERS_MAX + 1);
	for (int i = 1; i <= (int)MSGQ_OFFERS_MAX; i++) {
		assert_true(offer(MSGQ_OFFERS_MAX + 2 + i));
	}
	assert_false(offer(MSGQ_OFFERS_MAX + 1));
}

static void test_closed_with_messages(void **state)
{
	(void)state;
	send_placed(1);
	msgq_close(&queue);
	msgq_drain(&queue, on_msg, NULL);
	assert_int_equal(got.count, 0);
}

/* --- log lines */

/* Runs the loop once; returns what it wrote to standard error, to be freed. */
static char *text_of_a_turn(void)
{
	int stderr_fd = dup(STDERR_FILENO);
	FILE *file = tmpfile();
	char *text = calloc(1, 1 << 20);

	dup2(fileno(file), STDERR_FILENO);
	ev_run(loop, EVRUN_NOWAIT);
	dup2(stderr_fd, STDERR_FILENO);
	close(stderr_fd);
	rewind(file);
	assert_non_null(text);
	assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
	fclose(file);
	return text;
}

/* A guest that provokes endless log lines displaces no message. */
static void test_log_lines_leave_room(void **state)
{
	unsigned lines = 0;
	char *text;

	(void)state;
	for (unsigned i = 0; i < MANY; i++) {
		msgq_log(&queue, LOG_WARNING, "again");
	}
	for (int i = 1; i <= 500; i++) {
		send_placed(i);
	}
	text = text_of_a_turn();
	assert_int_equal(got.count, 500);
	for (const char *at = text; (at = strchr(at, '\n')); at++) {
		lines++;
	}
	assert_true(lines > 0 && lines < MANY);
	assert_int_equal(lines + rt_counter_get(&queue.dropped), MANY);
	free(text);
}

static void say_so(void *arg, const struct msg *msg)
{
	(void)arg;
	(void)msg;
	log_emit(LOG_WARNING, "handled");
}

static void test_lines_come_before_later_messages(void **state)
{
	const char *line;
	char *text;

	(void)state;
	queue.handle = say_so;
	msgq_log(&queue, LOG_WARNING, "logged");
	send_placed(1);
	text = text_of_a_turn();
	line = strstr(text, "logged");
	assert_non_null(line);
	assert_non_null(strstr(line, "handled"));
	free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(wakes_and_keeps_order),
		TEST(has_no_limit),
		TEST(sent_again_arrives_once),
		TEST(sent_again_meanwhile),
		TEST(sent_again_by_the_handler),
		TEST(offers_are_limited),
		TEST(closed_with_messages),
		TEST(log_lines_leave_room),
		TEST(lines_come_before_later_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
