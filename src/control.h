/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the outside may see of the daemon and do to it: the one door for osc/. A table of functions
 * that the daemon fills in, so that what is behind it can be another thing in a test. ctl, all of
 * it: what is called back is called in ctl's loop. Levels in dB, amplitudes where it says so;
 * frames and Hz. Strings that come out are good until ctl's loop goes on.
 */
#ifndef XENJACK_CONTROL_H
#define XENJACK_CONTROL_H

#include "src/card.h"

/* "daw.main" */
#define CONTROL_ID_MAX (CARD_NAME_MAX + 1 + CARD_LABEL_MAX)

/* A stream that a guest has, open or not. Its strip may be read, and is set by the verbs below. */
struct control_stream {
	char id[CONTROL_ID_MAX + 1];
	const struct card *card;
	struct slot *slot;
};

/* What has been counted of a stream, all of them times. */
struct control_stats {
	uint64_t cycles;	 /* of JACK, in which it ran */
	uint64_t underruns;	 /* playback ran past what the guest had written */
	uint64_t overruns;	 /* capture overwrote what the guest had not read */
	uint64_t positions_lost; /* the guest had left no room for them */
	uint64_t throttled;	 /* requests of its card waited for the limit */
};

/* The JACK server, as last heard. */
struct control_status {
	enum {
		CONTROL_JACK_DOWN,
		CONTROL_JACK_UP,
		CONTROL_JACK_FREEWHEEL,
	} jack;
	const char *server;		 /* its name, "" for the default */
	uint32_t rate_hz, period_frames; /* the last ones, or what is assumed */
	bool realtime;
	float load; /* of a cycle, 0 to 1 */
	uint64_t xruns;
};

/* What is asked of JACK, or of the memory of connections; it is done in another thread. */
enum control_verb {
	CONTROL_PORTS,		/* list; a = a pattern or NULL, b = "in", "out" or NULL */
	CONTROL_CONNECTIONS,	/* list; a = a port, or NULL for all of ours */
	CONTROL_CONNECT,	/* a, b = source and destination: JACK names, or ids of ours */
	CONTROL_DISCONNECT,	/* likewise */
	CONTROL_DISCONNECT_ALL, /* a = a port, or a stream's id; count */
	CONTROL_PATCHES,	/* list: names of stored patches */
	CONTROL_STORE,		/* a = name: the connections of ours as they are */
	CONTROL_RECALL,		/* a = name; count of changes */
	CONTROL_DELETE,		/* a = name */
	CONTROL_AUTO,	 /* a = NULL: tells; "0", "1": whether rules and memory are applied */
	CONTROL_LATENCY, /* list: a = a port; least and greatest, capture, then playback */
	/* a = NULL: writes all that is remembered now, or reads it again. Else the state of that
	 * name: the patch, and the levels. */
	CONTROL_SAVE,
	CONTROL_LOAD,
};

/* One row of a list; what a verb has no use for is NULL or 0. */
struct control_row {
	const char *name, *other;
	unsigned numbers[4];
};

/* Of CONTROL_PORTS, numbers[0]. */
enum control_port {
	CONTROL_PORT_INPUT = 1, /* as JACK has it: sound goes in there */
	CONTROL_PORT_OURS = 2,
	CONTROL_PORT_PHYSICAL = 4,
};

struct control_answer {
	int err; /* 0 or -errno: -EEXIST is connected already, -ENOENT no such thing, -EAGAIN
		    freewheel, -ENXIO a port that came in one, -ENOTCONN no server, -EBUSY too many
		    requests, -EOPNOTSUPP no state directory, -EBADMSG a damaged file,
		    -ESHUTDOWN the end */
	unsigned count;
	const struct control_row *rows;
};

/* Called once for each request, at once or later. */
typedef void control_done(void *arg, const struct control_answer *answer);

/* What of a stream's fader was set. */
enum control_level {
	CONTROL_GAIN = 1,
	CONTROL_TRIM = 2, /* of a channel */
	CONTROL_MUTE = 4,
	CONTROL_SOLO = 8,
	CONTROL_LEVELS = 15,	   /* any of these */
	CONTROL_TRIM_CHANNEL = 16, /* so many times the channel is added to TRIM */
};

/* Something has happened. */
struct control_event {
	enum control_kind {
		/* of streams; stream is set */
		CONTROL_STREAM_ADDED,
		CONTROL_STREAM_REMOVED, /* last moment in which it may be read */
		CONTROL_STREAM_OPENED,
		CONTROL_STREAM_STARTED,
		CONTROL_STREAM_STOPPED,
		CONTROL_STREAM_CLOSED,
		CONTROL_STREAM_XRUN,  /* number = how many so far */
		CONTROL_STREAM_LEVEL, /* number = a control_level, and a channel */
		/* of JACK; name, other: ports */
		CONTROL_PORT_ADDED,
		CONTROL_PORT_REMOVED,
		CONTROL_PORT_CONNECTED,
		CONTROL_PORT_DISCONNECTED,
		CONTROL_SERVER_CAME,
		CONTROL_SERVER_WENT,
		CONTROL_SERVER_CLOCK,	  /* another period or rate, while it is up */
		CONTROL_SERVER_FREEWHEEL, /* number = whether it does from now on */
		CONTROL_SERVER_XRUN,	  /* number = how many so far */
		CONTROL_PATCH_RECALLED,
	} kind;
	const struct control_stream *stream;
	const char *name, *other;
	uint64_t number;
	uint32_t late_us; /* of CONTROL_SERVER_XRUN: the last one */
};

typedef void control_heard(void *arg, const struct control_event *event);

struct control_ops {
	/* All streams, in the order of their ids; good until ctl's loop goes on. */
	const struct control_stream *(*streams)(void *self, unsigned *count);

	/* Levels, as src/fader.h has them. What changes is an event. */
	void (*set_gain)(void *self, const struct control_stream *stream, float db);
	void (*set_trim)(void *self, const struct control_stream *stream, uint32_t channel,
			 float db);
	void (*set_muted)(void *self, const struct control_stream *stream, bool muted);
	void (*set_solo)(void *self, const struct control_stream *stream, bool solo);

	/* Since the card came, or since the last reset. */
	void (*get_stats)(void *self, const struct control_stream *stream,
			  struct control_stats *stats);
	void (*reset_stats)(void *self, const struct control_stream *stream);

	/* Closes it, if it is open, as its guest would; the guest may open it again. */
	void (*kick)(void *self, const struct control_stream *stream);

	/* Whether somebody is told of events. While nobody is there are none but of streams that
	 * come and go, and of levels; and what was meanwhile is not told later. */
	void (*want_events)(void *self, bool wanted);

	/* Whether somebody looks at meters: of all streams. */
	void (*want_meters)(void *self, bool wanted);

	void (*get_status)(void *self, struct control_status *status);

	void (*request)(void *self, enum control_verb verb, const char *a, const char *b,
			control_done *done, void *arg);

	/* One listener; NULL: none any more; what was asked for is answered now, -ESHUTDOWN. */
	void (*listen)(void *self, control_heard *heard, void *arg);
};

struct control {
	const struct control_ops *ops;
	void *self;
};

#endif
