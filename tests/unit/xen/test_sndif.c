/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The io thread's half of the daemon on a loop of the test: messages in, messages and responses
 * out. */
#include "tests/unit/xen/fake_guest.h"

#include <unistd.h>

#include "src/base/clock.h"
#include "xen/sndif.h"

static struct ev_loop *loop;
static struct msgq to_main;
static struct sndif *sndif;
static uint32_t requests_per_s = 32000;
static struct msg msgs[8]; /* received by the main thread */
static unsigned msg_count;

static void on_msg(void *arg, const struct msg *msg)
{
	(void)arg;
	assert_true(msg_count < 8);
	msgs[msg_count++] = *msg;
}

static void msg(enum msg_type type)
{
	sndif_handle_msg(sndif, &(struct msg){ .type = type, .card = card });
}

/* Runs the loop a few times: what waited is served a turn later. */
static void turn(void)
{
	for (unsigned i = 0; i < 3; i++) {
		ev_run(loop, EVRUN_NOWAIT);
	}
}

/* Slices end by the number of requests only, however slow the machine is. */
static int64_t no_work(void)
{
	return 0;
}

static int setup(void **state)
{
	(void)state;
	make_guest(PCM_PLAYBACK);
	msg_count = 0;
	loop = ev_loop_new(EVFLAG_NOENV);
	assert_int_equal(msgq_open(&to_main, loop, on_msg, NULL), 0);
	sndif = sndif_create(&hv, loop, &to_main,
			     &(struct sndif_options){ .rate_hz = 48000,
						      .period_frames = 256,
						      .requests_per_s = requests_per_s,
						      .run_dir = -1,
						      .now_ns = clock_now_ns,
						      .worked_ns = no_work,
						      .resample_percent = 1 });
	msg(MSG_ATTACH);
	turn();
	assert_int_equal(msg_count, 1);
	assert_int_equal(msgs[0].type, MSG_ATTACHED);
	assert_int_equal(msgs[0].a, 0);
	msg_count = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sndif_destroy(sndif);
	msgq_close(&to_main);
	ev_loop_destroy(loop);
	free_guest();
	return 0;
}

static void ask_all(const struct xensnd_req *requests, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		push(&requests[i]);
	}
	firing = 11;
	turn();
}

/* Starts a stream and puts the callback inside it. */
static void play(void)
{
	struct xensnd_req requests[] = {
		open_request(16384),
		{ .operation = XENSND_OP_TRIGGER, .op.trigger.type = XENSND_OP_TRIGGER_START },
	};

	fill_directory(4);
	msg(MSG_ACTIVE);
	ask_all(requests, 2);
	assert_int_equal(front.sring->rsp_prod, 2);
	assert_non_null(card_running(&card->streams[0]));
	card_enter(&card->sides[PCM_PLAYBACK]);
}

/* Runs the loop until there are that many responses; gives up after a while, so a lost one fails.
 */
static void turn_until_responses(RING_IDX count)
{
	for (unsigned i = 0; i < 100000 && front.sring->rsp_prod != count; i++) {
		usleep(100);
		turn();
	}
	assert_int_equal(front.sring->rsp_prod, count);
}

/* Requests queued after one that waits get no new notification: they are served all the same. */
static void test_requests_behind_one_that_waits(void **state)
{
	struct xensnd_req requests[] = {
		{ .operation = XENSND_OP_TRIGGER, .op.trigger.type = XENSND_OP_TRIGGER_STOP },
		{ .operation = XENSND_OP_TRIGGER, .op.trigger.type = XENSND_OP_TRIGGER_START },
		{ .operation = XENSND_OP_CLOSE },
	};

	(void)state;
	play();
	ask_all(requests, 3);
	assert_int_equal(front.sring->rsp_prod, 2);
	card_leave(&card->sides[PCM_PLAYBACK]);
	turn_until_responses(5);
	assert_int_equal(mapped[DATA_GREF], 0);
}

