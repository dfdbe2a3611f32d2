/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/bus.h"

#include "xen/abi.h"

static const struct bus_move nothing = { .action = BUS_NOTHING };

static struct bus_move stay(enum bus_phase phase)
{
	return (struct bus_move){ .action = BUS_STAY, .phase = phase };
}

static struct bus_move write_state(int state, enum bus_phase phase)
{
	return (struct bus_move){ .action = BUS_WRITE, .state = state, .phase = phase };
}

/* Detaches if attached, and enters `phase`. */
static struct bus_move drop(const struct bus_view *view, enum bus_phase phase)
{
	return (struct bus_move){ .action = view->attached ? BUS_DETACH : BUS_STAY,
				  .phase = phase };
}

/*
 * The toolstack waits only for Closed and then removes the directories. That is quicker than a
 * guest, which reads the same state and then has to stop and close its streams.
 */
static struct bus_move linger(const struct bus_view *view)
{
	if (view->phase == BUS_LEAVING) {
		return (struct bus_move){ .action = BUS_STAY, .phase = BUS_LEFT, .timer = true };
	}
	if (view->phase == BUS_LEFT && !view->timeout) {
		return nothing;
	}
	return drop(view, BUS_CLOSED);
}

/*
 * The toolstack waits for Closed. A Connected front end reads it at the same time and only then
 * lets go of its card, with requests that need answers: we serve it until it is done.
 */
static struct bus_move decide_removed(const struct bus_view *view)
{
	if (view->attached && view->fe == XenbusStateConnected) {
		if (view->be != XenbusStateClosed) {
			return write_state(XenbusStateClosed, BUS_LEAVING);
		}
		return view->phase == BUS_LEAVING ? nothing : stay(BUS_LEAVING);
	}
	if (view->attached) {
		return view->fe ? drop(view, BUS_CLOSED) : linger(view);
	}
	if (view->be != XenbusStateClosed) {
		return write_state(XenbusStateClosed, BUS_CLOSED);
	}
	return view->phase == BUS_CLOSED ? nothing : stay(BUS_CLOSED);
}

/* First decision: `be` was written by the toolstack or a previous daemon. */
static struct bus_move decide_new(const struct bus_view *view)
{
	if (view->be == XenbusStateInitialising) {
		/* The toolstack waits for InitWait, but only after it has made both directories. */
		return view->fe ? write_state(XenbusStateInitWait, BUS_WAITING) : nothing;
	}
	if (!view->fe) {
		return stay(BUS_CLOSED);
	}
	if (view->be == XenbusStateClosing) {
		return (struct bus_move){ .action = BUS_STAY, .phase = BUS_CLOSING, .timer = true };
	}
	if (view->be == XenbusStateClosed) {
		return stay(BUS_CLOSED);
	}
	if (view->fe == XenbusStateConnected) {
		/*
		 * The guest's streams continue if the owner can adopt them. If not, its requests
		 * fail at once instead of timing out after 3 s each.
		 */
		return (struct bus_move){ .action = BUS_ATTACH,
					  .phase = BUS_RECYCLED,
					  /* A card that was being recycled still is. */
					  .adopt = view->be == XenbusStateConnected };
	}
	if (view->be == XenbusStateInitWait) {
		return stay(BUS_WAITING);
	}
	if (view->fe == XenbusStateClosing) {
		return stay(BUS_CLOSING);
	}
	return stay(view->fe == XenbusStateClosed ? BUS_CLOSED : BUS_WAITING);
}

static struct bus_move decide_waiting(const struct bus_view *view)
{
	if (view->attached) {
		if (view->fe == XenbusStateInitialised && !view->stale && !view->outdated) {
			/* Even if it is 4 already: the front end connects when 4 is written. */
			return write_state(XenbusStateConnected, BUS_CONNECTED);
		}
		return drop(view, BUS_WAITING);
	}
	if (view->fe == XenbusStateInitialised && !view->failed) {
		return (struct bus_move){ .action = BUS_ATTACH, .phase = BUS_WAITING };
	}
	/* Only once: every InitWait that is written makes the front end start over. */
	if (view->be != XenbusStateInitWait) {
		return write_state(XenbusStateInitWait, BUS_WAITING);
	}
	return nothing;
}

