/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sockets of remote control: UDP, TCP and a Unix socket of packets, in ctl's loop. A set is the
 * caller's and stays where it is until its end; peers are values, and a handle of one that has gone
 * only fails to send. Nothing here waits: what cannot be taken or sent is dropped and counted.
 * 0 or -errno; what fails at opening is logged. Handlers do not end the set.
 */
#ifndef XENJACK_SOCKET_H
#define XENJACK_SOCKET_H

#include <ev.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "osc/allow.h"
#include "osc/frame.h"
#include "osc/rate.h"

#define SOCKET_LISTENERS_MAX 32u
/* Connections: two a subscriber. */
#define SOCKET_LINKS_MAX 32u
/* Of them, those that only a Unix socket's peers can have: whoever may use that is not kept out. */
#define SOCKET_LINKS_UNIX 8u
/* What a connection may be behind: the description of a full rig, or the longest list. */
#define SOCKET_QUEUE_MAX (1u << 20)

enum socket_kind { SOCKET_UDP, SOCKET_TCP, SOCKET_UNIX };

union socket_address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* Where a packet came from, and its answer goes. */
struct socket_peer {
	enum socket_kind kind;
	bool local;		      /* on this host */
	uid_t uid;		      /* of a Unix socket's peer, else -1 */
	uint64_t link;		      /* a connection's number, never given twice; 0: UDP */
	unsigned listener;	      /* UDP: by which the answer leaves */
	union socket_address address; /* not of a Unix socket's */
};

struct socket_counters {
	unsigned long packets;	/* handed on */
	unsigned long oversize; /* datagrams longer than FRAME_PACKET_MAX */
	unsigned long stranger; /* from hosts that are not allowed: datagrams, connections */
	unsigned long own;	/* that look as if we had sent them: an answer would come back */
	unsigned long limited;	/* datagrams beyond the rate */
	unsigned long paused;	/* times that a connection had to wait for its rate */
	unsigned long unsent;	/* datagrams that could not be sent at once */
	unsigned long crowded;	/* connections refused or replaced, there were too many */
	unsigned long slow;	/* connections dropped that did not read */
	unsigned long unframed; /* connections dropped that sent no packets */
	unsigned long garbled;	/* packets of SLIP that were none */
};

/* data is gone after the return. */
typedef void socket_packet_fn(void *arg, const struct socket_peer *peer, const void *data,
			      size_t size);
/* A connection has ended; told from the loop, never from within socket_send. */
typedef void socket_gone_fn(void *arg, const struct socket_peer *peer);

struct socket_options {
	struct ev_loop *loop;
	const struct allow *allow; /* outlives the set, may change; NULL: this host only */
	uint32_t per_s, burst;	   /* packets of a source */
	socket_packet_fn *packet;
	socket_gone_fn *gone;
	void *arg;
};

struct socket_set;

struct socket_listener {
	ev_io io;
	ev_timer pause; /* no descriptors for another connection just now */
	struct socket_set *set;
	enum socket_kind kind;
	int fd;
	union socket_address address;
	char path[108]; /* of a Unix socket, as long as one may be */
	dev_t dev;	/* the file is ours as long as these are the same */
	ino_t ino;
};

struct socket_link;

struct socket_set {
	struct socket_options options;
	struct socket_counters counters;
	struct rate datagrams, streams; /* connections do not suffer from invented senders */
	unsigned count;
	struct socket_listener listeners[SOCKET_LISTENERS_MAX];
	struct socket_link *links[SOCKET_LINKS_MAX];
	uint64_t last_link;
	ev_timer reaper; /* ends connections when nobody is using them */
	uint8_t buffer[FRAME_PACKET_MAX];
};

/* A set without sockets. */
void socket_init(struct socket_set *set, const struct socket_options *options);

/* Closes everything; gone is not called. Accepts NULL, zeroed, and finished. */
void socket_finish(struct socket_set *set);

/*
 * Opens a socket at a numeric address, with any port if it is 0. -EPERM: another than loopback,
 * and nobody may come from there.
 */
int socket_listen(struct socket_set *set, enum socket_kind kind, const char *address,
		  uint16_t port);

/* Opens a Unix socket, mode 0660, of a group if one is named. A stale one is replaced; -EADDRINUSE:
 * somebody answers there. */
int socket_listen_unix(struct socket_set *set, const char *path, const char *group);

/* Another rate from now on; buckets are full again. */
void socket_set_rate(struct socket_set *set, uint32_t per_s, uint32_t burst);

/* Ends connections of hosts that are not allowed any more. */
void socket_expel(struct socket_set *set);

/* The port of the n-th socket that was opened. */
uint16_t socket_port(const struct socket_set *set, unsigned listener);

/* Sends a packet, or keeps it for a peer that is slow. -EAGAIN: a datagram lost; -ENOTCONN. */
int socket_send(struct socket_set *set, const struct socket_peer *peer, const void *data,
		size_t size);

/* A packet had more messages in it than one: they count against the peer's rate. */
void socket_charge(struct socket_set *set, const struct socket_peer *peer, uint32_t more);

/* Whether both are the same sender. */
bool socket_same(const struct socket_peer *a, const struct socket_peer *b);

/* Who it is, for a log line: an address and port, or a user. */
void socket_name(const struct socket_peer *peer, char *text, size_t size);

#endif
