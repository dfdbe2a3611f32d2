/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/sound/nullclock.h"

#include <stdlib.h>

#include "src/base/clock.h"
#include "src/base/log.h"

/*
 * A side hangs after PATIENCE_PERIODS and PATIENCE_MIN_NS without a call: xruns are shorter. If the
 * guests' rings are longer, wait for half of the shortest one, so that a machine that is only busy
 * loses no frames: ALSA times out after more than a whole ring. But wait no longer than what a user
 * would call a hang.
 */
#define PATIENCE_PERIODS 4
#define PATIENCE_MIN_NS (CLOCK_NS_PER_S / 20)
#define PATIENCE_MAX_NS CLOCK_NS_PER_S
/* Checks of each side within that time. */
#define LOOKS 4

/* Frames that a stream moves at a time, at most: jackd's longest cycle. */
#define CHUNK_FRAMES 8192u

struct nullclock {
	struct ev_loop *loop;
	const struct nullclock_owner *owner;
	struct nullclock_side *sides;
	ev_timer timer; /* runs while a stream is started */
	uint32_t rate_hz, period_frames;
	bool lost; /* the server is lost, and no other has appeared */
	bool freewheel;
	bool hangs; /* the hang has been logged */
	int64_t looked_ns;

	/* the schedule: absolute, so that it does not drift */
	bool pacing;
	int64_t next_ns;    /* of the next cycle */
	uint32_t next_rest; /* its remainder, in 1 / rate_hz of a ns */

	float dropped[CHUNK_FRAMES]; /* of every channel */
	float silence[CHUNK_FRAMES];
};

static int64_t period_ns(const struct nullclock *clock)
{
	return clock->period_frames * CLOCK_NS_PER_S / clock->rate_hz;
}

static int64_t max_ns(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t patience_ns(const struct nullclock *clock)
{
	return max_ns(PATIENCE_PERIODS * period_ns(clock), PATIENCE_MIN_NS);
}

/* The same for one side, depending on its started streams; -1: its timeout has not begun. */
static int64_t side_patience_ns(const struct nullclock *clock, const struct nullclock_side *entry)
{
	/*
	 * No upper limit for a card that JACK does not run yet: it may come from the last daemon,
	 * and its sound is about to return.
	 */
	int64_t ns = entry->active ? PATIENCE_MAX_NS : INT64_MAX;
	bool started = false;

	for (unsigned i = 0; i < entry->side->stream_count; i++) {
		const struct stream_rt *runtime = card_running(entry->side->streams[i]);

		runtime = runtime ? runtime : clock->owner->runtime(entry, entry->side->streams[i]);
		if (runtime) {
			uint32_t rate_hz = runtime->resamp ? runtime->resamp->guest_hz
							   : clock->rate_hz;
			int64_t half_ns = runtime->ring_frames * CLOCK_NS_PER_S / rate_hz / 2;

			ns = half_ns < ns ? half_ns : ns;
			started = true;
		}
	}
	if (!started) {
		/* A card that JACK does not run yet has nothing to run. */
		return entry->active ? patience_ns(clock) : -1;
	}
	return max_ns(ns, patience_ns(clock));
}

/* --- whose turn it is */

static bool is_jacks(const struct nullclock *clock, const struct nullclock_side *entry)
{
	return entry->active && !entry->stands && !clock->freewheel;
}

/* A card that JACK is about to run is neither JACK's nor ours. */
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
	return atomic_load_explicit(&side->cycles, memory_order_relaxed);
}

/* Restarts a side's timeout. */
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

/* Time in which we did not check does not count: what held us up may have held JACK up too. */
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
	int64_t limit_ns;

	if (!entry->side->stream_count) {
		/* Nothing to run, and no JACK client. */
		return;
	}
	if (entry->active && entry->cycles != cycles_of(entry->side)) {
		trust(entry, now_ns);
		entry->stands = false;
		return;
	}
	limit_ns = side_patience_ns(clock, entry);
	if (limit_ns < 0) {
		trust(entry, now_ns);
	} else if (now_ns - entry->moved_ns > limit_ns) {
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
		log_notice("JACK hangs: guests run on the null clock");
	} else if (clock->hangs && !hangs && calls) {
		log_notice("JACK runs again: guests are back on its clock");
	}
	clock->hangs = hangs;
	take_turns(clock);
}

/* --- cycles */

static void run_stream(struct nullclock *clock, struct stream_rt *runtime)
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
		if (runtime->dir == PCM_PLAYBACK) {
			stream_rt_playback(runtime, out, n);
		} else {
			stream_rt_capture(runtime, in, n);
		}
	}
}

static void run_cycle(struct nullclock *clock)
{
	for (struct nullclock_side *entry = clock->sides; entry; entry = entry->next) {
		if (!is_ours(clock, entry)) {
			continue;
		}
		for (unsigned i = 0; i < entry->side->stream_count; i++) {
			struct stream_rt *runtime = clock->owner->runtime(entry,
									  entry->side->streams[i]);

			if (runtime) {
				run_stream(clock, runtime);
			}
		}
	}
}

/* Sets the next cycle's time: one period after the last, with the fraction of a nanosecond. */
static void schedule_next(struct nullclock *clock)
{
	int64_t parts = clock->period_frames * CLOCK_NS_PER_S + clock->next_rest;

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
		/* No guest's buffer has room for that much: skip the lost time for everyone. */
		clock->next_ns = now_ns;
	}
	while (clock->next_ns <= now_ns) {
		run_cycle(clock);
		schedule_next(clock);
	}
}

/* Whether any stream is started, and whether any of those is ours to run. */
static bool any_started(const struct nullclock *clock, bool *ours)
{
	bool started = false;

	*ours = false;
	for (const struct nullclock_side *entry = clock->sides; entry; entry = entry->next) {
		for (unsigned i = 0; i < entry->side->stream_count; i++) {
			struct stream *stream = entry->side->streams[i];

			if (clock->owner->runtime(entry, stream)) {
				started = true;
				*ours |= is_ours(clock, entry);
			} else {
				started |= card_running(stream) != NULL;
			}
		}
	}
	return started;
}

static void wake_in(struct nullclock *clock, int64_t ns)
{
	ev_timer_stop(clock->loop, &clock->timer);
	ev_timer_set(&clock->timer, ns > 0 ? (double)ns / (double)CLOCK_NS_PER_S : 0.0, 0.0);
	ev_timer_start(clock->loop, &clock->timer);
}

static void on_tick(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct nullclock *clock = timer->data;
	int64_t now_ns = clock_now_ns();
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

/* --- calls from the owner */

void nullclock_wake(struct nullclock *clock)
{
	if (!ev_is_active(&clock->timer)) {
		trust_all(clock, clock_now_ns());
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
	trust_all(clock, clock_now_ns());
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
	/* A server that is there, or not known yet, will run it soon. */
	entry->stands = clock->lost;
	entry->next = clock->sides;
	clock->sides = entry;
	trust(entry, clock_now_ns());
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
	trust(entry, clock_now_ns());
	change(clock);
}

void nullclock_freewheel(struct nullclock *clock, bool on)
{
	if (on != clock->freewheel) {
		log_info(on ? "JACK is freewheeling: guests continue in real time"
			    : "JACK is back in real time");
		clock->freewheel = on;
		trust_all(clock, clock_now_ns());
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
