/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the main, io and jack threads send messages: crossing 1 of docs/architecture.md. A queue has
 * one sender and one receiver. The receiver's loop runs a handler for every message, in order.
 * Sending never blocks and never fails.
 *
 * A queue is a list of places (src/base/msg.h) and cannot overflow, however long the receiver hangs
 * and whatever guests do meanwhile: a guest adds to it only by another card. The bus serves 256
 * devices, each with a card and a few former ones that jack still holds (src/daemon/card_limits.h);
 * the mixer has at most MIXER_REQUESTS_MAX requests under way, the daemon one set of rules.
 *
 * A message that is sent again before it has arrived is not queued twice: it arrives once, with the
 * latest numbers, in the place of the first. So send twice only what states how things are, not
 * what has happened.
 *
 * Log lines take another way, a ring of fixed size. It drops lines when it is full, and counts
 * them. Lines that were logged before a message was sent come out before it is handled.
 */
#ifndef XENJACK_MSGQ_H
#define XENJACK_MSGQ_H

#include <ev.h>

#include "src/base/log.h"
#include "src/base/msg.h"
#include "src/base/ring.h"

/* Offered messages under way at most; each carries at most a few hundred names. */
#define MSGQ_OFFERS_MAX 64u

struct msgq {
	struct msg_place *_Atomic newest; /* the list of places under way, newest first */
	struct msg_place own[MSG_TYPES];
	_Atomic unsigned offers;   /* offered messages under way */
	struct ring lines;	   /* log lines */
	struct rt_counter dropped; /* log lines lost */
	struct ev_loop *loop;	   /* the receiver's */
	ev_async wake;
	void (*handle)(void *arg, const struct msg *msg);
	void *arg;
};

/* Opens a queue; `handle` gets its messages in the loop's thread. Returns 0 or -errno. */
int msgq_open(struct msgq *queue, struct ev_loop *loop,
	      void (*handle)(void *arg, const struct msg *msg), void *arg);

/* Receiver, once the sender has ended: passes what is left to `each`; accepts a zeroed queue. */
void msgq_drain(struct msgq *queue, void (*each)(void *arg, const struct msg *msg), void *arg);

/* Closes a queue and drops its messages; accepts a zeroed queue. */
void msgq_close(struct msgq *queue);

/*
 * Sender: puts a message into its place and wakes the receiver. A place always carries the same
 * type and pointers until its message has arrived.
 */
void msgq_send(struct msgq *queue, const struct msg *msg);

/* Sender: sends unless MSGQ_OFFERS_MAX offered messages are under way; else returns false. */
bool msgq_offer(struct msgq *queue, const struct msg *msg);

/* A log_sink that sends lines to the queue given as its argument. */
void msgq_log(void *queue, enum log_level level, const char *line);

#endif
