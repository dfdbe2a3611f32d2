/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mixer: order of streams, levels, solo, counters, messages to io, events. */
#include <errno.h>

#include "tests/unit/mixer/mixer_fixture.h"

static void test_order(void **state)
{
	struct card *daw = make_card("daw"), *amp = make_card("amp");
	struct mixer mixer;

	(void)state;
	open_mixer(&mixer);
	assert_int_equal(mixer_add(&mixer, daw), 0);
	assert_int_equal(mixer_add(&mixer, amp), 0);
	assert_string_equal(seen.text,
			    "+daw.main +daw.click +daw.mic +amp.main +amp.click +amp.mic ");
	assert_int_equal(mixer.count, 6);
	for (unsigned i = 1; i < mixer.count; i++) {
		assert_true(strcmp(mixer.streams[i - 1]->id, mixer.streams[i]->id) < 0);
	}
	assert_string_equal(amp->streams[2].id, "amp.mic");
	seen.text[0] = '\0';
	mixer_remove(&mixer, amp);
	assert_string_equal(seen.text, "-amp.click -amp.main -amp.mic no guest amp ");
	assert_int_equal(mixer.count, 3);
	assert_string_equal(daw->streams[0].id, "daw.main");
	mixer_finish(&mixer);
	card_destroy(amp);
	card_destroy(daw);
}

static void test_levels(void **state)
{
	struct card *card = make_card("daw");
	struct stream *main;
	struct mixer mixer;

	(void)state;
	open_mixer(&mixer);
	assert_int_equal(mixer_add(&mixer, card), 0);
	main = &card->streams[0];
	memset(&seen, 0, sizeof(seen));
	card->moved = false;
	mixer_set_gain(&mixer, main, -193.0f);
	assert_true(amplitude(main) == 0.0f);
	mixer_set_gain(&mixer, main, 0.0f);
	mixer_set_trim(&mixer, main, 1, -20.0f);
	assert_true(amplitude(main) > 0.099f && amplitude(main) < 0.101f);
	mixer_set_muted(&mixer, main, true);
	assert_true(amplitude(main) == 0.0f);
	/* Every change is announced; io gets only one message until it has handled it. */
	assert_string_equal(seen.text, "~daw.main ~daw.main ~daw.main ~daw.main ");
	assert_int_equal(seen.told, 1);
	card->moved = false;
	mixer_set_muted(&mixer, main, false);
	assert_int_equal(seen.told, 2);
	mixer_finish(&mixer);
	card_destroy(card);
}

static void test_solo(void **state)
{
	struct card *daw = make_card("daw"), *amp = make_card("amp");
	struct stream *main, *click, *mic;
	struct mixer mixer;

	(void)state;
	open_mixer(&mixer);
	assert_int_equal(mixer_add(&mixer, daw), 0);
	main = &daw->streams[0];
	click = &daw->streams[1];
	mic = &daw->streams[2];
	mixer_set_solo(&mixer, mic, true);
	assert_true(amplitude(main) == 1.0f && amplitude(mic) == 1.0f);
	mixer_set_solo(&mixer, click, true);
	assert_true(amplitude(main) == 0.0f && amplitude(click) == 1.0f && amplitude(mic) == 1.0f);
	mixer_set_solo(&mixer, click, true);
	mixer_set_solo(&mixer, main, true);
	assert_true(amplitude(main) == 1.0f && amplitude(click) == 1.0f);
	mixer_set_solo(&mixer, main, false);
	assert_true(amplitude(main) == 0.0f);
	/* A new stream is silent too; when the solo stream goes, all are heard. */
	assert_int_equal(mixer_add(&mixer, amp), 0);
	assert_true(amplitude(&amp->streams[0]) == 0.0f);
	mixer_remove(&mixer, daw);
	assert_true(amplitude(&amp->streams[0]) == 1.0f);
	assert_int_equal(mixer.solos, 0);
	mixer_finish(&mixer);
	card_destroy(amp);
	card_destroy(daw);
}

