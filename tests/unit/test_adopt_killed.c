/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Back ends that are processes, killed at any instruction: each goes on where the last ended, and
 * the guest hears every frame at most once, in order, and loses a cycle a kill at most.
 */
#include "tests/unit/adopt.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KILLS 400u
#define FRAMES_MAX 16000000u

/* What the processes leave: what was kept, and what was heard. */
struct legacy {
	struct wire_kept kept;
	_Atomic uint32_t heard_count;
	float heard[FRAMES_MAX];
};

static struct legacy *legacy;
static pid_t child;
static unsigned kills;
static uint64_t kill_at_ns;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Plays a cycle if the guest has written enough, so that silence is never the guest's fault. */
static void play_cycle(void)
{
	struct side *side = &card->sides[PCM_PLAYBACK];
	float cycle[CYCLE];
	float *const out[] = { cycle };
	struct stream *stream;
	uint32_t count = legacy->heard_count;

	card_enter(side);
	stream = card_running(&card->slots[0]);
	if (stream && count + CYCLE <= FRAMES_MAX &&
	    stream->rt.position + CYCLE + 2 <= rt_counter_get(&stream->shared.frontier)) {
		stream_playback(stream, out, CYCLE);
		memcpy(&legacy->heard[count], cycle, sizeof(cycle));
		legacy->heard_count = count + CYCLE;
	}
	card_leave(side);
}

static void run_back_end(bool adopt)
{
	bool whole = adopt;

	wire_open(&wire, &hv, (struct hv_evtchn *)&hv, card, &card->slots[0], &legacy->kept,
		  &whole);
	if (whole != adopt) {
		_exit(1);
	}
	wire_activate(&wire, true);
	for (;;) {
		wire_serve(&wire, &clock_48k);
		wire_settle(&wire, &clock_48k);
		if (wire_opens(&wire)) {
			wire_open_next(&wire, &clock_48k);
		}
		play_cycle();
	}
}

static void begin_life(bool adopt)
{
	child = fork();
	if (!child) {
		run_back_end(adopt);
	}
	assert_true(child > 0);
	/* The first has to come so far that there is something to adopt. */
	kill_at_ns = adopt ? now_ns() + (uint64_t)(rand() % 2000) * 1000u : UINT64_MAX;
}

static void end_life(void)
{
	int status;

	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status)); /* it never gave up by itself */
}

/* While the guest waits for anything its back end may be killed, and another goes on. */
static void wait_a_little(void)
{
	if (kills < KILLS && now_ns() >= kill_at_ns) {
		end_life();
		kills++;
		begin_life(true);
	}
}

static void ask(const struct xensnd_req *request)
{
	uint64_t give_up_ns = now_ns() + UINT64_C(60000000000);
	struct xensnd_resp response;

	push(request);
	while (rt_sh_load(&front.sring->rsp_prod) == front.rsp_cons) {
		assert_true(now_ns() < give_up_ns);
		wait_a_little();
	}
	response = pull();
	assert_int_equal(response.id, (uint16_t)(next_id - 1));
	assert_int_equal(response.operation, request->operation);
	assert_int_equal(response.status, 0);
}

/* What frame n of the guest's sound is: never 0, and the same again only after 32749 frames. */
static int16_t sample_of(uint64_t n)
{
	return (int16_t)(n % 32749 + 1);
}

/* Writes what there is room for; returns the new end of what was written. */
static uint64_t write_some(uint64_t written)
{
	int16_t *ring = (int16_t *)page[DATA_GREF];
	uint32_t place = (uint32_t)(written % RING);
	uint64_t room = fe.last_frames + RING - written;
	uint32_t n = 1 + (uint32_t)rand() % 200;

	n = n > room ? (uint32_t)room : n;
	n = n > RING - place ? RING - place : n;
	if (!n) {
		return written;
	}
	for (uint32_t i = 0; i < n; i++) {
		ring[place + i] = sample_of(written + i);
	}
	ask(&(struct xensnd_req){ .operation = XENSND_OP_WRITE,
				  .op.rw = { .offset = place * 2, .length = n * 2 } });
	return written + n;
}

/* Every frame that was heard is the next one, but for what a kill took; none comes twice. */
static void judge(uint64_t written)
{
	uint64_t next = 0, lost = 0, silent = 0, jumps = 0;

	for (uint32_t i = 0; i < legacy->heard_count; i++) {
		uint32_t sample = (uint32_t)(legacy->heard[i] * 32768.0f);
		uint32_t skip;

		if (!sample) {
			silent++;
			continue;
		}
		skip = (sample - 1 + 32749 - (uint32_t)(next % 32749)) % 32749;
		jumps += skip != 0;
		lost += skip;
		next += skip + 1;
		assert_true(skip <= 2 * CYCLE);
	}
	printf("  %u kills: %llu frames heard, %llu lost in %llu places, %llu of silence\n", kills,
	       (unsigned long long)(next - lost), (unsigned long long)lost,
	       (unsigned long long)jumps, (unsigned long long)silent);
	assert_true(next <= written);
	/* What the last kill took is not followed by anything that was heard. */
	assert_true(written - next <= RING + CYCLE + STREAM_LEAD_MAX);
	assert_true(lost <= kills * (CYCLE + STREAM_LEAD_MAX));
	assert_true(silent <= kills * (CYCLE + STREAM_LEAD_MAX));
	assert_true(next > 4 * RING);
}

static void test_killed_at_any_moment(void **state)
{
	struct xensnd_req request = open_mono();
	uint64_t written = 0, last = 0;
	bool started = false;

	(void)state;
	legacy = mmap(NULL, sizeof(*legacy), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	assert_ptr_not_equal(legacy, MAP_FAILED);
	srand(1);
	kills = 0;
	begin_life(false);
	ask(&request);
	kill_at_ns = 0;
	while (kills < KILLS) {
		written = write_some(written);
		if (!started && written >= RING / 2) {
			ask(&(struct xensnd_req){ .operation = XENSND_OP_TRIGGER,
						  .op.trigger.type = XENSND_OP_TRIGGER_START });
			started = true;
		}
		wait_a_little();
		frontend_interrupt(&fe);
		assert_int_equal(fe.dropped, 0);
		assert_true(fe.last_frames >= last && fe.last_frames <= written);
		last = fe.last_frames;
	}
	ask(&(struct xensnd_req){ .operation = XENSND_OP_TRIGGER,
				  .op.trigger.type = XENSND_OP_TRIGGER_STOP });
	frontend_interrupt(&fe);
	assert_int_equal(fe.dropped, 0);
	assert_int_equal(fe.hw, 0);
	ask(&(struct xensnd_req){ .operation = XENSND_OP_CLOSE });
	end_life();
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
