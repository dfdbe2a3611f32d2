/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server's own, shared by its files: who is subscribed to what, and what is still to be told.
 */
#ifndef XENJACK_SERVER_PARTS_H
#define XENJACK_SERVER_PARTS_H

#include "osc/lease.h"
#include "osc/pattern.h"
#include "osc/server.h"
#include "osc/tree.h"
#include "osc/url.h"

/* A level that changed is told once in this time, however often it does. */
#define SERVER_COALESCE_S 0.02
/* More streams than this have to change in that time to be told sooner. */
#define SERVER_DIRTY_MAX 512u
/* How long meters are kept going for who only asks now and then. */
#define SERVER_ASKED_NS INT64_C(10000000000)
/* Senders from afar whose addresses are being proved. */
#define SERVER_COOKIES 32u
/* Who asks for a peak and is no subscriber has this place among those who hold one. */
#define SERVER_ASKER LEASE_COUNT_MAX

/* A stream whose levels were set and not told yet. */
struct server_dirty {
	const struct slot *slot;
	const struct control_stream *stream; /* only while it is told */
	unsigned levels;		     /* control_level, one or more */
	uint64_t trims;			     /* of which channels, a bit each */
	bool several;			     /* peers did it: all of them are told */
	struct socket_peer by; /* else who did it: he is told only if he wants an echo */
};

/* What a subscriber wants of meters; beside his lease, by its place. */
struct server_watch {
	struct pattern pattern; /* of "/ID" */
	int64_t interval_ns, due_ns;
};

/* The peaks of a stream that this subscriber was not told yet, and what he was told. */
struct server_levels {
	const struct slot *slot;
	uint32_t channels;
	struct {
		float peak[SERVER_ASKER + 1]; /* amplitude; the last place is of who only asks */
		float told_peak[LEASE_COUNT_MAX], told_rms[LEASE_COUNT_MAX]; /* dB */
	} of[];
};

struct server_cookie {
	struct socket_peer peer;
	int32_t number; /* 0: none yet */
};

struct server {
	struct ev_loop *loop;
	struct control control;
	struct allow allow;
	struct tree tree;
	struct socket_set sockets;
	char prefix[PACKET_PREFIX_MAX + 1];
	struct url url;
	struct lease_table leases;
	struct server_watch watches[LEASE_COUNT_MAX];
	struct server_levels **levels; /* of each stream, in no order */
	unsigned level_count, level_room;
	struct server_dirty dirty[SERVER_DIRTY_MAX];
	unsigned dirty_count;
	struct server_cookie cookies[SERVER_COOKIES];
	unsigned next_cookie;
	const struct socket_peer *setter; /* whose packet is carried out just now */
	unsigned long malformed;	  /* packets that were none */
	unsigned long foreign;		  /* messages of another prefix */
	bool subscribed;		  /* there is a subscriber */
	bool metered;			  /* the callbacks measure */
	int64_t asked_ns;		  /* when somebody asked for meters who is no subscriber */
	ev_timer coalesce;		  /* runs while something is dirty */
	ev_timer meter;			  /* runs while somebody is subscribed to meters */
	ev_timer beat;			  /* once a second: heartbeat, leases that end */
};

/* --- server.c */

int64_t server_now_ns(void);

/* Where a batch to a subscriber goes: a packet_sink and its argument. */
struct server_sink {
	struct server *server;
	const struct socket_peer *peer;
};
void server_send(void *sink, const void *data, size_t size);

/* A batch that goes there. */
void server_begin(struct packet_batch *batch, struct server_sink *sink);

/* Starts and stops the timers and the callbacks' measuring as subscribers need them. */
void server_settle(struct server *server);

/* --- server_subscribe.c */

/* Carries out what is about subscriptions; a tree's. */
int server_subscribe(const struct tree_call *call);

/* --- server_events.c */

/* control.h's listener. */
void server_heard(void *server, const struct control_event *event);

/* Tells the levels that were set. */
void server_tell_dirty(struct server *server);

/* Tells that time goes on. */
void server_tell_beat(struct server *server);

/* --- server_meters.c */

/* A stream has come, or goes. */
void server_levels_add(struct server *server, const struct control_stream *stream);
void server_levels_remove(struct server *server, const struct slot *slot);

/* A subscriber begins anew: all is told once. */
void server_levels_reset(struct server *server, unsigned place);

/* Keeps the callbacks measuring for who asks; a tree's. */
void server_look(struct tree *tree);

/* The greatest amplitude since the last call, for who asks; a tree's. */
float server_peak(const struct tree_call *call, uint32_t channel);

/* Tells those whose time has come, and sees when the next one's comes. */
void server_tell_meters(struct server *server);

#endif
