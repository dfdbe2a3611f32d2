/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One configured stream's wire to its guest: the request ring, the event page, the stream that is
 * open on it and who has it; wire_request says what each request does. io. A request is copied
 * once, checked, then used; every request gets one answer, in order, at once, unless its stream
 * must first come back from the process callback: that takes microseconds, the ring waits
 * meanwhile.
 */
#ifndef XENJACK_WIRE_H
#define XENJACK_WIRE_H

#include "src/log.h"
#include "src/stream_setup.h"
#include "xen/abi.h"
#include "xen/shbuf.h"

/*
 * What of a wire outlives the daemon (src/keep.h): enough for the next one to go on where this one
 * ended, in the middle of anything. It trusts the numbers as far as it can check them, and the
 * pointers not at all.
 */
struct wire_kept {
	struct card_refs refs;	      /* the rings that all this belongs to */
	uint64_t last_position_bytes; /* announced to the last stream of this connection */
	struct evt evt;
	_Atomic bool open; /* what follows is an open stream */
	struct stream_params params;
	uint32_t gref_directory;
	struct stream stream;
};

/* To be raised with any change of what is in there, or of what it means. */
#define WIRE_KEPT_NUMBER 5u

struct wire {
	struct hv *hv;
	struct hv_evtchn *requests; /* shared by all wires of io */
	struct card *card;
	struct slot *slot;
	struct side *side;

	/* requests and responses */
	int port;
	void *sh_ring_page;
	xen_sndif_back_ring_t ring;
	struct xensnd_req request; /* our copy of the one being served */
	bool broken;		   /* the guest broke the ring's rules: not served any more */

	/* positions */
	struct hv_evtchn *events; /* this stream's alone: the process callback notifies on it */
	int evt_port;
	void *sh_evt_page;

	/* the open stream */
	struct wire_kept *kept;
	struct shbuf buffer;
	struct stream *stream; /* NULL, or the one in kept */
	bool active;	       /* JACK runs the card: it may have the stream */
	uint32_t rate_hz;      /* JACK's; 0: not known, and not looked at */
	enum {
		WIRE_IO,	/* the stream, if any, is io's */
		WIRE_PUBLISHED, /* it is the callback's */
		WIRE_RETIRED,	/* taken back, the callback may still be inside */
	} owner;
	uint32_t token; /* for WIRE_RETIRED: see card_retire */
	bool kicked;	/* to be closed as soon as it is io's */
	bool deferred;	/* request waits until the stream is io's, or for wire_open_next */
	bool hopeless;	/* that nothing at all can be opened was logged */
};

/* What streams may have now. */
struct wire_clock {
	uint32_t rate_hz, period_frames;
};

/*
 * Maps the slot's pages, binds its ports. With *adopt it goes on with what is in `kept`; where that
 * can not be *adopt becomes false and `kept` begins anew. 0 or -errno, and then nothing is left.
 */
int wire_open(struct wire *wire, struct hv *hv, struct hv_evtchn *requests, struct card *card,
	      struct slot *slot, struct wire_kept *kept, bool *adopt);

/*
 * Closes the stream, unless it is left for the next daemon to adopt, unbinds and unmaps; the stream
 * must be io's. Accepts a failed or zeroed wire.
 */
void wire_close(struct wire *wire, bool leave);

/*
 * Serves waiting requests, at most a ring full and no OPEN: see wire_open_next. True if there may
 * be more: come back after others had their turn.
 */
bool wire_serve(struct wire *wire, const struct wire_clock *clock);

/* Publishes a running stream if JACK runs the card, else sees to it that nothing is published. */
void wire_activate(struct wire *wire, bool active);

/*
 * Says what JACK's rate is; an open stream is fitted to it as soon as it is io's. This may retire
 * one that runs.
 */
void wire_retune(struct wire *wire, const struct wire_clock *clock);

/*
 * Whether the stream is io's again; if a request waited for that it is answered now. To be called
 * until it says yes, after anything that may have retired the stream.
 */
bool wire_settle(struct wire *wire, const struct wire_clock *clock);

/*
 * Closes the stream, if one is open, though its guest has not asked for it: as soon as it is io's,
 * see wire_settle. What the guest then asks of it is refused until it opens another.
 */
void wire_kick(struct wire *wire);

/*
 * Whether an OPEN waits and can be served. To map a large buffer or to make a resampler takes
 * milliseconds, in which no other guest is answered: so it has a turn of its own.
 */
bool wire_opens(const struct wire *wire);

/* Serves that OPEN; wire_serve goes on behind it. */
void wire_open_next(struct wire *wire, const struct wire_clock *clock);

/* Whether the guest has started the stream, whoever has it. */
bool wire_started(const struct wire *wire);

/* The started stream, if it is io's and JACK is not to get it: the null clock's; else NULL. */
struct stream *wire_idle(const struct wire *wire);

/* --- for wire_request */

/* Gives a running stream that is io's to the callback, if JACK runs the card. */
void wire_publish(struct wire *wire);

/*
 * What a stream of the wire needs to be of one rate while JACK has another; NULL and 0 if they are
 * the same. 0 or -ENOMEM.
 */
int wire_resample(const struct wire *wire, const struct stream_params *params, uint32_t jack_hz,
		  struct resamp **resamp);

/* Frees the open stream, if any, and unmaps its buffer; it must be io's. */
void wire_close_stream(struct wire *wire);

/* Has others see the stream as it is now: users, and JACK its latency. */
void wire_show(const struct wire *wire);

/* Logs a line about the wire's stream; err is 0 or -errno. */
void wire_log(const struct wire *wire, enum log_level level, const char *text, int err);

#endif
