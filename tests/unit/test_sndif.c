/* SPDX-License-Identifier: GPL-2.0-or-later */
/* io's half of the daemon on one loop in one thread: letters in, letters and responses out. */
#include "tests/unit/fake_guest.h"

#include <unistd.h>

#include "xen/sndif.h"

static struct ev_loop *loop;
static struct mailbox to_ctl;
static struct sndif *sndif;
static uint32_t requests_per_s = 32000;
static struct mail letters[8]; /* that ctl got */
static unsigned letter_count;

static void on_letter(void *arg, const struct mail *mail)
{
	(void)arg;
	assert_true(letter_count < 8);
	letters[letter_count++] = *mail;
}

static void letter(enum mail_verb verb)
{
	sndif_letter(sndif, &(struct mail){ .verb = verb, .card = card });
}

/* An OPEN is served in the turn after, when the loop has nothing else to do. */
static void turn(void)
{
	for (unsigned i = 0; i < 3; i++) {
		ev_run(loop, EVRUN_NOWAIT);
	}
}

static int setup(void **state)
{
	(void)state;
	make_guest(PCM_PLAYBACK);
	letter_count = 0;
	loop = ev_loop_new(EVFLAG_NOENV);
	assert_int_equal(mail_open(&to_ctl, loop, on_letter, NULL), 0);
	sndif = sndif_create(&hv, loop, &to_ctl,
			     &(struct sndif_options){ 48000, 256, requests_per_s, -1 });
	letter(MAIL_ATTACH);
	turn();
	assert_int_equal(letter_count, 1);
	assert_int_equal(letters[0].verb, MAIL_ATTACHED);
	assert_int_equal(letters[0].a, 0);
	letter_count = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sndif_destroy(sndif);
	mail_close(&to_ctl);
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

/* A playing stream, and the callback inside with it. */
static void play(void)
{
	struct xensnd_req requests[] = {
		open_request(16384),
		{ .operation = XENSND_OP_TRIGGER, .op.trigger.type = XENSND_OP_TRIGGER_START },
	};

	fill_directory(4);
	letter(MAIL_ACTIVE);
	ask_all(requests, 2);
	assert_int_equal(front.sring->rsp_prod, 2);
	assert_non_null(card_running(&card->slots[0]));
	card_enter(&card->sides[PCM_PLAYBACK]);
}

/* Turns until the settle timer has run; bounded, so that a lost one fails. */
static void turn_until_responses(RING_IDX count)
{
	for (unsigned i = 0; i < 100000 && front.sring->rsp_prod != count; i++) {
		usleep(100);
		turn();
	}
	assert_int_equal(front.sring->rsp_prod, count);
}

/* Requests behind one that waits were notified long ago: they are served all the same. */
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
	letter(MAIL_HOLD);
	turn();
	assert_int_equal(letter_count, 0);
	card_leave(&card->sides[PCM_PLAYBACK]);
	for (unsigned i = 0; i < 100000 && !letter_count; i++) {
		usleep(100);
		turn();
	}
	assert_int_equal(letter_count, 1);
	assert_int_equal(letters[0].verb, MAIL_HELD);
	assert_null(card_running(&card->slots[0]));
	/* The stream still runs, for the guest: JACK goes on with it when it is back. */
	letter(MAIL_ACTIVE);
	assert_non_null(card_running(&card->slots[0]));
}

static void test_detach_waits_for_the_callback(void **state)
{
	(void)state;
	play();
	letter(MAIL_DETACH);
	turn();
	assert_int_equal(letter_count, 0);
	assert_int_equal(mapped[DATA_GREF], 1);
	/* What comes for a card that leaves is too late. */
	letter(MAIL_ACTIVE);
	assert_null(card_running(&card->slots[0]));
	card_leave(&card->sides[PCM_PLAYBACK]);
	for (unsigned i = 0; i < 100000 && !letter_count; i++) {
		usleep(100);
		turn();
	}
	assert_int_equal(letters[0].verb, MAIL_DETACHED);
	assert_int_equal(mappings, 0);
}

static void test_hold_with_nothing_running(void **state)
{
	(void)state;
	letter(MAIL_HOLD);
	turn();
	assert_int_equal(letter_count, 1);
	assert_int_equal(letters[0].verb, MAIL_HELD);
}

/* A fader that is moved is followed by the stream that runs; one letter does for many moves. */
static void test_fader(void **state)
{
	struct fader *fader = &card->slots[0].strip.fader;
	const struct stream *stream;

	(void)state;
	play();
	stream = card_running(&card->slots[0]);
	assert_true(atomic_load(&((struct stream *)(uintptr_t)stream)->gain.targets[0]) == 1.0f);
	card->moved = true;
	fader_set_gain(fader, -6.0f);
	fader_set_gain(fader, FADER_DB_MIN);
	letter(MAIL_DESK);
	assert_false(card->moved);
	assert_true(atomic_load(&((struct stream *)(uintptr_t)stream)->gain.targets[0]) == 0.0f);
	card_leave(&card->sides[PCM_PLAYBACK]);
}

/* A stream that is kicked while the callback is inside is closed when it is not any more; its card
 * stays, and opens another. */
