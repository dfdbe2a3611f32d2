/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process callback without JACK, and the hand-over of streams to it and back. */
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
#include "tests/unit/frontend.h"

#define FRAMES 64u
#define PORTS 3u

static float buffers[PORTS][FRAMES];

/* libjack's, which is not asked here: a port is its own buffer. */
void *jack_port_get_buffer(void *port, jack_nframes_t frames);

void *jack_port_get_buffer(void *port, jack_nframes_t frames)
{
	assert_int_equal(frames, FRAMES);
	return port;
}

static struct card *make_card(enum pcm_dir dir)
{
	struct card *card = card_create(1);

	card->slots[0].dir = dir;
	card->slots[0].channels = PORTS;
	for (unsigned c = 0; c < PORTS; c++) {
		card->slots[0].ports[c] = buffers[c];
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
	transport_start(rig.stream);
	fill_buffers(1.0f);
	assert_int_equal(cycle_playback(FRAMES, &cycle), 0);
	for (unsigned i = 0; i < FRAMES; i++) {
		assert_true(buffers[0][i] == 0.0f && buffers[2][i] == 0.0f);
	}
	card_publish(&card->slots[0], rig.stream);
	fill_buffers(1.0f);
	assert_int_equal(cycle_playback(FRAMES, &cycle), 0);
	for (unsigned i = 0; i < FRAMES; i++) {
		assert_true(buffers[0][i] == (float)(i + 1) / 32768.0f);
		assert_true(buffers[1][i] == buffers[0][i]);
		assert_true(buffers[2][i] == 0.0f);
	}
	assert_true(card_quiet(side, card_retire(side, &card->slots[0])));
	assert_int_equal(side->cycles, 4);
	rig_close(&rig);
	card_destroy(card);
}

/* Freewheeling cycles begin before io has taken the streams back: they leave them alone. */
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
	transport_start(rig.stream);
	card_publish(&card->slots[0], rig.stream);
	cycle_close(&cycle, true);
	fill_buffers(1.0f);
	assert_int_equal(cycle_playback(FRAMES, &cycle), 0);
	assert_true(buffers[0][0] == 0.0f && buffers[2][FRAMES - 1] == 0.0f);
	assert_int_equal(rig.stream->rt.position, 0);
	cycle_close(&cycle, false);
	assert_int_equal(cycle_playback(FRAMES, &cycle), 0);
	assert_true(buffers[0][0] == 1.0f / 32768.0f);
	card_retire(side, &card->slots[0]);
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
	transport_start(rig.stream);
	card_publish(&card->slots[0], rig.stream);
	fill_buffers(0.5f);
	assert_int_equal(cycle_capture(FRAMES, &cycle), 0);
	assert_int_equal(rig.ring[0], 0); /* the lead */
	assert_int_equal(rig.ring[2], 16384);
	assert_int_equal(rig.ring[2 * FRAMES + 1], 16384);
	assert_int_equal(rig.stream->rt.position, FRAMES + 1);
	card_retire(&card->sides[PCM_CAPTURE], &card->slots[0]);
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
	token = card_retire(side, &card->slots[0]);
	assert_false(card_quiet(side, token));
	cycle_cut(&cycle);
	assert_true(card_quiet(side, token));
	cycle_cut(&cycle);
	assert_int_equal(side->cycles, 2);
	assert_int_equal(cycle.cycles, 2);
	card_destroy(card);
}

/* Sides come and go in any order; a cycle runs those that are there, each once. */
static void test_sides(void **state)
{
	struct cycle cycle = { 0 };
	struct card *cards[3];
	struct side *sides[3];

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		cards[i] = make_card(PCM_PLAYBACK);
		sides[i] = &cards[i]->sides[PCM_PLAYBACK];
		assert_true(cycle_has_others(&cycle, sides[i]) == (i > 0));
		cycle_add(&cycle, sides[i]);
	}
	for (unsigned first = 0; first < 3; first++) {
		struct side *in = sides[(first + 1) % 3], *last = sides[(first + 2) % 3];
		uint32_t before[3] = { sides[0]->cycles, sides[1]->cycles, sides[2]->cycles };

		cycle_playback(FRAMES, &cycle);
		cycle_take(&cycle, sides[first]);
		cycle_take(&cycle, sides[first]);
		cycle_playback(FRAMES, &cycle);
		assert_true(cycle_has_others(&cycle, in) && cycle_has_others(&cycle, last));
		cycle_take(&cycle, in);
		cycle_playback(FRAMES, &cycle);
		assert_true(cycle_has_others(&cycle, in) && !cycle_has_others(&cycle, last));
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

/* --- crossing 2 under stress */

#define ROUNDS 20000u

static atomic_bool stop;

static void *run_cycles(void *cycle)
{
	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		cycle_playback(FRAMES, cycle);
	}
	return NULL;
}

