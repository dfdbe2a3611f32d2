/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/nullclock.h"

#include <stdlib.h>
#include <time.h>

#include "src/log.h"

#define NS INT64_C(1000000000)

/*
 * A side hangs after so many periods, and so long: xruns take less. Where the guests' rings are
 * longer it may take half of the shortest, so that no frame is lost by a machine that is just busy:
 * ALSA gives up after more than a whole one. But no longer than somebody would call hanging.
 */
#define PATIENCE_PERIODS 4
#define PATIENCE_MIN_NS (NS / 20)
#define PATIENCE_MAX_NS NS
/* How often the sides are looked at within that time. */
#define LOOKS 4

/* The most that a stream moves at a time: the longest cycle of jackd's. */
#define CHUNK_FRAMES 8192u

struct nullclock {
	struct ev_loop *loop;
	const struct nullclock_owner *owner;
	struct nullclock_side *sides;
	ev_timer timer; /* runs while a stream is started */
	uint32_t rate_hz, period_frames;
	bool lost; /* the server, and no other has been seen since */
	bool freewheel;
	bool hangs; /* has been logged */
	int64_t looked_ns;

	/* the schedule: absolute, so that it does not drift */
	bool pacing;
	int64_t next_ns;    /* of the next cycle */
	uint32_t next_rest; /* and so many parts of rate_hz of a ns */

	float dropped[CHUNK_FRAMES]; /* of any channel */
	float silence[CHUNK_FRAMES];
};

int64_t nullclock_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS + now.tv_nsec;
}

static int64_t period_ns(const struct nullclock *clock)
{
	return clock->period_frames * NS / clock->rate_hz;
}

