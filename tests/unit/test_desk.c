/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The desk: order of streams, levels, solo, memory, what is told to io and to the listener. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/desk.h"
#include "src/statefile.h"

static struct {
	char text[1024];
	unsigned told; /* letters to io */
} seen;

static void on_tell(void *arg, struct card *card)
{
	(void)arg;
	(void)card;
	seen.told++;
}

static void on_event(void *arg, const struct control_event *event)
{
	static const char *const names[] = {
		[CONTROL_STREAM_ADDED] = "+",	     [CONTROL_STREAM_REMOVED] = "-",
		[CONTROL_STREAM_LEVEL] = "~",	     [CONTROL_STREAM_OPENED] = "open ",
		[CONTROL_STREAM_STARTED] = "start ", [CONTROL_STREAM_STOPPED] = "stop ",
		[CONTROL_STREAM_CLOSED] = "close ",  [CONTROL_STREAM_XRUN] = "xrun ",
	};
	size_t length = strlen(seen.text);

	(void)arg;
	snprintf(seen.text + length, sizeof(seen.text) - length, "%s%s ", names[event->kind],
		 event->stream->id);
}

/* Two playback streams of two channels, main and click, and a capture stream, mic. */
static struct card *make_card(const char *name)
{
	static const char *const labels[] = { "main", "click", "mic" };
	struct card *card = card_create(3);

	assert_non_null(card);
	snprintf(card->name, sizeof(card->name), "%s", name);
	for (unsigned i = 0; i < 3; i++) {
		struct slot *slot = &card->slots[i];

		slot->dir = i == 2 ? PCM_CAPTURE : PCM_PLAYBACK;
		slot->channels = 2;
		snprintf(slot->label, sizeof(slot->label), "%s", labels[i]);
	}
	card_arrange(card);
	return card;
}

static float amplitude(const struct control_stream *stream)
{
	return atomic_load(&stream->slot->strip.fader.amplitudes[1]);
}

static void open_desk(struct desk *desk)
{
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(desk_init(desk), 0);
	desk->heard = on_event;
	desk->tell = on_tell;
}

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

static char path[] = "/tmp/xenjack-desk.XXXXXX";

static int remove_one(const char *file, const struct stat *status, int kind, struct FTW *ftw)
{
	(void)status;
	(void)kind;
	(void)ftw;
	return remove(file);
}

static int open_directory(void **state)
{
	(void)state;
	return mkdtemp(path) ? 0 : -1;
}

static int remove_directory(void **state)
{
	(void)state;
	return nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* What was set of a stream is there again when its guest is, or the next daemon. */
static void test_memory(void **state)
{
	int dir = statefile_open(path);
	struct card *card = make_card("daw");
	struct desk desk, next;

	(void)state;
	assert_true(dir >= 0);
	open_desk(&desk);
	assert_int_equal(desk_load(&desk, dir), 0);
	assert_int_equal(desk_add(&desk, card), 0);
	assert_false(desk.unsaved);
	desk_set_gain(&desk, desk_find(&desk, &card->slots[0]), -12.5f);
	desk_set_trim(&desk, desk_find(&desk, &card->slots[0]), 1, -193.0f);
	desk_set_muted(&desk, desk_find(&desk, &card->slots[2]), true);
	desk_set_solo(&desk, desk_find(&desk, &card->slots[0]), true);
	assert_true(desk.unsaved);
	desk_remove(&desk, card);
	card_destroy(card);
	card = make_card("daw");
	assert_int_equal(desk_add(&desk, card), 0);
	assert_true(card->slots[0].strip.fader.gain_db == -12.5f);
	assert_int_equal(desk_save(&desk, dir), 0);
	assert_false(desk.unsaved);
	desk_finish(&desk);
	card_destroy(card);

	card = make_card("daw");
	open_desk(&next);
	assert_int_equal(desk_load(&next, dir), 0);
	assert_int_equal(desk_add(&next, card), 0);
	assert_true(card->slots[0].strip.fader.gain_db == -12.5f);
	assert_true(card->slots[0].strip.fader.trim_db[0] == 0.0f);
	assert_true(card->slots[0].strip.fader.trim_db[1] == FADER_DB_MIN);
	assert_false(card->slots[0].strip.fader.muted);
	assert_true(card->slots[2].strip.fader.muted);
	assert_true(amplitude(desk_find(&next, &card->slots[2])) == 0.0f);
	assert_true(amplitude(desk_find(&next, &card->slots[1])) == 1.0f);
	/* Read again: what is not in the file is at its default again, and the rest as it is there.
	 */
	desk_set_gain(&next, desk_find(&next, &card->slots[0]), 3.0f);
	desk_set_muted(&next, desk_find(&next, &card->slots[1]), true);
	seen.text[0] = '\0';
	assert_int_equal(desk_reload(&next, dir), 0);
	assert_string_equal(seen.text, "~daw.click ~daw.main ");
	assert_true(card->slots[0].strip.fader.gain_db == -12.5f);
	assert_true(amplitude(desk_find(&next, &card->slots[1])) == 1.0f);
	assert_false(next.unsaved);
	/* Solo is of the moment. */
	assert_int_equal(next.solos, 0);
	desk_finish(&next);
	card_destroy(card);
	statefile_close(dir);
}

/* Files that somebody else has written: nothing of them is taken, and they are kept. */
static void test_damaged_memory(void **state)
{
	static const char *const texts[] = {
		"",
		"[]",
		"{\"version\": 2, \"streams\": {}}",
		"{\"version\": 1, \"streams\": []}",
		"{\"version\": 1, \"streams\": {\"a.b\": 1}}",
		"{\"version\": 1, \"streams\": {\"a.b\": {\"gain\": 99, \"muted\": false, "
		"\"trims\": []}}}",
		"{\"version\": 1, \"streams\": {\"a.b\": {\"gain\": 0, \"muted\": 3, "
		"\"trims\": []}}}",
		"{\"version\": 1, \"streams\": {\"daw.main\": {\"gain\": -3, \"muted\": false, "
		"\"trims\": []}, \"a.b\": {\"gain\": 0, \"muted\": false, \"trims\": [null]}}}",
	};
	int dir = statefile_open(path);

	(void)state;
	for (unsigned i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct card *card = make_card("daw");
		FILE *file;
		struct desk desk;
		int fd = openat(dir, "levels.json", O_WRONLY | O_CREAT | O_TRUNC, 0644);

		file = fdopen(fd, "w");
		fputs(texts[i], file);
		fclose(file);
		open_desk(&desk);
		assert_int_equal(desk_load(&desk, dir), -EBADMSG);
		assert_int_equal(desk_add(&desk, card), 0);
		assert_true(card->slots[0].strip.fader.gain_db == 0.0f);
		assert_int_equal(faccessat(dir, "levels.json", F_OK, 0), -1);
		assert_int_equal(faccessat(dir, "levels.json.damaged", F_OK, 0), 0);
		desk_finish(&desk);
		card_destroy(card);
	}
	statefile_close(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),  cmocka_unit_test(test_levels),
		cmocka_unit_test(test_solo),   cmocka_unit_test(test_meters),
		cmocka_unit_test(test_watch),  cmocka_unit_test(test_orders),
		cmocka_unit_test(test_memory), cmocka_unit_test(test_damaged_memory),
	};

	return cmocka_run_group_tests(tests, open_directory, remove_directory);
}
