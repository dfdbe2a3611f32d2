/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Back ends that are processes, each killed after some number of instructions. The next one goes on
 * where it ended: every frame is heard at most once, in order, and each kill loses a cycle at most.
 * test_adopt_stepped tests a kill at every single instruction.
 */
#include "tests/unit/xen/adopt.h"

#include <stdio.h>
#include <unistd.h>

#include "tests/unit/base/step_fixture.h"

/* A turn has some 800 instructions, several times as many with the sanitizer. */
#ifdef __SANITIZE_ADDRESS__
#define KILLS 20u
#define STEPS_MAX 4500
#else
#define KILLS 100u
#define STEPS_MAX 1000
#endif
#define FRAMES_MAX 262144u

/* What the processes leave: the handover, and what was heard. */
struct legacy {
	struct stream_ring_handover handover;
	_Atomic uint32_t heard_count;
	float heard[FRAMES_MAX];
};

static struct legacy *legacy;
static pid_t child;
static unsigned kills;
static unsigned turns_left; /* of this process */

/* Plays a cycle if the guest has written enough, so that silence never comes from an underrun. */
static void play_cycle(void)
{
	struct side *side = &card->sides[PCM_PLAYBACK];
	float cycle[CYCLE];
	float *const out[] = { cycle };
	struct stream_rt *runtime;
	uint32_t count = legacy->heard_count;

	card_enter(side);
	runtime = card_running(&card->streams[0]);
	if (runtime && count + CYCLE <= FRAMES_MAX &&
	    runtime->rt.hw_frames + CYCLE + 2 <= rt_counter_get(&runtime->shared.appl_frames)) {
		stream_rt_playback(runtime, out, CYCLE);
		memcpy(&legacy->heard[count], cycle, sizeof(cycle));
		legacy->heard_count = count + CYCLE;
	}
	card_leave(side);
}

static void run_back_end(void)
{
	bool adopt = kills > 0, whole = adopt;

	stream_ring_open(&ring, &hv, (struct hv_evtchn *)&hv, card, &card->streams[0],
			 &legacy->handover, &whole);
	if (whole != adopt) {
		_exit(1);
	}
	stream_ring_activate(&ring, true);
	for (;;) {
		step_pause();
		if (serve_whole(&ring) == STREAM_RING_WAITS && stream_ring_settle(&ring)) {
			serve_whole(&ring);
		}
		play_cycle();
	}
}

/* Kills the process after some more instructions, in the next turn at the latest. */
static void end_life(void)
{
	int steps = rand() % STEPS_MAX;

	while (steps && step_next(child)) {
		steps--;
	}
	step_kill(child);
	kills++;
}

/* Starts processes until one gets as far as serving. */
static void begin_life(void)
{
	child = step_begin(run_back_end);
	while (kills && rand() % 4 == 0) {
		end_life();
		child = step_begin(run_back_end);
	}
	step_on(child);
	turns_left = 1 + (unsigned)rand() % 4;
}

/* Whenever the guest waits, its back end may be killed and another one goes on. */
static void take_turn(void)
{
	if (turns_left-- > 1) {
		step_on(child);
		return;
	}
	end_life();
	begin_life();
}

static void ask(const struct xensnd_req *request)
{
	struct xensnd_resp response;

	push(request);
	while (rt_sh_load(&front.sring->rsp_prod) == front.rsp_cons) {
		take_turn();
	}
	response = pull();
	assert_int_equal(response.id, (uint16_t)(next_id - 1));
	assert_int_equal(response.operation, request->operation);
	assert_int_equal(response.status, 0);
}

/* Sample n of the guest's sound: never 0, and repeated only after 32749 frames. */
static int16_t sample_of(uint64_t n)
{
	return (int16_t)(n % 32749 + 1);
}

