/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/msgq.h"

#include <assert.h>
#include <string.h>

/* Log lines under way at most; a power of two. */
#define LINES_MAX 1024u

struct line {
	enum log_level level;
	char text[LOG_LINE_MAX];
};

/* Takes the list of messages under way, oldest first. */
static struct msg_place *take_all(struct msgq *queue)
{
	/* Orders the sender's writes to the places before our reading them. */
	struct msg_place *newest = atomic_exchange_explicit(&queue->newest, NULL,
							    memory_order_acquire);
	struct msg_place *oldest = NULL;

	while (newest) {
		struct msg_place *place = newest;

		newest = place->next;
		place->next = oldest;
		oldest = place;
	}
	return oldest;
}

/* Copies a message from its place, which the sender may use again from then on. */
static struct msg take(struct msgq *queue, struct msg_place *place)
{
	struct msg msg = {
		.type = place->type,
		.card = place->card,
		.request = place->request,
		.rules = place->rules,
	};

	if (place->offered) {
		atomic_fetch_sub(&queue->offers, 1);
	}
	/*
	 * Orders our reads above before the sender's next writes, and the sender's latest numbers
	 * before our reads below: numbers that we miss come with a message of their own.
	 */
	atomic_exchange_explicit(&place->queued, false, memory_order_acq_rel);
	msg.a = atomic_load_explicit(&place->a, memory_order_relaxed);
	msg.b = atomic_load_explicit(&place->b, memory_order_relaxed);
	msg.c = atomic_load_explicit(&place->c, memory_order_relaxed);
	return msg;
}

void msgq_drain(struct msgq *queue, void (*each)(void *arg, const struct msg *msg), void *arg)
{
	struct msg_place *place = take_all(queue), *next;
	struct line line;

	/* No more than there can be now: a sender must not keep us here. */
	for (unsigned n = 0; n < LINES_MAX && queue->loop && ring_pop(&queue->lines, &line); n++) {
		log_emit(line.level, line.text);
	}
	for (; place; place = next) {
		struct msg msg;

		next = place->next;
		msg = take(queue, place);
		each(arg, &msg);
	}
}

static void deliver(struct ev_loop *loop, ev_async *wake, int events)
{
	struct msgq *queue = wake->data;

	(void)loop;
	(void)events;
	msgq_drain(queue, queue->handle, queue->arg);
}

int msgq_open(struct msgq *queue, struct ev_loop *loop,
	      void (*handle)(void *arg, const struct msg *msg), void *arg)
{
	int err;

	memset(queue, 0, sizeof(*queue));
	err = ring_init(&queue->lines, sizeof(struct line), LINES_MAX);
	if (err) {
		return err;
	}
	queue->loop = loop;
	queue->handle = handle;
	queue->arg = arg;
	ev_async_init(&queue->wake, deliver);
	queue->wake.data = queue;
	ev_async_start(loop, &queue->wake);
	return 0;
}

void msgq_close(struct msgq *queue)
{
	if (queue->loop) {
		ev_async_stop(queue->loop, &queue->wake);
		queue->loop = NULL;
	}
	atomic_store(&queue->newest, NULL);
	ring_finish(&queue->lines);
}

static void push(struct msgq *queue, struct msg_place *place)
{
	struct msg_place *newest = atomic_load_explicit(&queue->newest, memory_order_relaxed);

	do {
		place->next = newest;
		/* Orders the place's contents before the receiver's finding it. */
	} while (!atomic_compare_exchange_weak_explicit(
		&queue->newest, &newest, place, memory_order_release, memory_order_relaxed));
}

static void put(struct msgq *queue, const struct msg *msg, bool offered)
{
	struct msg_place *place = msg->place ? msg->place : &queue->own[msg->type];

	/* The queue's own place would mix up what two of them concern. */
	assert(msg->place || !(msg->card || msg->request || msg->rules));
	/* Orders the receiver's reads before our writes. */
	if (!atomic_load_explicit(&place->queued, memory_order_acquire)) {
		place->offered = offered;
		place->type = msg->type;
		place->card = msg->card;
		place->request = msg->request;
		place->rules = msg->rules;
	}
	atomic_store_explicit(&place->a, msg->a, memory_order_relaxed);
	atomic_store_explicit(&place->b, msg->b, memory_order_relaxed);
	atomic_store_explicit(&place->c, msg->c, memory_order_relaxed);
	/* If the receiver has yet to take the last message, it finds these numbers in it. */
	if (!atomic_exchange_explicit(&place->queued, true, memory_order_acq_rel)) {
		push(queue, place);
		ev_async_send(queue->loop, &queue->wake);
	}
}

void msgq_send(struct msgq *queue, const struct msg *msg)
{
	put(queue, msg, false);
}

bool msgq_offer(struct msgq *queue, const struct msg *msg)
{
	if (atomic_load(&queue->offers) >= MSGQ_OFFERS_MAX) {
		return false;
	}
	atomic_fetch_add(&queue->offers, 1);
	put(queue, msg, true);
	return true;
}

void msgq_log(void *queue, enum log_level level, const char *line)
{
	struct line entry = { .level = level };
	struct msgq *to_main = queue;

	strncat(entry.text, line, sizeof(entry.text) - 1);
	if (ring_push(&to_main->lines, &entry)) {
		ev_async_send(to_main->loop, &to_main->wake);
	} else {
		rt_counter_add(&to_main->dropped, 1);
	}
}
