/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/guest_log.h"
#include "src/base/worker.h"
#include "xen/sndif_parts.h"

/* Limit of ports per turn of the loop, so that its timers and messages get their turn. */
#define PORTS_MAX 64
/* A guest's time before the next guest is served: some ten requests. */
#define SLICE_NS 50000
/* The same in requests, or parts of long ones: a ring full. */
#define SLICE_REQUESTS 32u
/* All guests' time before the loop looks at its other events. */
#define TURN_NS 200000
/* Interval between checks of a stream that the callback still holds: a few callbacks' time. */
#define SETTLE_S 0.0005
/* Interval between checks of a guest that has used up its budget: a few cycles' time. */
#define REFILL_S 0.005
/*
 * Steps of real-time priority: a guest can wait milliseconds for an answer, JACK cannot wait. The
 * mapper must not wait for io: with one processor, a flood of requests would keep it from the
 * guests that only open a stream, and from the kernel's lock of our address space that it may hold.
 */
#define IO_BELOW_JACK 2
#define MAPPER_BELOW_JACK 1

/* Charges what io has worked since the last call, to a guest or to all; returns its time so far. */
static int64_t charge(struct sndif *sndif, struct budget *budget)
{
	int64_t worked_ns = sndif->worked_ns(), ns = worked_ns - sndif->charged_ns;

	if (budget) {
		budget_work(budget, ns);
	} else {
		budget_work_for_all(&sndif->budgets, ns);
	}
	sndif->charged_ns = worked_ns;
	return worked_ns;
}

/* --- a card's rings */

/* Opens every stream ring; *adopt becomes false unless all of them were adopted. */
static int open_rings(struct card_io *card_io, bool *adopt)
{
	const struct handover_layout layout = {
		.number = STREAM_RING_HANDOVER_NUMBER,
		.count = card_io->count,
		.block_size = sizeof(struct stream_ring_handover),
	};
	struct sndif *sndif = card_io->sndif;
	struct card *card = card_io->card;
	bool handover;
	int err;

	charge(sndif, NULL);
	err = handover_open(&card_io->handover, sndif->run_dir, card->domid, card->devid, &layout,
			    *adopt, &handover);

	if (card_io->handover.error) {
		guest_log_warning(card->log,
				  "%s: cannot create the handover file: %s; a restart will "
				  "interrupt its streams",
				  card->name, strerror(-card_io->handover.error));
	}
	*adopt = handover;
	for (unsigned i = 0; i < card_io->count && !err; i++) {
		struct stream_ring *ring = &card_io->rings[i];
		bool adopted = handover;

		err = stream_ring_open(ring, sndif->hv, sndif->requests, card, &card->streams[i],
				       handover_block(&card_io->handover, i), &adopted);
		ring->mapper = &sndif->mapper;
		stream_ring_retune(ring, &sndif->clock);
		err = err ? err : portmap_set(&sndif->ports, ring->port, ring);
		*adopt &= adopted;
	}
	charge(sndif, card_io->budget);
	return err;
}

/* Whether the streams of a card that leaves go to the next daemon. */
static bool is_left(const struct card_io *card_io)
{
	return card_io->state == CARD_IO_LEFT;
}

static void free_card(struct card_io *card_io)
{
	struct sndif *sndif = card_io->sndif;
	bool leave = is_left(card_io);

	charge(sndif, NULL);
	for (unsigned i = 0; i < card_io->count; i++) {
		struct stream_ring *ring = &card_io->rings[i];

		portmap_clear(&sndif->ports, ring->port, ring);
		stream_ring_close(ring, leave);
	}
	handover_close(&card_io->handover, !leave);
	charge(sndif, card_io->budget);
	budget_drop(card_io->budget);
	card_io->card->io = NULL;
	free(card_io);
}

/* --- taking streams back */

static void answer(struct sndif *sndif, enum msg_type type, struct card *card, int a, int b)
{
	const struct msg msg = card_msg(card, type, a, b);

	msgq_send(sndif->to_main, &msg);
}

static void note_started(const struct stream_ring *ring)
{
	const struct card_io *card_io = ring->card->io;

	if (stream_ring_started(ring)) {
		nullclock_wake(card_io->sndif->nullclock);
	}
}

static void again_soon(struct sndif *sndif)
{
	if (!ev_is_active(&sndif->again)) {
		ev_timer_set(&sndif->again, 0.0, 0.0);
		ev_timer_start(sndif->loop, &sndif->again);
	}
}

