/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bus_decide: the rows of the table in docs/protocol.md one by one, and invariants over all
 * possible views.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "xen/bus.h"

static const char *const phase_names[] = {
	[BUS_NEW] = "new",
	[BUS_WAITING] = "waiting",
	[BUS_ATTACHING] = "attaching",
	[BUS_CONNECTED] = "connected",
	[BUS_DETACHING] = "detaching",
	[BUS_RECYCLED] = "recycled",
	[BUS_CLOSING] = "closing",
	[BUS_CLOSED] = "closed",
	[BUS_LEAVING] = "leaving",
	[BUS_LEFT] = "left",
};

static const char *describe(const struct bus_view *view)
{
	static char text[160];

	snprintf(text, sizeof(text), "%s be %d fe %d%s%s%s%s%s%s%s%s", phase_names[view->phase],
		 view->be, view->fe, view->removed ? " removed" : "",
		 view->attached ? " attached" : "", view->stale ? " stale" : "",
		 view->fe_was_4 ? " fe_was_4" : "", view->failed ? " failed" : "",
		 view->timeout ? " timeout" : "", view->adopted ? " adopted" : "",
		 view->outdated ? " outdated" : "");
	return text;
}

static void expect(const struct bus_view *view, bool holds, const char *condition)
{
	if (!holds) {
		fail_msg("%s: violates %s", describe(view), condition);
	}
}

#define EXPECT(view, condition) expect(view, condition, #condition)

/* --- the table */

/* The flags of a view. */
enum {
	REMOVED = 1,
	ATTACHED = 2,
	STALE = 4,
	FE_WAS_4 = 8,
	FAILED = 16,
	TIMEOUT = 32,
	ADOPTED = 64,
	OUTDATED = 128,
	ALL = 255,
};

static struct bus_view make_view(enum bus_phase phase, int be, int fe, unsigned flags)
{
	return (struct bus_view){
		.phase = phase,
		.be = be,
		.fe = fe,
		.removed = flags & REMOVED,
		.attached = flags & ATTACHED,
		.stale = flags & STALE,
		.fe_was_4 = flags & FE_WAS_4,
		.failed = flags & FAILED,
		.timeout = flags & TIMEOUT,
		.adopted = flags & ADOPTED,
		.outdated = flags & OUTDATED,
	};
}

struct row {
	enum bus_phase phase;
	int be, fe;
	unsigned flags;
	enum bus_action action;
	int state;
	enum bus_phase next;
};

