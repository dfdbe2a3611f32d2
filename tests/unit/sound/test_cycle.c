/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process callback without JACK; publishing streams to it and retiring them. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "jack/cycle.h"
#include "tests/unit/sound/frontend.h"

#define FRAMES 64u
#define PORTS 3u

static float buffers[PORTS][FRAMES];

/* In place of libjack's: a port is its own buffer. */
void *jack_port_get_buffer(void *port, jack_nframes_t frames);

void *jack_port_get_buffer(void *port, jack_nframes_t frames)
{
	assert_int_equal(frames, FRAMES);
	return port;
}

static struct card *make_card(enum pcm_dir dir)
{
	struct card *card = card_create(1);

	card->streams[0].dir = dir;
	card->streams[0].channels = PORTS;
	for (unsigned c = 0; c < PORTS; c++) {
		card->streams[0].ports[c] = buffers[c];
	}
	card_arrange(card);
	return card;
}

/* A client with one side. */
static struct cycle *make_cycle(struct cycle *cycle, struct side *side)
{
	memset(cycle, 0, sizeof(*cycle));
	cycle_add(cycle, side);
	return cycle;
}

static void fill_buffers(float value)
{
	for (unsigned i = 0; i < PORTS * FRAMES; i++) {
		buffers[i / FRAMES][i % FRAMES] = value;
	}
}

static void test_playback(void **state)
{
	struct card *card = make_card(PCM_PLAYBACK);
	struct side *side = &card->sides[PCM_PLAYBACK];
	struct cycle cycle;
	struct rig rig;

	(void)state;
	make_cycle(&cycle, side);
	rig_open(&rig, PCM_PLAYBACK, 2, 256, 64);
	rig_write(&rig, 0, 256, 1);
	stream_trigger_start(rig.runtime);
	fill_buffers(1.0f);
	assert_int_equal(cycle_playback(FRAMES, &cycle), 0);
	for (unsigned i = 0; i < FRAMES; i++) {
		assert_true(buffers[0][i] == 0.0f && buffers[2][i] == 0.0f);
	}
	card_publish(&card->streams[0], rig.runtime);
	fill_buffers(1.0f);
	assert_int_equal(cycle_playback(FRAMES, &cycle), 0);
	for (unsigned i = 0; i < FRAMES; i++) {
		assert_true(buffers[0][i] == (float)(i + 1) / 32768.0f);
		assert_true(buffers[1][i] == buffers[0][i]);
		assert_true(buffers[2][i] == 0.0f);
	}
	assert_true(card_quiet(side, card_retire(side, &card->streams[0])));
	assert_int_equal(side->cycles, 4);
	rig_close(&rig);
	card_destroy(card);
}

/* Freewheel cycles begin before io has retired the streams: they must not touch them. */
static void test_closed(void **state)
{
	struct card *card = make_card(PCM_PLAYBACK);
	struct side *side = &card->sides[PCM_PLAYBACK];
	struct cycle cycle;
	struct rig rig;

	(void)state;
	make_cycle(&cycle, side);
	rig_open(&rig, PCM_PLAYBACK, 2, 256, 64);
	rig_write(&rig, 0, 256, 1);
	stream_trigger_start(rig.runtime);
	card_publish(&card->streams[0], rig.runtime);
	cycle_close(&cycle, true);
	fill_buffers(1.0f);
	assert_int_equal(cycle_playback(FRAMES, &cycle), 0);
	assert_true(buffers[0][0] == 0.0f && buffers[2][FRAMES - 1] == 0.0f);
	assert_int_equal(rig.runtime->rt.hw_frames, 0);
	cycle_close(&cycle, false);
	assert_int_equal(cycle_playback(FRAMES, &cycle), 0);
	assert_true(buffers[0][0] == 1.0f / 32768.0f);
	card_retire(side, &card->streams[0]);
	rig_close(&rig);
	card_destroy(card);
}