/* The next step if the front end has left the connection. */
static struct bus_move decide_left(const struct bus_view *view)
{
	switch (view->fe) {
	case XenbusStateUnknown:
	case XenbusStateClosed:
		return drop(view, BUS_CLOSED);
	case XenbusStateInitialising:
		return drop(view, BUS_WAITING);
	case XenbusStateInitialised:
		/* It may not have answered our Connected yet. */
		return view->phase == BUS_CONNECTED && !view->fe_was_4 ? nothing
								       : drop(view, BUS_WAITING);
	case XenbusStateClosing:
		return drop(view, BUS_CLOSING);
	default:
		return nothing;
	}
}

/*
 * If InitWait was there before Linux set its watch, Linux reads it twice and starts over the second
 * time. We may then have attached to the rings that it published first.
 */
static struct bus_move decide_connected(const struct bus_view *view)
{
	struct bus_move move = decide_left(view);

	return move.action == BUS_NOTHING && view->outdated ? drop(view, BUS_WAITING) : move;
}

static struct bus_move decide_recycled(const struct bus_view *view)
{
	struct bus_move move = decide_left(view);

	if (view->adopted && view->be == XenbusStateConnected && view->fe == XenbusStateConnected) {
		return stay(BUS_CONNECTED);
	}
	if (move.action == BUS_NOTHING && view->be != XenbusStateInitWait) {
		return write_state(XenbusStateInitWait, BUS_RECYCLED);
	}
	return move;
}

/*
 * A guest that shuts down waits until it reads Closing, one that unloads its driver until it reads
 * InitWait. We cannot tell them apart, so we keep Closing for a while first.
 */
static struct bus_move decide_closing(const struct bus_view *view)
{
	if (view->fe == XenbusStateClosed || !view->fe) {
		return stay(BUS_CLOSED);
	}
	if (view->fe == XenbusStateInitialising || view->timeout) {
		return stay(BUS_WAITING);
	}
	if (view->be != XenbusStateClosing) {
		struct bus_move move = write_state(XenbusStateClosing, BUS_CLOSING);

		move.timer = true;
		return move;
	}
	return nothing;
}

static struct bus_move decide_closed(const struct bus_view *view)
{
	if (view->fe == XenbusStateInitialising) {
		return stay(BUS_WAITING);
	}
	if (view->be != XenbusStateClosed) {
		return write_state(XenbusStateClosed, BUS_CLOSED);
	}
	return nothing;
}

static struct bus_move decide_leaving(const struct bus_view *view)
{
	if (view->fe == XenbusStateConnected) {
		return nothing;
	}
	return view->fe ? drop(view, BUS_CLOSED) : linger(view);
}

struct bus_move bus_decide(const struct bus_view *view)
{
	if (view->phase == BUS_ATTACHING || view->phase == BUS_DETACHING) {
		return nothing;
	}
	if (!view->be || (view->phase == BUS_LEFT && view->be != XenbusStateInitialising)) {
		/* The directory is being removed: do not write into it any more. */
		return view->attached ? linger(view) : nothing;
	}
	if (view->removed) {
		return decide_removed(view);
	}
	if (view->be == XenbusStateInitialising && view->phase != BUS_NEW) {
		/* We never write Initialising: the toolstack has made the device anew. */
		return drop(view, BUS_NEW);
	}
	switch (view->phase) {
	case BUS_NEW:
		return decide_new(view);
	case BUS_WAITING:
		return decide_waiting(view);
	case BUS_CONNECTED:
		return decide_connected(view);
	case BUS_RECYCLED:
		return decide_recycled(view);
	case BUS_CLOSING:
		return decide_closing(view);
	case BUS_LEAVING:
		return decide_leaving(view);
	default:
		return decide_closed(view);
	}
}