static void test_meters(void **state)
{
	struct card *daw = make_card("daw"), *amp = make_card("amp");
	struct mixer mixer;

	(void)state;
	open_mixer(&mixer);
	assert_int_equal(mixer_add(&mixer, daw), 0);
	assert_false(meter_wanted(&daw->streams[0].strip.meter));
	mixer_want_meters(&mixer, true);
	assert_int_equal(mixer_add(&mixer, amp), 0);
	assert_true(meter_wanted(&daw->streams[2].strip.meter));
	assert_true(meter_wanted(&amp->streams[0].strip.meter));
	mixer_want_meters(&mixer, false);
	assert_false(meter_wanted(&amp->streams[0].strip.meter));
	mixer_finish(&mixer);
	card_destroy(amp);
	card_destroy(daw);
}

static unsigned attended;

static void on_attend(void *arg, bool listening)
{
	(void)arg;
	attended += listening ? 1 : 100;
}

/* The listener gets each step of a stream once, and none from before it listened. */
static void test_watch(void **state)
{
	struct card *daw = make_card("daw"), *amp = make_card("amp");
	struct stream_status *status = &daw->streams[0].strip.status;
	struct mixer mixer;

	(void)state;
	open_mixer(&mixer);
	mixer.hooks.watch = on_attend;
	assert_int_equal(mixer_add(&mixer, daw), 0);
	mixer_listen(&mixer, on_event, NULL);
	mixer_want_events(&mixer, false);
	status->state = STREAM_OPEN;
	seen.text[0] = '\0';
	mixer_want_events(&mixer, true);
	assert_int_equal(attended, 101);
	mixer_watch(&mixer);
	assert_string_equal(seen.text, "");
	status->state = STREAM_RUNNING;
	mixer_watch(&mixer);
	mixer_watch(&mixer);
	assert_string_equal(seen.text, "start daw.main ");
	/* A stream inserted before it has a state of its own. */
	assert_int_equal(mixer_add(&mixer, amp), 0);
	seen.text[0] = '\0';
	status->state = STREAM_CLOSED;
	amp->streams[2].strip.status.state = STREAM_RUNNING;
	mixer_watch(&mixer);
	assert_string_equal(seen.text, "open amp.mic start amp.mic stop daw.main close daw.main ");
	seen.text[0] = '\0';
	rt_counter_add(&daw->streams[2].strip.overruns, 3);
	rt_counter_add(&daw->streams[0].strip.underruns, 1);
	mixer_watch(&mixer);
	mixer_watch(&mixer);
	assert_string_equal(seen.text, "xrun daw.main xrun daw.mic ");
	mixer_remove(&mixer, amp);
	seen.text[0] = '\0';
	mixer_watch(&mixer);
	assert_string_equal(seen.text, "");
	mixer_finish(&mixer);
	card_destroy(amp);
	card_destroy(daw);
}

static struct jack_request *sent;
static unsigned answers;
static int answered;

static void on_send(void *arg, struct jack_request *request)
{
	(void)arg;
	sent = request;
}

static void on_done(void *arg, const struct jack_request_answer *answer)
{
	assert_ptr_equal(arg, &answered);
	answers++;
	answered = answer->err;
	if (!answer->err) {
		assert_int_equal(answer->count, 100);
		assert_string_equal(answer->rows[99].name, "row 99");
		assert_null(answer->rows[99].other);
	}
}

/* A request to JACK is answered once: when it is back, or when the mixer is destroyed. */
static void test_requests(void **state)
{
	struct mixer mixer;

	(void)state;
	open_mixer(&mixer);
	mixer.hooks.send = on_send;
	mixer_request(&mixer, JACK_REQUEST_PORTS, "system:*", NULL, on_done, &answered);
	assert_string_equal(sent->a, "system:*");
	assert_null(sent->b);
	for (unsigned i = 0; i < 100; i++) {
		char name[16];

		snprintf(name, sizeof(name), "row %u", i);
		jack_request_add(sent, &(struct jack_request_row){ .name = name });
	}
	assert_int_equal(answers, 0);
	mixer_answer(&mixer, sent);
	assert_int_equal(answers, 1);
	mixer_request(&mixer, JACK_REQUEST_CONNECT, "a", "b", on_done, &answered);
	mixer_request(&mixer, JACK_REQUEST_CONNECT, "b", "c", on_done, &answered);
	mixer_finish(&mixer);
	assert_int_equal(answers, 3);
	assert_int_equal(answered, -ESHUTDOWN);

	/* Pending requests are limited, however long JACK takes; an answer makes room. */
	open_mixer(&mixer);
	mixer.hooks.send = on_send;
	answers = 0;
	for (unsigned i = 0; i <= MIXER_REQUESTS_MAX; i++) {
		assert_int_equal(answers, 0);
		mixer_request(&mixer, JACK_REQUEST_PORTS, NULL, NULL, on_done, &answered);
	}
	assert_int_equal(answers, 1);
	assert_int_equal(answered, -EBUSY);
	sent->err = -ENOTCONN;
	mixer_answer(&mixer, sent);
	mixer_request(&mixer, JACK_REQUEST_PORTS, NULL, NULL, on_done, &answered);
	assert_int_equal(answers, 2);
	assert_int_equal(answered, -ENOTCONN);
	mixer_finish(&mixer);
	assert_int_equal(answers, 2 + MIXER_REQUESTS_MAX);
	mixer_request(&mixer, JACK_REQUEST_PORTS, NULL, NULL, on_done, &answered);
	assert_int_equal(answered, -ESHUTDOWN);
	answers = 3;

	/* Removing the listener answers its requests at once, and only once. */
	open_mixer(&mixer);
	mixer.hooks.send = on_send;
	mixer_request(&mixer, JACK_REQUEST_SAVE, NULL, NULL, on_done, &answered);
	mixer_listen(&mixer, NULL, NULL);
	assert_int_equal(answers, 4);
	assert_int_equal(answered, -ESHUTDOWN);
	mixer_finish(&mixer);
	assert_int_equal(answers, 4);
}