static void test_capture(void **state)
{
	struct card *card = make_card(PCM_CAPTURE);
	struct cycle cycle;
	struct rig rig;

	(void)state;
	make_cycle(&cycle, &card->sides[PCM_CAPTURE]);
	rig_open(&rig, PCM_CAPTURE, 2, 256, 64);
	stream_trigger_start(rig.runtime);
	card_publish(&card->streams[0], rig.runtime);
	fill_buffers(0.5f);
	assert_int_equal(cycle_capture(FRAMES, &cycle), 0);
	assert_int_equal(rig.ring[0], 0); /* the lead */
	assert_int_equal(rig.ring[2], 16384);
	assert_int_equal(rig.ring[2 * FRAMES + 1], 16384);
	assert_int_equal(rig.runtime->rt.hw_frames, FRAMES + 1);
	card_retire(&card->sides[PCM_CAPTURE], &card->streams[0]);
	rig_close(&rig);
	card_destroy(card);
}

/* jack_deactivate may end a callback in the middle: its counters must not stay odd. */
static void test_cut_off(void **state)
{
	struct card *card = make_card(PCM_PLAYBACK);
	struct side *side = &card->sides[PCM_PLAYBACK];
	struct cycle cycle;
	uint32_t token;

	(void)state;
	make_cycle(&cycle, side);
	rt_enter(&cycle.cycles);
	card_enter(side);
	token = card_retire(side, &card->streams[0]);
	assert_false(card_quiet(side, token));
	cycle_cut(&cycle);
	assert_true(card_quiet(side, token));
	cycle_cut(&cycle);
	assert_int_equal(side->cycles, 2);
	assert_int_equal(cycle.cycles, 2);
	card_destroy(card);
}

/* Sides come and go in any order; a cycle runs each present side once. */
static void test_sides(void **state)
{
	struct cycle cycle = { 0 };
	struct card *cards[3];
	struct side *sides[3];

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		cards[i] = make_card(PCM_PLAYBACK);
		sides[i] = &cards[i]->sides[PCM_PLAYBACK];
		cycle_add(&cycle, sides[i]);
	}
	for (unsigned first = 0; first < 3; first++) {
		struct side *in = sides[(first + 1) % 3], *last = sides[(first + 2) % 3];
		uint32_t before[3] = { sides[0]->cycles, sides[1]->cycles, sides[2]->cycles };

		cycle_playback(FRAMES, &cycle);
		cycle_take(&cycle, sides[first]);
		cycle_take(&cycle, sides[first]);
		cycle_playback(FRAMES, &cycle);
		cycle_take(&cycle, in);
		cycle_playback(FRAMES, &cycle);
		cycle_take(&cycle, last);
		cycle_playback(FRAMES, &cycle);
		for (unsigned i = 0; i < 3; i++) {
			assert_int_equal(sides[(first + i) % 3]->cycles - before[(first + i) % 3],
					 2 * (i + 1));
			cycle_add(&cycle, sides[i]);
		}
	}
	for (unsigned i = 0; i < 3; i++) {
		card_destroy(cards[i]);
	}
}

/* --- two threads */

static cpu_set_t processors; /* that this program may use */
static atomic_bool stop;

static int find_processors(void **state)
{
	(void)state;
	return sched_getaffinity(0, sizeof(processors), &processors);
}

/*
 * Pins each of two racing threads to its own processor, if there are two: on a busy machine they
 * would take turns on one.
 */
static void run_on(int place)
{
	cpu_set_t only;

	CPU_ZERO(&only);
	for (int i = 0; i < CPU_SETSIZE; i++) {
		if (CPU_ISSET(i, &processors) && place-- == 0) {
			CPU_SET(i, &only);
			sched_setaffinity(0, sizeof(only), &only);
		}
	}
}

/* Waits for the other thread: spins if it runs in parallel, yields if both share a processor. */
static void pause_for_the_other(void)
{
	if (CPU_COUNT(&processors) < 2) {
		sched_yield();
	}
}

static pthread_t start_other(void *(*run)(void *arg), void *arg)
{
	pthread_t other;

	atomic_store(&stop, false);
	assert_int_equal(pthread_create(&other, NULL, run, arg), 0);
	run_on(0);
	return other;
}