static void test_kick(void **state)
{
	struct xensnd_req open = open_request(16384);

	(void)state;
	play();
	card->moved = true;
	card->kicked = 1;
	letter(MAIL_DESK);
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

/* While JACK freewheels the null clock has what runs, and requests are answered as ever. */
static void test_freewheel(void **state)
{
	struct xensnd_req stop = { .operation = XENSND_OP_TRIGGER,
				   .op.trigger.type = XENSND_OP_TRIGGER_STOP };
	struct stream *stream;

	(void)state;
	play();
	card_leave(&card->sides[PCM_PLAYBACK]);
	stream = card_running(&card->slots[0]);
	sndif_letter(sndif, &(struct mail){ .verb = MAIL_FREEWHEEL, .a = 1 });
	assert_null(card_running(&card->slots[0]));
	for (unsigned i = 0; i < 100000 && stream->rt.position < 1024; i++) {
		usleep(100);
		turn();
	}
	assert_true(stream->rt.position >= 1024);
	sndif_letter(sndif, &(struct mail){ .verb = MAIL_FREEWHEEL, .a = 0 });
	assert_ptr_equal(card_running(&card->slots[0]), stream);
	/* Again, and the guest stops the stream meanwhile. */
	sndif_letter(sndif, &(struct mail){ .verb = MAIL_FREEWHEEL, .a = 1 });
	ask_all(&stop, 1);
	assert_int_equal(front.sring->rsp_prod, 3);
	assert_int_equal(stream->rt.position % stream->ring_frames, 0);
	sndif_letter(sndif, &(struct mail){ .verb = MAIL_FREEWHEEL, .a = 0 });
	assert_null(card_running(&card->slots[0]));
}

/* Rings that hold more than a turn's requests: the loop comes back to them by itself. */
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

/* What takes long is done once a turn of the loop: others are answered in between. */
static void test_one_open_a_turn(void **state)
{
	struct xensnd_req request = open_request(16384);
	RING_IDX done = 0;

	(void)state;
	fill_directory(4);
	for (unsigned i = 0; i < 4; i++) {
		push(&request);
	}
	firing = 11;
	for (unsigned i = 0; i < 100 && front.sring->rsp_prod < 4; i++) {
		ev_run(loop, EVRUN_NOWAIT);
		assert_in_range(front.sring->rsp_prod, done, done + 1);
		done = front.sring->rsp_prod;
	}
	assert_int_equal(done, 4);
	front.rsp_cons = 3;
	assert_int_equal(pull().status, 0);
	/* One that nobody has answered leaves with its card. */
	push(&request);
	firing = 11;
	ev_run(loop, EVRUN_NOWAIT);
	assert_int_equal(front.sring->rsp_prod, 4);
	letter(MAIL_HOLD);
	letter(MAIL_DETACH);
	ev_run(loop, EVRUN_NOWAIT);
	assert_int_equal(letter_count, 2);
	assert_int_equal(letters[0].verb, MAIL_HELD);
	assert_int_equal(letters[1].verb, MAIL_DETACHED);
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

/* 64 at once, then one a second: none comes while a busy machine holds the test up. */
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

/* What is too much waits, its port stays masked, and it is answered when its time has come. */
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
	/* One token lets a turn through, which is a debt then. */
	turn_until_responses(96);
	assert_int_equal(unmasked, 3);
	assert_true(rt_counter_get(&card->throttled) > 0);
	ask(1);
	assert_int_equal(front.sring->rsp_prod, 96);
	assert_int_equal(unmasked, 3);
	/* Said once. */
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
	/* A masked port would not even fire; some tokens came in meanwhile. */
	assert_in_range(unmasked, 0, 32);
	assert_int_equal(lines, 1);
}

/* A card that connects anew has what it had before, and one that waits can leave. */
static void test_connecting_anew_brings_nothing(void **state)
{
	(void)state;
	ask(32);
	ask(32);
	ask(32);
	letter(MAIL_DETACH);
	turn();
	assert_int_equal(letters[0].verb, MAIL_DETACHED);
	assert_int_equal(mappings, 0);
	letter(MAIL_ATTACH);
	turn();
	assert_int_equal(front.sring->rsp_prod, 64);
	turn_until_responses(96);
	assert_int_equal(lines, 1);
}

/* What is open is stated, and what was, as long as nothing else is opened. */
static void test_stated_latency(void **state)
{
	struct xensnd_req requests[] = { open_request(16384), { .operation = XENSND_OP_CLOSE } };
	const struct latency *latency = &card->slots[0].latency;
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
	card->slots[0].refs = (struct card_refs){ PAGES + 1, 11, EVT_GREF, 12 };
	card_arrange(card);
	letter(MAIL_ATTACH);
	turn();
	assert_int_equal(letters[0].verb, MAIL_ATTACHED);
	assert_true(letters[0].a < 0);
	assert_null(card->io);
	card_destroy(card);
	card = good;
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
		SNDIF(test_one_open_a_turn),
		SLOW(test_requests_beyond_the_limit),
		SLOW(test_wake_ups_cost_too),
		SLOW(test_connecting_anew_brings_nothing),
		SNDIF(test_stated_latency),
		SNDIF(test_bad_card),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
