/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The null clock by a clock of the test's: real time, whose turn it is, and hand-overs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "src/log.h"
#include "src/nullclock.h"
#include "tests/unit/frontend.h"

#define RATE 48000u
#define PERIOD 256u
#define RING 1024u
#define MS INT64_C(1000000)

/* --- time: libev's and the null clock's */

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

static void on_turn(struct nullclock_side *whose, bool jack)
{
	assert_ptr_equal(whose, &entry);
	assert_ptr_equal(whose->arg, &rig);
	turns++;
	turn = jack ? JACK : NULLCLOCK;
	if (jack) {
		card_publish(&card->slots[0], rig.stream);
	} else {
		assert_true(card_quiet(side, card_retire(side, &card->slots[0])));
	}
}

static struct stream *on_stream(const struct nullclock_side *whose, const struct slot *slot)
{
	assert_ptr_equal(whose, &entry);
	assert_ptr_equal(slot, &card->slots[0]);
	return turn != JACK && rig.stream->io.state == STREAM_RUNNING ? rig.stream : NULL;
}

static const struct nullclock_owner owner = { on_turn, on_stream };

static void set_up(enum pcm_dir dir, uint32_t ring)
{
	log_set_level(LOG_ERROR);
	time_ns = 1000 * MS;
	loop = ev_loop_new(EVFLAG_NOENV);
	nc = nullclock_create(loop, &owner, RATE, PERIOD);
	card = card_create(1);
	card->slots[0].dir = dir;
	card->slots[0].channels = 2;
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
	transport_start(rig.stream);
	nullclock_wake(nc);
}

/* JACK's half: a cycle, in which a stream that it has runs. */
static void jack_cycle(void)
{
	static float buffer[2][PERIOD];
	float *const out[] = { buffer[0], buffer[1] };
	struct stream *stream;

	card_enter(side);
	stream = card_running(&card->slots[0]);
	assert_true((stream != NULL) == (turn == JACK));
	if (stream) {
		stream_playback(stream, out, PERIOD);
	}
	card_leave(side);
}

/* Time goes on, in steps as long as the machine likes; JACK has a cycle every so often, 0: none. */
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
 * An hour of short cycles, none of them a whole number of nanoseconds, by a loop that
 * is late now and then: no drift, and never ahead.
 */
static void test_real_time(void **state)
{
	uint64_t position, due;
	int64_t begin_ns;

	(void)state;
	nullclock_destroy(nc);
	nc = nullclock_create(loop, &owner, RATE, 16);
	nullclock_add(nc, &entry, side, &rig);
	start();
	pass(100 * MS, MS, 0);
	begin_ns = time_ns - (int64_t)rig.stream->rt.position * 1000 * MS / RATE;
	for (unsigned i = 0; i < 3600; i++) {
		pass(1000 * MS, (1 + i % 30) * MS + 1, 0);
		position = rig.stream->rt.position;
		due = frames_in(time_ns - begin_ns);
		assert_true(position <= due + 16);
		assert_true(position + 16 + frames_in(30 * MS) + 1 >= due);
	}
	assert_int_equal(turns, 0);
	/* A stop ends it, and nothing is left that wakes the loop. */
	transport_stop(rig.stream);
	position = rig.stream->rt.position;
	pass(1000 * MS, 10 * MS, 0);
	assert_int_equal(rig.stream->rt.position, position);
	assert_int_equal(ev_pending_count(loop), 0);
	assert_int_equal(ev_run(loop, 0), 0);
}

/* Who stood still for a second does not make up for it in a moment. */
static void test_no_burst(void **state)
{
	uint64_t before;

	(void)state;
	nullclock_add(nc, &entry, side, &rig);
	start();
	pass(100 * MS, MS, 0);
	before = rig.stream->rt.position;
	pass(1000 * MS, 1000 * MS, 0);
	assert_true(rig.stream->rt.position <= before + PERIOD);
	before = rig.stream->rt.position;
	pass(1000 * MS, MS, 0);
	assert_in_range(rig.stream->rt.position - before, RATE - PERIOD, RATE + PERIOD);
}

