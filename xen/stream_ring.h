/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One configured stream's connection with its guest: the request ring, the event page, and the open
 * stream with its current owner. stream_ring_request says what each request does. Io thread only.
 * Each request is copied once, checked, then used. Each gets one answer, in order. A request waits,
 * with those behind it, only if its stream must first come back from the process callback, which
 * takes microseconds, or while the mapper has the stream's memory. One that takes longer is served
 * in parts.
 */
#ifndef XENJACK_STREAM_RING_H
#define XENJACK_STREAM_RING_H

#include "src/base/log.h"
#include "src/sound/stream_setup.h"
#include "xen/abi.h"
#include "xen/resample_share.h"
#include "xen/stream_memory.h"

/*
 * The part of a stream ring that outlives the daemon (src/base/handover.h): enough for the next one
 * to continue, at whatever point this one ended. The next daemon checks the numbers as far as it
 * can, and ignores the pointers.
 */
struct stream_ring_handover {
	_Atomic bool begun;	      /* all that follows is valid, for the rings in refs */
	struct card_refs refs;	      /* the rings */
	uint64_t last_position_bytes; /* announced by the last stream on these rings */
	struct evt evt;

	/* The last request taken: its answer overwrites it in the ring. */
	struct xensnd_req request;
	RING_IDX taken;	      /* the index after it; answered once rsp_prod is that far */
	uint64_t appl_frames; /* the open stream's, before that request */

	_Atomic bool open; /* what follows describes an open stream */
	RING_IDX opener;   /* `taken` of the request that opened it */
	struct stream_params params;
	uint32_t gref_directory;
	struct stream_rt runtime;
};

/* Increment with every change of the contents or of their meaning. */
#define STREAM_RING_HANDOVER_NUMBER 7u

struct stream_ring {
	struct hv *hv;
	struct hv_evtchn *requests; /* shared by all stream rings of the io thread */
	struct card *card;
	struct stream *stream;
	struct side *side;

	/* requests and responses */
	int port;
	void *sh_ring_page;
	xen_sndif_back_ring_t request_ring;
	struct xensnd_req request; /* our copy of the request being served */
	bool broken;		   /* the guest broke the ring's rules: no longer served */

	/* positions */
	struct hv_evtchn *events; /* for this stream only: the process callback notifies on it */
	int evt_port;
	void *sh_evt_page;

	/* the open stream */
	struct stream_ring_handover *handover;
	struct mapper *mapper;	     /* makes and frees the memory; NULL: the io thread does */
	struct stream_memory memory; /* nothing is opened or closed while the mapper has it */
	struct stream_rt *runtime;   /* NULL, or the one in handover */
	struct stream_rt *opening;   /* the same, while it is not open yet */
	bool active;		     /* JACK runs the card: the stream may be published */
	uint32_t rate_hz;	     /* JACK's; 0: unknown, ignored */
	struct resample_limit *resampling; /* NULL: none */
	struct resample_share share;	   /* the open stream's */
	enum {
		STREAM_RING_IO,	       /* the io thread has the stream, if any */
		STREAM_RING_PUBLISHED, /* the callback has it */
		STREAM_RING_RETIRED,   /* taken back, but the callback may still be inside */
	} owner;
	uint32_t token; /* for STREAM_RING_RETIRED: see card_retire */
	bool kicked;	/* to be closed once the io thread has it */
	bool deferred;	/* the request in `request` is not answered yet */
	bool hopeless;	/* it has been logged that no parameters can open the stream */
	bool limited;	/* it has been logged that resampling has a limit */
};

/* JACK's rate and period, and the limit of resampling. */
struct stream_ring_clock {
	uint32_t rate_hz, period_frames;
	struct resample_limit *resampling; /* NULL: none */
};

/*
 * Maps the stream's pages and binds its ports; the caller then sets the mapper. With *adopt, it
 * continues with what is in `handover`; if that is impossible, *adopt becomes false and `handover`
 * starts afresh. 0, or -errno and nothing stays mapped or bound.
 */
