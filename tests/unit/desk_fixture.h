/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cards for a desk, and what it tells, as text in `seen`. The caller's program only. */
#ifndef XENJACK_TEST_DESK_FIXTURE_H
#define XENJACK_TEST_DESK_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "src/desk.h"

static struct {
	char text[1024];
	unsigned told;	 /* letters to io */
	uint64_t number; /* of the last event */
} seen;

static inline void on_tell(void *arg, struct card *card)
{
	(void)arg;
	(void)card;
	seen.told++;
}

static inline void on_event(void *arg, const struct control_event *event)
{
	static const char *const names[] = {
		[CONTROL_STREAM_ADDED] = "+",	     [CONTROL_STREAM_REMOVED] = "-",
		[CONTROL_STREAM_LEVEL] = "~",	     [CONTROL_STREAM_OPENED] = "open ",
		[CONTROL_STREAM_STARTED] = "start ", [CONTROL_STREAM_STOPPED] = "stop ",
		[CONTROL_STREAM_CLOSED] = "close ",  [CONTROL_STREAM_XRUN] = "xrun ",
	};
	size_t length = strlen(seen.text);

	(void)arg;
	seen.number = event->number;
	snprintf(seen.text + length, sizeof(seen.text) - length, "%s%s ", names[event->kind],
		 event->stream->id);
}

/* Two playback streams of two channels, main and click, and a capture stream, mic. */
static inline struct card *make_card(const char *name)
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

static inline float amplitude(const struct control_stream *stream)
{
	return atomic_load(&stream->slot->strip.fader.amplitudes[1]);
}

static inline void open_desk(struct desk *desk)
{
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(desk_init(desk), 0);
	desk->heard = on_event;
	desk->tell = on_tell;
}

#endif
