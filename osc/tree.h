/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From an address to what it does: finds the rows of osc/table.h that a message means, checks its
 * arguments by them, and calls what carries them out through src/control.h. Everything is answered
 * or refused with /error; a set alone is silent. ctl. A tree is the caller's. -errno goes out as a
 * positive number, JACK's and our own alike.
 */
#ifndef XENJACK_TREE_H
#define XENJACK_TREE_H

#include "osc/packet.h"
#include "osc/socket.h"
#include "osc/table.h"
#include "src/control.h"

struct tree_call;
struct tree_pending;

struct tree {
	struct control control;
	/* Sends a packet to a peer: osc/socket.h's, or a test's. */
	void (*send)(void *arg, const struct socket_peer *peer, const void *data, size_t size);
	/* Carries out what is about subscriptions; 0 or -errno. */
	int (*subscribe)(const struct tree_call *call);
	/* Somebody looks at meters: they are to be measured for some time. */
	void (*look)(struct tree *tree);
	/* The greatest amplitude of a channel since the last call. */
	float (*peak)(const struct tree_call *call, uint32_t channel);
	void *arg;
	unsigned calls; /* made for a packet so far; whoever hands on its messages sets it to 0 */
	struct tree_pending *pendings; /* what was asked of JACK, and who waits for it, in order */
	unsigned pending_count;
	const char *prefix; /* before all addresses, but at the Unix socket; or empty */
	bool remote_all;    /* peers of other hosts may do all that this one's may */
	const char *jack_version;
	int64_t started_ns;
};

/* One message at one address that it means. */
struct tree_call {
	struct tree *tree;
	const struct socket_peer *peer;
	const struct packet_message *message;
	struct packet_batch *out; /* to the peer; sent when all of the message has been done */
	enum table_name name;
	const char *path;		     /* without patterns */
	const struct control_stream *stream; /* of <id> */
	uint32_t channel;		     /* of <channel>, from 0 */
	unsigned count;			     /* of arguments, without a request's number */
	int32_t request;		     /* its number; -1: none */
};

/* What addresses from and to a peer begin with. */
const char *tree_prefix(const struct tree *tree, const struct socket_peer *peer);

/* Carries out a message, whose address is without the prefix, and answers to the peer. */
void tree_handle(struct tree *tree, const struct socket_peer *peer,
		 const struct packet_message *message);

/* --- for who tells subscribers what the tree would answer */

const char *tree_jack_state(const struct control_status *status);
int32_t tree_uptime_s(const struct tree *tree);
float tree_rms_db(const struct control_stream *stream, uint32_t channel);

/* --- for the files of the tree */

typedef int tree_handler(const struct tree_call *call);

/* What carries a row out; in tree_streams.c, tree_jack.c, tree_self.c. */
extern tree_handler *const tree_stream_handlers[TABLE_COUNT];
extern tree_handler *const tree_jack_handlers[TABLE_COUNT];
extern tree_handler *const tree_self_handlers[TABLE_COUNT];

/*
 * Answers a command: /reply with its address, then these (packet_put's types), then the request's
 * number.
 */
void tree_reply(const struct tree_call *call, const char *types, ...);

/* Says what went wrong, to whoever sent `path` behind the prefix. */
void tree_error(struct packet_batch *out, const char *path, int err, int32_t request);

#endif
