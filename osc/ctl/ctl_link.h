/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The client's end of a connection to the daemon: the Unix socket of packets, UDP, or TCP with a
 * length before each packet. One thread; calls may block. A link is the caller's. 0 or -errno;
 * ctl_link_open also explains its failures in words.
 */
#ifndef XENJACK_CTL_LINK_H
#define XENJACK_CTL_LINK_H

#include "osc/proto/frame.h"
#include "osc/proto/packet.h"

/* What to ask oneself if nobody answers over the network. */
#define CTL_LINK_NO_PORT \
	"is xenjackd running? With --sim it has no port unless its configuration gives one"

enum ctl_link_kind {
	CTL_LINK_CLOSED,
	CTL_LINK_UNIX,
	CTL_LINK_UDP,
	CTL_LINK_TCP,
};

struct ctl_link {
	enum ctl_link_kind kind;
	int fd;
	char prefix[PACKET_PREFIX_MAX + 1]; /* of all addresses there; or empty */
	struct frame_reader reader;
	packet_handler *handler; /* for what is read */
	void *arg;
};

/* The parts of osc.udp://host:port/prefix; of a path, only the kind. */
struct ctl_link_place {
	enum ctl_link_kind kind;
	char host[256], port[16];
	char prefix[PACKET_PREFIX_MAX + 1]; /* without a '/' at the end */
};

/* False: neither a path nor such a URL. */
bool ctl_link_parse(const char *where, struct ctl_link_place *place);

/* Opens it; on failure -errno, -EINVAL for a malformed place, and the reason in `why`. */
int ctl_link_open(struct ctl_link *link, const char *where, char *why, size_t size);

/* Accepts a zeroed one, and a closed one. */
void ctl_link_close(struct ctl_link *link);

/* Begins a batch with the link's prefix; the sink must call ctl_link_send. */
void ctl_link_begin(const struct ctl_link *link, struct packet_batch *batch, packet_sink *sink,
		    void *arg);

int ctl_link_send(struct ctl_link *link, const void *data, size_t size);

/*
 * Takes one packet, or what TCP has, without waiting. -EAGAIN: nothing; -ECONNRESET: closed. The
 * handler gets addresses without the prefix, and no messages that have another.
 */
int ctl_link_take(struct ctl_link *link, packet_handler *handler, void *arg);

/* Waits for something to take, until a time of ctl_link_now_s. -ETIMEDOUT; -EINTR: a signal. */
int ctl_link_wait(struct ctl_link *link, double until_s);

double ctl_link_now_s(void);

#endif
