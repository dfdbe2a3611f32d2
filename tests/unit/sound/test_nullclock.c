/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The null clock on a clock of the test's: real time, taking over from JACK, and giving back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "src/base/log.h"
#include "src/sound/nullclock.h"
#include "tests/unit/sound/frontend.h"

#define RATE 48000u
#define PERIOD 256u
#define RING 1024u
#define MS INT64_C(1000000)

/* --- time, for libev and the null clock */

static int64_t time_ns;

int clock_gettime(clockid_t id, struct timespec *now)
{
	(void)id;
	now->tv_sec = time_ns / (1000 * MS);
	now->tv_nsec = time_ns % (1000 * MS);
	return 0;
}

/* --- a card with one stream, whose owner publishes and retires it */

static struct ev_loop *loop;
static struct nullclock *nc;
static struct nullclock_side entry;
static struct card *card;
static struct side *side;
static struct rig rig;
static enum { NOBODY, JACK, NULLCLOCK } turn;
static unsigned turns;

/* Another guest's card, which JACK does not run: its stream keeps the null clock's timer going. */
static struct nullclock_side neighbour;
static struct rig neighbours;

static void on_turn(struct nullclock_side *whose, bool jack)
{
	assert_ptr_equal(whose, &entry);
	assert_ptr_equal(whose->arg, &rig);
	turns++;
	turn = jack ? JACK : NULLCLOCK;
	if (jack) {
		card_publish(&card->streams[0], rig.runtime);
	} else {
		assert_true(card_quiet(side, card_retire(side, &card->streams[0])));
	}
}

static struct stream_rt *on_stream(const struct nullclock_side *whose, const struct stream *stream)
{
	if (whose == &neighbour) {
		return neighbours.runtime;
	}
	assert_ptr_equal(whose, &entry);
	assert_ptr_equal(stream, &card->streams[0]);
	return turn != JACK && rig.runtime->io.state == STREAM_RT_RUNNING ? rig.runtime : NULL;
}

static const struct nullclock_owner owner = { on_turn, on_stream };

static void set_up(enum pcm_dir dir, uint32_t ring)
{
	log_set_level(LOG_ERROR);
	time_ns = 1000 * MS;
	loop = ev_loop_new(EVFLAG_NOENV);
	nc = nullclock_create(loop, &owner, RATE, PERIOD);
	card = card_create(1);
	card->streams[0].dir = dir;
	card->streams[0].channels = 2;
	card_arrange(card);
	side = &card->sides[dir];
	rig_open(&rig, dir, 2, ring, PERIOD);
	turn = NOBODY;
	turns = 0;
	entry = (struct nullclock_side){ 0 };
}

static int set_up_playback(void **state)
{
	(void)state;
	set_up(PCM_PLAYBACK, RING);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	frontend_interrupt(&rig.fe);
	assert_int_equal(rig.fe.dropped, 0);
	nullclock_remove(nc, &entry);
	nullclock_destroy(nc);
	ev_loop_destroy(loop);
	rig_close(&rig);
	card_destroy(card);
	return 0;
}

static void start(void)
{
	stream_trigger_start(rig.runtime);
	nullclock_wake(nc);
}

/* JACK's part: a cycle, which runs the stream if it is published. */
static void jack_cycle(void)
{
	static float buffer[2][PERIOD];
	float *const out[] = { buffer[0], buffer[1] };
	struct stream_rt *runtime;

	card_enter(side);
	runtime = card_running(&card->streams[0]);
	assert_true((runtime != NULL) == (turn == JACK));
	if (runtime) {
		stream_rt_playback(runtime, out, PERIOD);
	}
	card_leave(side);
}

/* Advances time by `ns` in steps; JACK has a cycle every cycle_ns, none if that is 0. */
static void pass(int64_t ns, int64_t step_ns, int64_t cycle_ns)
{
	int64_t end_ns = time_ns + ns, next_ns = time_ns + cycle_ns;

	while (time_ns < end_ns) {
		time_ns += step_ns;
		for (; cycle_ns && next_ns <= time_ns; next_ns += cycle_ns) {
			jack_cycle();
		}
		ev_run(loop, EVRUN_NOWAIT);
		frontend_interrupt(&rig.fe);
	}
}

static uint64_t frames_in(int64_t ns)
{
	return (uint64_t)(ns / 1000) * RATE / 1000000;
}

/*
 * An hour of short cycles, none of them a whole number of nanoseconds, on a loop that is late now
 * and then: the null clock neither drifts nor runs ahead.
 */
