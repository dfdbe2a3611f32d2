/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Links that vanish together; part of jack/routes_links. Jack thread only.
 *
 * A user cuts one link and leaves others. A program that pauses loses all it has: on PipeWire,
 * jack_deactivate cuts all links of a client and leaves its ports. So does a session manager that
 * clears the graph, or a program that is about to end and slow at it. A user who disconnects a
 * whole client looks the same. Nothing is learnt from that: the links are paused, which is to say
 * that they stay cut until the client's ports return.
 *
 * Ports of hardware do not pause. Their links are paused only if no guest keeps any link.
 */
#ifndef XENJACK_ROUTES_PAUSE_H
#define XENJACK_ROUTES_PAUSE_H

#include "jack/routes_links.h"

/* Whether a port is another program's. */
bool routes_pause_is_foreign(const char *id);

/* Links vanish together also if a comparison comes in between, and the next one that soon. */
#define ROUTES_PAUSE_TOGETHER_S 0.5

/* The id of the end that may pause: the other program's, or of a link between guests the source. */
const char *routes_pause_end(const struct routes_link *link);

/* Whether two ports are the same client's, or the same card's. */
bool routes_pause_is_same(const char *a, const char *b);

/* A client has lost a link. Its other links take note. `port` is a JACK name. */
void routes_pause_heard(struct routes_links *links, const void *const ports[2], const char *port);

/*
 * A link has been missing for long. If it vanished with all of its client's, or with all there
 * are, pauses those, says so in the log, and returns true.
 */
bool routes_pause(struct routes_links *links, const struct routes_link *link);

/* Whether a paused link's client has gone. */
bool routes_pause_is_over(const struct routes_link *link, const struct graph *graph);

#endif
