/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/console.h"

#include <errno.h>
#include <string.h>

/* How often streams are looked at, so that who listens hears of them within 100 ms. */
#define WATCH_S 0.05

static void on_moved(void *arg, struct card *card)
{
	struct console *console = arg;

	mail_send(console->to_io, &(struct mail){ .verb = MAIL_FADERS, .card = card });
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

static void change_jack(struct console *console, int jack)
{
	console->desk->status.jack = jack;
	desk_announce(console->desk, CONTROL_JACK_CHANGED, NULL, 0);
}

static void on_clock(struct console *console, const struct mail *mail)
{
	struct control_status *status = &console->desk->status;

	status->rate_hz = (uint32_t)mail->a;
	status->period_frames = (uint32_t)mail->b;
	status->realtime = mail->c > 0;
	change_jack(console,
		    status->jack == CONTROL_JACK_DOWN ? CONTROL_JACK_UP : (int)status->jack);
}

static int save_levels(struct console *console)
{
	if (console->dir < 0) {
		return -EOPNOTSUPP;
	}
	return console->desk->unsaved ? desk_save(console->desk, console->dir) : 0;
}

static int load_levels(struct console *console)
{
	int err = desk_reload(console->desk, console->state_dir);

	console->dir = err ? console->dir : console->state_dir;
	return err;
}

/* The levels are ctl's half of what is remembered. */
static void on_ordered(struct console *console, struct order *order)
{
	if (!order->err && order->verb == CONTROL_SAVE) {
		order->err = save_levels(console);
	} else if (!order->err && order->verb == CONTROL_LOAD) {
		order->err = load_levels(console);
	} else if (!order->err && order->verb == CONTROL_RECALL) {
		desk_tell(console->desk, &(struct control_event){ .kind = CONTROL_PATCH_RECALLED,
								  .name = order->a });
	}
	desk_ordered(console->desk, order);
}

static void on_lost(struct console *console)
{
	struct control_status *status = &console->desk->status;

	status->load = 0.0f;
	status->xruns = 0;
	change_jack(console, CONTROL_JACK_DOWN);
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
		/* The last of a server ends behind it. */
		if (status->jack != CONTROL_JACK_DOWN) {
			change_jack(console, mail->a ? CONTROL_JACK_FREEWHEEL : CONTROL_JACK_UP);
		}
		break;
	case MAIL_LOST:
		on_lost(console);
		break;
	case MAIL_LOAD:
		status->load = (float)mail->a / 1e4f;
		break;
	case MAIL_XRUNS:
		status->xruns = (uint64_t)mail->a;
		desk_announce(console->desk, CONTROL_JACK_XRUN, NULL, status->xruns);
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