static const struct row rows[] = {
	/* offered at once; but an incomplete directory is left alone */
	{ BUS_NEW, 1, 1, 0, BUS_WRITE, 2, BUS_WAITING },
	{ BUS_NEW, 1, 3, 0, BUS_WRITE, 2, BUS_WAITING },
	{ BUS_NEW, 1, 4, 0, BUS_WRITE, 2, BUS_WAITING },
	{ BUS_NEW, 1, 0, 0, BUS_NOTHING, 0, BUS_NEW },
	{ BUS_NEW, 0, 1, 0, BUS_NOTHING, 0, BUS_NEW },
	{ BUS_NEW, 5, 1, REMOVED, BUS_WRITE, 6, BUS_CLOSED },

	/* left behind by an earlier daemon */
	{ BUS_NEW, 2, 1, 0, BUS_STAY, 0, BUS_WAITING },
	{ BUS_NEW, 2, 3, 0, BUS_STAY, 0, BUS_WAITING },
	{ BUS_NEW, 2, 4, 0, BUS_ATTACH, 0, BUS_RECYCLED },
	{ BUS_NEW, 2, 5, 0, BUS_STAY, 0, BUS_WAITING },
	{ BUS_NEW, 2, 6, 0, BUS_STAY, 0, BUS_WAITING },
	{ BUS_NEW, 2, 0, 0, BUS_STAY, 0, BUS_CLOSED },
	{ BUS_NEW, 3, 3, 0, BUS_STAY, 0, BUS_WAITING },
	{ BUS_NEW, 4, 1, 0, BUS_STAY, 0, BUS_WAITING },
	{ BUS_NEW, 4, 3, 0, BUS_STAY, 0, BUS_WAITING },
	{ BUS_NEW, 4, 4, 0, BUS_ATTACH, 0, BUS_RECYCLED },
	{ BUS_NEW, 4, 5, 0, BUS_STAY, 0, BUS_CLOSING },
	{ BUS_NEW, 4, 6, 0, BUS_STAY, 0, BUS_CLOSED },
	{ BUS_NEW, 4, 0, 0, BUS_STAY, 0, BUS_CLOSED },
	{ BUS_NEW, 5, 5, 0, BUS_STAY, 0, BUS_CLOSING },
	{ BUS_NEW, 6, 6, 0, BUS_STAY, 0, BUS_CLOSED },
	{ BUS_NEW, 6, 4, 0, BUS_STAY, 0, BUS_CLOSED },
	{ BUS_RECYCLED, 4, 4, ATTACHED, BUS_WRITE, 2, BUS_RECYCLED },
	{ BUS_RECYCLED, 4, 4, 0, BUS_WRITE, 2, BUS_RECYCLED },
	{ BUS_RECYCLED, 4, 4, ATTACHED | ADOPTED, BUS_STAY, 0, BUS_CONNECTED },
	{ BUS_RECYCLED, 4, 5, ATTACHED | ADOPTED, BUS_DETACH, 0, BUS_CLOSING },
	{ BUS_RECYCLED, 4, 7, ATTACHED | ADOPTED, BUS_WRITE, 2, BUS_RECYCLED },
	{ BUS_RECYCLED, 2, 4, ATTACHED | ADOPTED, BUS_NOTHING, 0, BUS_RECYCLED },
	{ BUS_CONNECTED, 4, 4, ATTACHED | ADOPTED, BUS_NOTHING, 0, BUS_CONNECTED },
	{ BUS_RECYCLED, 2, 4, ATTACHED, BUS_NOTHING, 0, BUS_RECYCLED },
	{ BUS_RECYCLED, 2, 1, ATTACHED, BUS_DETACH, 0, BUS_WAITING },
	{ BUS_RECYCLED, 2, 3, ATTACHED, BUS_DETACH, 0, BUS_WAITING },
	{ BUS_RECYCLED, 2, 3, 0, BUS_STAY, 0, BUS_WAITING },
	{ BUS_RECYCLED, 4, 5, ATTACHED, BUS_DETACH, 0, BUS_CLOSING },
	{ BUS_RECYCLED, 2, 0, ATTACHED, BUS_DETACH, 0, BUS_CLOSED },

	/* connecting */
	{ BUS_WAITING, 2, 1, 0, BUS_NOTHING, 0, BUS_WAITING },
	{ BUS_WAITING, 2, 3, 0, BUS_ATTACH, 0, BUS_WAITING },
	{ BUS_WAITING, 4, 3, 0, BUS_ATTACH, 0, BUS_WAITING },
	{ BUS_WAITING, 2, 4, 0, BUS_NOTHING, 0, BUS_WAITING },
	{ BUS_WAITING, 2, 5, 0, BUS_NOTHING, 0, BUS_WAITING },
	{ BUS_WAITING, 2, 6, 0, BUS_NOTHING, 0, BUS_WAITING },
	{ BUS_WAITING, 2, 0, 0, BUS_NOTHING, 0, BUS_WAITING },
	{ BUS_WAITING, 2, 3, FAILED, BUS_NOTHING, 0, BUS_WAITING },
	{ BUS_WAITING, 4, 3, FAILED, BUS_WRITE, 2, BUS_WAITING },
	{ BUS_WAITING, 4, 1, 0, BUS_WRITE, 2, BUS_WAITING },
	{ BUS_ATTACHING, 2, 3, 0, BUS_NOTHING, 0, BUS_ATTACHING },
	{ BUS_ATTACHING, 2, 1, REMOVED, BUS_NOTHING, 0, BUS_ATTACHING },
	{ BUS_WAITING, 2, 3, ATTACHED, BUS_WRITE, 4, BUS_CONNECTED },
	{ BUS_WAITING, 4, 3, ATTACHED, BUS_WRITE, 4, BUS_CONNECTED },
	{ BUS_WAITING, 2, 3, ATTACHED | STALE, BUS_DETACH, 0, BUS_WAITING },
	{ BUS_WAITING, 2, 1, ATTACHED, BUS_DETACH, 0, BUS_WAITING },

	/* connected */
	{ BUS_CONNECTED, 4, 3, ATTACHED, BUS_NOTHING, 0, BUS_CONNECTED },
	{ BUS_WAITING, 2, 3, ATTACHED | OUTDATED, BUS_DETACH, 0, BUS_WAITING },
	{ BUS_CONNECTED, 4, 3, ATTACHED | OUTDATED, BUS_DETACH, 0, BUS_WAITING },
	{ BUS_CONNECTED, 4, 4, ATTACHED | OUTDATED, BUS_DETACH, 0, BUS_WAITING },
	{ BUS_CONNECTED, 4, 5, ATTACHED | OUTDATED, BUS_DETACH, 0, BUS_CLOSING },
	{ BUS_CONNECTED, 4, 4, ATTACHED | FE_WAS_4, BUS_NOTHING, 0, BUS_CONNECTED },
	{ BUS_CONNECTED, 4, 3, ATTACHED | FE_WAS_4, BUS_DETACH, 0, BUS_WAITING },
	{ BUS_CONNECTED, 4, 1, ATTACHED, BUS_DETACH, 0, BUS_WAITING },
	{ BUS_CONNECTED, 4, 5, ATTACHED, BUS_DETACH, 0, BUS_CLOSING },
	{ BUS_CONNECTED, 4, 6, ATTACHED, BUS_DETACH, 0, BUS_CLOSED },
	{ BUS_CONNECTED, 4, 0, ATTACHED, BUS_DETACH, 0, BUS_CLOSED },
	{ BUS_CONNECTED, 4, 8, ATTACHED, BUS_NOTHING, 0, BUS_CONNECTED },
	{ BUS_CONNECTED, 0, 4, ATTACHED, BUS_DETACH, 0, BUS_CLOSED },
	{ BUS_CONNECTED, 1, 1, ATTACHED, BUS_DETACH, 0, BUS_NEW },

	/* the front end closes */
	{ BUS_DETACHING, 4, 5, ATTACHED, BUS_NOTHING, 0, BUS_DETACHING },
	{ BUS_CLOSING, 4, 5, 0, BUS_WRITE, 5, BUS_CLOSING },
	{ BUS_CLOSING, 5, 5, 0, BUS_NOTHING, 0, BUS_CLOSING },
	{ BUS_CLOSING, 5, 5, TIMEOUT, BUS_STAY, 0, BUS_WAITING },
	{ BUS_WAITING, 5, 5, 0, BUS_WRITE, 2, BUS_WAITING },
	{ BUS_CLOSING, 5, 6, 0, BUS_STAY, 0, BUS_CLOSED },
	{ BUS_CLOSING, 5, 1, 0, BUS_STAY, 0, BUS_WAITING },
	{ BUS_CLOSING, 5, 0, 0, BUS_STAY, 0, BUS_CLOSED },
	{ BUS_CLOSED, 5, 6, 0, BUS_WRITE, 6, BUS_CLOSED },
	{ BUS_CLOSED, 4, 0, 0, BUS_WRITE, 6, BUS_CLOSED },
	{ BUS_CLOSED, 6, 6, 0, BUS_NOTHING, 0, BUS_CLOSED },
	{ BUS_CLOSED, 6, 1, 0, BUS_STAY, 0, BUS_WAITING },
	{ BUS_WAITING, 6, 1, 0, BUS_WRITE, 2, BUS_WAITING },
	{ BUS_CLOSED, 1, 1, 0, BUS_STAY, 0, BUS_NEW },

	/* the toolstack removes */
	{ BUS_CONNECTED, 5, 4, ATTACHED | REMOVED, BUS_WRITE, 6, BUS_LEAVING },
	{ BUS_RECYCLED, 5, 4, ATTACHED | REMOVED, BUS_WRITE, 6, BUS_LEAVING },
	{ BUS_LEAVING, 6, 4, ATTACHED | REMOVED, BUS_NOTHING, 0, BUS_LEAVING },
	{ BUS_LEAVING, 6, 4, ATTACHED, BUS_NOTHING, 0, BUS_LEAVING },
	{ BUS_LEAVING, 6, 1, ATTACHED | REMOVED, BUS_DETACH, 0, BUS_CLOSED },
	{ BUS_LEAVING, 6, 0, ATTACHED | REMOVED, BUS_STAY, 0, BUS_LEFT },
	{ BUS_LEAVING, 6, 0, ATTACHED, BUS_STAY, 0, BUS_LEFT },
	{ BUS_LEAVING, 0, 4, ATTACHED | REMOVED, BUS_STAY, 0, BUS_LEFT },
	{ BUS_LEAVING, 0, 0, ATTACHED | REMOVED, BUS_STAY, 0, BUS_LEFT },
	{ BUS_LEFT, 0, 0, ATTACHED | REMOVED, BUS_NOTHING, 0, BUS_LEFT },
	{ BUS_LEFT, 6, 0, ATTACHED | REMOVED, BUS_NOTHING, 0, BUS_LEFT },
	{ BUS_LEFT, 0, 0, ATTACHED | REMOVED | TIMEOUT, BUS_DETACH, 0, BUS_CLOSED },
	{ BUS_LEFT, 6, 0, ATTACHED | REMOVED | TIMEOUT, BUS_DETACH, 0, BUS_CLOSED },
	{ BUS_LEFT, 1, 1, ATTACHED, BUS_DETACH, 0, BUS_NEW },
	{ BUS_CONNECTED, 5, 0, ATTACHED | REMOVED, BUS_DETACH, 0, BUS_CLOSED },
	{ BUS_CLOSED, 5, 0, REMOVED, BUS_WRITE, 6, BUS_CLOSED },
	{ BUS_WAITING, 5, 1, REMOVED, BUS_WRITE, 6, BUS_CLOSED },
	{ BUS_WAITING, 5, 3, REMOVED, BUS_WRITE, 6, BUS_CLOSED },
	{ BUS_CLOSING, 5, 5, REMOVED, BUS_WRITE, 6, BUS_CLOSED },
	{ BUS_CLOSED, 6, 1, REMOVED, BUS_NOTHING, 0, BUS_CLOSED },
	{ BUS_CLOSED, 0, 0, REMOVED, BUS_NOTHING, 0, BUS_CLOSED },
};

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct bus_view view = make_view(row->phase, row->be, row->fe, row->flags);
		struct bus_move move = bus_decide(&view);

		EXPECT(&view, move.action == row->action);
		EXPECT(&view, move.action != BUS_WRITE || move.state == row->state);
		EXPECT(&view, move.action == BUS_NOTHING || move.phase == row->next);
	}
}

