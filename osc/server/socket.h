/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sockets of remote control: UDP, TCP and a Unix socket of packets. Main thread, in its loop. A
 * set is the caller's and must not move until socket_finish. Peers are values; sending to one that
 * has gone only fails. Nothing here blocks. What a peer says beyond its rate is kept and handled
 * later (osc/server/late.h); if there is too much of it, a connection waits. What cannot be kept or
 * sent is dropped and counted. 0 or -errno; failures to open a socket are logged. Handlers must not
 * finish the set.
 */
#ifndef XENJACK_SOCKET_H
#define XENJACK_SOCKET_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "osc/proto/frame.h"
#include "osc/server/allow.h"
#include "osc/server/late.h"
#include "osc/server/rate.h"
#include "osc/server/socket_peer.h"

#define SOCKET_LISTENERS_MAX 32u
/* Connections: two per subscriber. */
#define SOCKET_LINKS_MAX 32u
/* Of them, reserved for the Unix socket, so that network peers cannot lock out its users. */
#define SOCKET_LINKS_UNIX 8u
/* Limit of a connection's send queue: the description of a full rig, or the longest list. */
#define SOCKET_QUEUE_MAX (1u << 20)

struct socket_counters {
	unsigned long packets;	/* passed to the handler */
	unsigned long oversize; /* datagrams longer than FRAME_PACKET_MAX */
	unsigned long stranger; /* datagrams and connections from hosts not allowed */
	unsigned long own;	/* datagrams that seem to be from us: an answer would loop */
	unsigned long limited;	/* datagrams over the rate limit, to be handled later */
	unsigned long lost;	/* messages of them that there was no room for */
	unsigned long paused;	/* times that a connection had to wait for its rate limit */
	unsigned long unsent;	/* datagrams that could not be sent at once */
	unsigned long crowded;	/* connections refused or replaced because there were too many */
	unsigned long slow;	/* connections closed because the peer did not read */
	unsigned long unframed; /* connections closed for bad framing */
	unsigned long garbled;	/* malformed SLIP packets */
};

/* data is valid until it returns. */
typedef void socket_packet_fn(void *arg, const struct socket_peer *peer, const void *data,
			      size_t size);
/* A connection has ended; called from the loop, never from within socket_send. */
typedef void socket_gone_fn(void *arg, const struct socket_peer *peer);

/* A peer has exceeded its rate. Called once, until it has sent little for a while; may send. */
typedef void socket_limited_fn(void *arg, const struct socket_peer *peer);

struct socket_options {
	struct ev_loop *loop;
	const struct allow *allow;    /* outlives the set, may change; NULL: this host only */
	struct rate_limits far, near; /* packets from other hosts, and from this one */
	socket_packet_fn *packet;
	socket_gone_fn *gone;
	socket_limited_fn *limited; /* or NULL */
	void *arg;
};

struct socket_set;

struct socket_listener {
	ev_io io;
	ev_timer pause; /* no accepting until then: out of descriptors */
	struct socket_set *set;
	enum socket_kind kind;
	int fd;
	union socket_address address;
	char path[108]; /* of a Unix socket; the longest possible */
	dev_t dev;	/* the file is ours if these match */
	ino_t ino;
};

struct socket_link;

struct socket_set {
	struct socket_options options;
	struct socket_counters counters;
	/* By whether it is local: what others send, or pretend to, slows down no other kind. */
	struct rate rates[2][SOCKET_KINDS];
	struct late_table late;
	ev_timer catch_up; /* runs while something is late */
	unsigned count;
	struct socket_listener listeners[SOCKET_LISTENERS_MAX];
	struct socket_link *links[SOCKET_LINKS_MAX];
	uint64_t last_link;
	ev_timer reaper; /* frees ended connections once nothing uses them */
	uint8_t buffer[FRAME_PACKET_MAX];
};

/* A set without sockets. */
void socket_init(struct socket_set *set, const struct socket_options *options);

/* Closes everything, without calling gone. Accepts NULL, a zeroed set and a finished one. */
void socket_finish(struct socket_set *set);

/*
 * Opens a socket at a numeric address; port 0 takes any free one. -EPERM: not loopback, and no
 * other host is allowed.
 */
int socket_listen(struct socket_set *set, enum socket_kind kind, const char *address,
		  uint16_t port);

/*
 * Opens a Unix socket, mode 0660, of a group if one is named. Replaces a stale one; -EADDRINUSE:
 * another program listens there.
 */
int socket_listen_unix(struct socket_set *set, const char *path, const char *group);

/* Changes the rates; all buckets are full again. */
void socket_set_rates(struct socket_set *set, const struct rate_limits *far,
		      const struct rate_limits *near);

/* Ends connections from hosts that are no longer allowed, and forgets what they have said. */
void socket_expel(struct socket_set *set);

/*
 * Whether what is sent to a UDP peer comes back to us or goes nowhere: our own port, or 0. An
 * answer there would loop for ever.
 */
bool socket_is_own(const struct socket_set *set, const struct socket_peer *peer);

/* The port of the n-th socket that was opened. */
uint16_t socket_port(const struct socket_set *set, unsigned listener);

/* Sends a packet, or queues it for a slow peer. -EAGAIN: the datagram is lost; -ENOTCONN. */
int socket_send(struct socket_set *set, const struct socket_peer *peer, const void *data,
		size_t size);

/* Counts the other messages of a packet, after its first, against the peer's rate. */
void socket_charge(struct socket_set *set, const struct socket_peer *peer, uint32_t more);

#endif