static void test_real_time(void **state)
{
	uint64_t hw_frames, due;
	int64_t begin_ns;

	(void)state;
	nullclock_destroy(nc);
	nc = nullclock_create(loop, &owner, RATE, 16);
	nullclock_add(nc, &entry, side, &rig);
	start();
	pass(100 * MS, MS, 0);
	begin_ns = time_ns - (int64_t)rig.runtime->rt.hw_frames * 1000 * MS / RATE;
	for (unsigned i = 0; i < 3600; i++) {
		pass(1000 * MS, (1 + i % 30) * MS + 1, 0);
		hw_frames = rig.runtime->rt.hw_frames;
		due = frames_in(time_ns - begin_ns);
		assert_true(hw_frames <= due + 16);
		assert_true(hw_frames + 16 + frames_in(30 * MS) + 1 >= due);
	}
	assert_int_equal(turns, 0);
	/* After a stop, nothing wakes the loop. */
	stream_trigger_stop(rig.runtime);
	hw_frames = rig.runtime->rt.hw_frames;
	pass(1000 * MS, 10 * MS, 0);
	assert_int_equal(rig.runtime->rt.hw_frames, hw_frames);
	assert_int_equal(ev_pending_count(loop), 0);
	assert_int_equal(ev_run(loop, 0), 0);
}

/* After a stall of a second, the null clock does not catch up in a burst. */
static void test_no_burst(void **state)
{
	uint64_t before;

	(void)state;
	nullclock_add(nc, &entry, side, &rig);
	start();
	pass(100 * MS, MS, 0);
	before = rig.runtime->rt.hw_frames;
	pass(1000 * MS, 1000 * MS, 0);
	assert_true(rig.runtime->rt.hw_frames <= before + PERIOD);
	before = rig.runtime->rt.hw_frames;
	pass(1000 * MS, MS, 0);
	assert_in_range(rig.runtime->rt.hw_frames - before, RATE - PERIOD, RATE + PERIOD);
}

/* A server gets some time to start a new card; then the guest goes on without it. */
static void test_new_card(void **state)
{
	uint64_t before;

	(void)state;
	nullclock_add(nc, &entry, side, &rig);
	start();
	pass(40 * MS, MS, 0);
	assert_int_equal(rig.runtime->rt.hw_frames, 0);
	pass(40 * MS, MS, 0);
	assert_true(rig.runtime->rt.hw_frames > 0);
	nullclock_activate(nc, &entry);
	assert_int_equal(turn, JACK);
	/* A server that is known to be gone gets none. */
	nullclock_lost(nc);
	nullclock_remove(nc, &entry);
	entry = (struct nullclock_side){ 0 };
	nullclock_add(nc, &entry, side, &rig);
	before = rig.runtime->rt.hw_frames;
	pass(40 * MS, MS, 0);
	assert_true(rig.runtime->rt.hw_frames > before);
}

/* However long JACK needs for a card, only the time in which a stream is started counts. */
static void test_new_card_beside_another(void **state)
{
	(void)state;
	rig_open(&neighbours, PCM_PLAYBACK, 2, RING, PERIOD);
	nullclock_add(nc, &neighbour, side, NULL);
	stream_trigger_start(neighbours.runtime);
	nullclock_wake(nc);
	nullclock_add(nc, &entry, side, &rig);
	pass(1000 * MS, MS, 0);
	frontend_interrupt(&neighbours.fe);
	assert_true(neighbours.runtime->rt.hw_frames > 0);
	start();
	pass(40 * MS, MS, 0);
	assert_int_equal(rig.runtime->rt.hw_frames, 0);
	pass(40 * MS, MS, 0);
	assert_true(rig.runtime->rt.hw_frames > 0);
	nullclock_remove(nc, &neighbour);
	frontend_interrupt(&neighbours.fe);
	rig_close(&neighbours);
}

static void begin_with_jack(void)
{
	nullclock_set(nc, RATE, PERIOD);
	nullclock_add(nc, &entry, side, &rig);
	nullclock_activate(nc, &entry);
	assert_int_equal(turn, JACK);
	start();
	pass(1000 * MS, MS, 5333333);
	assert_int_equal(turns, 1);
}