/* Has a ring served in the next turn; `woken`: its guest has notified, and its port is masked. */
static void mark_ready(struct stream_ring *ring, bool woken)
{
	struct card_io *card_io = ring->card->io;
	struct sndif *sndif = card_io->sndif;
	uint64_t bit = UINT64_C(1) << (ring - card_io->rings);

	card_io->ready |= bit;
	card_io->woken |= woken ? bit : 0;
	again_soon(sndif);
}

/* A ring whose request waited may hold more, whose notifications were taken long ago. */
static bool settle_ring(struct stream_ring *ring)
{
	struct card_io *card_io = ring->card->io;

	if (!stream_ring_settle(ring)) {
		return false;
	}
	budget_owe(card_io->budget, mapper_charge(&ring->memory.job));
	if (card_io->state != CARD_IO_SERVED) {
		return stream_ring_end(ring, is_left(card_io));
	}
	note_started(ring);
	if (ring->deferred) {
		mark_ready(ring, false);
	}
	return true;
}

static bool settle_card_io(struct card_io *card_io)
{
	bool settled = true;

	for (unsigned i = 0; i < card_io->count; i++) {
		settled &= settle_ring(&card_io->rings[i]);
	}
	return settled;
}

/* Whether a callback still holds one of its streams: nobody tells when that changes. */
static bool is_retiring(const struct card_io *card_io)
{
	for (unsigned i = 0; i < card_io->count; i++) {
		if (card_io->rings[i].owner == STREAM_RING_RETIRED) {
			return true;
		}
	}
	return false;
}

static void settle_all(struct sndif *sndif)
{
	struct card_io **link = &sndif->cards;
	bool retiring = false;

	while (*link) {
		struct card_io *card_io = *link;

		if (!settle_card_io(card_io)) {
			retiring |= is_retiring(card_io);
		} else if (card_io->state != CARD_IO_SERVED) {
			struct card *card = card_io->card;

			*link = card_io->next;
			free_card(card_io);
			answer(sndif, MSG_DETACHED, card, 0, 0);
			continue;
		}
		link = &card_io->next;
	}
	/* Memory that the mapper still has is no stream. */
	if (!retiring && sndif->holding) {
		sndif->holding = false;
		answer(sndif, MSG_HELD, NULL, 0, 0);
	}
	if (!retiring) {
		ev_timer_stop(sndif->loop, &sndif->settle);
	} else if (!ev_is_active(&sndif->settle)) {
		ev_timer_again(sndif->loop, &sndif->settle);
	}
}

static void on_settle(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop;
	(void)revents;
	settle_all(timer->data);
}

static void on_mapped(struct ev_loop *loop, ev_async *done, int revents)
{
	(void)loop;
	(void)revents;
	settle_all(done->data);
}

/* --- requests, within their guests' budgets */

/* Leaves a card to on_refill. Nobody else waits, and the guest gets no error: it is only slow. */
static void wait_for_budget(struct card_io *card_io, enum budget_state state)
{
	struct sndif *sndif = card_io->sndif;
	struct budget *budget = card_io->budget;

	if (!card_io->throttled) {
		card_io->throttled = true;
		rt_counter_add(&card_io->card->throttled, 1);
	}
	if (!budget->told[state] && state == BUDGET_NO_REQUESTS) {
		guest_log_warning(
			card_io->card->log,
			"%s: the guest exceeds the limit of %u requests a second; throttling it",
			card_io->card->name, sndif->budgets.per_s);
	} else if (!budget->told[state]) {
		guest_log_warning(
			card_io->card->log,
			"%s: the guest exceeds its share of the io thread's time; throttling it",
			card_io->card->name);
	}
	budget->told[state] = true;
	if (!ev_is_active(&sndif->refill)) {
		ev_timer_again(sndif->loop, &sndif->refill);
	}
}

/* Whether its guest, or the card if both have the same guest, has waited longer. */
static bool waits_longer(const struct card_io *card_io, const struct card_io *other)
{
	return card_io->budget != other->budget ? card_io->budget->served < other->budget->served
						: card_io->served < other->served;
}

/* The card that is to be served next; NULL: nothing is ready, or within its guest's budget. */
static struct card_io *next_card(struct sndif *sndif)
{
	enum budget_state state, best_state = BUDGET_NO_REQUESTS;
	int64_t now_ns = sndif->now_ns();
	struct card_io *best = NULL;

