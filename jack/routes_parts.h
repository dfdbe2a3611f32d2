/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of jack/routes share. The jack thread, but for what libjack's write. */
#ifndef XENJACK_ROUTES_PARTS_H
#define XENJACK_ROUTES_PARTS_H

#include <stdatomic.h>

#include "jack/routes.h"
#include "jack/routes_barred.h"
#include "jack/routes_links.h"
#include "src/ring.h"

struct routes {
	struct ev_loop *loop;
	struct mailbox *to_ctl;
	struct patch *patch;
	int state_dir; /* of patches; -1: none */
	int dir;       /* of the state file; -1: none, or it must not be replaced */
	bool manual;   /* nothing is connected but what users order */
	bool unsaved, complained;
	double saved_at_s;

	jack_client_t *watch;  /* NULL: no server */
	jack_client_t *caller; /* the same for libjack's callbacks, which outlast routes_close */
	const _Atomic uint32_t *freewheel;
	uint32_t freewheel_seen;
	struct card **cards; /* those that are shown */
	unsigned card_count;
	struct routes_links links;
	struct graph last; /* as it was before what freewheel there may be */
	bool freewheeled;  /* since then */
	struct routes_barred barred;

	/* when to do what, by clock_s; INFINITY: not at all */
	double changed_at_s; /* the first change since the last look */
	double look_at_s, save_at_s;
	double retry_s;
	ev_timer timer;
	ev_async wake;

	struct ring events; /* libjack's notification thread writes */
	atomic_bool events_lost;
};

/* What the patch says of plan->graph now; frees what the plan held. Without memory: false. */
bool routes_plan_for(const struct routes *routes, struct routes_plan *plan);

/* Whether a port must not be connected: see jack/routes_barred.h. */
bool routes_is_barred(const struct routes *routes, const char *name);

/* Replaces the state file; 0 or -errno. */
int routes_write(struct routes *routes);

/* The memory is another than the file. */
void routes_save_soon(struct routes *routes);

#endif