static void test_timer_runs_where_the_guest_has_to_act(void **state)
{
	const struct bus_view written = make_view(BUS_CLOSING, 4, 5, 0);
	const struct bus_view inherited = make_view(BUS_NEW, 5, 5, 0);
	const struct bus_view over = make_view(BUS_CLOSING, 5, 5, TIMEOUT);
	const struct bus_view left = make_view(BUS_LEAVING, 0, 0, ATTACHED | REMOVED);

	(void)state;
	assert_true(bus_decide(&written).timer);
	assert_true(bus_decide(&inherited).timer);
	assert_true(bus_decide(&left).timer);
	assert_false(bus_decide(&over).timer);
}

/* --- every view */

/* Whether the daemon can see this view at all. */
static bool possible(const struct bus_view *view)
{
	if ((view->adopted || view->outdated) && !view->attached) {
		return false;
	}
	switch (view->phase) {
	case BUS_NEW:
	case BUS_CLOSING:
	case BUS_CLOSED:
		return !view->attached;
	case BUS_CONNECTED:
	case BUS_LEAVING:
	case BUS_LEFT:
		return view->attached;
	default:
		return true;
	}
}

static void for_every_view(void (*check)(const struct bus_view *view))
{
	for (unsigned i = 0; i < (BUS_LEFT + 1) * 9 * 9; i++) {
		for (unsigned flags = 0; flags <= ALL; flags++) {
			struct bus_view view = make_view((enum bus_phase)(i / 81), (int)(i / 9 % 9),
							 (int)(i % 9), flags);

			if (possible(&view)) {
				check(&view);
			}
		}
	}
}