int stream_ring_open(struct stream_ring *ring, struct hv *hv, struct hv_evtchn *requests,
		     struct card *card, struct stream *stream,
		     struct stream_ring_handover *handover, bool *adopt);

/*
 * Closes the stream, unless `leave` keeps it for the next daemon to adopt. The io thread must have
 * the stream and its memory. To be called again, once that is so again, if it returns false: the
 * mapper then has the memory.
 */
bool stream_ring_end(struct stream_ring *ring, bool leave);

/*
 * Ends the stream without the mapper, which must not have its memory, unbinds and unmaps. Accepts a
 * failed or zeroed ring.
 */
void stream_ring_close(struct stream_ring *ring, bool leave);

/* What is left to do for a stream ring. */
enum stream_ring_left {
	STREAM_RING_NOTHING, /* until the guest notifies */
	STREAM_RING_WAITS,   /* for the callback or the mapper: see stream_ring_settle */
	STREAM_RING_MORE,
};

/*
 * Serves one request or, if it is a long one, its next part, which takes tens of microseconds.
 * Returns what is left.
 */
enum stream_ring_left stream_ring_serve(struct stream_ring *ring,
					const struct stream_ring_clock *clock);

/* Publishes a running stream if JACK runs the card, else makes sure that nothing is published. */
void stream_ring_activate(struct stream_ring *ring, bool active);

/*
 * Sets JACK's rate and the limit; an open stream is adapted to it as soon as the io thread has it.
 * May retire a running stream.
 */
void stream_ring_retune(struct stream_ring *ring, const struct stream_ring_clock *clock);

/*
 * Returns whether the io thread has the stream and its memory again; a request that waited for that
 * can then be served. To be called until it returns true, after anything that may have retired the
 * stream, and after the mapper has done jobs.
 */
bool stream_ring_settle(struct stream_ring *ring);

/*
 * Closes an open stream, though its guest has not asked for it, as soon as the io thread has it:
 * see stream_ring_settle. The guest's further requests for it are refused until it opens another.
 */
void stream_ring_kick(struct stream_ring *ring);

/* Whether the guest has started the stream, whoever has it. */
bool stream_ring_started(const struct stream_ring *ring);

/*
 * The started stream for the null clock, if the io thread has it and JACK does not run the card;
 * else NULL.
 */
struct stream_rt *stream_ring_idle(const struct stream_ring *ring);

/* --- the open stream and who has it: stream_ring_stream.c, the layer below requests and ring */

/* Takes the stream back from the callback; true if the io thread has it now. */
bool stream_ring_retire(struct stream_ring *ring);

/* Gives a running stream from the io thread to the callback, if JACK runs the card. */
void stream_ring_publish(struct stream_ring *ring);

/*
 * Takes the share of the cycle that resampling to JACK's rate takes, if a stream with these
 * parameters needs it; what it had is given back. 0, or -EBUSY beyond a limit (logged once).
 */
int stream_ring_take_share(struct stream_ring *ring, const struct stream_params *params,
			   uint32_t jack_hz);

/* The quality at which the stream is resampled. */
enum resamp_quality stream_ring_quality(const struct stream_ring *ring);

/* Adapts the open stream to JACK's rate, which may have changed; the io thread must have it. */
void stream_ring_fit_rate(struct stream_ring *ring);

/*
 * Closes the open stream, if any, and has its memory freed; the io thread must have both. The
 * mapper may then have the memory.
 */
void stream_ring_close_stream(struct stream_ring *ring);

/* Updates what users see of the stream, and the latency that JACK is told. */
void stream_ring_publish_status(const struct stream_ring *ring);

/* Logs a line about the stream; err is 0 or -errno. */
void stream_ring_log(const struct stream_ring *ring, enum log_level level, const char *text,
		     int err);

#endif