static void test_hold_waits_for_the_callback(void **state)
{
	(void)state;
	play();
	msg(MSG_HOLD);
	turn();
	assert_int_equal(msg_count, 0);
	card_leave(&card->sides[PCM_PLAYBACK]);
	for (unsigned i = 0; i < 100000 && !msg_count; i++) {
		usleep(100);
		turn();
	}
	assert_int_equal(msg_count, 1);
	assert_int_equal(msgs[0].type, MSG_HELD);
	assert_null(card_running(&card->streams[0]));
	/* For the guest, the stream still runs: JACK goes on with it when it is back. */
	msg(MSG_ACTIVE);
	assert_non_null(card_running(&card->streams[0]));
}

static void test_detach_waits_for_the_callback(void **state)
{
	(void)state;
	play();
	msg(MSG_DETACH);
	turn();
	assert_int_equal(msg_count, 0);
	assert_int_equal(mapped[DATA_GREF], 1);
	/* A message for a card that is detaching is too late. */
	msg(MSG_ACTIVE);
	assert_null(card_running(&card->streams[0]));
	card_leave(&card->sides[PCM_PLAYBACK]);
	for (unsigned i = 0; i < 100000 && !msg_count; i++) {
		usleep(100);
		turn();
	}
	assert_int_equal(msgs[0].type, MSG_DETACHED);
	assert_int_equal(mappings, 0);
}

static void test_hold_with_nothing_running(void **state)
{
	(void)state;
	msg(MSG_HOLD);
	turn();
	assert_int_equal(msg_count, 1);
	assert_int_equal(msgs[0].type, MSG_HELD);
}

/* A running stream follows its fader; one message is enough for many moves. */
static void test_fader(void **state)
{
	struct fader *fader = &card->streams[0].strip.fader;
	const struct stream_rt *runtime;

	(void)state;
	play();
	runtime = card_running(&card->streams[0]);
	assert_true(
		atomic_load(&((struct stream_rt *)(uintptr_t)runtime)->gain.targets.channels[0]) ==
		1.0f);
	card->moved = true;
	fader_set_gain(fader, -6.0f);
	fader_set_gain(fader, FADER_DB_MIN);
	msg(MSG_LEVELS);
	assert_false(card->moved);
	assert_true(
		atomic_load(&((struct stream_rt *)(uintptr_t)runtime)->gain.targets.channels[0]) ==
		0.0f);
	card_leave(&card->sides[PCM_PLAYBACK]);
}

/* A stream kicked with the callback inside is closed when the callback is outside. The card stays,
 * and can open the stream again. */
static void test_kick(void **state)
{
	struct xensnd_req open = open_request(16384);

	(void)state;
	play();
	card->moved = true;
	card->kicked = 1;
	msg(MSG_LEVELS);
	assert_false(card->moved);
	assert_int_equal(card->kicked, 0);
	assert_int_equal(mapped[DATA_GREF], 1);
	card_leave(&card->sides[PCM_PLAYBACK]);
	for (unsigned i = 0; i < 100000 && mapped[DATA_GREF]; i++) {
		usleep(100);
		turn();
	}
	assert_int_equal(mapped[DATA_GREF], 0);
	ask_all(&open, 1);
	turn_until_responses(3);
	assert_int_equal(mapped[DATA_GREF], 1);
}

/* While JACK freewheels, the null clock runs the streams, and requests are answered as usual. */
static void test_freewheel(void **state)
{
	struct xensnd_req stop = { .operation = XENSND_OP_TRIGGER,
				   .op.trigger.type = XENSND_OP_TRIGGER_STOP };
	struct stream_rt *runtime;

	(void)state;
	play();
	card_leave(&card->sides[PCM_PLAYBACK]);
	runtime = card_running(&card->streams[0]);
	sndif_handle_msg(sndif, &(struct msg){ .type = MSG_FREEWHEEL, .a = 1 });
	assert_null(card_running(&card->streams[0]));
	for (unsigned i = 0; i < 100000 && runtime->rt.hw_frames < 1024; i++) {
		usleep(100);
		turn();
	}
	assert_true(runtime->rt.hw_frames >= 1024);
	sndif_handle_msg(sndif, &(struct msg){ .type = MSG_FREEWHEEL, .a = 0 });
	assert_ptr_equal(card_running(&card->streams[0]), runtime);
	/* Again, but the guest stops the stream meanwhile. */
	sndif_handle_msg(sndif, &(struct msg){ .type = MSG_FREEWHEEL, .a = 1 });
	ask_all(&stop, 1);
	assert_int_equal(front.sring->rsp_prod, 3);
	assert_int_equal(runtime->rt.hw_frames % runtime->ring_frames, 0);
	sndif_handle_msg(sndif, &(struct msg){ .type = MSG_FREEWHEEL, .a = 0 });
	assert_null(card_running(&card->streams[0]));
}

