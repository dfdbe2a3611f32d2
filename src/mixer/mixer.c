/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/mixer/mixer.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/mixer/mixer_parts.h"

static void announce(const struct mixer *mixer, enum event_kind kind, struct stream *stream,
		     uint64_t number)
{
	mixer_tell(mixer, &(struct event){ .kind = kind, .stream = stream, .number = number });
}

static struct fader *fader_of(struct stream *stream)
{
	return &stream->strip.fader;
}

static void changed(struct mixer *mixer, struct stream *stream, uint64_t what)
{
	mixer_apply(mixer, stream->card);
	levels_learn(&mixer->levels, stream->id, fader_of(stream));
	announce(mixer, EVENT_STREAM_LEVEL, stream, what);
}

/* --- streams */

static bool reserve(struct mixer *mixer, unsigned more)
{
	unsigned room = (mixer->count + more) * 2;
	struct stream **streams;

	if (mixer->count + more <= mixer->room) {
		return true;
	}
	streams = reallocarray(mixer->streams, room, sizeof(struct stream *));
	if (streams) {
		mixer->streams = streams;
		mixer->room = room;
	}
	return streams;
}

static unsigned place_of(const struct mixer *mixer, const char *id)
{
	unsigned low = 0, high = mixer->count;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (strcmp(mixer->streams[middle]->id, id) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

/* Sets a stream's fader to what is remembered, all at once: nothing in between is ever heard. */
static void recall(const struct mixer *mixer, const struct stream *stream,
		   const struct guest *guest, struct fader *fader)
{
	fader->guest_db = guest->gain_db;
	fader->guest_muted = guest->muted;
	levels_recall(&mixer->levels, stream->id, stream->card->new_streams == CARD_NEW_SILENT,
		      fader);
}

static void insert(struct mixer *mixer, struct stream *stream, const struct guest *guest)
{
	unsigned place;

	snprintf(stream->id, sizeof(stream->id), "%s.%s", stream->card->name, stream->label);
	place = place_of(mixer, stream->id);
	memmove(&mixer->streams[place + 1], &mixer->streams[place],
		(mixer->count - place) * sizeof(struct stream *));
	mixer->streams[place] = stream;
	memset(&stream->strip.told, 0, sizeof(stream->strip.told));
	mixer->count++;
	recall(mixer, stream, guest, fader_of(stream));
	fader_set_solo(&stream->strip.fader, false, stream->dir == PCM_PLAYBACK && mixer->solos);
	meter_want(&stream->strip.meter, mixer->metered);
	announce(mixer, EVENT_STREAM_ADDED, stream, 0);
}

int mixer_add(struct mixer *mixer, struct card *card)
{
	const struct guest *guest = NULL;

	if (reserve(mixer, card->stream_count)) {
		guest = mixer_guests_add(mixer, card);
	}
	if (!guest) {
		return -ENOMEM;
	}
	for (unsigned i = 0; i < card->stream_count; i++) {
		insert(mixer, &card->streams[i], guest);
	}
	return 0;
}

void mixer_remove(struct mixer *mixer, const struct card *card)
{
	unsigned i = 0;

	/* Announce a stream's end before its removal. */
	if (mixer->watched) {
		mixer_watch(mixer);
	}
	while (i < mixer->count) {
		if (mixer->streams[i]->card != card) {
			i++;
			continue;
		}
		mixer_set_solo(mixer, mixer->streams[i], false);
		announce(mixer, EVENT_STREAM_REMOVED, mixer->streams[i], 0);
		mixer->count--;
		memmove(&mixer->streams[i], &mixer->streams[i + 1],
			(mixer->count - i) * sizeof(struct stream *));
	}
	mixer_guests_remove(mixer, card);
}

/* --- levels */

void mixer_set_gain(struct mixer *mixer, struct stream *stream, float db)
{
	fader_set_gain(fader_of(stream), db);
	changed(mixer, stream, EVENT_GAIN);
}

void mixer_set_trim(struct mixer *mixer, struct stream *stream, uint32_t channel, float db)
{
	fader_set_trim(fader_of(stream), channel, db);
	changed(mixer, stream, EVENT_TRIM + (uint64_t)channel * EVENT_TRIM_CHANNEL);
}

void mixer_set_muted(struct mixer *mixer, struct stream *stream, bool muted)
{
	fader_set_muted(fader_of(stream), muted);
	changed(mixer, stream, EVENT_MUTE);
}

/* Silences the other playback streams while any stream is solo. */
static void shadow(struct mixer *mixer)
{
	for (unsigned i = 0; i < mixer->count; i++) {
		struct stream *stream = mixer->streams[i];
		struct fader *fader = fader_of(stream);

		if (stream->dir == PCM_PLAYBACK) {
			fader_set_solo(fader, fader->solo, mixer->solos);
			mixer_apply(mixer, stream->card);
		}
	}
}

void mixer_set_solo(struct mixer *mixer, struct stream *stream, bool solo)
{
	struct fader *fader = fader_of(stream);

	/* Solo is for playback only: nobody hears a capture stream. */
	if (fader->solo == solo || stream->dir != PCM_PLAYBACK) {
		return;
	}
	mixer->solos += solo ? 1 : -1u;
	fader_set_solo(fader, solo, mixer->solos);
	mixer_apply(mixer, stream->card);
	if (mixer->solos == (solo ? 1 : 0)) {
		shadow(mixer);
	}
	announce(mixer, EVENT_STREAM_LEVEL, stream, EVENT_SOLO);
}

static void restore(struct mixer *mixer, struct stream *stream)
{
	struct fader *fader = fader_of(stream);
	float gain_db = fader->gain_db, trims_db[PCM_CHANNELS_MAX];
	bool muted = fader->muted;

	memcpy(trims_db, fader->trim_db, sizeof(trims_db));
	recall(mixer, stream, mixer_guest_of(mixer, stream->card), fader);
	mixer_apply(mixer, stream->card);
	if (fader->gain_db != gain_db) {
		announce(mixer, EVENT_STREAM_LEVEL, stream, EVENT_GAIN);
	}
	for (uint32_t c = 0; c < fader->channels; c++) {
		if (fader->trim_db[c] != trims_db[c]) {
			announce(mixer, EVENT_STREAM_LEVEL, stream,
				 EVENT_TRIM + (uint64_t)c * EVENT_TRIM_CHANNEL);
		}
	}
	if (fader->muted != muted) {
		announce(mixer, EVENT_STREAM_LEVEL, stream, EVENT_MUTE);
	}
}

int mixer_reload(struct mixer *mixer, int dir, const char *state)
{
	bool replaced = false;
	int err = levels_load(&mixer->levels, dir, state, &replaced);

	if (replaced) {
		mixer_guests_restore(mixer);
	}
	for (unsigned i = 0; i < mixer->count && replaced; i++) {
		restore(mixer, mixer->streams[i]);
	}
	return err;
}

/* --- what streams do */

void mixer_kick(struct mixer *mixer, struct stream *stream)
{
	struct card *card = stream->card;

	/* Nothing to close. If the guest opens the stream later, that is not the one to kick. */
	if (stream->strip.status.state == STREAM_CLOSED) {
		return;
	}
	atomic_fetch_or(&card->kicked, UINT64_C(1) << (stream - card->streams));
	mixer_apply(mixer, stream->card);
}

void mixer_want_meters(struct mixer *mixer, bool wanted)
{
	mixer->metered = wanted;
	for (unsigned i = 0; i < mixer->count; i++) {
		meter_want(&mixer->streams[i]->strip.meter, wanted);
		meter_clear(&mixer->streams[i]->strip.meter);
	}
}

/* --- the listener: events come from polling what io and the process callback record */

static void watch_state(struct mixer *mixer, struct stream *stream)
{
	enum stream_state before = stream->strip.told.state;
	enum stream_state now = atomic_load(&stream->strip.status.state);

	stream->strip.told.state = now;
	if (before == STREAM_RUNNING && now != STREAM_RUNNING) {
		announce(mixer, EVENT_STREAM_STOPPED, stream, 0);
	}
	if (before != STREAM_CLOSED && now == STREAM_CLOSED) {
		announce(mixer, EVENT_STREAM_CLOSED, stream, 0);
	}
	if (before == STREAM_CLOSED && now != STREAM_CLOSED) {
		announce(mixer, EVENT_STREAM_OPENED, stream, 0);
	}
	if (before != STREAM_RUNNING && now == STREAM_RUNNING) {
		announce(mixer, EVENT_STREAM_STARTED, stream, 0);
	}
}

static void watch_xruns(struct mixer *mixer, struct stream *stream)
{
	struct strip *strip = &stream->strip;
	uint64_t now = rt_counter_get(&strip->underruns) + rt_counter_get(&strip->overruns);

	if (now != strip->told.xruns) {
		strip->told.xruns = now;
		announce(mixer, EVENT_STREAM_XRUN, stream,
			 now - strip->told.since.underruns - strip->told.since.overruns);
	}
}

void mixer_watch(struct mixer *mixer)
{
	for (unsigned i = 0; i < mixer->count; i++) {
		watch_state(mixer, mixer->streams[i]);
		watch_xruns(mixer, mixer->streams[i]);
	}
}

static struct strip_stats count(const struct stream *stream)
{
	const struct strip *strip = &stream->strip;

	return (struct strip_stats){
		.cycles = rt_counter_get(&strip->cycles),
		.underruns = rt_counter_get(&strip->underruns),
		.overruns = rt_counter_get(&strip->overruns),
		.positions_lost = rt_counter_get(&strip->lost),
		.throttled = rt_counter_get(&stream->card->throttled),
	};
}

struct strip_stats mixer_get_stats(const struct stream *stream)
{
	const struct strip_stats *since = &stream->strip.told.since;
	struct strip_stats stats = count(stream);

	stats.cycles -= since->cycles;
	stats.underruns -= since->underruns;
	stats.overruns -= since->overruns;
	stats.positions_lost -= since->positions_lost;
	stats.throttled -= since->throttled;
	return stats;
}

void mixer_reset_stats(struct stream *stream)
{
	struct strip *strip = &stream->strip;

	/* Xruns not yet announced are dropped, too. */
	strip->told.since = count(stream);
	strip->told.xruns = strip->told.since.underruns + strip->told.since.overruns;
}

void mixer_want_events(struct mixer *mixer, bool wanted)
{
	event_listener *listener = mixer->listener;

	if (wanted) {
		/* Catch up silently: only what happens from now on is an event. */
		mixer->listener = NULL;
		mixer_watch(mixer);
		mixer->listener = listener;
	}
	mixer->watched = wanted;
	if (mixer->hooks.watch) {
		mixer->hooks.watch(mixer->hooks.arg, wanted);
	}
}

/* --- requests */

void mixer_request(struct mixer *mixer, enum jack_request_verb verb, const char *a, const char *b,
		   jack_request_done *done, void *arg)
{
	int err = !mixer->hooks.send			       ? -ESHUTDOWN
		  : mixer->request_count == MIXER_REQUESTS_MAX ? -EBUSY
							       : 0;
	struct jack_request *request = err ? NULL : jack_request_create(verb, a, b, done, arg);

	if (!request) {
		done(arg, &(struct jack_request_answer){ .err = err ? err : -ENOMEM });
		return;
	}
	request->next = mixer->requests;
	mixer->requests = request;
	mixer->request_count++;
	mixer->hooks.send(mixer->hooks.arg, request);
}

void mixer_answer(struct mixer *mixer, struct jack_request *request)
{
	struct jack_request **link = &mixer->requests;

	while (*link != request) {
		link = &(*link)->next;
	}
	*link = request->next;
	mixer->request_count--;
	jack_request_finish(request);
}

/* Answers now, although the jack thread still owns the request. */
static void give_up(struct jack_request *request)
{
	static const struct jack_request_answer over = { .err = -ESHUTDOWN };

	if (request->done) {
		request->done(request->arg, &over);
		request->done = NULL;
	}
}

void mixer_listen(struct mixer *mixer, event_listener *listener, void *arg)
{
	mixer->listener = listener;
	mixer->listener_arg = arg;
	for (struct jack_request *request = mixer->requests; !listener && request;
	     request = request->next) {
		give_up(request);
	}
}

/* --- lifetime */

int mixer_init(struct mixer *mixer)
{
	*mixer = (struct mixer){ .jack.server = "" };
	return levels_init(&mixer->levels);
}

void mixer_finish(struct mixer *mixer)
{
	free(mixer->streams);
	mixer->streams = NULL;
	mixer->count = mixer->room = 0;
	mixer->hooks.send = NULL;
	while (mixer->requests) {
		mixer->requests->err = -ESHUTDOWN;
		mixer_answer(mixer, mixer->requests);
	}
	guest_finish(&mixer->guests);
	levels_finish(&mixer->levels);
}
