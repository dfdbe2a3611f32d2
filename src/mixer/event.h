/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events from the mixer to its listener: changes of levels, streams, guests, ports and the JACK
 * server. Main thread. Strings are valid until the listener returns.
 */
#ifndef XENJACK_EVENT_H
#define XENJACK_EVENT_H

#include <stdint.h>

struct guest;
struct stream;

/* Which level of a stream or guest has changed. */
enum event_level {
	EVENT_GAIN = 1,
	EVENT_TRIM = 2, /* of one channel */
	EVENT_MUTE = 4,
	EVENT_SOLO = 8,
	EVENT_LEVELS = 15,	 /* mask of the above */
	EVENT_TRIM_CHANNEL = 16, /* EVENT_TRIM: plus the channel times this */
};

enum event_kind {
	/* about `stream` */
	EVENT_STREAM_ADDED,
	EVENT_STREAM_REMOVED, /* last chance to read `stream` */
	EVENT_STREAM_OPENED,
	EVENT_STREAM_STARTED,
	EVENT_STREAM_STOPPED,
	EVENT_STREAM_CLOSED,
	EVENT_STREAM_XRUN,  /* number: xruns so far */
	EVENT_STREAM_LEVEL, /* number: event_level, and the channel */
	/* about JACK; `name` and `other` are ports */
	EVENT_PORT_ADDED,
	EVENT_PORT_REMOVED,
	EVENT_PORT_CONNECTED,
	EVENT_PORT_DISCONNECTED,
	EVENT_PORT_RENAMED, /* from `name` to `other` */
	EVENT_PORT_REFUSED, /* others cut what we connect, and we give way */
	EVENT_SERVER_CAME,
	EVENT_SERVER_WENT,
	EVENT_SERVER_CLOCK,	/* new period or rate */
	EVENT_SERVER_FREEWHEEL, /* number: 1 at the start, 0 at the end */
	EVENT_SERVER_XRUN,	/* number: xruns so far */
	EVENT_PATCH_RECALLED,	/* `name` is the patch */
	/* about `guest` */
	EVENT_GUEST_LEVEL,   /* number: one or more of event_level */
	EVENT_GUEST_REMOVED, /* last chance to read `guest` */
};

struct event {
	enum event_kind kind;
	struct stream *stream;
	struct guest *guest;
	const char *name, *other;
	uint64_t number;
	uint32_t late_us; /* EVENT_SERVER_XRUN: delay of the cycle */
};

typedef void event_listener(void *arg, const struct event *event);

#endif
