/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cards for a mixer, and its events and messages to io as text in `seen`. One per program. */
#ifndef XENJACK_TEST_MIXER_FIXTURE_H
#define XENJACK_TEST_MIXER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "src/mixer/mixer.h"

static struct {
	char text[1024];
	unsigned told;	 /* messages to io */
	uint64_t number; /* of the last event */
	uint64_t numbers[8];
	unsigned count;
} seen;

static inline void on_tell(void *arg, struct card *card)
{
	(void)arg;
	(void)card;
	seen.told++;
}

static inline void on_event(void *arg, const struct event *event)
{
	static const char *const names[] = {
		[EVENT_STREAM_ADDED] = "+",	   [EVENT_STREAM_REMOVED] = "-",
		[EVENT_STREAM_LEVEL] = "~",	   [EVENT_STREAM_OPENED] = "open ",
		[EVENT_STREAM_STARTED] = "start ", [EVENT_STREAM_STOPPED] = "stop ",
		[EVENT_STREAM_CLOSED] = "close ",  [EVENT_STREAM_XRUN] = "xrun ",
		[EVENT_GUEST_LEVEL] = "guest ",	   [EVENT_GUEST_REMOVED] = "no guest ",
	};
	size_t length = strlen(seen.text);

	(void)arg;
	seen.number = event->number;
	seen.numbers[seen.count++ % 8] = event->number;
	snprintf(seen.text + length, sizeof(seen.text) - length, "%s%s ", names[event->kind],
		 event->guest ? event->guest->name : event->stream->id);
}

/* Two playback streams of two channels, main and click, and one capture stream, mic. */
static inline struct card *make_card_of(const char *guest, const char *name)
{
	static const char *const labels[] = { "main", "click", "mic" };
	struct card *card = card_create(3);

	assert_non_null(card);
	snprintf(card->guest, sizeof(card->guest), "%s", guest);
	snprintf(card->name, sizeof(card->name), "%s", name);
	for (unsigned i = 0; i < 3; i++) {
		struct stream *stream = &card->streams[i];

		stream->dir = i == 2 ? PCM_CAPTURE : PCM_PLAYBACK;
		stream->channels = 2;
		snprintf(stream->label, sizeof(stream->label), "%s", labels[i]);
	}
	card_arrange(card);
	return card;
}

static inline struct card *make_card(const char *name)
{
	return make_card_of(name, name);
}

static inline float amplitude(struct stream *stream)
{
	return atomic_load(&stream->strip.fader.amplitudes.channels[1]);
}

static inline void open_mixer(struct mixer *mixer)
{
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(mixer_init(mixer), 0);
	mixer->listener = on_event;
	mixer->hooks.apply = on_tell;
}

#endif