/* io closes a kicked stream. One message per card is enough for everything. */
static void test_kick(void **state)
{
	struct card *daw = make_card("daw");
	struct mixer mixer;

	(void)state;
	open_mixer(&mixer);
	assert_int_equal(mixer_add(&mixer, daw), 0);
	mixer_kick(&mixer, &daw->streams[2]);
	assert_int_equal(seen.told, 0);
	daw->streams[0].strip.status.state = STREAM_RUNNING;
	daw->streams[2].strip.status.state = STREAM_OPEN;
	mixer_kick(&mixer, &daw->streams[2]);
	mixer_kick(&mixer, &daw->streams[0]);
	mixer_set_gain(&mixer, &daw->streams[1], -3.0f);
	assert_int_equal(seen.told, 1);
	assert_true(daw->moved);
	assert_int_equal(daw->kicked, 5);
	mixer_finish(&mixer);
	card_destroy(daw);
}

/* Counters can restart at 0; a new stream does not change that. */
static void test_stats(void **state)
{
	struct card *daw = make_card("daw"), *amp = make_card("amp");
	const struct strip_stats none = { 0 };
	struct strip_stats stats;
	struct mixer mixer;

	(void)state;
	open_mixer(&mixer);
	assert_int_equal(mixer_add(&mixer, daw), 0);
	rt_counter_add(&daw->streams[0].strip.underruns, 3);
	rt_counter_add(&daw->streams[0].strip.cycles, 9);
	rt_counter_add(&daw->throttled, 2);
	stats = mixer_get_stats(&daw->streams[0]);
	assert_memory_equal(&stats,
			    (&(struct strip_stats){ .cycles = 9, .underruns = 3, .throttled = 2 }),
			    sizeof(stats));
	mixer_reset_stats(&daw->streams[0]);
	stats = mixer_get_stats(&daw->streams[0]);
	assert_memory_equal(&stats, &none, sizeof(stats));
	assert_int_equal(mixer_add(&mixer, amp), 0);
	rt_counter_add(&daw->streams[0].strip.overruns, 1);
	rt_counter_add(&daw->streams[0].strip.lost, 4);
	stats = mixer_get_stats(&daw->streams[0]);
	assert_memory_equal(&stats, (&(struct strip_stats){ .overruns = 1, .positions_lost = 4 }),
			    sizeof(stats));
	stats = mixer_get_stats(&daw->streams[1]);
	assert_int_equal(stats.throttled, 2);
	/* Subscribers get the same numbers. */
	seen.text[0] = '\0';
	mixer_watch(&mixer);
	assert_string_equal(seen.text, "xrun daw.main ");
	assert_int_equal(seen.number, 1);
	mixer_finish(&mixer);
	card_destroy(amp);
	card_destroy(daw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order), cmocka_unit_test(test_levels),
		cmocka_unit_test(test_solo),  cmocka_unit_test(test_meters),
		cmocka_unit_test(test_watch), cmocka_unit_test(test_requests),
		cmocka_unit_test(test_kick),  cmocka_unit_test(test_stats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
