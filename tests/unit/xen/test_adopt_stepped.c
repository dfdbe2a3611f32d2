/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A back end that is a process stops after every instruction. Whenever an instruction has changed
 * what a kill would leave (the handover and the guest's pages), an heir goes on from there: it
 * answers the request, plays on, stops, closes, opens and plays again, and the guest checks every
 * answer, sample and position. Then everything is restored, and the next instruction follows.
 */
#include <stdio.h>

#include "tests/unit/base/step_fixture.h"
#include "tests/unit/xen/adopt_guest.h"

/* Everything that a kill leaves behind. */
struct world {
	struct stream_ring_handover handover;
	unsigned char pages[4][HV_PAGE_SIZE];
};

static const unsigned world_pages[4] = { RING_GREF, EVT_GREF, DIR_GREF, DATA_GREF };

/* The guest's state. */
struct memory {
	xen_sndif_front_ring_t front;
	uint16_t next_id;
	struct frontend fe;
	unsigned generation; /* of the sound: each has different samples */
	uint32_t heard;	     /* frames of it */
};

enum after {
	HALTED,
	RUNNING,
	PAUSED,
	CLOSED,
	ANY, /* the guest knows nothing */
};

/* How an heir starts; flags. */
enum how {
	TAKES_BEFORE = 1, /* the guest takes events while there is no back end */
	TAKES_BEHIND = 2, /* ... before its request is answered */
	JACK_FIRST = 4,	  /* JACK knows the card before the heir does */
	EVERY_HOW = 8,
};

/* An action of the process, with the stream's states before and after it. */
struct act {
	const char *name;
	void (*prepare)(void);
	void (*run)(void);
	bool asks;
	struct xensnd_req request; /* pushed before run */
	enum after after;
	bool anew;   /* the handover cannot be adopted */
	bool breaks; /* a cycle: its frames may be lost */
	void (*check)(void);
};

static const char *doing;
static unsigned instructions, states;
static uint32_t in_prod; /* before the act */

/* --- saving and restoring */

static void save_world(struct world *world)
{
	memcpy(&world->handover, left, sizeof(*left));
	for (unsigned i = 0; i < 4; i++) {
		memcpy(world->pages[i], page[world_pages[i]], HV_PAGE_SIZE);
	}
}

static void restore_world(const struct world *world)
{
	memcpy(left, &world->handover, sizeof(*left));
	for (unsigned i = 0; i < 4; i++) {
		memcpy(page[world_pages[i]], world->pages[i], HV_PAGE_SIZE);
	}
}

static struct memory remember(void)
{
	return (struct memory){ front, next_id, fe, generation, heard };
}

static void recall(const struct memory *memory)
{
	front = memory->front;
	next_id = memory->next_id;
	fe = memory->fe;
	generation = memory->generation;
	heard = memory->heard;
	interrupted = false;
}

static void adopt_again(void)
{
	come(true);
}

static void kick(void)
{
	stream_ring_kick(&ring);
}

static void set_level(void)
{
	struct fader fader;

	fader_init(&fader, PCM_CHANNELS_MAX);
	fader_set_gain(&fader, -6.0f);
	gain_set_level(&ring.runtime->gain, &fader);
}

static void go_on_running(bool broken)
{
	expect_cycles(4, broken ? CYCLE + STREAM_RT_LEAD_MAX : 0);
	stop();
	expect_sound();
}

/* START after an unannounced PREPARE: nothing from before the PAUSE is heard any more. */
static void expect_nothing(void)
{
	trigger(XENSND_OP_TRIGGER_START);
	for (unsigned i = 0; i < WRITTEN; i += CYCLE) {
		cycle();
		interrupt();
		for (unsigned n = 0; n < CYCLE && direction == PCM_PLAYBACK; n++) {
			assert_true(port[n] == 0.0f);
		}
	}
	stop();
}

static void go_on_paused(unsigned how)
{
	if (how & TAKES_BEHIND) {
		trigger(XENSND_OP_TRIGGER_RESUME);
		go_on_running(false);
		return;
	}
	if (how & JACK_FIRST) {
		expect_nothing();
	}
	expect_sound();
}

static void go_on(const struct act *act, unsigned how)
{
	switch (act->after) {
	case PAUSED:
		go_on_paused(how);
		break;
	case RUNNING:
		go_on_running(act->breaks);
		break;
	case HALTED:
		expect_sound();
		break;
	case ANY:
		trigger(XENSND_OP_TRIGGER_STOP);
		break;
	case CLOSED:
		break;
	}
	ask_close();
	ask_open();
	expect_sound();
	ask_close();
	interrupt();
}

/* --- preparation */

static void prepare_used(void)
{
	memset(left, 0xee, sizeof(*left));
	come(false);
	stream_ring_activate(&ring, true);
	ask_open();
	expect_sound();
	ask_close();
}

/* The guest has not taken the last events when it opens again. */
static void prepare_stale(void)
{
	prepare_used();
	ask_open();
	write_sound();
	trigger(XENSND_OP_TRIGGER_START);
	cycle();
	ask_close();
}

static void prepare_halted(void)
{
	prepare_used();
	ask_open();
	write_sound();
}

static void prepare_started(void)
{
	prepare_halted();
	trigger(XENSND_OP_TRIGGER_START);
}

static void prepare_running(void)
{
	prepare_started();
	expect_cycles(2, 0);
}

static void prepare_paused(void)
{
	prepare_running();
	trigger(XENSND_OP_TRIGGER_PAUSE);
}

static void prepare_dead(void)
{
	prepare_running();
	let_go();
}

static void prepare_closed(void)
{
	prepare_used();
	let_go();
}

static void prepare_spoiled(void)
{
	prepare_dead();
	left->params.channels = PCM_CHANNELS_MAX + 1;
}

static void prepare_strange(void)
{
	prepare_dead();
	left->refs.evt_gref++;
}

static void prepare_mute(void)
{
	prepare_running();
	memset(&page[DATA_GREF][(size_t)WRITTEN * 2], 1, 4);
}

/* The next cycle crosses the ring's end. */
static void prepare_end(void)
{
	prepare_halted();
	write_frames(WRITTEN, RING - WRITTEN);
	trigger(XENSND_OP_TRIGGER_START);
	for (unsigned i = 0; i < 5; i++) {
		expect_cycles(2, 0);
	}
	write_frames(RING, WRITTEN);
}

/* The ring was played to its end before its guest wrote again. */
static void prepare_late(void)
{
	prepare_started();
	write_frames(WRITTEN, RING - WRITTEN);
	for (unsigned i = 0; i < RING / CYCLE + 1; i++) {
		cycle();
		interrupt();
	}
}

/* --- one act */

static enum after state_now(void)
{
	static const enum after states_of[] = {
		[STREAM_RT_HALTED] = HALTED,
		[STREAM_RT_RUNNING] = RUNNING,
		[STREAM_RT_PAUSED] = PAUSED,
	};

	return ring.runtime ? states_of[ring.runtime->io.state] : CLOSED;
}

static void inherit(const struct act *act, unsigned how)
{
	let_go();
	/* A closed device does not take the old events. */
	if ((how & TAKES_BEFORE) && fe.page->in_prod != in_prod) {
		interrupt();
	}
	adopted = come(true);
	assert_true(adopted || act->anew);
	if ((how & TAKES_BEHIND) && (interrupted || fe.page->in_prod != in_prod)) {
		interrupt();
	}
	if (how & JACK_FIRST) {
		stream_ring_activate(&ring, true);
	}
	serve();
	stream_ring_activate(&ring, true);
	if (act->asks) {
		struct xensnd_resp response = pull();

		assert_int_equal(response.id, (uint16_t)(next_id - 1));
		assert_int_equal(response.operation, act->request.operation);
		assert_int_equal(response.status, 0);
	}
	assert_true(act->after == ANY || act->after == state_now());
	if (act->check) {
		act->check();
	}
	interrupt();
	go_on(act, how);
	stream_ring_activate(&ring, false);
	stream_ring_close(&ring, false);
	assert_int_equal(mappings, 0);
}

static void step_through(const struct act *act)
{
	static struct world last, now;
	struct memory memory;
	pid_t child;

	doing = act->name;
	instructions = states = 0;
	act->prepare();
	if (act->asks && act->request.operation == XENSND_OP_OPEN) {
		fe.last_frames = fe.hw = fe.out = 0;
	}
	if (act->asks) {
		push(&act->request);
	}
	memory = remember();
	in_prod = fe.page->in_prod;
	memset(&last, 0, sizeof(last));
	child = step_begin(act->run);
	do {
		save_world(&now);
		if (memcmp(&now, &last, sizeof(now)) != 0) {
			last = now;
			states++;
			for (unsigned how = 0; how < EVERY_HOW; how++) {
				inherit(act, how);
				restore_world(&now);
				recall(&memory);
			}
		}
		instructions++;
	} while (step_next(child));
	step_kill(child);
	let_go();
	printf("  %s: %u instructions, %u states\n", act->name, instructions, states);
	doing = NULL;
}

/* --- the acts */

static void check_frontier(void)
{
	assert_int_equal(rt_counter_get(&ring.runtime->shared.appl_frames), 600);
}

static void check_frontier_late(void)
{
	assert_int_equal(rt_counter_get(&ring.runtime->shared.appl_frames), 2 * RING);
}

static void check_queued(void)
{
	assert_int_equal(ring.runtime->io.queued, 600);
}

static void check_muted(void)
{
	assert_true(ring.runtime->gain.io.muted[0]);
}

#define TRIGGER(what)                                                                       \
	{                                                                                   \
		.operation = XENSND_OP_TRIGGER, .op.trigger.type = XENSND_OP_TRIGGER_##what \
	}
#define MOVE(what, at, frames)                                                \
	{                                                                     \
		.operation = XENSND_OP_##what, .op.rw = {(at)*2, (frames)*2 } \
	}
#define SIMPLE(what)                          \
	{                                     \
		.operation = XENSND_OP_##what \
	}
#define OPEN                                                    \
	{                                                       \
		.operation = XENSND_OP_OPEN, .op.open = {       \
			.pcm_rate = 48000,                      \
			.pcm_format = XENSND_PCM_FORMAT_S16_LE, \
			.pcm_channels = 1,                      \
			.buffer_sz = RING_BYTES,                \
			.gref_directory = DIR_GREF,             \
			.period_sz = CYCLE * 2,                 \
		}                                               \
	}

static const struct act acts[] = {
	{ "adopting", prepare_dead, adopt_again, .after = RUNNING },
	{ "adopting a closed stream", prepare_closed, adopt_again, .after = CLOSED },
	{ "adopting an invalid handover", prepare_spoiled, adopt_again, .after = ANY,
	  .anew = true },
	{ "adopting another card's handover", prepare_strange, adopt_again, .after = ANY,
	  .anew = true },
	{ "the first cycle", prepare_started, cycle, .after = RUNNING, .breaks = true },
	{ "a cycle", prepare_running, cycle, .after = RUNNING, .breaks = true },
	{ "a cycle at the end", prepare_end, cycle, .after = RUNNING, .breaks = true },
	{ "a kick", prepare_running, kick, .after = ANY },
	{ "OPEN", prepare_used, serve, .asks = true, .request = OPEN, .after = HALTED },
	{ "OPEN after old events", prepare_stale, serve, .asks = true, .request = OPEN,
	  .after = HALTED },
	{ "OPEN of an open stream", prepare_running, serve, .asks = true, .request = OPEN,
	  .after = HALTED },
	{ "CLOSE", prepare_running, serve, .asks = true, .request = SIMPLE(CLOSE),
	  .after = CLOSED },
	{ "START", prepare_halted, serve, .asks = true, .request = TRIGGER(START),
	  .after = RUNNING },
	{ "START after PAUSE", prepare_paused, serve, .asks = true, .request = TRIGGER(START),
	  .after = ANY },
	{ "STOP", prepare_running, serve, .asks = true, .request = TRIGGER(STOP), .after = HALTED },
	{ "STOP after PAUSE", prepare_paused, serve, .asks = true, .request = TRIGGER(STOP),
	  .after = HALTED },
	{ "PAUSE", prepare_running, serve, .asks = true, .request = TRIGGER(PAUSE),
	  .after = PAUSED },
	{ "RESUME", prepare_paused, serve, .asks = true, .request = TRIGGER(RESUME),
	  .after = RUNNING },
	{ "level", prepare_running, set_level, .after = RUNNING },
	{ "UNMUTE", prepare_mute, serve, .asks = true, .request = MOVE(UNMUTE, WRITTEN, 2),
	  .after = RUNNING },
	{ "SET_VOLUME", prepare_mute, serve, .asks = true, .request = MOVE(SET_VOLUME, WRITTEN, 2),
	  .after = ANY },
	{ "GET_VOLUME", prepare_running, serve, .asks = true,
	  .request = MOVE(GET_VOLUME, WRITTEN, 2), .after = ANY },
	{ "QUERY", prepare_running, serve, .asks = true,
	  .request = { .operation = XENSND_OP_HW_PARAM_QUERY,
		       .op.hw_param = { .formats = UINT64_MAX,
					.rates = { 0, UINT32_MAX },
					.channels = { 0, UINT32_MAX },
					.buffer = { 0, UINT32_MAX },
					.period = { 0, UINT32_MAX } } },
	  .after = RUNNING },
	{ "MUTE", prepare_mute, serve, .asks = true, .request = MOVE(MUTE, WRITTEN, 2),
	  .after = ANY, .check = check_muted },
};

static const struct act acts_playback[] = {
	{ "WRITE", prepare_running, serve, .asks = true, .request = MOVE(WRITE, WRITTEN, 100),
	  .after = RUNNING, .check = check_frontier },
	{ "WRITE before START", prepare_halted, serve, .asks = true,
	  .request = MOVE(WRITE, WRITTEN, 100), .after = HALTED, .check = check_queued },
	{ "WRITE of a whole ring", prepare_late, serve, .asks = true,
	  .request = MOVE(WRITE, 0, RING), .after = ANY, .check = check_frontier_late },
};

static const struct act acts_capture[] = {
	{ "READ", prepare_running, serve, .asks = true, .request = MOVE(READ, 0, 100),
	  .after = ANY },
};

static int set_up_playback(void **state)
{
	(void)state;
	return adopt_guest_begin(PCM_PLAYBACK);
}

static int set_up_capture(void **state)
{
	(void)state;
	return adopt_guest_begin(PCM_CAPTURE);
}

static int tear_down(void **state)
{
	if (doing) {
		printf("  %s: at instruction %u, state %u\n", doing, instructions, states);
		doing = NULL;
		let_go();
	}
	return adopt_guest_end(state);
}

static void test_act(void **state)
{
	step_through(*state);
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct CMUnitTest tests[2 * COUNT(acts) + COUNT(acts_playback) + COUNT(acts_capture)];

static unsigned add(unsigned count, const struct act *act, unsigned more, CMFixtureFunction begin)
{
	for (unsigned i = 0; i < more; i++) {
		tests[count++] = (struct CMUnitTest){
			.name = act[i].name,
			.test_func = test_act,
			.setup_func = begin,
			.teardown_func = tear_down,
			.initial_state = (void *)(uintptr_t)&act[i],
		};
	}
	return count;
}

int main(void)
{
	unsigned count = add(0, acts, COUNT(acts), set_up_playback);

	count = add(count, acts_playback, COUNT(acts_playback), set_up_playback);
	count = add(count, acts, COUNT(acts), set_up_capture);
	add(count, acts_capture, COUNT(acts_capture), set_up_capture);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
