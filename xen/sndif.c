/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <assert.h>
#include <stdlib.h>
#include <time.h>

#include "src/log.h"
#include "src/worker.h"
#include "xen/sndif_parts.h"

/* Ports fetched in one turn of the loop, before its timers and mail get theirs. */
#define PORTS_MAX 64
/* How often a stream is looked at that the callback still holds: a few callbacks' time. */
#define SETTLE_S 0.0005
/* How often a guest that has asked too much is looked at again: some cycles' time. */
#define REFILL_S 0.005

/* --- rings, within what their guests may ask */

/* Leaves a ring to on_refill. Nobody else waits, and the guest is told nothing: it is slow now. */
static void wait_for_budget(struct station *station, uint64_t bit, bool woken)
{
	struct sndif *sndif = station->sndif;

	if (!station->waiting) {
		rt_counter_add(&station->card->throttled, 1);
	}
	station->waiting |= bit;
	station->masked |= woken ? bit : 0;
	if (!station->budget->told) {
		station->budget->told = true;
		log_warning(
			"%s: the guest asks more than the limit of %u requests a second: they wait",
			station->card->name, station->budget->per_s);
	}
	if (!ev_is_active(&sndif->refill)) {
		ev_timer_again(sndif->loop, &sndif->refill);
	}
}

static void note_started(const struct wire *wire)
{
	const struct station *station = wire->card->io;

	if (wire_started(wire)) {
		nullclock_wake(station->sndif->nullclock);
	}
}

/* In the next turn, however much else there is to do. */
static void open_soon(struct sndif *sndif)
{
	if (!ev_is_active(&sndif->opening)) {
		ev_timer_set(&sndif->opening, 0.0, 0.0);
		ev_timer_start(sndif->loop, &sndif->opening);
	}
}

/*
 * Serves a ring, which its guest's notification may have woken; false if it has to wait. Then its
 * port stays masked: a flood of notifications is bounded like one of requests.
 */
static bool serve_ring(struct wire *wire, bool woken)
{
	struct station *station = wire->card->io;
	struct sndif *sndif = station->sndif;
	RING_IDX first = wire->ring.req_cons;

	if (!budget_ready(station->budget, nullclock_now_ns())) {
		wait_for_budget(station, UINT64_C(1) << (wire - station->wires), woken);
		return false;
	}
	if (wire_serve(wire, &sndif->clock)) {
		ev_idle_start(sndif->loop, &sndif->again);
	}
	if (wire_opens(wire)) {
		open_soon(sndif);
	}
	note_started(wire);
	first = wire->ring.req_cons - first;
	budget_spend(station->budget, first || !woken ? first : 1);
	return true;
}

void sndif_serve_all(struct sndif *sndif)
{
	for (struct station *station = sndif->stations; station; station = station->next) {
		for (unsigned i = 0; i < station->count; i++) {
			serve_ring(&station->wires[i], false);
		}
	}
}

/* --- taking streams back */

void sndif_answer(struct sndif *sndif, enum mail_verb verb, struct card *card, int a, int b)
{
	mail_send(sndif->to_ctl, &(struct mail){ .verb = verb, .card = card, .a = a, .b = b });
}

/* A ring whose request waited may hold more, which were notified long ago. */
static bool settle_wire(struct sndif *sndif, struct wire *wire)
{
	bool deferred = wire->deferred;

	if (!wire_settle(wire, &sndif->clock)) {
		return false;
	}
	note_started(wire);
	if (deferred) {
		serve_ring(wire, false);
	}
	if (wire_opens(wire)) {
		open_soon(sndif);
		return true;
	}
	return !wire->deferred;
}

static bool settle_station(struct station *station)
{
	bool settled = true;

	for (unsigned i = 0; i < station->count; i++) {
		settled &= settle_wire(station->sndif, &station->wires[i]);
	}
	return settled;
}

void sndif_settle(struct sndif *sndif)
{
	struct station **link = &sndif->stations;
	bool settled = true;

	while (*link) {
		struct station *station = *link;

		if (!settle_station(station)) {
			settled = false;
		} else if (station->state != STATION_SERVED) {
			struct card *card = station->card;

			*link = station->next;
			sndif_free_station(station);
			sndif_answer(sndif, MAIL_DETACHED, card, 0, 0);
			continue;
		}
		link = &station->next;
	}
	if (settled && sndif->holding) {
		sndif->holding = false;
		sndif_answer(sndif, MAIL_HELD, NULL, 0, 0);
	}
	if (settled) {
		ev_timer_stop(sndif->loop, &sndif->settle);
	} else if (!ev_is_active(&sndif->settle)) {
		ev_timer_again(sndif->loop, &sndif->settle);
	}
}

