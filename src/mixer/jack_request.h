/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A user's request to JACK or to the connection memory. The main thread creates it and sends it to
 * the jack thread (MSG_JACK_REQUEST), which carries it out, fills in the rows and sends it back
 * (MSG_JACK_ANSWER). The main thread then answers and frees it. Ownership moves with the message.
 * Strings are copied.
 */
#ifndef XENJACK_JACK_REQUEST_H
#define XENJACK_JACK_REQUEST_H

#include <stdbool.h>

#include "src/base/msg.h"

/* More than the ports and connections of a full server; longer lists are truncated. */
#define JACK_REQUEST_ROWS_MAX 8192u

enum jack_request_verb {
	JACK_REQUEST_PORTS,	     /* list; a: pattern or NULL; b: "in", "out" or NULL */
	JACK_REQUEST_CONNECTIONS,    /* list; a: port, or NULL for all of ours */
	JACK_REQUEST_CONNECT,	     /* a, b: source and destination, ports or streams */
	JACK_REQUEST_DISCONNECT,     /* as for CONNECT */
	JACK_REQUEST_DISCONNECT_ALL, /* a: port or stream id; answers a count */
	JACK_REQUEST_PATCHES,	     /* list of stored patches' names */
	JACK_REQUEST_STORE,	     /* a: name; stores our current connections */
	JACK_REQUEST_RECALL,	     /* a: name; answers the count of changes */
	JACK_REQUEST_DELETE,	     /* a: name */
	JACK_REQUEST_AUTO,	     /* a: "0", "1", or NULL to query: apply rules and memory */
	JACK_REQUEST_LATENCY,	     /* list; a: port; min and max, capture, then playback */
	/* a: NULL for connection memory and levels, or a stored state's name */
	JACK_REQUEST_SAVE,
	JACK_REQUEST_LOAD,
};

/* A row of a list; unused fields are NULL or 0. */
struct jack_request_row {
	const char *name, *other;
	unsigned numbers[4];
};

/* Flags in numbers[0] of JACK_REQUEST_PORTS. */
enum jack_request_port {
	JACK_REQUEST_PORT_INPUT = 1, /* as JackPortIsInput */
	JACK_REQUEST_PORT_OURS = 2,
	JACK_REQUEST_PORT_PHYSICAL = 4,
};

/*
 * err is 0 or -errno: -EEXIST already connected, -ENOENT no such port or patch, -EDESTADDRREQ the
 * source is an input, -EPROTOTYPE the destination is an output, -EDOM streams with other numbers of
 * channels, -EAGAIN freewheel,
 * -ENXIO quarantined port, -ENOTCONN no server, -EBUSY too many requests, -EOPNOTSUPP no state
 * directory, -EBADMSG damaged file, -EPROTO file of a later version, -ESHUTDOWN the daemon is
 * shutting down.
 */
struct jack_request_answer {
	int err;
	unsigned count;
	const struct jack_request_row *rows;
};

/* Called exactly once per request, immediately or later. */
typedef void jack_request_done(void *arg, const struct jack_request_answer *answer);

struct jack_request {
	struct jack_request *next; /* list of pending requests; main thread only */
	struct msg_place place;
	enum jack_request_verb verb;
	char *a, *b; /* NULL if unused by the verb */
	jack_request_done *done;
	void *arg;

	/* filled in by the jack thread */
	int err;
	unsigned count; /* of rows, or of what the verb counts */
	struct jack_request_row *rows;
	unsigned row_count;
};

/* Copies a and b. NULL if out of memory. */
struct jack_request *jack_request_create(enum jack_request_verb verb, const char *a, const char *b,
					 jack_request_done *done, void *arg);

/* Appends a copy of a row; its strings may be NULL. Sets request->err if out of memory. */
void jack_request_add(struct jack_request *request, const struct jack_request_row *row);

/* Calls `done`, unless it is NULL, and frees the request. */
void jack_request_finish(struct jack_request *request);

#endif