	for (struct card_io *card_io = sndif->cards; card_io; card_io = card_io->next) {
		if (!card_io->ready || card_io->state != CARD_IO_SERVED) {
			continue;
		}
		state = budget_state(card_io->budget, now_ns);
		if (state < BUDGET_SPARE) {
			wait_for_budget(card_io, state);
		} else if (!best || state > best_state ||
			   (state == best_state && waits_longer(card_io, best))) {
			best = card_io;
			best_state = state;
		}
	}
	return best;
}

/* The rest of a slice. */
struct slice {
	int64_t end_ns; /* of the thread's working time */
	unsigned requests;
	bool settle; /* a stream has to come back from its callback */
};

/* Serves a ring to its end or to that of the slice. */
static void serve_ring(struct stream_ring *ring, struct slice *slice)
{
	struct card_io *card_io = ring->card->io;
	struct sndif *sndif = card_io->sndif;
	uint64_t bit = UINT64_C(1) << (ring - card_io->rings);
	RING_IDX first = ring->request_ring.req_cons;
	enum stream_ring_left left;

	do {
		left = stream_ring_serve(ring, &sndif->clock);
		slice->requests--;
	} while (left == STREAM_RING_MORE && slice->requests && sndif->worked_ns() < slice->end_ns);
	note_started(ring);
	first = ring->request_ring.req_cons - first;
	budget_spend(card_io->budget, first || !(card_io->woken & bit) ? first : 1);
	if (left != STREAM_RING_MORE) {
		card_io->ready &= ~bit;
	}
	/* Until then, its port stays masked: a flood of notifications is bounded, too. */
	if (left == STREAM_RING_NOTHING && (card_io->woken & bit)) {
		card_io->woken &= ~bit;
		sndif->hv->ops->evtchn_unmask(sndif->requests, ring->port);
	}
	slice->settle |= left == STREAM_RING_WAITS;
}

/* Serves a card's rings, one after the other, for a slice; returns whether to settle. */
static bool serve_slice(struct card_io *card_io)
{
	struct sndif *sndif = card_io->sndif;
	struct slice slice = { charge(sndif, NULL) + SLICE_NS, SLICE_REQUESTS, false };

	card_io->throttled = false;
	card_io->served = card_io->budget->served = ++sndif->slices;
	do {
		uint64_t later = card_io->ready >> card_io->first << card_io->first;
		unsigned i = (unsigned)__builtin_ctzll(later ? later : card_io->ready);

		serve_ring(&card_io->rings[i], &slice);
		card_io->first = (i + 1) % card_io->count;
	} while (card_io->ready && slice.requests && sndif->worked_ns() < slice.end_ns);
	charge(sndif, card_io->budget);
	return slice.settle;
}

/* Serves one slice after the other until nobody may be served or the turn is over. */
static void serve_turn(struct sndif *sndif)
{
	int64_t end_ns = sndif->worked_ns() + TURN_NS;
	struct card_io *card_io;
	bool settle = false;

	ev_timer_stop(sndif->loop, &sndif->again);
	while ((card_io = next_card(sndif)) != NULL) {
		settle |= serve_slice(card_io);
		if (sndif->worked_ns() >= end_ns) {
			again_soon(sndif);
			break;
		}
	}
	if (settle) {
		settle_all(sndif);
	}
}

static void on_readable(struct ev_loop *loop, ev_io *io, int revents)
{
	struct sndif *sndif = io->data;

	(void)loop;
	(void)revents;
	for (unsigned n = 0; n < PORTS_MAX; n++) {
		int port = sndif->hv->ops->evtchn_pending(sndif->requests);
		struct stream_ring *ring;

		if (port < 0) {
			break;
		}
		ring = portmap_get(&sndif->ports, port);
		if (ring) {
			mark_ready(ring, true);
		} else {
			sndif->hv->ops->evtchn_unmask(sndif->requests, port);
		}
	}
	serve_turn(sndif);
}

static void on_again(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop;
	(void)revents;
	serve_turn(timer->data);
}

static void on_refill(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)revents;
	/* Whoever still has to wait starts it again. */
	ev_timer_stop(loop, timer);
	serve_turn(timer->data);
}

/* --- attaching and detaching cards, and messages about them */

