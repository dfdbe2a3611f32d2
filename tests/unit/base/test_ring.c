/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ring, with a thread at each end. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/ring.h"

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

/* The indices run freely: messages keep their order when the indices wrap. */
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

/* Counts arrivals, not attempts. */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full_and_empty),
		cmocka_unit_test(test_bad_sizes),
		cmocka_unit_test(test_index_wrap),
		cmocka_unit_test(test_two_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
