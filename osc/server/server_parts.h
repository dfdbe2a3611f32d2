/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server's internals, shared by its files: subscriptions, and changes not yet sent. */
#ifndef XENJACK_SERVER_PARTS_H
#define XENJACK_SERVER_PARTS_H

#include "osc/proto/pattern.h"
#include "osc/server/lease.h"
#include "osc/server/server.h"
#include "osc/server/tree.h"
#include "osc/server/url.h"

/* A changed level is sent once in this time, however often it changes. */
#define SERVER_COALESCE_S 0.02
/* If more streams and guests than this change in that time, they are sent sooner. */
#define SERVER_DIRTY_MAX 512u
/* How long meters keep running for a peer that only asks now and then. */
#define SERVER_ASKED_NS INT64_C(10000000000)
/* Remote senders whose addresses are to be proved. */
#define SERVER_COOKIES 32u
/* The place among subscribers' peaks of all peers that only ask for them. */
#define SERVER_ASKER LEASE_COUNT_MAX

/* A stream or a guest whose levels were set and not sent yet. */
struct server_dirty {
	struct stream *stream; /* or NULL */
	struct guest *guest;   /* or NULL */
	unsigned levels;       /* event_level, one or more */
	uint64_t trims;	       /* of which channels, one bit each */
	bool several;	       /* set by several peers: all of them are told */
	struct socket_peer by; /* else the peer that set them: told only if it wants an echo */
};

/* The meters that a subscriber wants; at the same index as its lease. */
struct server_watch {
	struct pattern pattern; /* of "/ID" */
	int64_t interval_ns, due_ns;
};

/* A stream's peaks not yet sent to each subscriber, and the levels last sent to it. */
struct server_levels {
	const struct stream *stream;
	uint32_t channels;
	struct {
		float peak[SERVER_ASKER + 1]; /* or METER_UNMEASURED; the last is SERVER_ASKER's */
		float told_peak[LEASE_COUNT_MAX], told_rms[LEASE_COUNT_MAX]; /* dB */
	} of[];
};

struct server_cookie {
	struct socket_peer peer;
	int32_t number; /* 0: none yet */
};

struct server {
	struct ev_loop *loop;
	struct mixer *mixer;
	struct allow allow;
	struct allow trusted; /* need no cookie */
	struct tree tree;
	struct socket_set sockets;
	char prefix[PACKET_PREFIX_MAX + 1];
	struct url url;
	struct lease_table leases;
	struct server_watch watches[LEASE_COUNT_MAX];
	struct server_levels **levels; /* one per stream, unordered */
	unsigned level_count, level_room;
	struct server_dirty dirty[SERVER_DIRTY_MAX];
	unsigned dirty_count;
	struct server_cookie cookies[SERVER_COOKIES];
	unsigned next_cookie;
	const struct socket_peer *setter; /* whose packet is being carried out, or NULL */
	unsigned long malformed;	  /* packets that were not OSC */
	unsigned long foreign;		  /* messages with another prefix */
	bool subscribed;		  /* there is a subscriber */
	bool metered;			  /* process callbacks measure */
	int64_t asked_ns;  /* when a peer last asked for meters without subscribing */
	ev_timer coalesce; /* runs while something is dirty */
	ev_timer meter;	   /* runs while somebody is subscribed to meters */
	ev_timer beat;	   /* once a second: heartbeat, expiry of leases */
};

/* --- server_send.c, below the rest */

/* Where a batch to a subscriber goes: a packet_sink and its argument. */
struct server_sink {
	struct server *server;
	const struct socket_peer *peer;
	const struct socket_peer *payer; /* whose rate it counts against, or NULL */
};
void server_send(void *sink, const void *data, size_t size);

/* Begins a batch that goes there. */
void server_begin(struct packet_batch *batch, struct server_sink *sink);

/* The same, for values: over UDP, each packet has the subscriber's next number. */
void server_begin_values(struct packet_batch *batch, struct server_sink *sink);

/* Starts and stops timers, events and meters as subscribers need them. */
void server_settle(struct server *server);

/* --- server_subscribe.c */

/* Carries out subscriptions; the tree's `subscribe`. */
int server_subscribe(const struct tree_call *call);

/* --- server_clients.c */

/* Lists the subscribers. */
int server_clients(const struct tree_call *call);

/* --- server_events.c */

/* The mixer's listener. */
void server_heard(void *server, const struct event *event);

/* Adds all values of all streams and guests to a batch. Returns how many. */
unsigned server_put_all(struct server *server, struct packet_batch *batch);

/* Sends the levels that were set. */
void server_tell_dirty(struct server *server);

/* Sends the heartbeat. */
void server_tell_beat(struct server *server);

/* --- server_meters.c */

/* A stream was added, or is being removed. */
void server_levels_add(struct server *server, struct stream *stream);
void server_levels_remove(struct server *server, const struct stream *stream);

/* A subscriber begins anew: everything is sent once. */
void server_levels_reset(struct server *server, unsigned place);

/* Keeps meters running for a peer that asks; the tree's `look`. */
void server_look(struct tree *tree);

/* The peak amplitude since the last call, for a peer that asks; the tree's `peak`. */
float server_peak(const struct tree_call *call, uint32_t channel);

/* Sends meters to the subscribers that are due, and sets the timer for the next. */
void server_tell_meters(struct server *server);

#endif
