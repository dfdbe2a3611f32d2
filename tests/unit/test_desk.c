/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The desk: order of streams, levels, solo, counters, what is told to io and to the listener. */
#include <errno.h>

#include "tests/unit/desk_fixture.h"

static void test_order(void **state)
{
	struct card *daw = make_card("daw"), *amp = make_card("amp");
	struct desk desk;

	(void)state;
	open_desk(&desk);
	assert_int_equal(desk_add(&desk, daw), 0);
	assert_int_equal(desk_add(&desk, amp), 0);
	assert_string_equal(seen.text,
			    "+daw.main +daw.click +daw.mic +amp.main +amp.click +amp.mic ");
	assert_int_equal(desk.count, 6);
	for (unsigned i = 1; i < desk.count; i++) {
		assert_true(strcmp(desk.streams[i - 1].id, desk.streams[i].id) < 0);
	}
	assert_string_equal(desk_find(&desk, &amp->slots[2])->id, "amp.mic");
	seen.text[0] = '\0';
	desk_remove(&desk, amp);
	assert_string_equal(seen.text, "-amp.click -amp.main -amp.mic ");
	assert_int_equal(desk.count, 3);
	assert_null(desk_find(&desk, &amp->slots[2]));
	assert_string_equal(desk_find(&desk, &daw->slots[0])->id, "daw.main");
	desk_finish(&desk);
	card_destroy(amp);
	card_destroy(daw);
}

static void test_levels(void **state)
{
	struct card *card = make_card("daw");
	const struct control_stream *main;
	struct desk desk;

	(void)state;
	open_desk(&desk);
	assert_int_equal(desk_add(&desk, card), 0);
	main = desk_find(&desk, &card->slots[0]);
	memset(&seen, 0, sizeof(seen));
	card->moved = false;
	desk_set_gain(&desk, main, -193.0f);
	assert_true(amplitude(main) == 0.0f);
	desk_set_gain(&desk, main, 0.0f);
	desk_set_trim(&desk, main, 1, -20.0f);
	assert_true(amplitude(main) > 0.099f && amplitude(main) < 0.101f);
	desk_set_muted(&desk, main, true);
	assert_true(amplitude(main) == 0.0f);
	/* Every change is announced; io has one letter until it looks. */
	assert_string_equal(seen.text, "~daw.main ~daw.main ~daw.main ~daw.main ");
	assert_int_equal(seen.told, 1);
	card->moved = false;
	desk_set_muted(&desk, main, false);
	assert_int_equal(seen.told, 2);
	desk_finish(&desk);
	card_destroy(card);
}

static void test_solo(void **state)
{
	struct card *daw = make_card("daw"), *amp = make_card("amp");
	const struct control_stream *main, *click, *mic;
	struct desk desk;

	(void)state;
	open_desk(&desk);
	assert_int_equal(desk_add(&desk, daw), 0);
	main = desk_find(&desk, &daw->slots[0]);
	click = desk_find(&desk, &daw->slots[1]);
	mic = desk_find(&desk, &daw->slots[2]);
	desk_set_solo(&desk, mic, true);
	assert_true(amplitude(main) == 1.0f && amplitude(mic) == 1.0f);
	desk_set_solo(&desk, click, true);
	assert_true(amplitude(main) == 0.0f && amplitude(click) == 1.0f && amplitude(mic) == 1.0f);
	desk_set_solo(&desk, click, true);
	desk_set_solo(&desk, main, true);
	assert_true(amplitude(main) == 1.0f && amplitude(click) == 1.0f);
	desk_set_solo(&desk, main, false);
	assert_true(amplitude(main) == 0.0f);
	/* One that comes is silent too; when the solo one goes all are heard. */
	assert_int_equal(desk_add(&desk, amp), 0);
	assert_true(amplitude(desk_find(&desk, &amp->slots[0])) == 0.0f);
	desk_remove(&desk, daw);
	assert_true(amplitude(desk_find(&desk, &amp->slots[0])) == 1.0f);
	assert_int_equal(desk.solos, 0);
	desk_finish(&desk);
	card_destroy(amp);
	card_destroy(daw);
}

