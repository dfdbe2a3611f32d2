/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The front end's side of one stream's two shared pages and two event channels. It follows Linux's
 * rules: one request at a time, answered within 3 s and with its own id; an event counts only if
 * its 16-bit id is the next one; nothing is read from the pages while the stream is closed. One
 * thread per channel. Tests may use the pages and ports directly to break the rules.
 *
 * Errors: -errno, or a request's negative status as received. Positions are in bytes.
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
	bool open; /* as in Linux: between open and close of the device */

	/* the pending request */
	uint16_t next_id, id;
	bool answered; /* or timed out, or none was sent */
	struct xensnd_resp answer;

	/* events */
	uint16_t evt_id;
	void (*moved)(void *arg, uint64_t position);
	void *arg;

	/* for statistics and tests */
	struct stats round_trips[CHANNEL_OPS];
	uint64_t events;	/* received in order */
	uint64_t events_lost;	/* not with the expected id: Linux ignores them */
	uint64_t events_beyond; /* times the page claimed to hold more than fits */
	uint64_t stray_answers; /* no request was waiting for them */
	uint64_t timeouts;
};

/* Creates pages, grants and ports. Call channel_finish even after a failure. */
int channel_init(struct channel *channel, struct domain *domain);

/* Returns how many pages the back end still has mapped; they are never used again. */
unsigned channel_finish(struct channel *channel);

/* The device is opened: request ids restart at 0, event ids continue. */
void channel_open(struct channel *channel);

void channel_close(struct channel *channel);

/* Restarts request ids at 0, as Linux does at open, HW_PARAMS and HW_FREE. */
void channel_reset(struct channel *channel);

/* Prepares a request; what it does not fill in is garbage, as in Linux. */
void channel_prepare(struct xensnd_req *request, uint8_t operation);

/* Gives a request the next id and sends it, without waiting. */
int channel_send(struct channel *channel, struct xensnd_req *request);

/*
 * Waits until the request is answered, and handles events meanwhile. Returns the answer's status,
 * or -ETIMEDOUT after timeout_ms; the answer is in channel->answer.
 */
int channel_wait(struct channel *channel, int timeout_ms);

/* channel_send and channel_wait. */
int channel_request(struct channel *channel, struct xensnd_req *request);

/*
 * Waits for events or an answer until deadline_ns (see stats_now_ns), or until the descriptor
 * `stop` is readable (-1: none). Returns false at the deadline or when `stop` is readable.
 */
bool channel_poll(struct channel *channel, int64_t deadline_ns, int stop);

#endif
