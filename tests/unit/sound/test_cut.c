/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Callbacks that jack_deactivate cuts off at any instruction: the stream goes on, event ids have no
 * gap, and once io has the stream, the guest knows of every frame that was taken.
 */
#include "tests/unit/xen/adopt.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#define CUTS 2000u

static uint64_t last_bytes;
static unsigned wrong; /* invalid events */

/*
 * The front end: ids must be consecutive, positions must not go back, nor advance by RING or more.
 * It may be cut off as well: glibc 2.36 cancels a thread although cancellation is disabled.
 */
static void take_events(void)
{
	struct xensnd_event_page *sh_page = (struct xensnd_event_page *)page[EVT_GREF];
	uint32_t in_prod = rt_sh_load(&sh_page->in_prod);

	for (uint32_t n = sh_page->in_cons; n != in_prod; n++) {
		struct xensnd_evt event = XENSND_IN_RING_REF(sh_page, n);

		/* A step back gives a large unsigned difference, too. */
		wrong += event.id != (uint16_t)n ||
			 event.op.cur_pos.position - last_bytes >= RING_BYTES;
		last_bytes = event.op.cur_pos.position;
		rt_sh_store(&sh_page->in_cons, n + 1);
	}
}

/* Cycles of nearly a ring: two unannounced ones would advance by more than a ring. */
static void *run_cycles(void *unused)
{
	struct side *side = &card->sides[PCM_PLAYBACK];
	float cycle[RING - 10];
	float *const out[] = { cycle };
	int state;

	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &state);
	for (;;) {
		struct stream_rt *runtime;

		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
		take_events();
		pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
		card_enter(side);
		runtime = card_running(&card->streams[0]);
		if (runtime) {
			stream_rt_playback(runtime, out, RING - 10);
		}
		card_leave(side);
	}
	return unused;
}

static void ask(const struct xensnd_req *request)
{
	push(request);
	serve_whole(&ring);
	assert_int_equal(pull().status, 0);
}

static void test_cut_at_any_moment(void **state)
{
	struct side *side = &card->sides[PCM_PLAYBACK];
	struct xensnd_req request = open_mono();
	unsigned inside = 0;

	(void)state;
	assert_int_equal(open_ring(&ring, false), 0);
	ask(&request);
	ask(&(struct xensnd_req){ .operation = XENSND_OP_TRIGGER,
				  .op.trigger.type = XENSND_OP_TRIGGER_START });
	srand(1);
	for (unsigned cut = 0; cut < CUTS; cut++) {
		uint64_t until = handover.runtime.rt.hw_frames + (unsigned)rand() % 20000;
		pthread_t thread;

		stream_ring_activate(&ring, true);
		assert_int_equal(ring.owner, STREAM_RING_PUBLISHED);
		pthread_create(&thread, NULL, run_cycles, NULL);
		while (rt_counter_get(&handover.runtime.shared.hw_frames) < until) {
			sched_yield();
		}
		for (volatile unsigned wait = (unsigned)rand() % 3000; wait; wait--) {
		}
		pthread_cancel(thread);
		pthread_join(thread, NULL);
		inside += side->cycles & 1;
		stream_ring_activate(&ring, false);
		card_cut(side);
		assert_true(stream_ring_settle(&ring));
		assert_ptr_equal(stream_ring_idle(&ring), &handover.runtime);
		take_events();
		assert_int_equal(wrong, 0);
		assert_int_equal(last_bytes, handover.runtime.rt.hw_frames * 2);
	}
	printf("  %u of %u cut off inside, %llu frames\n", inside, CUTS,
	       (unsigned long long)handover.runtime.rt.hw_frames);
	assert_true(inside > CUTS / 10);
	ask(&(struct xensnd_req){ .operation = XENSND_OP_CLOSE });
	stream_ring_close(&ring, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_cut_at_any_moment, adopt_set_up,
						adopt_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
