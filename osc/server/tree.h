/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dispatches messages: finds the rows of osc/proto/table.h that an address matches, checks the
 * arguments against them, and calls their handlers, which act through src/mixer/mixer.h. Every
 * message is answered, or refused with /error; only a set that succeeds is silent. Main thread. A
 * tree is the caller's. An error goes out as a positive errno, JACK's and our own alike.
 */
#ifndef XENJACK_TREE_H
#define XENJACK_TREE_H

#include "osc/proto/packet.h"
#include "osc/proto/table.h"
#include "osc/server/socket.h"
#include "src/mixer/mixer.h"

struct tree_call;
struct tree_pending;

struct tree {
	struct mixer *mixer;
	/* Sends a packet to a peer: osc/server/socket.h's, or a test's. */
	void (*send)(void *arg, const struct socket_peer *peer, const void *data, size_t size);
	/* Carries out subscriptions; 0 or -errno. */
	int (*subscribe)(const struct tree_call *call);
	/* A peer asks for meters: keep them running for some time. */
	void (*look)(struct tree *tree);
	/* The peak amplitude of a channel since the last call. */
	float (*peak)(const struct tree_call *call, uint32_t channel);
	void *arg;
	unsigned calls; /* made for the current packet; the caller resets it for each */
	struct tree_pending *pendings; /* requests to JACK, and who waits for them, in order */
	unsigned pending_count;
	const char *prefix; /* of all addresses, except at the Unix socket; or empty */
	bool local_all;	    /* over UDP and TCP, this host may do all that the Unix socket may */
	bool remote_all;    /* other hosts may, too */
	const char *jack_version;
	int64_t started_ns;
};

/* One message at one address that it matches. */
struct tree_call {
	struct tree *tree;
	const struct socket_peer *peer;
	const struct packet_message *message;
	struct packet_batch *out; /* to the peer; sent when the whole message is done */
	enum table_name name;
	const char *path;      /* without patterns */
	struct stream *stream; /* of <id> */
	struct guest *guest;   /* of <name> */
	uint32_t channel;      /* of <channel>, from 0 */
	unsigned count;	       /* of arguments, without the request number */
	int32_t request;       /* the request number; -1: none */
};

/* The prefix of all addresses from and to a peer. */
const char *tree_prefix(const struct tree *tree, const struct socket_peer *peer);

/* Carries out a message, whose address is without the prefix, and answers the peer. */
void tree_handle(struct tree *tree, const struct socket_peer *peer,
		 const struct packet_message *message);

/* --- values for subscribers, as the tree would answer them */

const char *tree_jack_state(const struct mixer_jack *status);
int32_t tree_uptime_s(const struct tree *tree);
float tree_rms_db(struct stream *stream, uint32_t channel);

/* --- for the files of the tree */

typedef int tree_handler(const struct tree_call *call);

/* A guest's part of its addresses, without the '/'. False: it does not fit, so it has none. */
bool tree_guest_part(const struct guest *guest, char *part, size_t size);

/* The rows' handlers; in tree_streams.c, tree_guests.c, tree_jack.c, tree_self.c. */
extern tree_handler *const tree_stream_handlers[TABLE_COUNT];
extern tree_handler *const tree_guest_handlers[TABLE_COUNT];
extern tree_handler *const tree_jack_handlers[TABLE_COUNT];
extern tree_handler *const tree_self_handlers[TABLE_COUNT];

/*
 * Answers a call: /reply with its address, then these values (packet_put's types), then the request
 * number.
 */
void tree_reply(const struct tree_call *call, const char *types, ...);

/* Answers with /error; `path` is without the prefix. */
void tree_error(struct packet_batch *out, const char *path, int err, int32_t request);

#endif
