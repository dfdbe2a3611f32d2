/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The letters that ctl, io and jack send one another: crossing 1 of docs/architecture.md. A box
 * has one sender and one receiver; the receiver's loop runs a handler for every letter, in
 * order, but log lines it emits itself. Sending never blocks. A box is larger than the number of
 * letters that can be under way (every card has at most three, and there are DESK_ORDERS_MAX
 * orders), so only log lines can find it full, and news, which may be missed: the lines are dropped
 * and counted.
 */
#ifndef XENJACK_MAIL_H
#define XENJACK_MAIL_H

#include <ev.h>

#include "src/log.h"
#include "src/ring.h"

struct card;
struct order;
struct route_rules;

enum mail_verb {
	/* ctl to io */
	MAIL_ATTACH, /* serve this card; a = adopt what is kept; answered by MAIL_ATTACHED */
	MAIL_DETACH, /* let this card go; a = leave it to the next daemon; MAIL_DETACHED answers */
	MAIL_ACTIVE, /* JACK runs this card's cycles from now on */
	MAIL_HOLD,   /* no cycle may touch a stream; answered by MAIL_HELD */
	MAIL_CLOCK,  /* a = rate in Hz, b = JACK period in frames, c = JACK's priority or -1 */
	MAIL_FREEWHEEL, /* a = whether JACK freewheels from now on */
	MAIL_DESK,  /* the card's faders were moved, or streams kicked; one a card is under way */
	MAIL_LIMIT, /* a = requests that a guest has a second */
	/* io to ctl */
	MAIL_ATTACHED, /* a = 0 or -errno, the card is io's if 0; b = whether it was adopted */
	MAIL_DETACHED, /* no mapping, port or stream of the card is left */
	/* ctl to jack */
	MAIL_ADD,    /* show this card in JACK; answered by MAIL_ACTIVE, whenever that is */
	MAIL_REMOVE, /* take it out; answered by MAIL_REMOVED */
	MAIL_RULES,  /* these rules from now on; answered by MAIL_RULED */
	MAIL_ORDER,  /* carry this order out, which is jack's until MAIL_ORDERED answers */
	/* jack to ctl; MAIL_ACTIVE, MAIL_CLOCK, MAIL_FREEWHEEL too */
	MAIL_REMOVED, /* libjack knows nothing of the card any more */
	MAIL_LOST,    /* the server went away; ctl lets io hold, then answers MAIL_HELD */
	MAIL_ORDERED, /* the order is ctl's again, its answer filled in */
	MAIL_RULED,   /* jack has let go of the rules */
	MAIL_LOAD,    /* a = the server's load in 1/10000; offered, as the next two are */
	MAIL_XRUNS,   /* a = how many the server had so far, b = how late the last was, in us */
	MAIL_NEWS,    /* order = nobody's: what has happened to ports, a control_kind a row */
	/* both ways */
	MAIL_HELD, /* io has retired every stream and every callback is outside */
	MAIL_QUIT, /* to io, jack: stop your loop */
	MAIL_LOG,  /* to ctl: a = level, text = line */
};

struct mail {
	enum mail_verb verb;
	int a, b, c;
	struct card *card;
	struct order *order;
	struct route_rules *rules;
	char text[LOG_LINE_MAX];
};

struct mailbox {
	struct ring ring;
	struct ev_loop *loop; /* the receiver's */
	ev_async wake;
	void (*handle)(void *arg, const struct mail *mail);
	void *arg;
	struct rt_counter dropped; /* log lines that found the box full */
};

/* Opens a box whose letters `handle` gets in the loop's thread. Returns 0 or -errno. */
int mail_open(struct mailbox *box, struct ev_loop *loop,
	      void (*handle)(void *arg, const struct mail *mail), void *arg);

/* Receiver: gives what is inside to `each`, its sender having ended; accepts a zeroed box. */
void mail_drain(struct mailbox *box, void (*each)(void *arg, const struct mail *mail), void *arg);

/* Closes a box; accepts a zeroed one. Letters still inside are lost. */
void mail_close(struct mailbox *box);

/* Sender: posts a letter and wakes the receiver. */
void mail_send(struct mailbox *box, const struct mail *mail);

/* Sender: the same where half the box is free, so that it displaces nothing; else false. */
bool mail_offer(struct mailbox *box, const struct mail *mail);

/* A log_sink that posts lines to the box given as its argument. */
void mail_log(void *box, enum log_level level, const char *line);

#endif