static void on_settle(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop;
	(void)revents;
	sndif_settle(timer->data);
}

/* --- requests */

static void on_readable(struct ev_loop *loop, ev_io *io, int revents)
{
	struct sndif *sndif = io->data;

	(void)loop;
	(void)revents;
	for (unsigned n = 0; n < PORTS_MAX; n++) {
		int port = sndif->hv->ops->evtchn_pending(sndif->requests);
		struct wire *wire;

		if (port < 0) {
			break;
		}
		wire = portmap_get(&sndif->ports, port);
		if (wire && !serve_ring(wire, true)) {
			continue;
		}
		if (wire && wire->deferred) {
			sndif_settle(sndif);
		}
		sndif->hv->ops->evtchn_unmask(sndif->requests, port);
	}
}

/* Serves what waited, as far as the budget goes now. */
static void refill_station(struct station *station)
{
	struct sndif *sndif = station->sndif;
	uint64_t waiting = station->waiting, masked = station->masked;

	station->waiting = station->masked = 0;
	for (unsigned i = 0; i < station->count; i++) {
		uint64_t bit = UINT64_C(1) << i;

		if ((waiting & bit) && serve_ring(&station->wires[i], masked & bit) &&
		    (masked & bit)) {
			sndif->hv->ops->evtchn_unmask(sndif->requests, station->wires[i].port);
		}
	}
}

static void on_refill(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct sndif *sndif = timer->data;
	bool waiting = false;

	(void)revents;
	for (struct station *station = sndif->stations; station; station = station->next) {
		refill_station(station);
		waiting |= station->waiting != 0;
	}
	if (!waiting) {
		ev_timer_stop(loop, timer);
	}
	sndif_settle(sndif);
}

/* --- OPENs: one a turn of the loop, and those of another card before this one's next */

/* What io has worked, whatever else the machine did meanwhile. */
static int64_t worked_ns(void)
{
	struct timespec worked;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &worked);
	return worked.tv_sec * INT64_C(1000000000) + worked.tv_nsec;
}

/* Serves one of a station's, and what is behind it; whether there was one. */
static bool open_of(struct station *station)
{
	struct sndif *sndif = station->sndif;

	for (unsigned i = 0; i < station->count; i++) {
		struct wire *wire = &station->wires[i];
		int64_t begin_ns = worked_ns();

		if (wire_opens(wire)) {
			if (!budget_ready(station->budget, nullclock_now_ns())) {
				wait_for_budget(station, UINT64_C(1) << i, false);
				continue;
			}
			wire_open_next(wire, &sndif->clock);
			budget_spend_ns(station->budget, worked_ns() - begin_ns);
			serve_ring(wire, false);
			return true;
		}
	}
	return false;
}

static void move_to_end(struct sndif *sndif, struct station **link)
{
	struct station *station = *link;

	*link = station->next;
	station->next = NULL;
	for (link = &sndif->stations; *link;) {
		link = &(*link)->next;
	}
	*link = station;
}

static void on_opening(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct sndif *sndif = timer->data;

	(void)loop;
	(void)revents;
	for (struct station **link = &sndif->stations; *link; link = &(*link)->next) {
		if (open_of(*link)) {
			move_to_end(sndif, link);
			/* There may be more. */
			open_soon(sndif);
			break;
		}
	}
	sndif_settle(sndif);
}

static void on_again(struct ev_loop *loop, ev_idle *idle, int revents)
{
	struct sndif *sndif = idle->data;

	(void)revents;
	ev_idle_stop(loop, idle);
	sndif_serve_all(sndif);
	sndif_settle(sndif);
}

/* --- what the null clock asks for */

static void on_turn(struct nullclock_side *side, bool jack)
{
	struct station *station = side->arg;

	for (unsigned i = 0; i < station->count; i++) {
		struct wire *wire = &station->wires[i];

		if (wire->side == side->side) {
			wire_activate(wire, jack);
		}
	}
	sndif_settle(station->sndif);
}

