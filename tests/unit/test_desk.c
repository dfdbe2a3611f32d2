/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The desk: order of streams, levels, solo, what is told to io and to the listener. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/desk.h"

static struct {
	char text[1024];
	unsigned told[4]; /* letters to io, a slot number */
} seen;

static void on_tell(void *arg, struct card *card, unsigned number)
{
	(void)arg;
	(void)card;
	seen.told[number]++;
}

static void on_event(void *arg, const struct control_event *event)
{
	static const char *const names[] = {
		[CONTROL_STREAM_ADDED] = "+",
		[CONTROL_STREAM_REMOVED] = "-",
		[CONTROL_STREAM_LEVEL] = "~",
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
	*desk = (struct desk){ .heard = on_event, .tell = on_tell };
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
	for (unsigned i = 0; i < 3; i++) {
		fader_heard(&card->slots[i].strip.fader);
	}
	desk_set_gain(&desk, main, -193.0f);
	assert_true(amplitude(main) == 0.0f);
	desk_set_gain(&desk, main, 0.0f);
	desk_set_trim(&desk, main, 1, -20.0f);
	assert_true(amplitude(main) > 0.099f && amplitude(main) < 0.101f);
	desk_set_muted(&desk, main, true);
	assert_true(amplitude(main) == 0.0f);
	/* Every change is announced; io has one letter until it looks. */
	assert_string_equal(seen.text, "~daw.main ~daw.main ~daw.main ~daw.main ");
	assert_int_equal(seen.told[0], 1);
	fader_heard(&main->slot->strip.fader);
	desk_set_muted(&desk, main, false);
	assert_int_equal(seen.told[0], 2);
	assert_int_equal(seen.told[1], 0);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_solo),
		cmocka_unit_test(test_meters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