/* Writes as much as there is room for; returns the new end. */
static uint64_t write_some(uint64_t written)
{
	int16_t *sound = (int16_t *)page[DATA_GREF];
	uint32_t place = (uint32_t)(written % RING);
	uint64_t room = fe.last_frames + RING - written;
	uint32_t n = 1 + (uint32_t)rand() % 200;

	n = n > room ? (uint32_t)room : n;
	n = n > RING - place ? RING - place : n;
	if (!n) {
		return written;
	}
	for (uint32_t i = 0; i < n; i++) {
		sound[place + i] = sample_of(written + i);
	}
	ask(&(struct xensnd_req){ .operation = XENSND_OP_WRITE,
				  .op.rw = { .offset = place * 2, .length = n * 2 } });
	return written + n;
}

/* Whether this is a frame whose silencing was interrupted, so that only some bytes are left. */
static bool is_ruin(uint32_t sample, uint64_t next)
{
	for (uint64_t n = next; n < next + 2 * CYCLE; n++) {
		uint32_t was = (uint32_t)sample_of(n);

		if (sample == (was & 0xff) || sample == (was & 0xff00)) {
			return true;
		}
	}
	return false;
}

/* Checks that frames were heard in order, with gaps only from kills, and none twice. */
static void judge(uint64_t written)
{
	uint64_t next = 0, lost = 0, silent = 0, jumps = 0;

	for (uint32_t i = 0; i < legacy->heard_count; i++) {
		uint32_t sample = (uint32_t)(legacy->heard[i] * 32768.0f);
		uint32_t skip = (sample - 1 + 32749 - (uint32_t)(next % 32749)) % 32749;

		if (!sample || (skip > 2 * CYCLE && is_ruin(sample, next))) {
			silent++;
			continue;
		}
		jumps += skip != 0;
		lost += skip;
		next += skip + 1;
		assert_true(skip <= 2 * CYCLE);
	}
	printf("  %u kills: %llu frames heard, %llu lost in %llu places, %llu of silence\n", kills,
	       (unsigned long long)(next - lost), (unsigned long long)lost,
	       (unsigned long long)jumps, (unsigned long long)silent);
	assert_true(next <= written);
	/* Not heard at the end: at most what is still in the ring, and the last kill's gap. */
	assert_true(written - next <= RING + CYCLE + STREAM_RT_LEAD_MAX);
	assert_true(lost <= kills * (CYCLE + STREAM_RT_LEAD_MAX));
	assert_true(silent <= kills * (CYCLE + STREAM_RT_LEAD_MAX));
	assert_true(next > RING);
}

/* The guest takes all events, which must be in order. */
static void interrupt(void)
{
	assert_in_range(fe.page->in_prod - fe.page->in_cons, 0, XENSND_IN_RING_LEN);
	frontend_interrupt(&fe);
	assert_int_equal(fe.dropped, 0);
}

static void trigger(uint8_t type)
{
	ask(&(struct xensnd_req){ .operation = XENSND_OP_TRIGGER, .op.trigger.type = type });
}

/* Plays until there have been enough kills; returns the number of frames written. */
static uint64_t play(void)
{
	uint64_t written = 0, last = 0;
	bool started = false;

	while (kills < KILLS) {
		written = write_some(written);
		if (!started && written >= RING / 2) {
			trigger(XENSND_OP_TRIGGER_START);
			started = true;
		}
		take_turn();
		interrupt();
		assert_true(fe.last_frames >= last && fe.last_frames <= written);
		last = fe.last_frames;
	}
	return written;
}

static void test_killed_at_any_moment(void **state)
{
	struct xensnd_req request = open_mono();
	uint64_t written;

	(void)state;
	legacy = mmap(NULL, sizeof(*legacy), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	assert_ptr_not_equal(legacy, MAP_FAILED);
	srand(1);
	kills = 0;
	begin_life();
	ask(&request);
	written = play();
	trigger(XENSND_OP_TRIGGER_STOP);
	interrupt();
	assert_int_equal(fe.hw, 0);
	ask(&(struct xensnd_req){ .operation = XENSND_OP_CLOSE });
	step_kill(child);
	judge(written);
	munmap(legacy, sizeof(*legacy));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_killed_at_any_moment, adopt_set_up,
						adopt_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
