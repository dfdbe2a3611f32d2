/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stddef.h>

#include "src/desk.h"

/* src/control.h over a desk: what is not the desk's own goes to jack as an order. */

static const struct control_stream *get_streams(void *self, unsigned *count)
{
	const struct desk *desk = self;

	*count = desk->count;
	return desk->streams;
}

static void set_gain(void *self, const struct control_stream *stream, float db)
{
	desk_set_gain(self, stream, db);
}

static void set_trim(void *self, const struct control_stream *stream, uint32_t channel, float db)
{
	desk_set_trim(self, stream, channel, db);
}

static void set_muted(void *self, const struct control_stream *stream, bool muted)
{
	desk_set_muted(self, stream, muted);
}

static void set_solo(void *self, const struct control_stream *stream, bool solo)
{
	desk_set_solo(self, stream, solo);
}

static void get_stats(void *self, const struct control_stream *stream, struct control_stats *stats)
{
	desk_get_stats(self, stream, stats);
}

static void reset_stats(void *self, const struct control_stream *stream)
{
	desk_reset_stats(self, stream);
}

static void kick(void *self, const struct control_stream *stream)
{
	desk_kick(self, stream);
}

static void want_meters(void *self, bool wanted)
{
	desk_want_meters(self, wanted);
}

static void want_events(void *self, bool wanted)
{
	struct desk *desk = self;
	control_heard *heard = desk->heard;

	if (wanted) {
		/* What was before he came he asks for, and is not told. */
		desk->heard = NULL;
		desk_watch(desk);
		desk->heard = heard;
	}
	desk->watched = wanted;
	if (desk->attend) {
		desk->attend(desk->attend_arg, wanted);
	}
}

static void get_status(void *self, struct control_status *status)
{
	const struct desk *desk = self;

	*status = desk->status;
}

static void request(void *self, enum control_verb verb, const char *a, const char *b,
		    control_done *done, void *arg)
{
	struct desk *desk = self;
	int err = !desk->send ? -ESHUTDOWN : desk->order_count == DESK_ORDERS_MAX ? -EBUSY : 0;
	struct order *order = err ? NULL : order_create(verb, a, b, done, arg);

	if (!order) {
		done(arg, &(struct control_answer){ .err = err ? err : -ENOMEM });
		return;
	}
	order->next = desk->orders;
	desk->orders = order;
	desk->order_count++;
	desk->send(desk->send_arg, order);
}

/* Jack still has it; who asked must not wait for that. */
static void give_up(struct order *order)
{
	static const struct control_answer over = { .err = -ESHUTDOWN };

	if (order->done) {
		order->done(order->arg, &over);
		order->done = NULL;
	}
}

static void listen(void *self, control_heard *heard, void *arg)
{
	struct desk *desk = self;

	desk->heard = heard;
	desk->heard_arg = arg;
	for (struct order *order = desk->orders; !heard && order; order = order->next) {
		give_up(order);
	}
}

void desk_ordered(struct desk *desk, struct order *order)
{
	struct order **link = &desk->orders;

	while (*link != order) {
		link = &(*link)->next;
	}
	*link = order->next;
	desk->order_count--;
	order_finish(order);
}

struct control desk_control(struct desk *desk)
{
	static const struct control_ops ops = {
		.streams = get_streams,
		.set_gain = set_gain,
		.set_trim = set_trim,
		.set_muted = set_muted,
		.set_solo = set_solo,
		.get_stats = get_stats,
		.reset_stats = reset_stats,
		.kick = kick,
		.want_events = want_events,
		.want_meters = want_meters,
		.get_status = get_status,
		.request = request,
		.listen = listen,
	};

	return (struct control){ &ops, desk };
}
