/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/console.h"

#include <errno.h>
#include <string.h>

/* How often streams are looked at, so that who listens hears of them within 100 ms. */
#define WATCH_S 0.05

static void on_moved(void *arg, struct card *card)
{
	struct console *console = arg;

	mail_send(console->to_io, &(struct mail){ .verb = MAIL_DESK, .card = card });
}

static void on_order(void *arg, struct order *order)
{
	struct console *console = arg;

	mail_send(console->to_jack, &(struct mail){ .verb = MAIL_ORDER, .order = order });
}

static void on_watch(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct console *console = timer->data;

	(void)loop;
	(void)events;
	desk_watch(console->desk);
}

static void on_attend(void *arg, bool listening)
{
	struct console *console = arg;

	if (listening) {
		ev_timer_again(console->loop, &console->watch);
	} else {
		ev_timer_stop(console->loop, &console->watch);
	}
}

int console_open(struct console *console, struct desk *desk, int dir)
{
	int err = desk_init(desk);

	if (err) {
		return err;
	}
	console->desk = desk;
	err = dir >= 0 ? desk_load(desk, dir) : 0;
	console->state_dir = dir;
	console->dir = err && err != -EBADMSG ? -1 : dir;
	desk->tell = on_moved;
	desk->send = on_order;
	desk->attend = on_attend;
	desk->tell_arg = desk->send_arg = desk->attend_arg = console;
	ev_timer_init(&console->watch, on_watch, 0.0, WATCH_S);
	console->watch.data = console;
	return 0;
}

/* --- what jack tells */

static void announce(const struct console *console, enum control_kind kind, uint64_t number)
{
	desk_announce(console->desk, kind, NULL, number);
}

static void on_clock(struct console *console, const struct mail *mail)
{
	struct control_status *status = &console->desk->status;
	bool other = status->rate_hz != (uint32_t)mail->a ||
		     status->period_frames != (uint32_t)mail->b;

	status->rate_hz = (uint32_t)mail->a;
	status->period_frames = (uint32_t)mail->b;
	status->realtime = mail->c > 0;
	if (status->jack == CONTROL_JACK_DOWN) {
		status->jack = CONTROL_JACK_UP;
		announce(console, CONTROL_SERVER_CAME, 0);
	} else if (other) {
		announce(console, CONTROL_SERVER_CLOCK, 0);
	}
}

static void on_freewheel(struct console *console, bool freewheel)
{
	struct control_status *status = &console->desk->status;

	/* The last of a server ends behind it. */
	if (status->jack != CONTROL_JACK_DOWN) {
		status->jack = freewheel ? CONTROL_JACK_FREEWHEEL : CONTROL_JACK_UP;
		announce(console, CONTROL_SERVER_FREEWHEEL, freewheel);
	}
}

static int save_levels(struct console *console, const char *state)
{
	if (state) {
		return desk_save_state(console->desk, console->state_dir, state);
	}
	if (console->dir < 0) {
		return -EOPNOTSUPP;
	}
	return console->desk->unsaved ? desk_save(console->desk, console->dir) : 0;
}

static int load_levels(struct console *console, const char *state)
{
	int err = desk_reload(console->desk, console->state_dir, state);

	if (!err && !state) {
		console->dir = console->state_dir;
	}
	return err;
}

static void tell_recalled(const struct console *console, const char *patch)
{
	desk_tell(console->desk,
		  &(struct control_event){ .kind = CONTROL_PATCH_RECALLED, .name = patch });
}

/* The levels are ctl's half of what is remembered. */
static void finish_order(struct console *console, struct order *order)
{
	switch (order->verb) {
	case CONTROL_SAVE:
		order->err = save_levels(console, order->a);
		break;
	case CONTROL_LOAD:
		if (order->a) {
			tell_recalled(console, order->a);
		}
		order->err = load_levels(console, order->a);
		break;
	case CONTROL_RECALL:
		tell_recalled(console, order->a);
		break;
	default:
		break;
	}
}

static void on_ordered(struct console *console, struct order *order)
{
	if (!order->err) {
		finish_order(console, order);
	}
	/* The patch may have been put aside, and its levels be still there. */
	if (order->verb == CONTROL_DELETE && (!order->err || order->err == -ENOENT)) {
		desk_delete_state(console->state_dir, order->a);
	}
	desk_ordered(console->desk, order);
}

static void on_lost(struct console *console)
{
	struct control_status *status = &console->desk->status;

	status->load = 0.0f;
	status->xruns = 0;
	if (status->jack == CONTROL_JACK_FREEWHEEL) {
		announce(console, CONTROL_SERVER_FREEWHEEL, 0);
	}
	status->jack = CONTROL_JACK_DOWN;
	announce(console, CONTROL_SERVER_WENT, 0);
}

static void tell_news(struct console *console, struct order *news)
{
	for (unsigned i = 0; i < news->row_count && !news->err; i++) {
		desk_tell(console->desk, &(struct control_event){ .kind = news->rows[i].numbers[0],
								  .name = news->rows[i].name,
								  .other = news->rows[i].other });
	}
	order_finish(news);
}

void console_letter(struct console *console, const struct mail *mail)
{
	struct control_status *status = &console->desk->status;

	switch (mail->verb) {
	case MAIL_ORDERED:
		on_ordered(console, mail->order);
		break;
	case MAIL_CLOCK:
		on_clock(console, mail);
		break;
	case MAIL_FREEWHEEL:
		on_freewheel(console, mail->a);
		break;
	case MAIL_LOST:
		on_lost(console);
		break;
	case MAIL_LOAD:
		status->load = (float)mail->a / 1e4f;
		break;
	case MAIL_XRUNS:
		status->xruns = (uint64_t)mail->a;
		desk_tell(console->desk, &(struct control_event){ .kind = CONTROL_SERVER_XRUN,
								  .number = status->xruns,
								  .late_us = (uint32_t)mail->b });
		break;
	case MAIL_NEWS:
		tell_news(console, mail->order);
		break;
	default:
		break;
	}
}

/* --- the memory */

void console_save(struct console *console)
{
	int err = 0;

	if (console->desk->unsaved && console->dir >= 0) {
		err = desk_save(console->desk, console->dir);
	}
	if (err && !console->save_failed) {
		log_error("levels can not be saved: %s; trying again", strerror(-err));
	}
	console->save_failed = err != 0;
}

static void on_last_letter(void *console, const struct mail *mail)
{
	console_letter(console, mail);
}

void console_close(struct console *console)
{
	if (console->desk) {
		ev_timer_stop(console->loop, &console->watch);
		/* The threads have ended; what they carried out before is answered so. */
		console->desk->tell = NULL;
		console->desk->send = NULL;
		mail_drain(console->from_jack, on_last_letter, console);
		console_save(console);
		desk_finish(console->desk);
		console->desk = NULL;
	}
}
