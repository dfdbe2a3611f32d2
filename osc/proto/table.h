/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The address table: every address of the remote control, with what may be sent there, what comes
 * back and what it is for. The daemon dispatches and checks messages by it; `xenjackctl help`, the
 * answer to /describe and the manual page xenjack-osc(7) are made from it. Constant; any thread.
 * Each row names its units.
 */
#ifndef XENJACK_TABLE_H
#define XENJACK_TABLE_H

#include <stdbool.h>

#define TABLE_ARGS_MAX 5u

/* The ends of every gain and trim. The lower one is silence, as in src/sound/fader.h. */
#define TABLE_DB_MIN (-193.0f)
#define TABLE_DB_MAX 10.0f

struct table_arg {
	const char *name; /* NULL: no more arguments */
	char type;	  /* i, f or s; T: an integer, 0 or 1 */
	bool optional;
	float min, max;	  /* of numbers; both 0: any */
	const char *unit; /* or NULL */
};

enum table_access {
	TABLE_GET = 1,	/* without arguments: answered from the same address */
	TABLE_SET = 2,	/* with arguments: sets; the sender gets no answer */
	TABLE_CALL = 4, /* does something, or lists; answered with /reply */
	TABLE_SEND = 8, /* only sent by the daemon */
};

/* In the order of the manual. */
enum table_name {
	TABLE_PING,
	TABLE_VERSION,
	TABLE_INFO,
	TABLE_STATUS,
	TABLE_SYNC,
	TABLE_DESCRIBE,

	TABLE_STREAM_LIST,
	TABLE_STREAM_INFO,
	TABLE_STREAM_PORTS,
	TABLE_STREAM_GAIN,
	TABLE_STREAM_FADER,
	TABLE_STREAM_TRIM,
	TABLE_STREAM_DB_DELTA,
	TABLE_STREAM_MUTE,
	TABLE_STREAM_SOLO,
	TABLE_SOLO_CLEAR,
	TABLE_STREAM_GUEST_VOLUME,
	TABLE_STREAM_GUEST_MUTE,
	TABLE_STREAM_METER,
	TABLE_STREAM_RMS,
	TABLE_STREAM_FILL,
	TABLE_STREAM_LATENCY,
	TABLE_STREAM_STATS,
	TABLE_STATS_RESET,
	TABLE_STREAM_KICK,

	TABLE_GUEST_LIST,
	TABLE_GUEST_GAIN,
	TABLE_GUEST_FADER,
	TABLE_GUEST_DB_DELTA,
	TABLE_GUEST_MUTE,

	TABLE_PORT_LIST,
	TABLE_PORT_CONNECTIONS,
	TABLE_CONNECT,
	TABLE_DISCONNECT,
	TABLE_DISCONNECT_ALL,

	TABLE_PATCH_LIST,
	TABLE_PATCH_STORE,
	TABLE_PATCH_RECALL,
	TABLE_PATCH_DELETE,
	TABLE_PATCH_AUTO,
	TABLE_STATE_SAVE,
	TABLE_STATE_LOAD,

	TABLE_JACK_XRUNS,
	TABLE_JACK_LATENCY,

	TABLE_SUBSCRIBE,
	TABLE_SUBSCRIBE_METERS,
	TABLE_UNSUBSCRIBE,
	TABLE_XREMOTE,
	TABLE_REFRESH,
	TABLE_CLIENTS,

	TABLE_REPLY,
	TABLE_ERROR,
	TABLE_EVENT_STREAM,
	TABLE_EVENT_STREAM_XRUN,
	TABLE_EVENT_PORT,
	TABLE_EVENT_PORT_CONNECTION,
	TABLE_EVENT_JACK_UP,
	TABLE_EVENT_JACK_DOWN,
	TABLE_EVENT_JACK_PERIOD,
	TABLE_EVENT_JACK_FREEWHEEL,
	TABLE_EVENT_JACK_XRUN,
	TABLE_EVENT_PATCH,
	TABLE_EVENT_PARAMS,
	TABLE_HEARTBEAT,
	TABLE_COUNT,
};

/*
 * Parts of a path in <> stand for a stream's id, a channel, counted from 1, or a guest's name,
 * spelt as osc/proto/part.h says. `answer` describes what comes back, one word per value: its type,
 * a colon, its name. A list is answered with one /reply for each item and one that ends the list.
 */
struct table_row {
	const char *path;
	unsigned access;
	struct table_arg args[TABLE_ARGS_MAX];
	const char *answer; /* or NULL */
	bool list;
	bool local; /* over UDP and TCP only if the configuration says so */
	const char *text;
};

const struct table_row *table_row(enum table_name name);

/* How many arguments are required, and how many are accepted. */
unsigned table_needs(const struct table_row *row);
unsigned table_takes(const struct table_row *row);

#endif