/* Rings with more requests than one turn serves: the loop returns to them without an event. */
static void test_more_than_a_turn(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 32; i++) {
		push(&(struct xensnd_req){ .operation = XENSND_OP_CLOSE });
	}
	firing = 11;
	turn();
	assert_int_equal(front.sring->rsp_prod, 32);
	assert_int_equal(front.sring->req_event, 33);
}

/* A request that waits goes with its card, unanswered. */
static void test_detach_with_a_request_that_waits(void **state)
{
	struct xensnd_req open = open_request(16384);

	(void)state;
	play();
	ask_all(&open, 1);
	assert_int_equal(front.sring->rsp_prod, 2);
	msg(MSG_HOLD);
	msg(MSG_DETACH);
	assert_int_equal(msg_count, 0);
	card_leave(&card->sides[PCM_PLAYBACK]);
	for (unsigned i = 0; i < 100000 && msg_count < 2; i++) {
		usleep(100);
		turn();
	}
	assert_int_equal(msgs[0].type, MSG_DETACHED);
	assert_int_equal(msgs[1].type, MSG_HELD);
	assert_int_equal(front.sring->rsp_prod, 2);
	assert_int_equal(mappings, 0);
}

/* --- the limit of requests */

static char told[LOG_LINE_MAX];
static unsigned lines;

static void keep_line(void *arg, enum log_level level, const char *line)
{
	(void)arg;
	assert_int_equal(level, LOG_WARNING);
	memcpy(told, line, strlen(line) + 1);
	lines++;
}

/* 64 at once, then one per second: no token is added while a busy machine delays the test. */
static int setup_slow(void **state)
{
	requests_per_s = 1;
	setup(state);
	requests_per_s = 32000;
	log_set_level(LOG_WARNING);
	log_set_sink(keep_line, NULL);
	strcpy(card->name, "daw");
	lines = 0;
	return 0;
}

static int teardown_slow(void **state)
{
	log_set_sink(NULL, NULL);
	return teardown(state);
}

static void ask(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		push(&(struct xensnd_req){ .operation = XENSND_OP_CLOSE });
	}
	firing = 11;
	turn();
}

/* Requests beyond the limit wait with their port masked, and are answered when tokens come in. */
static void test_requests_beyond_the_limit(void **state)
{
	(void)state;
	ask(32);
	ask(32);
	assert_int_equal(front.sring->rsp_prod, 64);
	assert_int_equal(unmasked, 2);
	assert_int_equal(lines, 0);
	ask(32);
	assert_int_equal(front.sring->rsp_prod, 64);
	assert_int_equal(unmasked, 2);
	assert_int_equal(lines, 1);
	assert_non_null(strstr(told, "daw"));
	assert_non_null(strstr(told, "limit of 1 requests"));
	/* One token lets a whole turn through, which leaves a debt. */
	turn_until_responses(96);
	assert_int_equal(unmasked, 3);
	assert_true(rt_counter_get(&card->throttled) > 0);
	ask(1);
	assert_int_equal(front.sring->rsp_prod, 96);
	assert_int_equal(unmasked, 3);
	/* Logged once. */
	assert_int_equal(lines, 1);
}