static void stop_other(pthread_t other)
{
	atomic_store(&stop, true);
	pthread_join(other, NULL);
}

/* --- crossing 2 under stress */

#define ROUNDS 20000u
/* Enough streams that were retired with the callback inside. */
#define INSIDE 200u

static void *run_cycles(void *cycle)
{
	run_on(1);
	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		cycle_playback(FRAMES, cycle);
	}
	return NULL;
}

/* io's part at full speed: after quiet, the ring is unmapped, and a late access kills the test. */
static void test_publish_and_retire(void **state)
{
	const struct stream_params params = {
		.format = PCM_S16_LE, .channels = 2, .ring_bytes = 4096, .period_bytes = 1024
	};
	struct card *card = make_card(PCM_PLAYBACK);
	struct side *side = &card->sides[PCM_PLAYBACK];
	struct stream *stream = &card->streams[0];
	unsigned inside = 0, played = 0, waited = 0;
	struct stream_rt here, *runtime = &here;
	struct cycle cycle;
	pthread_t other;
	unsigned round;
	struct rig rig;

	(void)state;
	make_cycle(&cycle, side);
	rig_open(&rig, PCM_PLAYBACK, 2, 1024, 256);
	other = start_other(run_cycles, &cycle);
	for (round = 0; round < ROUNDS && inside < INSIDE; round++) {
		void *sh_ring = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		uint32_t token, published;

		stream_setup_init(runtime, PCM_PLAYBACK, &params, sh_ring, &rig.evt, &rig.strip);
		stream_trigger_open(runtime, 0);
		stream_trigger_start(runtime);
		card_publish(stream, runtime);
		published = side->cycles;
		/* Now and then wait for a cycle to begin and end, which has seen the stream; a
		 * cycle that is running ends first. The counter moves twice in each. */
		waited += round % 4 == 0;
		while (round % 4 == 0 && side->cycles - published < 3) {
			pause_for_the_other();
		}
		token = card_retire(side, stream);
		inside += !card_quiet(side, token);
		while (!card_quiet(side, token)) {
			pause_for_the_other();
		}
		played += runtime->rt.hw_frames != 0;
		munmap(sh_ring, 4096);
		memset(runtime, 0xff, sizeof(*runtime));
	}
	stop_other(other);
	/* Without a callback inside, the stress would have proved nothing. */
	printf("  %u of %u streams were played, %u retired with the callback inside\n", played,
	       round, inside);
	assert_true(inside > 0 && played >= waited);
	rig_close(&rig);
	card_destroy(card);
}

/* --- a whole cycle */

static atomic_bool silenced;

/* Ends a cycle that has passed its streams already, then runs one more. */
static void *end_and_run_another(void *side)
{
	const struct timespec moment = { .tv_nsec = 20000000 };

	card_leave(side);
	card_enter(side);
	nanosleep(&moment, NULL);
	atomic_store(&silenced, true);
	card_leave(side);
	return NULL;
}

/* Ports are silent after a cycle that began after their streams were retired. */
static void test_whole_cycle(void **state)
{
	struct card *card = make_card(PCM_PLAYBACK);
	struct side *side = &card->sides[PCM_PLAYBACK];
	pthread_t other;

	(void)state;
	card_enter(side);
	assert_int_equal(pthread_create(&other, NULL, end_and_run_another, side), 0);
	cycle_run_silent(side);
	assert_true(atomic_load(&silenced));
	pthread_join(other, NULL);
	card_destroy(card);
}

/* --- sides added and removed under a running callback */

/* Makes a side without streams on pages of its own. */
static struct side *map_side(void)
{
	return mmap(NULL, sizeof(struct side), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		    -1, 0);
}

/*
 * jack's part at full speed: a removed side is unmapped, and a late access kills the test. The
 * sides that stay must not miss a cycle.
 */