static void attach_card(struct sndif *sndif, struct card *card, bool adopt)
{
	struct card_io *card_io = calloc(1, sizeof(*card_io) + card->stream_count *
								       sizeof(struct stream_ring));
	int err;

	if (!card_io) {
		answer(sndif, MSG_ATTACHED, card, -ENOMEM, 0);
		return;
	}
	card_io->sndif = sndif;
	card_io->card = card;
	card_io->count = card->stream_count;
	card->io = card_io;
	card_io->budget = budget_hold(&sndif->budgets, card->domid, sndif->now_ns());
	err = card_io->budget ? open_rings(card_io, &adopt) : -ENOMEM;
	if (err) {
		/* First: the main thread may free the card as soon as it has the answer. */
		free_card(card_io);
		answer(sndif, MSG_ATTACHED, card, err, 0);
		return;
	}
	answer(sndif, MSG_ATTACHED, card, 0, adopt);
	card_io->next = sndif->cards;
	sndif->cards = card_io;
	for (unsigned dir = 0; dir < PCM_DIRS; dir++) {
		nullclock_add(sndif->nullclock, &card_io->sides[dir], &card->sides[dir], card_io);
	}
	/* Serve what a guest requested before we were bound: those notifications are lost. */
	for (unsigned i = 0; i < card_io->count; i++) {
		mark_ready(&card_io->rings[i], false);
	}
}

static void detach_card(struct sndif *sndif, struct card *card, bool leave)
{
	struct card_io *card_io = card->io;

	if (!card_io) {
		answer(sndif, MSG_DETACHED, card, 0, 0);
		return;
	}
	card_io->state = leave ? CARD_IO_LEFT : CARD_IO_LEAVING;
	for (unsigned dir = 0; dir < PCM_DIRS; dir++) {
		nullclock_remove(sndif->nullclock, &card_io->sides[dir]);
	}
	for (unsigned i = 0; i < card_io->count; i++) {
		stream_ring_activate(&card_io->rings[i], false);
	}
	settle_all(sndif);
}

static void set_clock(struct sndif *sndif, uint32_t rate_hz, uint32_t period_frames)
{
	sndif->clock.rate_hz = rate_hz;
	sndif->clock.period_frames = period_frames;
	nullclock_set(sndif->nullclock, rate_hz, period_frames);
	for (struct card_io *card_io = sndif->cards; card_io; card_io = card_io->next) {
		for (unsigned i = 0; i < card_io->count; i++) {
			stream_ring_retune(&card_io->rings[i], &sndif->clock);
		}
	}
	settle_all(sndif);
}

static void apply_levels(struct card_io *card_io)
{
	struct card *card = card_io->card;
	uint64_t kicked;

	/* Clear it before reading: whatever is set from here on comes with another message. */
	atomic_exchange(&card->moved, false);
	kicked = atomic_exchange(&card->kicked, 0);
	for (unsigned i = 0; i < card_io->count; i++) {
		struct stream_ring *ring = &card_io->rings[i];

		if (ring->runtime) {
			gain_set_level(&ring->runtime->gain, &ring->stream->strip.fader);
		}
		if (kicked & UINT64_C(1) << i) {
			stream_ring_kick(ring);
		}
	}
	if (kicked) {
		settle_all(card_io->sndif);
	}
}

/* --- the null clock's callbacks */

static void on_turn(struct nullclock_side *side, bool jack)
{
	struct card_io *card_io = side->arg;

	for (unsigned i = 0; i < card_io->count; i++) {
		struct stream_ring *ring = &card_io->rings[i];

		if (ring->side == side->side) {
			stream_ring_activate(ring, jack);
		}
	}
	settle_all(card_io->sndif);
}

static struct stream_rt *on_stream(const struct nullclock_side *side, const struct stream *stream)
{
	const struct card_io *card_io = side->arg;

	return stream_ring_idle(&card_io->rings[stream - card_io->card->streams]);
}

static const struct nullclock_owner owner = { .turn = on_turn, .runtime = on_stream };

