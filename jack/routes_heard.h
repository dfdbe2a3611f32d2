/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What libjack's notification thread says of the graph; part of jack/routes. That thread writes it
 * and wakes the loop, the jack thread takes it, in its order. A port is libjack's pointer. It holds
 * a fixed number: if connections have taken half of it, more of them are dropped, because the graph
 * itself tells of them.
 */
#ifndef XENJACK_ROUTES_HEARD_H
#define XENJACK_ROUTES_HEARD_H

#include <ev.h>
#include <jack/jack.h>
#include <stdatomic.h>

#include "src/base/ring.h"

struct routes_heard {
	struct ev_loop *loop;
	ev_async *wake;
	jack_client_t *client; /* may be closed by now */
	struct ring events;
	atomic_bool lost; /* something about ports was */
};

struct routes_event {
	enum { HEARD_REMOVED, HEARD_RENAMED, HEARD_CONNECTED, HEARD_CUT } kind;
	const void *ports[2]; /* one, or source and sink */
	char *name;	      /* HEARD_RENAMED: the new one, to be freed */
};

/* 0 or -ENOMEM. */
int routes_heard_init(struct routes_heard *heard, struct ev_loop *loop, ev_async *wake);

/*
 * Forgets what was heard of the previous server, and listens through this client, which is not
 * active yet. 0, or -EIO if libjack refuses a callback.
 */
int routes_heard_open(struct routes_heard *heard, jack_client_t *client);

/* The oldest; false if there is no more. */
bool routes_heard_take(struct routes_heard *heard, struct routes_event *event);

/* Whether something about ports was lost since the last call: any of them may have been removed. */
bool routes_heard_take_loss(struct routes_heard *heard);

/* Accepts a zeroed one. */
void routes_heard_finish(struct routes_heard *heard);

#endif