static void test_wake_ups_cost_too(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 64; i++) {
		firing = 11;
		turn();
	}
	assert_true(unmasked >= 64);
	unmasked = 0;
	for (unsigned i = 0; i < 64; i++) {
		firing = 11;
		turn();
	}
	/* A masked port would not fire; some tokens came in meanwhile. */
	assert_in_range(unmasked, 0, 32);
	assert_int_equal(lines, 1);
}

/* A card that reconnects keeps its tokens, and one that waits can be detached. */
static void test_connecting_anew_brings_nothing(void **state)
{
	(void)state;
	ask(32);
	ask(32);
	ask(32);
	msg(MSG_DETACH);
	turn();
	assert_int_equal(msgs[0].type, MSG_DETACHED);
	assert_int_equal(mappings, 0);
	msg(MSG_ATTACH);
	turn();
	assert_int_equal(front.sring->rsp_prod, 64);
	turn_until_responses(96);
	assert_int_equal(lines, 1);
}

/* Reports the latency of the open stream, or of the last one that was open. */
static void test_stated_latency(void **state)
{
	struct xensnd_req requests[] = { open_request(16384), { .operation = XENSND_OP_CLOSE } };
	const struct latency *latency = &card->streams[0].latency;
	uint32_t shortest = 512, open;

	(void)state;
	fill_directory(4);
	assert_int_equal(latency_find(latency, PCM_PLAYBACK, 256).max, shortest);
	ask_all(requests, 1);
	open = latency_find(latency, PCM_PLAYBACK, 256).max;
	assert_int_not_equal(open, shortest);
	ask_all(requests + 1, 1);
	assert_int_equal(latency_find(latency, PCM_PLAYBACK, 256).max, open);
}

static void test_bad_card(void **state)
{
	struct card *good = card;

	(void)state;
	card = card_create(1);
	card->streams[0].refs = (struct card_refs){ PAGES + 1, 11, EVT_GREF, 12 };
	card_arrange(card);
	msg(MSG_ATTACH);
	turn();
	assert_int_equal(msgs[0].type, MSG_ATTACHED);
	assert_true(msgs[0].a < 0);
	assert_null(card->io);
	card_destroy(card);
	card = good;
}

/* 2 channels of `yes` at 48 kHz: 1.44 % of a cycle. */
static void test_limit_of_resampling(void **state)
{
	struct xensnd_req request = open_request(16384);

	(void)state;
	card->resample = RESAMP_YES;
	request.op.open.pcm_rate = 44100;
	fill_directory(4);
	push(&request);
	firing = 11;
	turn();
	assert_int_equal(pull().status, -XEN_EBUSY);
	sndif_handle_msg(sndif, &(struct msg){ .type = MSG_LIMIT, .a = 32000, .b = 2 });
	/* The clock and the limit do not depend on each other. */
	sndif_handle_msg(sndif, &(struct msg){ .type = MSG_CLOCK, .a = 48000, .b = 128, .c = -1 });
	push(&request);
	firing = 11;
	turn();
	assert_int_equal(pull().status, 0);
	sndif_handle_msg(sndif, &(struct msg){ .type = MSG_LIMIT, .a = 32000, .b = 1 });
	push(&request);
	firing = 11;
	turn();
	assert_int_equal(pull().status, -XEN_EBUSY);
}

#define SNDIF(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
#define SLOW(test) cmocka_unit_test_setup_teardown(test, setup_slow, teardown_slow)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SNDIF(test_requests_behind_one_that_waits),
		SNDIF(test_hold_waits_for_the_callback),
		SNDIF(test_detach_waits_for_the_callback),
		SNDIF(test_hold_with_nothing_running),
		SNDIF(test_fader),
		SNDIF(test_kick),
		SNDIF(test_kick),
		SNDIF(test_freewheel),
		SNDIF(test_more_than_a_turn),
		SNDIF(test_detach_with_a_request_that_waits),
		SLOW(test_requests_beyond_the_limit),
		SLOW(test_wake_ups_cost_too),
		SLOW(test_connecting_anew_brings_nothing),
		SNDIF(test_stated_latency),
		SNDIF(test_limit_of_resampling),
		SNDIF(test_bad_card),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