void sndif_handle_msg(void *arg, const struct msg *msg)
{
	struct sndif *sndif = arg;
	struct card_io *card_io = msg->card ? msg->card->io : NULL;

	switch (msg->type) {
	case MSG_ATTACH:
		assert(msg->card);
		attach_card(sndif, msg->card, msg->a);
		break;
	case MSG_DETACH:
		assert(msg->card);
		detach_card(sndif, msg->card, msg->a);
		break;
	case MSG_ACTIVE:
		if (card_io && card_io->state == CARD_IO_SERVED) {
			nullclock_activate(sndif->nullclock, &card_io->sides[PCM_PLAYBACK]);
			nullclock_activate(sndif->nullclock, &card_io->sides[PCM_CAPTURE]);
		}
		break;
	case MSG_HOLD:
		nullclock_lost(sndif->nullclock);
		/* By now, every side has been taken back, or will be soon. */
		sndif->holding = true;
		settle_all(sndif);
		break;
	case MSG_LEVELS:
		if (card_io) {
			apply_levels(card_io);
		}
		break;
	case MSG_FREEWHEEL:
		nullclock_freewheel(sndif->nullclock, msg->a);
		break;
	case MSG_LIMIT:
		budget_limit(&sndif->budgets, (uint32_t)msg->a);
		sndif->resampling.percent = (uint32_t)msg->b;
		break;
	case MSG_CLOCK:
		set_clock(sndif, (uint32_t)msg->a, (uint32_t)msg->b);
		/* If the io thread had to wait on a busy machine, guests would have underruns. */
		worker_follow_priority(pthread_self(), msg->c, IO_BELOW_JACK);
		mapper_follow_priority(&sndif->mapper, msg->c, MAPPER_BELOW_JACK);
		break;
	case MSG_QUIT:
		ev_break(sndif->loop, EVBREAK_ALL);
		break;
	default:
		break;
	}
}

/* --- the server */

static void start_mapper(struct sndif *sndif)
{
	int err = mapper_start(&sndif->mapper, sndif->loop, sndif->worked_ns, on_mapped, sndif);

	if (err) {
		log_warning("cannot start a thread that maps buffers: %s; guests that open streams "
			    "make others wait",
			    strerror(-err));
	}
}

struct sndif *sndif_create(struct hv *hv, struct ev_loop *loop, struct msgq *to_main,
			   const struct sndif_options *options)
{
	struct sndif *sndif = calloc(1, sizeof(*sndif));

	if (!sndif) {
		return NULL;
	}
	sndif->hv = hv;
	sndif->loop = loop;
	sndif->to_main = to_main;
	sndif->clock = (struct stream_ring_clock){ options->rate_hz, options->period_frames,
						   &sndif->resampling };
	sndif->resampling.percent = options->resample_percent;
	sndif->run_dir = options->run_dir;
	sndif->now_ns = options->now_ns;
	sndif->worked_ns = options->worked_ns;
	budget_init(&sndif->budgets, options->requests_per_s, sndif->now_ns());
	sndif->nullclock = nullclock_create(loop, &owner, options->rate_hz, options->period_frames);
	sndif->requests = sndif->nullclock ? hv->ops->evtchn_open(hv) : NULL;
	if (!sndif->requests) {
		nullclock_destroy(sndif->nullclock);
		free(sndif);
		return NULL;
	}
	ev_io_init(&sndif->readable, on_readable, hv->ops->evtchn_fd(sndif->requests), EV_READ);
	/* First in every turn of the loop: what has just arrived takes part in the turn. */
	ev_set_priority(&sndif->readable, 1);
	ev_init(&sndif->again, on_again);
	ev_init(&sndif->settle, on_settle);
	sndif->settle.repeat = SETTLE_S;
	ev_init(&sndif->refill, on_refill);
	sndif->refill.repeat = REFILL_S;
	sndif->readable.data = sndif->again.data = sndif->settle.data = sndif;
	sndif->refill.data = sndif;
	ev_io_start(loop, &sndif->readable);
	if (options->mapper) {
		start_mapper(sndif);
	}
	return sndif;
}

void sndif_destroy(struct sndif *sndif)
{
	if (!sndif) {
		return;
	}
	/* From here on, what streams have is freed at once. */
	mapper_stop(&sndif->mapper);
	while (sndif->cards) {
		struct card_io *card_io = sndif->cards;

		sndif->cards = card_io->next;
		card_io->state = CARD_IO_LEFT;
		free_card(card_io);
	}
	ev_io_stop(sndif->loop, &sndif->readable);
	ev_timer_stop(sndif->loop, &sndif->again);
	ev_timer_stop(sndif->loop, &sndif->settle);
	ev_timer_stop(sndif->loop, &sndif->refill);
	budget_finish(&sndif->budgets);
	sndif->hv->ops->evtchn_close(sndif->requests);
	portmap_finish(&sndif->ports);
	nullclock_destroy(sndif->nullclock);
	free(sndif);
}
