/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The messages of crossing 1 (docs/architecture.md) and their places. A message that is under way
 * lies in a place: in the card, request or rules that it concerns, or in its queue. So there is
 * always room for it. The sender's thread writes a place, through msgq_send only; whoever owns what
 * the place lies in keeps it until the message has arrived. Nothing fails.
 */
#ifndef XENJACK_MSG_H
#define XENJACK_MSG_H

#include <stdatomic.h>
#include <stdbool.h>

struct card;
struct jack_request;
struct route_rules;

enum msg_type {
	/* about a card, each with its place there */
	/* main thread to io thread */
	MSG_ATTACH, /* serve this card; a = adopt its handover; answered by MSG_ATTACHED */
	MSG_DETACH, /* detach this card; a = leave it for adoption; answered by MSG_DETACHED */
	MSG_ACTIVE, /* JACK runs this card's cycles from now on */
	MSG_LEVELS, /* faders moved or streams kicked */
	/* io thread to main thread */
	MSG_ATTACHED, /* a = 0 (the io thread owns the card) or -errno; b = whether adopted */
	MSG_DETACHED, /* no mapping, port or stream of the card is left */
	/* main thread to jack thread */
	MSG_ADD,    /* register this card with JACK; answered by MSG_ADDED, sooner or later */
	MSG_REMOVE, /* remove it; answered by MSG_REMOVED */
	/* jack thread to main thread */
	MSG_ADDED,   /* registered, for the first time or again: JACK runs the card's cycles */
	MSG_REMOVED, /* libjack no longer has anything of the card */
	MSG_CARD_TYPES,

	/* main thread to io thread */
	MSG_HOLD = MSG_CARD_TYPES, /* no cycle may touch a stream; answered by MSG_HELD */
	MSG_CLOCK,     /* a = rate in Hz, b = JACK period in frames, c = JACK's priority or -1 */
	MSG_FREEWHEEL, /* a = whether JACK freewheels */
	MSG_LIMIT, /* for each guest: a = requests per second, b = percent of a cycle to resample */
	/* main thread to jack thread */
	MSG_RULES,	  /* use these rules from now on; answered by MSG_RULED */
	MSG_MOVED,	  /* the state directory is another one: save the connection memory */
	MSG_JACK_REQUEST, /* carry out this request; answered by MSG_JACK_ANSWER */
	MSG_LEAVE, /* the daemon ends: register nothing more; answered when clients may close */
	/* jack thread to main thread; also MSG_CLOCK, MSG_FREEWHEEL */
	MSG_LOST,	 /* the server is lost; answered by MSG_HELD once io has every stream */
	MSG_JACK_ANSWER, /* the main thread owns the request again, with its answer */
	MSG_RULED,	 /* the main thread owns the rules again */
	MSG_READY,	 /* answers MSG_LEAVE: memory saved, and JACK does not freewheel */
	MSG_LOAD,	 /* a = the server's load in 1/10000 */
	MSG_XRUNS,	 /* a = the server's xruns so far, b = how late the last was, in us */
	MSG_PORT_EVENTS, /* request = port events, an event_kind in each row; only offered */
	/* both ways */
	MSG_HELD, /* every stream is retired and every callback outside */
	MSG_QUIT, /* to a worker: stop your loop */
	MSG_TYPES,
};

/* Zeroed before its first use. */
struct msg_place {
	struct msg_place *next; /* in the queue */
	_Atomic bool queued;	/* under way */
	bool offered;
	enum msg_type type;
	_Atomic int a, b, c; /* may change while under way */
	struct card *card;
	struct jack_request *request;
	struct route_rules *rules;
};

struct msg {
	enum msg_type type;
	int a, b, c;
	struct card *card;
	struct jack_request *request;
	struct route_rules *rules;
	struct msg_place *place; /* NULL if it concerns none of these: the queue has one */
};

#endif