static void test_meters(void **state)
{
	struct card *daw = make_card("daw"), *amp = make_card("amp");
	struct desk desk;

	(void)state;
	open_desk(&desk);
	assert_int_equal(desk_add(&desk, daw), 0);
	assert_false(meter_wanted(&daw->slots[0].strip.meter));
	desk_want_meters(&desk, true);
	assert_int_equal(desk_add(&desk, amp), 0);
	assert_true(meter_wanted(&daw->slots[2].strip.meter));
	assert_true(meter_wanted(&amp->slots[0].strip.meter));
	desk_want_meters(&desk, false);
	assert_false(meter_wanted(&amp->slots[0].strip.meter));
	desk_finish(&desk);
	card_destroy(amp);
	card_destroy(daw);
}

static unsigned attended;

static void on_attend(void *arg, bool listening)
{
	(void)arg;
	attended += listening ? 1 : 100;
}

/* Whoever listens hears what a stream does, each step once, and nothing of before. */
static void test_watch(void **state)
{
	struct card *daw = make_card("daw"), *amp = make_card("amp");
	struct sight *sight = &daw->slots[0].strip.sight;
	struct control control;
	struct desk desk;

	(void)state;
	open_desk(&desk);
	desk.attend = on_attend;
	control = desk_control(&desk);
	assert_int_equal(desk_add(&desk, daw), 0);
	control.ops->listen(control.self, on_event, NULL);
	control.ops->want_events(control.self, false);
	sight->state = SIGHT_OPEN;
	seen.text[0] = '\0';
	control.ops->want_events(control.self, true);
	assert_int_equal(attended, 101);
	desk_watch(&desk);
	assert_string_equal(seen.text, "");
	sight->state = SIGHT_RUNNING;
	desk_watch(&desk);
	desk_watch(&desk);
	assert_string_equal(seen.text, "start daw.main ");
	/* A stream that comes before it in the order has its own past. */
	assert_int_equal(desk_add(&desk, amp), 0);
	seen.text[0] = '\0';
	sight->state = SIGHT_CLOSED;
	amp->slots[2].strip.sight.state = SIGHT_RUNNING;
	desk_watch(&desk);
	assert_string_equal(seen.text, "open amp.mic start amp.mic stop daw.main close daw.main ");
	seen.text[0] = '\0';
	rt_counter_add(&daw->slots[2].strip.overruns, 3);
	rt_counter_add(&daw->slots[0].strip.underruns, 1);
	desk_watch(&desk);
	desk_watch(&desk);
	assert_string_equal(seen.text, "xrun daw.main xrun daw.mic ");
	desk_remove(&desk, amp);
	seen.text[0] = '\0';
	desk_watch(&desk);
	assert_string_equal(seen.text, "");
	desk_finish(&desk);
	card_destroy(amp);
	card_destroy(daw);
}

static struct order *sent;
static unsigned answers;
static int answered;

static void on_send(void *arg, struct order *order)
{
	(void)arg;
	sent = order;
}

static void on_done(void *arg, const struct control_answer *answer)
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

/* What is asked of JACK is answered once: when it is back, or when the desk goes. */
static void test_orders(void **state)
{
	struct control control;
	struct desk desk;

	(void)state;
	open_desk(&desk);
	desk.send = on_send;
	control = desk_control(&desk);
	control.ops->request(control.self, CONTROL_PORTS, "system:*", NULL, on_done, &answered);
	assert_string_equal(sent->a, "system:*");
	assert_null(sent->b);
	for (unsigned i = 0; i < 100; i++) {
		char name[16];

		snprintf(name, sizeof(name), "row %u", i);
		order_add(sent, &(struct control_row){ .name = name });
	}
	assert_int_equal(answers, 0);
	desk_ordered(&desk, sent);
	assert_int_equal(answers, 1);
	control.ops->request(control.self, CONTROL_CONNECT, "a", "b", on_done, &answered);
	control.ops->request(control.self, CONTROL_CONNECT, "b", "c", on_done, &answered);
	desk_finish(&desk);
	assert_int_equal(answers, 3);
	assert_int_equal(answered, -ESHUTDOWN);

	/* No more than can be under way, however long JACK takes; one that is back makes room. */
	open_desk(&desk);
	desk.send = on_send;
	control = desk_control(&desk);
	answers = 0;
	for (unsigned i = 0; i <= DESK_ORDERS_MAX; i++) {
		assert_int_equal(answers, 0);
		control.ops->request(control.self, CONTROL_PORTS, NULL, NULL, on_done, &answered);
	}
	assert_int_equal(answers, 1);
	assert_int_equal(answered, -EBUSY);
	sent->err = -ENOTCONN;
	desk_ordered(&desk, sent);
	control.ops->request(control.self, CONTROL_PORTS, NULL, NULL, on_done, &answered);
	assert_int_equal(answers, 2);
	assert_int_equal(answered, -ENOTCONN);
	desk_finish(&desk);
	assert_int_equal(answers, 2 + DESK_ORDERS_MAX);
	control.ops->request(control.self, CONTROL_PORTS, NULL, NULL, on_done, &answered);
	assert_int_equal(answered, -ESHUTDOWN);
	answers = 3;

	/* Who stops listening is answered at once, and once. */
	open_desk(&desk);
	desk.send = on_send;
	control = desk_control(&desk);
	control.ops->request(control.self, CONTROL_SAVE, NULL, NULL, on_done, &answered);
	control.ops->listen(control.self, NULL, NULL);
	assert_int_equal(answers, 4);
	assert_int_equal(answered, -ESHUTDOWN);
	desk_finish(&desk);
	assert_int_equal(answers, 4);
}

