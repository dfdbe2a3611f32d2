/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest of tests in which back ends die. It plays or records sounds whose samples are all
 * different, and checks every answer, sample and position. `left` is what a back end leaves behind.
 * One guest per program.
 */
#ifndef XENJACK_TEST_ADOPT_GUEST_H
#define XENJACK_TEST_ADOPT_GUEST_H

#include "tests/unit/xen/adopt.h"

#define WRITTEN 500u /* frames in the ring when the stream starts */

static struct stream_ring_handover *left;
static enum pcm_dir direction;
static unsigned generation; /* of the sound: each has different samples */
static uint32_t heard;	    /* frames of it */
static bool interrupted;    /* by an event */

/* --- a back end */

static void note_interrupt(struct hv_evtchn *handle, int event_port)
{
	(void)handle;
	interrupted |= event_port == (int)card->streams[0].refs.evt_port;
}

static int adopt_guest_begin(enum pcm_dir dir)
{
	static struct hv_ops ops;

	adopt_set_up_dir(dir);
	fe.period_frames = CYCLE;
	ops = fake_ops;
	ops.evtchn_notify = note_interrupt;
	hv.ops = &ops;
	left = mmap(NULL, sizeof(*left), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(left, MAP_FAILED);
	direction = dir;
	generation = heard = 0;
	return 0;
}

static int adopt_guest_end(void **state)
{
	munmap(left, sizeof(*left));
	hv.ops = &fake_ops;
	return adopt_tear_down(state);
}

/* What the kernel does when a process dies. */
static void let_go(void)
{
	atomic_store(&card->streams[0].running, NULL);
	atomic_store(&card->sides[direction].cycles, 0);
	memset(mapped, 0, sizeof(mapped));
	mappings = 0;
	memset(&ring, 0, sizeof(ring));
}

static bool come(bool adopt)
{
	assert_int_equal(stream_ring_open(&ring, &hv, (struct hv_evtchn *)&hv, card,
					  &card->streams[0], left, &adopt),
			 0);
	return adopt;
}

static void serve(void)
{
	if (serve_whole(&ring) == STREAM_RING_WAITS && stream_ring_settle(&ring)) {
		serve_whole(&ring);
	}
}

/* The port buffer of a cycle. */
static float port[CYCLE];

static void cycle(void)
{
	struct side *side = &card->sides[direction];
	float *const out[] = { port };
	const float *const in[] = { port };
	struct stream_rt *stream;

	card_enter(side);
	stream = card_running(&card->streams[0]);
	if (stream && direction == PCM_PLAYBACK) {
		stream_rt_playback(stream, out, CYCLE);
	} else if (stream) {
		stream_rt_capture(stream, in, CYCLE);
	}
	card_leave(side);
}

/* --- the guest's requests */

static void interrupt(void)
{
	assert_in_range(fe.page->in_prod - fe.page->in_cons, 0, XENSND_IN_RING_LEN);
	interrupted = false;
	frontend_interrupt(&fe);
	assert_int_equal(fe.dropped, 0);
}

static void ask(const struct xensnd_req *request)
{
	struct xensnd_resp response;

	if (request->operation == XENSND_OP_OPEN) {
		/* HW_PARAMS, before OPEN */
		fe.last_frames = fe.hw = fe.out = 0;
	}
	push(request);
	serve();
	response = pull();
	assert_int_equal(response.id, (uint16_t)(next_id - 1));
	assert_int_equal(response.operation, request->operation);
	assert_int_equal(response.status, 0);
}

static struct xensnd_req open_short(void)
{
	struct xensnd_req request = open_mono();

	/* The shortest period: every cycle has to wake the guest. */
	request.op.open.period_sz = CYCLE * 2;
	return request;
}

static void ask_open(void)
{
	const struct xensnd_req request = open_short();

	ask(&request);
}

static void ask_close(void)
{
	ask(&(struct xensnd_req){ .operation = XENSND_OP_CLOSE });
}

static void trigger(uint8_t type)
{
	ask(&(struct xensnd_req){ .operation = XENSND_OP_TRIGGER, .op.trigger.type = type });
}

static int16_t sample_of(uint32_t n)
{
	return (int16_t)(generation * 1000 + n + 1);
}

/* Writes frames of the sound, not past the ring's end. */
static void write_frames(uint32_t first, uint32_t frames)
{
	if (direction == PCM_CAPTURE) {
		return;
	}
	for (uint32_t n = first; n < first + frames; n++) {
		((int16_t *)page[DATA_GREF])[n % RING] = sample_of(n);
	}
	ask(&(struct xensnd_req){ .operation = XENSND_OP_WRITE,
				  .op.rw = { first % RING * 2, frames * 2 } });
}

/* Writes a new sound from the ring's first frame on. */
static void write_sound(void)
{
	generation++;
	heard = 0;
	write_frames(0, WRITTEN);
}

/* --- what is heard or recorded */

static uint32_t place(void)
{
	return (uint32_t)(ring.runtime->rt.hw_frames % RING);
}

/* Whether this is a frame whose silencing was interrupted half-way. */
static bool is_ruin(int16_t sample, int16_t was)
{
	return sample == 0 || sample == (was & 0xff) || sample == (int16_t)(was & 0xff00);
}

/*
 * Expects the next frames, all in order. Up to `broken` frames may be missing before them, and as
 * many may be silent.
 */
static void expect_heard(const int16_t *samples, uint32_t frames, uint32_t broken)
{
	uint32_t lost = (uint32_t)(samples[broken] - sample_of(heard + broken));

	assert_in_range(lost, 0, broken);
	heard += lost;
	for (uint32_t i = 0; i < frames; i++, heard++) {
		int16_t sample = sample_of(heard);

		assert_true(samples[i] == sample || (i < broken && is_ruin(samples[i], sample)));
	}
}

/* Expects the next frames at the position, after a frame of lead. */
static void expect_recorded(uint32_t first)
{
	for (uint32_t i = 0; i < CYCLE; i++, heard++) {
		assert_int_equal(((int16_t *)page[DATA_GREF])[(first + i) % RING],
				 sample_of(heard));
	}
}

/* Runs a cycle, which must wake the guest and move its pointer to the sound's position. */
static void run_cycle(void)
{
	uint32_t first = place() + ring.runtime->rt.lead_due;
	unsigned elapsed = fe.elapsed;

	for (unsigned i = 0; i < CYCLE && direction == PCM_CAPTURE; i++) {
		port[i] = (float)sample_of(heard + i) / 32768.0f;
	}
	cycle();
	interrupt();
	assert_true(fe.elapsed > elapsed);
	assert_int_equal(fe.hw, place());
	if (direction == PCM_CAPTURE) {
		expect_recorded(first);
	}
}

static void expect_cycles(unsigned cycles, uint32_t broken)
{
	int16_t samples[4 * CYCLE];

	for (unsigned i = 0; i < cycles; i++) {
		run_cycle();
		for (unsigned n = 0; n < CYCLE; n++) {
			samples[i * CYCLE + n] = (int16_t)(port[n] * 32768.0f);
		}
	}
	if (direction == PCM_PLAYBACK) {
		expect_heard(samples, cycles * CYCLE, broken);
	}
}

static void stop(void)
{
	trigger(XENSND_OP_TRIGGER_STOP);
	interrupt();
	assert_int_equal(fe.hw, 0);
	assert_int_equal(place(), 0);
}

/* Expects every frame of a new sound, from START to STOP. */
static void expect_sound(void)
{
	write_sound();
	trigger(XENSND_OP_TRIGGER_START);
	expect_cycles(3, 0);
	assert_int_equal(fe.hw, 3 * CYCLE + 1);
	stop();
}

#endif