static void test_sides_come_and_go(void **state)
{
	struct side *stay[2] = { map_side(), map_side() }, *gone[2];
	struct cycle cycle = { 0 };
	unsigned inside = 0, ran = 0, round;
	pthread_t other;

	(void)state;
	cycle_add(&cycle, stay[0]);
	gone[0] = map_side();
	cycle_add(&cycle, gone[0]);
	cycle_add(&cycle, stay[1]);
	other = start_other(run_cycles, &cycle);
	for (round = 0; round < ROUNDS && inside < INSIDE; round++) {
		uint32_t before = cycle.cycles;

		/* One at the head of the list, and one further back. */
		gone[1] = map_side();
		cycle_add(&cycle, gone[1]);
		while (round % 4 == 0 && cycle.cycles - before < 3) {
			pause_for_the_other();
		}
		inside += cycle.cycles & 1;
		cycle_take(&cycle, gone[0]);
		ran += gone[0]->cycles != 0;
		assert_int_equal(gone[0]->cycles % 2, 0);
		munmap(gone[0], sizeof(struct side));
		gone[0] = gone[1];
	}
	stop_other(other);
	printf("  %u of %u sides were run, %u removed with the callback inside\n", ran, round,
	       inside);
	assert_true(inside > 0 && ran > 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(stay[i]->cycles, cycle.cycles);
		munmap(stay[i], sizeof(struct side));
	}
	munmap(gone[0], sizeof(struct side));
}

/* --- the two fences of crossing 2: on a busy machine, the stress above hardly tests them */

#define DUELS 200000u
/* Enough: without one of the fences, about one meeting in ten fails on x86. */
#define MEETINGS 500u

static struct {
	struct card *card;
	struct stream_rt *seen; /* by the callback in this round */
	RT_ALIGNED _Atomic uint32_t ready;
	RT_ALIGNED _Atomic uint32_t go;
	RT_ALIGNED _Atomic uint32_t done;
} duel;

/* False once there are no more rounds. */
static bool await(_Atomic uint32_t *word, uint32_t value)
{
	while (atomic_load_explicit(word, memory_order_acquire) != value) {
		if (atomic_load_explicit(&stop, memory_order_relaxed)) {
			return false;
		}
		pause_for_the_other();
	}
	return true;
}

static void *enter_again_and_again(void *side)
{
	run_on(1);
	for (uint32_t n = 1;; n++) {
		atomic_store_explicit(&duel.ready, n, memory_order_release);
		if (!await(&duel.go, n)) {
			break;
		}
		card_enter(side);
		duel.seen = card_running(&duel.card->streams[0]);
		card_leave(side);
		atomic_store_explicit(&duel.done, n, memory_order_release);
	}
	return NULL;
}

/* Both at once: if the callback has found the stream, io must not find the callback outside. */
static void test_one_of_both_sees_the_other(void **state)
{
	struct card *card = make_card(PCM_PLAYBACK);
	struct side *side = &card->sides[PCM_PLAYBACK];
	struct stream *stream = &card->streams[0];
	unsigned met = 0, wrong = 0;
	int wait = 0;
	struct stream_rt runtime;
	pthread_t other;

	(void)state;
	duel.card = card;
	other = start_other(enter_again_and_again, side);
	for (uint32_t n = 1; n <= DUELS && met < MEETINGS; n++) {
		uint32_t before = side->cycles, token;

		card_publish(stream, &runtime);
		await(&duel.ready, n);
		atomic_store_explicit(&duel.go, n, memory_order_release);
		/* The signal takes a while to arrive: try to be neither early nor late. */
		for (volatile int left = wait + (int)(n % 16); left > 0; left--) {
		}
		token = card_retire(side, stream);
		await(&duel.done, n);
		wait += token == before ? 1 : -1;
		met += token & 1;
		wrong += token == before && duel.seen;
	}
	stop_other(other);
	card_destroy(card);
	printf("  %u times retired with the callback inside\n", met);
	assert_int_equal(wrong, 0);
	if (!met) {
		skip(); /* one processor: the two never ran at once */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_playback),
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_capture),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_sides),
		cmocka_unit_test(test_publish_and_retire),
		cmocka_unit_test(test_whole_cycle),
		cmocka_unit_test(test_sides_come_and_go),
		cmocka_unit_test(test_one_of_both_sees_the_other),
	};

	return cmocka_run_group_tests(tests, find_processors, NULL);
}
