/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/console.h"

#include <string.h>

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

int console_open(struct console *console, struct desk *desk, int dir)
{
	int err = desk_init(desk);

	if (err) {
		return err;
	}
	console->desk = desk;
	console->dir = dir >= 0 && desk_load(desk, dir) ? -1 : dir;
	desk->tell = on_moved;
	desk->send = on_order;
	desk->tell_arg = desk->send_arg = console;
	return 0;
}

void console_letter(struct console *console, const struct mail *mail)
{
	if (mail->verb == MAIL_ORDERED) {
		desk_ordered(console->desk, mail->order);
	}
}

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

void console_close(struct console *console)
{
	if (console->desk) {
		console_save(console);
		desk_finish(console->desk);
		console->desk = NULL;
	}
}
