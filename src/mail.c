/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/mail.h"

#include <assert.h>
#include <string.h>

/*
 * JACK has room for 254 clients, 127 cards; two letters for each of them and for as many that
 * wait for room take a quarter, orders little.
 */
#define MAIL_COUNT 2048u
/* What log lines and news leave free, so that a guest that provokes many can not displace a letter.
 */
#define MAIL_RESERVE (MAIL_COUNT / 2)

static void deliver(struct ev_loop *loop, ev_async *wake, int events)
{
	struct mailbox *box = wake->data;
	struct mail mail;

	(void)loop;
	(void)events;
	while (ring_pop(&box->ring, &mail)) {
		if (mail.verb == MAIL_LOG) {
			log_emit((enum log_level)mail.a, mail.text);
		} else {
			box->handle(box->arg, &mail);
		}
	}
}

int mail_open(struct mailbox *box, struct ev_loop *loop,
	      void (*handle)(void *arg, const struct mail *mail), void *arg)
{
	int err = ring_init(&box->ring, sizeof(struct mail), MAIL_COUNT);

	if (err) {
		return err;
	}
	box->loop = loop;
	box->handle = handle;
	box->arg = arg;
	rt_counter_set(&box->dropped, 0);
	ev_async_init(&box->wake, deliver);
	box->wake.data = box;
	ev_async_start(loop, &box->wake);
	return 0;
}

void mail_drain(struct mailbox *box, void (*each)(void *arg, const struct mail *mail), void *arg)
{
	struct mail mail;

	while (box->loop && ring_pop(&box->ring, &mail)) {
		if (mail.verb == MAIL_LOG) {
			log_emit((enum log_level)mail.a, mail.text);
		} else {
			each(arg, &mail);
		}
	}
}

void mail_close(struct mailbox *box)
{
	if (box->loop) {
		ev_async_stop(box->loop, &box->wake);
		box->loop = NULL;
	}
	ring_finish(&box->ring);
}

void mail_send(struct mailbox *box, const struct mail *mail)
{
	if (!ring_push(&box->ring, mail)) {
		assert(!"a mailbox is full of letters");
	}
	ev_async_send(box->loop, &box->wake);
}

bool mail_offer(struct mailbox *box, const struct mail *mail)
{
	bool room = ring_space(&box->ring) > MAIL_RESERVE;

	if (room) {
		mail_send(box, mail);
	}
	return room;
}

void mail_log(void *box, enum log_level level, const char *line)
{
	struct mail mail = { .verb = MAIL_LOG, .a = (int)level };
	struct mailbox *to_ctl = box;

	strncat(mail.text, line, sizeof(mail.text) - 1);
	if (!mail_offer(to_ctl, &mail)) {
		rt_counter_add(&to_ctl->dropped, 1);
	}
}