/* No cycle for 50 ms: the null clock takes over until the next one. The position goes on. */
static void test_hang(void **state)
{
	uint64_t before;

	(void)state;
	begin_with_jack();
	before = rig.runtime->rt.hw_frames;
	pass(49 * MS, MS, 0);
	assert_int_equal(turn, JACK);
	assert_int_equal(rig.runtime->rt.hw_frames, before);
	pass(2051 * MS, MS, 0);
	assert_int_equal(turn, NULLCLOCK);
	assert_in_range(rig.runtime->rt.hw_frames - before, frames_in(2020 * MS),
			frames_in(2050 * MS));
	before = rig.runtime->rt.hw_frames;
	pass(20 * MS, MS, 5333333);
	assert_int_equal(turn, JACK);
	assert_int_equal(turns, 3);
	assert_in_range(rig.runtime->rt.hw_frames - before, PERIOD, 4 * PERIOD);
}

/* A long ring waits longer: half of it may pass without losing a frame. */
static void test_long_ring_waits(void **state)
{
	(void)state;
	set_up(PCM_PLAYBACK, RATE / 2);
	begin_with_jack();
	pass(240 * MS, MS, 0);
	assert_int_equal(turn, JACK);
	pass(40 * MS, MS, 0);
	assert_int_equal(turn, NULLCLOCK);
}

/* JACK and we were held up together: that is not a hang, however long it was. */
static void test_stall_of_ours(void **state)
{
	(void)state;
	begin_with_jack();
	for (unsigned i = 0; i < 20; i++) {
		/* So that the null clock has seen its last cycle. */
		pass(20 * MS, MS, 0);
		pass(3000 * MS, 3000 * MS, 0);
		pass(15 * MS, MS, 0);
		assert_int_equal(turn, JACK);
		pass(30 * MS, MS, 5333333);
	}
	assert_int_equal(turns, 1);
}

static void test_freewheel(void **state)
{
	uint64_t before;

	(void)state;
	begin_with_jack();
	before = rig.runtime->rt.hw_frames;
	nullclock_freewheel(nc, true);
	assert_int_equal(turn, NULLCLOCK);
	/* Cycles come fifty times as often, without a published stream. */
	pass(1000 * MS, MS, 100000);
	assert_in_range(rig.runtime->rt.hw_frames - before, RATE - 2 * PERIOD, RATE + PERIOD);
	nullclock_freewheel(nc, false);
	assert_int_equal(turn, JACK);
	assert_int_equal(turns, 3);
}

static void test_lost(void **state)
{
	uint64_t before;

	(void)state;
	begin_with_jack();
	nullclock_freewheel(nc, true);
	nullclock_lost(nc);
	nullclock_freewheel(nc, false);
	assert_int_equal(turn, NULLCLOCK);
	before = rig.runtime->rt.hw_frames;
	pass(1000 * MS, MS, 0);
	assert_in_range(rig.runtime->rt.hw_frames - before, RATE - 2 * PERIOD, RATE + PERIOD);
	/* A new server, with cycles longer than the ring. */
	nullclock_set(nc, RATE, 4 * RING);
	before = rig.runtime->rt.hw_frames;
	pass(1000 * MS, MS, 0);
	assert_int_equal((rig.runtime->rt.hw_frames - before) % (RING - 1), 0);
	assert_true(rig.runtime->rt.hw_frames > before);
	nullclock_activate(nc, &entry);
	assert_int_equal(turn, JACK);
}

/* A capture stream records silence, with the lead as from JACK. */
static void test_capture(void **state)
{
	(void)state;
	set_up(PCM_CAPTURE, RING);
	nullclock_add(nc, &entry, side, &rig);
	memset(rig.ring, 0x55, RING * 4);
	start();
	pass(1000 * MS, MS, 0);
	assert_in_range(rig.runtime->rt.hw_frames, RATE - frames_in(100 * MS), RATE);
	assert_int_equal(rig.runtime->rt.hw_frames % PERIOD, 1);
	for (unsigned i = 0; i < 2 * RING; i++) {
		assert_int_equal(rig.ring[i], 0);
	}
}

#define NULLCLOCK_TEST(test) cmocka_unit_test_setup_teardown(test, set_up_playback, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		NULLCLOCK_TEST(test_real_time),
		NULLCLOCK_TEST(test_no_burst),
		NULLCLOCK_TEST(test_new_card),
		NULLCLOCK_TEST(test_new_card_beside_another),
		NULLCLOCK_TEST(test_hang),
		NULLCLOCK_TEST(test_stall_of_ours),
		NULLCLOCK_TEST(test_freewheel),
		NULLCLOCK_TEST(test_lost),
		cmocka_unit_test_teardown(test_long_ring_waits, tear_down),
		cmocka_unit_test_teardown(test_capture, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