static void check_write(const struct bus_view *view, const struct bus_move *move)
{
	EXPECT(view, move->state == 2 || move->state == 4 || move->state == 5 || move->state == 6);
	EXPECT(view, view->be != 0);
	EXPECT(view, !view->removed || move->state == 6);
	/* Only Connected may be written twice, for a front end that waits for it. */
	EXPECT(view, move->state != view->be || (move->state == 4 && view->fe == 3));
	EXPECT(view, move->state != 4 ||
			     (view->attached && view->fe == 3 && !view->stale && !view->outdated));
	/* Rings are detached before the state says so, except while the guest still uses them. */
	EXPECT(view, !view->attached || move->state == 4 || view->fe == 4 ||
			     (move->state == 2 && view->phase == BUS_RECYCLED));
	EXPECT(view, !view->attached || move->state != 5);
	EXPECT(view, !view->attached || move->state != 6 || move->phase == BUS_LEAVING);
}

static void check_move(const struct bus_view *view)
{
	struct bus_move move = bus_decide(view);

	if (view->phase == BUS_ATTACHING || view->phase == BUS_DETACHING) {
		EXPECT(view, move.action == BUS_NOTHING);
	}
	if (move.action == BUS_NOTHING) {
		return;
	}
	EXPECT(view, move.phase != BUS_ATTACHING && move.phase != BUS_DETACHING);
	EXPECT(view, !move.timer || move.phase == BUS_CLOSING || move.phase == BUS_LEFT);
	switch (move.action) {
	case BUS_WRITE:
		check_write(view, &move);
		break;
	case BUS_ATTACH:
		EXPECT(view, !view->attached && !view->removed);
		EXPECT(view, (view->fe == 3 && !view->failed) ||
				     (view->fe == 4 && move.phase == BUS_RECYCLED));
		EXPECT(view, move.adopt == (view->fe == 4 && view->be == 4));
		break;
	case BUS_DETACH:
		EXPECT(view, view->attached);
		break;
	default:
		EXPECT(view, move.phase != view->phase);
		break;
	}
}