/* One that is kicked is io's to close: one letter a card, whatever else is wanted of it. */
static void test_kick(void **state)
{
	struct card *daw = make_card("daw");
	struct control control;
	struct desk desk;

	(void)state;
	open_desk(&desk);
	control = desk_control(&desk);
	assert_int_equal(desk_add(&desk, daw), 0);
	control.ops->kick(control.self, desk_find(&desk, &daw->slots[2]));
	assert_int_equal(seen.told, 0);
	daw->slots[0].strip.sight.state = SIGHT_RUNNING;
	daw->slots[2].strip.sight.state = SIGHT_OPEN;
	control.ops->kick(control.self, desk_find(&desk, &daw->slots[2]));
	control.ops->kick(control.self, desk_find(&desk, &daw->slots[0]));
	desk_set_gain(&desk, desk_find(&desk, &daw->slots[1]), -3.0f);
	assert_int_equal(seen.told, 1);
	assert_true(daw->moved);
	assert_int_equal(daw->kicked, 5);
	desk_finish(&desk);
	card_destroy(daw);
}

/* What is counted can begin at 0 again; a stream that comes meanwhile changes nothing of that. */
static void test_stats(void **state)
{
	struct card *daw = make_card("daw"), *amp = make_card("amp");
	const struct control_stats none = { 0 };
	struct control_stats stats;
	struct control control;
	struct desk desk;

	(void)state;
	open_desk(&desk);
	control = desk_control(&desk);
	assert_int_equal(desk_add(&desk, daw), 0);
	rt_counter_add(&daw->slots[0].strip.underruns, 3);
	rt_counter_add(&daw->slots[0].strip.cycles, 9);
	rt_counter_add(&daw->throttled, 2);
	control.ops->get_stats(control.self, desk_find(&desk, &daw->slots[0]), &stats);
	assert_memory_equal(
		&stats, (&(struct control_stats){ .cycles = 9, .underruns = 3, .throttled = 2 }),
		sizeof(stats));
	control.ops->reset_stats(control.self, desk_find(&desk, &daw->slots[0]));
	control.ops->get_stats(control.self, desk_find(&desk, &daw->slots[0]), &stats);
	assert_memory_equal(&stats, &none, sizeof(stats));
	assert_int_equal(desk_add(&desk, amp), 0);
	rt_counter_add(&daw->slots[0].strip.overruns, 1);
	rt_counter_add(&daw->slots[0].strip.lost, 4);
	control.ops->get_stats(control.self, desk_find(&desk, &daw->slots[0]), &stats);
	assert_memory_equal(&stats, (&(struct control_stats){ .overruns = 1, .positions_lost = 4 }),
			    sizeof(stats));
	control.ops->get_stats(control.self, desk_find(&desk, &daw->slots[1]), &stats);
	assert_int_equal(stats.throttled, 2);
	/* The same that subscribers are told. */
	seen.text[0] = '\0';
	desk_watch(&desk);
	assert_string_equal(seen.text, "xrun daw.main ");
	assert_int_equal(seen.number, 1);
	desk_finish(&desk);
	card_destroy(amp);
	card_destroy(daw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order), cmocka_unit_test(test_levels),
		cmocka_unit_test(test_solo),  cmocka_unit_test(test_meters),
		cmocka_unit_test(test_watch), cmocka_unit_test(test_orders),
		cmocka_unit_test(test_kick),  cmocka_unit_test(test_stats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