/* What io does, as fast as it can: after quiet the ring is unmapped, a late touch ends the test. */
static void test_publish_and_retire(void **state)
{
	const struct stream_params params = {
		.format = PCM_S16_LE, .channels = 2, .ring_bytes = 4096, .period_bytes = 1024
	};
	struct card *card = make_card(PCM_PLAYBACK);
	struct side *side = &card->sides[PCM_PLAYBACK];
	struct slot *slot = &card->slots[0];
	unsigned inside = 0, played = 0;
	struct stream here, *stream = &here;
	struct cycle cycle;
	pthread_t thread;
	struct rig rig;

	(void)state;
	make_cycle(&cycle, side);
	rig_open(&rig, PCM_PLAYBACK, 2, 1024, 256);
	atomic_store(&stop, false);
	pthread_create(&thread, NULL, run_cycles, &cycle);
	for (unsigned round = 0; round < ROUNDS; round++) {
		void *sh_ring = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		uint32_t token, before = side->cycles;

		stream_setup_init(stream, PCM_PLAYBACK, &params, sh_ring, &rig.evt, &rig.strip);
		transport_open(stream, 0);
		transport_start(stream);
		card_publish(slot, stream);
		/* Now and then let a cycle begin with it, so that some are inside at retire. */
		while (round % 4 == 0 && side->cycles == before) {
		}
		token = card_retire(side, slot);
		inside += !card_quiet(side, token);
		while (!card_quiet(side, token)) {
		}
		played += stream->rt.position != 0;
		munmap(sh_ring, 4096);
		memset(stream, 0xff, sizeof(*stream));
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	/* A stress that met nobody inside proved nothing. */
	printf("  %u of %u streams were played, %u taken from inside\n", played, ROUNDS, inside);
	assert_true(inside > 0 && played > 0);
	rig_close(&rig);
	card_destroy(card);
}

/* --- sides beside a running callback */

/* A side on pages of its own, without slots. */
static struct side *map_side(void)
{
	return mmap(NULL, sizeof(struct side), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		    -1, 0);
}

/*
 * What jack does, as fast as it can: a side that was taken is unmapped, a late touch ends the test.
 * Those that stay must not miss a cycle meanwhile.
 */
static void test_sides_come_and_go(void **state)
{
	struct side *stay[2] = { map_side(), map_side() }, *gone[2];
	struct cycle cycle = { 0 };
	unsigned inside = 0, ran = 0;
	pthread_t thread;

	(void)state;
	cycle_add(&cycle, stay[0]);
	gone[0] = map_side();
	cycle_add(&cycle, gone[0]);
	cycle_add(&cycle, stay[1]);
	atomic_store(&stop, false);
	pthread_create(&thread, NULL, run_cycles, &cycle);
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint32_t before = cycle.cycles;

		/* One at the head, and one that is behind others by now. */
		gone[1] = map_side();
		cycle_add(&cycle, gone[1]);
		while (round % 4 == 0 && cycle.cycles - before < 3) {
		}
		inside += cycle.cycles & 1;
		cycle_take(&cycle, gone[0]);
		ran += gone[0]->cycles != 0;
		assert_int_equal(gone[0]->cycles % 2, 0);
		munmap(gone[0], sizeof(struct side));
		gone[0] = gone[1];
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	printf("  %u of %u sides were run, %u taken while the callback was inside\n", ran, ROUNDS,
	       inside);
	assert_true(inside > 0 && ran > 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(stay[i]->cycles, cycle.cycles);
		munmap(stay[i], sizeof(struct side));
	}
	munmap(gone[0], sizeof(struct side));
}

/* --- the two fences of crossing 2, which the stress above hardly misses on a busy machine */

#define DUELS 2000000u
/* Enough: without one of the fences every twentieth meeting or so goes wrong on x86. */
#define MEETINGS 2000u

static struct {
	struct card *card;
	struct stream *seen; /* by the callback's side in this duel */
	RT_ALIGNED _Atomic uint32_t ready;
	RT_ALIGNED _Atomic uint32_t go;
	RT_ALIGNED _Atomic uint32_t done;
} duel;

static void await(_Atomic uint32_t *word, uint32_t value)
{
	for (unsigned n = 0; atomic_load_explicit(word, memory_order_acquire) != value; n++) {
		if (atomic_load_explicit(&stop, memory_order_relaxed)) {
			return;
		}
		if (n > 2000) {
			sched_yield();
		}
	}
}

static void *enter_again_and_again(void *side)
{
	for (uint32_t n = 1; !atomic_load_explicit(&stop, memory_order_relaxed); n++) {
		atomic_store_explicit(&duel.ready, n, memory_order_release);
		await(&duel.go, n);
		card_enter(side);
		duel.seen = card_running(&duel.card->slots[0]);
		card_leave(side);
		atomic_store_explicit(&duel.done, n, memory_order_release);
	}
	return NULL;
}

/* Both sides at once: io may not find the callback outside that has found the stream. */
static void test_one_of_both_sees_the_other(void **state)
{
	struct card *card = make_card(PCM_PLAYBACK);
	struct side *side = &card->sides[PCM_PLAYBACK];
	struct slot *slot = &card->slots[0];
	unsigned met = 0, wrong = 0;
	struct stream stream;
	pthread_t thread;

	(void)state;
	duel.card = card;
	atomic_store(&stop, false);
	pthread_create(&thread, NULL, enter_again_and_again, side);
	for (uint32_t n = 1; n <= DUELS && met < MEETINGS; n++) {
		uint32_t before = side->cycles, token;

		card_publish(slot, &stream);
		await(&duel.ready, n);
		atomic_store_explicit(&duel.go, n, memory_order_release);
		/* The word takes a while to travel: try every moment of that. */
		for (volatile unsigned wait = n % 128; wait; wait--) {
		}
		token = card_retire(side, slot);
		await(&duel.done, n);
		met += token & 1;
		wrong += token == before && duel.seen;
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	card_destroy(card);
	printf("  %u times retired while the callback was inside\n", met);
	assert_int_equal(wrong, 0);
	if (!met) {
		skip(); /* One processor: the two never ran at once. */
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
		cmocka_unit_test(test_sides_come_and_go),
		cmocka_unit_test(test_one_of_both_sees_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
