/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/desk.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void desk_tell(const struct desk *desk, const struct control_event *event)
{
	if (desk->heard) {
		desk->heard(desk->heard_arg, event);
	}
}

void desk_announce(struct desk *desk, enum control_kind kind, const struct control_stream *stream,
		   uint64_t number)
{
	const struct control_event event = { .kind = kind, .stream = stream, .number = number };

	desk_tell(desk, &event);
}

static struct fader *fader_of(const struct control_stream *stream)
{
	return &stream->slot->strip.fader;
}

/* io looks at all of a card when it has time; what is set until then is seen with it. */
void desk_moved(struct desk *desk, const struct control_stream *stream)
{
	struct card *card = (struct card *)(uintptr_t)stream->card;

	/* Releases what was set to whoever takes it back. */
	if (desk->tell && !atomic_exchange(&card->moved, true)) {
		desk->tell(desk->tell_arg, card);
	}
}

static void changed(struct desk *desk, const struct control_stream *stream, uint64_t what)
{
	desk_moved(desk, stream);
	desk_learn(desk, stream);
	desk_announce(desk, CONTROL_STREAM_LEVEL, stream, what);
}

/* --- which streams there are */

static bool reserve(struct desk *desk, unsigned more)
{
	unsigned room = (desk->count + more) * 2;
	struct control_stream *streams;
	struct desk_seen *seen;

	if (desk->count + more <= desk->room) {
		return true;
	}
	streams = realloc(desk->streams, room * sizeof(*streams));
	if (streams) {
		desk->streams = streams;
	}
	seen = realloc(desk->seen, room * sizeof(*seen));
	if (seen) {
		desk->seen = seen;
	}
	if (streams && seen) {
		desk->room = room;
	}
	return streams && seen;
}

static unsigned place_of(const struct desk *desk, const char *id)
{
	unsigned low = 0, high = desk->count;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (strcmp(desk->streams[middle].id, id) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static void insert(struct desk *desk, const struct card *card, struct slot *slot)
{
	struct control_stream stream = { .card = card, .slot = slot };
	unsigned place;

	snprintf(stream.id, sizeof(stream.id), "%s.%s", card->name, slot->label);
	place = place_of(desk, stream.id);
	memmove(&desk->streams[place + 1], &desk->streams[place],
		(desk->count - place) * sizeof(stream));
	memmove(&desk->seen[place + 1], &desk->seen[place],
		(desk->count - place) * sizeof(*desk->seen));
	desk->streams[place] = stream;
	desk->seen[place] = (struct desk_seen){ .state = SIGHT_CLOSED };
	desk->count++;
	desk_recall(desk, &stream);
	fader_set_solo(&slot->strip.fader, false, slot->dir == PCM_PLAYBACK && desk->solos);
	meter_want(&slot->strip.meter, desk->metered);
	desk_announce(desk, CONTROL_STREAM_ADDED, &desk->streams[place], 0);
}

int desk_add(struct desk *desk, struct card *card)
{
	if (!reserve(desk, card->slot_count)) {
		return -ENOMEM;
	}
	for (unsigned i = 0; i < card->slot_count; i++) {
		insert(desk, card, &card->slots[i]);
	}
	return 0;
}

void desk_remove(struct desk *desk, const struct card *card)
{
	unsigned i = 0;

	/* How a stream ended comes before that it is gone. */
	if (desk->watched) {
		desk_watch(desk);
	}
	while (i < desk->count) {
		if (desk->streams[i].card != card) {
			i++;
			continue;
		}
		desk_set_solo(desk, &desk->streams[i], false);
		desk_announce(desk, CONTROL_STREAM_REMOVED, &desk->streams[i], 0);
		desk->count--;
		memmove(&desk->streams[i], &desk->streams[i + 1],
			(desk->count - i) * sizeof(*desk->streams));
		memmove(&desk->seen[i], &desk->seen[i + 1],
			(desk->count - i) * sizeof(*desk->seen));
	}
}

const struct control_stream *desk_find(const struct desk *desk, const struct slot *slot)
{
	for (unsigned i = 0; i < desk->count; i++) {
		if (desk->streams[i].slot == slot) {
			return &desk->streams[i];
		}
	}
	return NULL;
}

void desk_finish(struct desk *desk)
{
	free(desk->streams);
	free(desk->seen);
	desk->streams = NULL;
	desk->seen = NULL;
	desk->count = desk->room = 0;
	desk->send = NULL;
	while (desk->orders) {
		desk->orders->err = -ESHUTDOWN;
		desk_ordered(desk, desk->orders);
	}
	desk_forget(desk);
}

/* --- what is set of them */

void desk_set_gain(struct desk *desk, const struct control_stream *stream, float db)
{
	fader_set_gain(fader_of(stream), db);
	changed(desk, stream, CONTROL_GAIN);
}

void desk_set_trim(struct desk *desk, const struct control_stream *stream, uint32_t channel,
		   float db)
{
	fader_set_trim(fader_of(stream), channel, db);
	changed(desk, stream, CONTROL_TRIM + (uint64_t)channel * CONTROL_TRIM_CHANNEL);
}

void desk_set_muted(struct desk *desk, const struct control_stream *stream, bool muted)
{
	fader_set_muted(fader_of(stream), muted);
	changed(desk, stream, CONTROL_MUTE);
}

/* The others are shadowed as long as anyone is solo. */
static void shadow(struct desk *desk)
{
	for (unsigned i = 0; i < desk->count; i++) {
		const struct control_stream *stream = &desk->streams[i];
		struct fader *fader = fader_of(stream);

		if (stream->slot->dir == PCM_PLAYBACK) {
			fader_set_solo(fader, fader->solo, desk->solos);
			desk_moved(desk, stream);
		}
	}
}

void desk_set_solo(struct desk *desk, const struct control_stream *stream, bool solo)
{
	struct fader *fader = fader_of(stream);

	/* What a guest records is not heard: there is nothing to be alone with. */
	if (fader->solo == solo || stream->slot->dir != PCM_PLAYBACK) {
		return;
	}
	desk->solos += solo ? 1 : -1u;
	fader_set_solo(fader, solo, desk->solos);
	desk_moved(desk, stream);
	if (desk->solos == (solo ? 1 : 0)) {
		shadow(desk);
	}
	desk_announce(desk, CONTROL_STREAM_LEVEL, stream, CONTROL_SOLO);
}

void desk_kick(struct desk *desk, const struct control_stream *stream)
{
	struct card *card = (struct card *)(uintptr_t)stream->card;

	/* One that is opened meanwhile is another. */
	if (stream->slot->strip.sight.state == SIGHT_CLOSED) {
		return;
	}
	atomic_fetch_or(&card->kicked, UINT64_C(1) << (stream->slot - card->slots));
	desk_moved(desk, stream);
}

void desk_want_meters(struct desk *desk, bool wanted)
{
	desk->metered = wanted;
	for (unsigned i = 0; i < desk->count; i++) {
		meter_want(&desk->streams[i].slot->strip.meter, wanted);
		meter_clear(&desk->streams[i].slot->strip.meter);
	}
}
