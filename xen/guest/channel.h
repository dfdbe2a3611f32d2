/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One stream's two shared pages and two event channels, from the front end's side, with the rules
 * of Linux: one request at a time, answered within 3 s and with its own id; an event counts only
 * if its 16-bit id is the next; nothing is taken from the pages while the stream is not open. One
 * thread a channel. The pages and ports are open to tests that want to break the rules.
 *
 * Errors: -errno, a request's negative status as it came. Positions in bytes.
 */
#ifndef XENJACK_GUEST_CHANNEL_H
#define XENJACK_GUEST_CHANNEL_H

#include <stdbool.h>

#include "xen/guest/abi.h"
#include "xen/guest/domain.h"
#include "xen/guest/stats.h"

#define CHANNEL_TIMEOUT_MS 3000

#define CHANNEL_OPS (XENSND_OP_HW_PARAM_QUERY + 1)

struct channel {
	struct domain *domain;
	uint32_t ring_page, evt_page; /* 0: none */
	struct domain_port ring_port, evt_port;
	struct xen_sndif_front_ring ring;
	void *sh_evt;
	bool open; /* as Linux, between open and close of the device */

	/* the request that waits */
	uint16_t next_id, id;
	bool answered; /* or given up, or none was sent */
	struct xensnd_resp answer;

	/* events */
	uint16_t evt_id;
	void (*moved)(void *arg, uint64_t position);
	void *arg;

	/* for statistics and tests */
	struct stats round_trips[CHANNEL_OPS];
	uint64_t events;	/* taken and in order */
	uint64_t events_lost;	/* with another id than the next: Linux ignores them */
	uint64_t events_beyond; /* times the page claimed to hold more than it can */
	uint64_t stray_answers; /* nobody waited for them */
	uint64_t timeouts;
};

/* Makes pages, grants and ports. On failure the caller still finishes the channel. */
int channel_init(struct channel *channel, struct domain *domain);

/* Returns how many pages the back end has not unmapped; they are not used again. */
unsigned channel_finish(struct channel *channel);

/* Begins a life of the device: request ids start at 0, event ids go on. */
void channel_open(struct channel *channel);

void channel_close(struct channel *channel);

/* Request ids start at 0, as at open, HW_PARAMS and HW_FREE. */
void channel_reset(struct channel *channel);

/* An empty request, with the garbage in it that Linux leaves there. */
void channel_prepare(struct xensnd_req *request, uint8_t operation);

/* Gives a request the next id and sends it, without waiting. */
int channel_send(struct channel *channel, struct xensnd_req *request);

/*
 * Waits until the request is answered and takes events meanwhile. Returns its status, -ETIMEDOUT
 * after timeout_ms; the answer is in channel->answer.
 */
int channel_wait(struct channel *channel, int timeout_ms);

/* channel_send and channel_wait. */
int channel_request(struct channel *channel, struct xensnd_req *request);

/*
 * Waits for events or an answer until a time of stats_now_ns, or until the descriptor `stop` is
 * readable (-1: none). Returns false when it is time, or stop is readable.
 */
bool channel_poll(struct channel *channel, int64_t deadline_ns, int stop);

#endif