/* A server that may be there gets its time to run a new card; then the guest goes on without it. */
static void test_new_card(void **state)
{
	uint64_t before;

	(void)state;
	nullclock_add(nc, &entry, side, &rig);
	start();
	pass(40 * MS, MS, 0);
	assert_int_equal(rig.stream->rt.position, 0);
	pass(40 * MS, MS, 0);
	assert_true(rig.stream->rt.position > 0);
	nullclock_activate(nc, &entry);
	assert_int_equal(turn, JACK);
	/* One that is known to be away does not. */
	nullclock_lost(nc);
	nullclock_remove(nc, &entry);
	entry = (struct nullclock_side){ 0 };
	nullclock_add(nc, &entry, side, &rig);
	before = rig.stream->rt.position;
	pass(40 * MS, MS, 0);
	assert_true(rig.stream->rt.position > before);
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

/* No cycle for 50 ms: the null clock's turn, until there is one again. The position goes on. */
static void test_hang(void **state)
{
	uint64_t before;

	(void)state;
	begin_with_jack();
	before = rig.stream->rt.position;
	pass(49 * MS, MS, 0);
	assert_int_equal(turn, JACK);
	assert_int_equal(rig.stream->rt.position, before);
	pass(2051 * MS, MS, 0);
	assert_int_equal(turn, NULLCLOCK);
	assert_in_range(rig.stream->rt.position - before, frames_in(2020 * MS),
			frames_in(2050 * MS));
	before = rig.stream->rt.position;
	pass(20 * MS, MS, 5333333);
	assert_int_equal(turn, JACK);
	assert_int_equal(turns, 3);
	assert_in_range(rig.stream->rt.position - before, PERIOD, 4 * PERIOD);
}

/* A long ring waits longer: half of it costs no frame. */
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

/* JACK and we were held up together: that is no hang, however long it was. */
static void test_stall_of_ours(void **state)
{
	(void)state;
	begin_with_jack();
	for (unsigned i = 0; i < 20; i++) {
		/* So that its last cycle was seen before. */
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
	before = rig.stream->rt.position;
	nullclock_freewheel(nc, true);
	assert_int_equal(turn, NULLCLOCK);
	/* Cycles come fifty times as often, and find nothing. */
	pass(1000 * MS, MS, 100000);
	assert_in_range(rig.stream->rt.position - before, RATE - 2 * PERIOD, RATE + PERIOD);
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
	before = rig.stream->rt.position;
	pass(1000 * MS, MS, 0);
	assert_in_range(rig.stream->rt.position - before, RATE - 2 * PERIOD, RATE + PERIOD);
	/* Another server, with cycles that are longer than the ring. */
	nullclock_set(nc, RATE, 4 * RING);
	before = rig.stream->rt.position;
	pass(1000 * MS, MS, 0);
	assert_int_equal((rig.stream->rt.position - before) % (RING - 1), 0);
	assert_true(rig.stream->rt.position > before);
	nullclock_activate(nc, &entry);
	assert_int_equal(turn, JACK);
}

/* Recording, silence comes in; the lead as from JACK. */
static void test_capture(void **state)
{
	(void)state;
	set_up(PCM_CAPTURE, RING);
	nullclock_add(nc, &entry, side, &rig);
	memset(rig.ring, 0x55, RING * 4);
	start();
	pass(1000 * MS, MS, 0);
	assert_in_range(rig.stream->rt.position, RATE - frames_in(100 * MS), RATE);
	assert_int_equal(rig.stream->rt.position % PERIOD, 1);
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
		NULLCLOCK_TEST(test_hang),
		NULLCLOCK_TEST(test_stall_of_ours),
		NULLCLOCK_TEST(test_freewheel),
		NULLCLOCK_TEST(test_lost),
		cmocka_unit_test_teardown(test_long_ring_waits, tear_down),
		cmocka_unit_test_teardown(test_capture, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