static void test_every_move(void **state)
{
	(void)state;
	for_every_view(check_move);
}

/* --- every chain of moves while only we act */

static void apply(struct bus_view *view, const struct bus_move *move, bool attachable)
{
	if (move->action == BUS_ATTACH) {
		view->attached = attachable;
		view->adopted = attachable && move->adopt;
		view->failed = !attachable;
		view->stale = false;
		view->fe_was_4 = false;
	}
	if (move->action == BUS_DETACH) {
		view->attached = view->adopted = view->outdated = false;
	}
	if (move->action == BUS_WRITE) {
		view->be = move->state;
	}
	if (view->phase != move->phase) {
		view->timeout = false;
	}
	view->phase = move->phase;
	view->fe_was_4 |= view->attached && view->fe == 4;
}

static void check_rest(const struct bus_view *view, bool attachable)
{
	if (view->phase == BUS_ATTACHING || view->phase == BUS_DETACHING) {
		return;
	}
	if (view->phase == BUS_LEFT) {
		EXPECT(view, !view->timeout);
		return;
	}
	if (!view->be) {
		EXPECT(view, !view->attached);
		return;
	}
	if (view->removed) {
		EXPECT(view, view->be == 6);
		EXPECT(view, view->attached == (view->phase == BUS_LEAVING));
		EXPECT(view, !view->attached || view->fe == 4);
		return;
	}
	EXPECT(view, view->be != 4 || view->attached);
	EXPECT(view, view->be != 5 || view->phase == BUS_CLOSING || view->attached);
	if (view->phase == BUS_WAITING && view->fe == 3) {
		EXPECT(view, !attachable || view->failed);
		EXPECT(view, view->be == 2);
	}
}

static void check_chain(const struct bus_view *start)
{
	for (int attachable = 0; attachable < 2; attachable++) {
		struct bus_view view = *start;
		unsigned moves = 0;

		for (;; moves++) {
			struct bus_move move = bus_decide(&view);

			if (move.action == BUS_NOTHING) {
				break;
			}
			EXPECT(start, moves < 6);
			apply(&view, &move, attachable);
		}
		check_rest(&view, attachable);
	}
}

static void test_every_chain(void **state)
{
	(void)state;
	for_every_view(check_chain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_timer_runs_where_the_guest_has_to_act),
		cmocka_unit_test(test_every_move),
		cmocka_unit_test(test_every_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
