/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The desk at work in the daemon: its letters to io and jack and theirs to it, and its memory's
 * file. ctl. It is the daemon's, as are the desk, the loop and the boxes, which are open when the
 * first letter is sent.
 */
#ifndef XENJACK_CONSOLE_H
#define XENJACK_CONSOLE_H

#include <ev.h>

#include "src/desk.h"
#include "src/mail.h"

struct console {
	struct desk *desk;
	struct ev_loop *loop;
	struct mailbox *to_io, *to_jack, *from_jack;
	ev_timer watch;	  /* runs while somebody listens */
	int state_dir;	  /* of the memory's file; -1: none */
	int dir;	  /* the same, or -1: it must not be replaced */
	bool save_failed; /* has been logged */
};

/* Makes the desk, with the memory that the file in `dir` has; -1: none. Loop and boxes are set
 * before. 0 or -ENOMEM. */
int console_open(struct console *console, struct desk *desk, int dir);

/* Sees what jack tells ctl; letters that are none of the desk's are left alone. */
void console_letter(struct console *console, const struct mail *mail);

/* Writes the memory if it has changed. */
void console_save(struct console *console);

/* Nothing is sent from here on; jack has ended. What is under way is answered. Accepts a zeroed
 * one. */
void console_close(struct console *console);

#endif