static int64_t max_ns(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t patience_ns(const struct nullclock *clock)
{
	return max_ns(PATIENCE_PERIODS * period_ns(clock), PATIENCE_MIN_NS);
}

/* The same for one side and what is started on it. */
static int64_t side_patience_ns(const struct nullclock *clock, const struct nullclock_side *entry)
{
	/* A card that is not shown yet was perhaps found by a new daemon: its sound is waited for.
	 */
	int64_t ns = entry->active ? PATIENCE_MAX_NS : INT64_MAX;
	bool started = false;

	for (unsigned i = 0; i < entry->side->slot_count; i++) {
		const struct stream *stream = card_running(entry->side->slots[i]);

		stream = stream ? stream : clock->owner->stream(entry, entry->side->slots[i]);
		if (stream) {
			uint32_t rate_hz = stream->resamp ? stream->resamp->guest_hz
							  : clock->rate_hz;
			int64_t half_ns = stream->ring_frames * NS / rate_hz / 2;

			ns = half_ns < ns ? half_ns : ns;
			started = true;
		}
	}
	return started ? max_ns(ns, patience_ns(clock)) : patience_ns(clock);
}

/* --- whose turn it is */

static bool is_jacks(const struct nullclock *clock, const struct nullclock_side *entry)
{
	return entry->active && !entry->stands && !clock->freewheel;
}

/* Neither's: a card that JACK is about to show. */
static bool is_ours(const struct nullclock *clock, const struct nullclock_side *entry)
{
	return entry->stands || (entry->active && clock->freewheel);
}

static void take_turns(struct nullclock *clock)
{
	for (struct nullclock_side *entry = clock->sides; entry; entry = entry->next) {
		bool jack = is_jacks(clock, entry);

		if (jack != entry->jack) {
			entry->jack = jack;
			clock->owner->turn(entry, jack);
		}
	}
}

static uint32_t cycles_of(const struct side *side)
{
	return atomic_load_explicit(&((struct side *)(uintptr_t)side)->cycles,
				    memory_order_relaxed);
}

/* Grants a side the whole of our patience from now on. */
static void trust(struct nullclock_side *entry, int64_t now_ns)
{
	entry->cycles = cycles_of(entry->side);
	entry->moved_ns = now_ns;
}

static void trust_all(struct nullclock *clock, int64_t now_ns)
{
	for (struct nullclock_side *entry = clock->sides; entry; entry = entry->next) {
		if (!entry->stands) {
			trust(entry, now_ns);
		}
	}
	clock->looked_ns = now_ns;
}

/* Time in which we did not look is no proof: what held us up may have held JACK up too. */
static void forgive(struct nullclock *clock, int64_t now_ns)
{
	int64_t late_ns = now_ns - clock->looked_ns - patience_ns(clock) / LOOKS;

	for (struct nullclock_side *entry = clock->sides; entry && late_ns > 0;
	     entry = entry->next) {
		entry->moved_ns += late_ns;
	}
	clock->looked_ns = now_ns;
}

static void look_at(struct nullclock *clock, struct nullclock_side *entry, int64_t now_ns)
{
	if (!entry->side->slot_count) {
		/* Nothing to run, and no client. */
		return;
	}
	if (entry->active && entry->cycles != cycles_of(entry->side)) {
		trust(entry, now_ns);
		entry->stands = false;
	} else if (now_ns - entry->moved_ns > side_patience_ns(clock, entry)) {
		entry->stands = true;
	}
}

static void look(struct nullclock *clock, int64_t now_ns)
{
	bool hangs = false, calls = false;

	forgive(clock, now_ns);
	for (struct nullclock_side *entry = clock->sides; entry; entry = entry->next) {
		look_at(clock, entry, now_ns);
		hangs |= entry->active && entry->stands;
		calls |= is_jacks(clock, entry);
	}
	if (hangs && !clock->hangs) {
		log_notice("JACK stands still: guests go on without it");
	} else if (clock->hangs && !hangs && calls) {
		log_notice("JACK goes on, and guests with it");
	}
	clock->hangs = hangs;
	take_turns(clock);
}

/* --- cycles */

static void run_stream(struct nullclock *clock, struct stream *stream)
{
	float *out[PCM_CHANNELS_MAX];
	const float *in[PCM_CHANNELS_MAX];
	uint32_t n;

	for (unsigned c = 0; c < PCM_CHANNELS_MAX; c++) {
		out[c] = clock->dropped;
		in[c] = clock->silence;
	}
	for (uint32_t left = clock->period_frames; left; left -= n) {
		n = left < CHUNK_FRAMES ? left : CHUNK_FRAMES;
		if (stream->dir == PCM_PLAYBACK) {
			stream_playback(stream, out, n);
		} else {
			stream_capture(stream, in, n);
		}
	}
}

static void run_cycle(struct nullclock *clock)
{
	for (struct nullclock_side *entry = clock->sides; entry; entry = entry->next) {
		if (!is_ours(clock, entry)) {
			continue;
		}
		for (unsigned i = 0; i < entry->side->slot_count; i++) {
			struct stream *stream = clock->owner->stream(entry, entry->side->slots[i]);

			if (stream) {
				run_stream(clock, stream);
			}
		}
	}
}

/* Sets the next cycle's time, a period after the last one's to the part of a nanosecond. */
static void schedule_next(struct nullclock *clock)
{
	int64_t parts = clock->period_frames * NS + clock->next_rest;

	clock->next_ns += parts / clock->rate_hz;
	clock->next_rest = (uint32_t)(parts % clock->rate_hz);
}

static void run_due(struct nullclock *clock, int64_t now_ns)
{
	if (!clock->pacing) {
		clock->next_ns = now_ns;
		clock->next_rest = 0;
		schedule_next(clock);
	} else if (now_ns - clock->next_ns > patience_ns(clock)) {
		/* No guest's buffer has room for all that: time was lost, for everyone. */
		clock->next_ns = now_ns;
	}
	while (clock->next_ns <= now_ns) {
		run_cycle(clock);
		schedule_next(clock);
	}
}

/* Whether there are started streams, and whether some of them are ours to run. */
static bool any_started(const struct nullclock *clock, bool *ours)
{
	bool started = false;

	*ours = false;
	for (const struct nullclock_side *entry = clock->sides; entry; entry = entry->next) {
		for (unsigned i = 0; i < entry->side->slot_count; i++) {
			struct slot *slot = entry->side->slots[i];

			if (clock->owner->stream(entry, slot)) {
				started = true;
				*ours |= is_ours(clock, entry);
			} else {
				started |= card_running(slot) != NULL;
			}
		}
	}
	return started;
}

static void wake_in(struct nullclock *clock, int64_t ns)
{
	ev_timer_stop(clock->loop, &clock->timer);
	ev_timer_set(&clock->timer, ns > 0 ? (double)ns / (double)NS : 0.0, 0.0);
	ev_timer_start(clock->loop, &clock->timer);
}

static void on_tick(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct nullclock *clock = timer->data;
	int64_t now_ns = nullclock_now_ns();
	bool ours;

	(void)loop;
	(void)revents;
	look(clock, now_ns);
	if (!any_started(clock, &ours)) {
		clock->pacing = false;
		return;
	}
	if (ours) {
		run_due(clock, now_ns);
	}
	clock->pacing = ours;
	wake_in(clock, ours ? clock->next_ns - now_ns : patience_ns(clock) / LOOKS);
}

/* --- what the owner says */

void nullclock_wake(struct nullclock *clock)
{
	if (!ev_is_active(&clock->timer)) {
		trust_all(clock, nullclock_now_ns());
		wake_in(clock, 0);
	}
}

static void change(struct nullclock *clock)
{
	take_turns(clock);
	nullclock_wake(clock);
}

static void set(struct nullclock *clock, uint32_t rate_hz, uint32_t period_frames)
{
	clock->rate_hz = rate_hz ? rate_hz : 1;
	clock->period_frames = period_frames ? period_frames : 1;
	clock->pacing = false;
	trust_all(clock, nullclock_now_ns());
}

void nullclock_set(struct nullclock *clock, uint32_t rate_hz, uint32_t period_frames)
{
	clock->lost = false;
	set(clock, rate_hz, period_frames);
}

void nullclock_lost(struct nullclock *clock)
{
	clock->lost = true;
	for (struct nullclock_side *entry = clock->sides; entry; entry = entry->next) {
		entry->active = false;
		entry->stands = true;
	}
	change(clock);
}

void nullclock_add(struct nullclock *clock, struct nullclock_side *entry, const struct side *side,
		   void *arg)
{
	entry->arg = arg;
	entry->side = side;
	/* A server that is there, or not known yet, is going to run it soon. */
	entry->stands = clock->lost;
	entry->next = clock->sides;
	clock->sides = entry;
	trust(entry, nullclock_now_ns());
}

void nullclock_remove(struct nullclock *clock, struct nullclock_side *entry)
{
	struct nullclock_side **link = &clock->sides;

	while (*link && *link != entry) {
		link = &(*link)->next;
	}
	if (*link) {
		*link = entry->next;
	}
}

void nullclock_activate(struct nullclock *clock, struct nullclock_side *entry)
{
	entry->active = true;
	entry->stands = false;
	trust(entry, nullclock_now_ns());
	change(clock);
}

void nullclock_freewheel(struct nullclock *clock, bool on)
{
	if (on != clock->freewheel) {
		log_info(on ? "JACK freewheels: guests go on in real time"
			    : "JACK is back in real time");
		clock->freewheel = on;
		trust_all(clock, nullclock_now_ns());
		change(clock);
	}
}

struct nullclock *nullclock_create(struct ev_loop *loop, const struct nullclock_owner *owner,
				   uint32_t rate_hz, uint32_t period_frames)
{
	struct nullclock *clock = calloc(1, sizeof(*clock));

	if (!clock) {
		return NULL;
	}
	clock->loop = loop;
	clock->owner = owner;
	set(clock, rate_hz, period_frames);
	ev_timer_init(&clock->timer, on_tick, 0.0, 0.0);
	clock->timer.data = clock;
	return clock;
}

void nullclock_destroy(struct nullclock *clock)
{
	if (!clock) {
		return;
	}
	ev_timer_stop(clock->loop, &clock->timer);
	free(clock);
}