static struct stream *on_stream(const struct nullclock_side *side, const struct slot *slot)
{
	const struct station *station = side->arg;

	return wire_idle(&station->wires[slot - station->card->slots]);
}

static const struct nullclock_owner owner = { .turn = on_turn, .stream = on_stream };

void sndif_letter(void *arg, const struct mail *mail)
{
	struct sndif *sndif = arg;
	struct station *station = mail->card ? mail->card->io : NULL;

	switch (mail->verb) {
	case MAIL_ATTACH:
		assert(mail->card);
		sndif_attach(sndif, mail->card, mail->a);
		break;
	case MAIL_DETACH:
		assert(mail->card);
		sndif_detach(sndif, mail->card, mail->a);
		break;
	case MAIL_ACTIVE:
		if (station && station->state == STATION_SERVED) {
			nullclock_activate(sndif->nullclock, &station->sides[PCM_PLAYBACK]);
			nullclock_activate(sndif->nullclock, &station->sides[PCM_CAPTURE]);
		}
		break;
	case MAIL_HOLD:
		nullclock_lost(sndif->nullclock);
		/* Now every side has been taken back, or is on its way. */
		sndif->holding = true;
		sndif_settle(sndif);
		break;
	case MAIL_DESK:
		if (station) {
			sndif_obey_desk(station);
		}
		break;
	case MAIL_FREEWHEEL:
		nullclock_freewheel(sndif->nullclock, mail->a);
		break;
	case MAIL_LIMIT:
		budget_limit(&sndif->budgets, (uint32_t)mail->a);
		break;
	case MAIL_CLOCK:
		sndif_set_clock(sndif, (uint32_t)mail->a, (uint32_t)mail->b);
		/* A guest whose requests wait for a busy machine would have an underrun. */
		worker_follow_priority(mail->c);
		break;
	case MAIL_QUIT:
		ev_break(sndif->loop, EVBREAK_ALL);
		break;
	default:
		break;
	}
}

/* --- the server */

struct sndif *sndif_create(struct hv *hv, struct ev_loop *loop, struct mailbox *to_ctl,
			   const struct sndif_options *options)
{
	struct sndif *sndif = calloc(1, sizeof(*sndif));

	if (!sndif) {
		return NULL;
	}
	sndif->hv = hv;
	sndif->loop = loop;
	sndif->to_ctl = to_ctl;
	sndif->clock = (struct wire_clock){ options->rate_hz, options->period_frames };
	sndif->run_dir = options->run_dir;
	sndif->budgets.per_s = options->requests_per_s;
	sndif->nullclock = nullclock_create(loop, &owner, options->rate_hz, options->period_frames);
	sndif->requests = sndif->nullclock ? hv->ops->evtchn_open(hv) : NULL;
	if (!sndif->requests) {
		nullclock_destroy(sndif->nullclock);
		free(sndif);
		return NULL;
	}
	ev_io_init(&sndif->readable, on_readable, hv->ops->evtchn_fd(sndif->requests), EV_READ);
	ev_idle_init(&sndif->again, on_again);
	ev_init(&sndif->settle, on_settle);
	sndif->settle.repeat = SETTLE_S;
	ev_init(&sndif->refill, on_refill);
	sndif->refill.repeat = REFILL_S;
	sndif->readable.data = sndif->again.data = sndif->settle.data = sndif;
	ev_init(&sndif->opening, on_opening);
	sndif->refill.data = sndif->opening.data = sndif;
	ev_io_start(loop, &sndif->readable);
	return sndif;
}

void sndif_destroy(struct sndif *sndif)
{
	if (!sndif) {
		return;
	}
	while (sndif->stations) {
		struct station *station = sndif->stations;

		sndif->stations = station->next;
		station->state = STATION_LEFT;
		sndif_free_station(station);
	}
	ev_io_stop(sndif->loop, &sndif->readable);
	ev_idle_stop(sndif->loop, &sndif->again);
	ev_timer_stop(sndif->loop, &sndif->settle);
	ev_timer_stop(sndif->loop, &sndif->refill);
	ev_timer_stop(sndif->loop, &sndif->opening);
	budget_finish(&sndif->budgets);
	sndif->hv->ops->evtchn_close(sndif->requests);
	portmap_finish(&sndif->ports);
	nullclock_destroy(sndif->nullclock);
	free(sndif);
}
