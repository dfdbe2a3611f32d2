/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mixer: all streams of all guests, sorted by id, with their levels and solo; the guests, with
 * their levels as a whole; the pending requests to JACK; and one listener, which gets the events.
 * OSC and the command line act on it. Main thread. It owns the list of streams, not the cards.
 * Levels are in dB.
 */
#ifndef XENJACK_MIXER_H
#define XENJACK_MIXER_H

#include "src/mixer/event.h"
#include "src/mixer/guest.h"
#include "src/mixer/jack_request.h"
#include "src/mixer/levels.h"
#include "src/sound/card.h"

/* Limit of pending requests: libjack may block the jack thread forever. */
#define MIXER_REQUESTS_MAX 64u

/* The JACK server, as last reported by the jack thread. */
struct mixer_jack {
	enum {
		MIXER_JACK_DOWN,
		MIXER_JACK_UP,
		MIXER_JACK_FREEWHEEL,
	} state;
	const char *server;		 /* its name, "" for the default */
	bool shared;			 /* all cards share one pair of clients */
	uint32_t rate_hz, period_frames; /* last known, or assumed */
	bool realtime;
	float load; /* DSP load, 0 to 1 */
	uint64_t xruns;
};

struct mixer {
	struct levels levels;	 /* remembered for all streams and guests */
	struct stream **streams; /* sorted by id */
	unsigned count, room;
	struct guest_list guests;
	unsigned solos;		/* playback streams that are solo; if any, the others are silent */
	bool watched;		/* the listener wants stream events */
	bool metered;		/* process callbacks measure levels */
	struct mixer_jack jack; /* updated by mixer_link */
	struct jack_request *requests;
	unsigned request_count;
	event_listener *listener; /* or NULL */
	void *listener_arg;

	/* Links to the other threads; each may be NULL. */
	struct mixer_hooks {
		/* Start or stop calling mixer_watch periodically. */
		void (*watch)(void *arg, bool often);
		/* Have io apply a card's faders and kicks; io clears card->moved first. */
		void (*apply)(void *arg, struct card *card);
		/* Send to the jack thread; mixer_answer takes it back. NULL: it has ended. */
		void (*send)(void *arg, struct jack_request *request);
		void *arg;
	} hooks;
};

/* No streams, no remembered levels. Returns 0 or -ENOMEM. */
int mixer_init(struct mixer *mixer);

/* Accepts a zeroed struct. */
void mixer_finish(struct mixer *mixer);

/* --- streams */

/* Adds a card's streams, before io knows the card. Returns 0, or -ENOMEM with nothing added. */
int mixer_add(struct mixer *mixer, struct card *card);

void mixer_remove(struct mixer *mixer, const struct card *card);

/* --- levels; each change is an event */

void mixer_set_gain(struct mixer *mixer, struct stream *stream, float db);
void mixer_set_trim(struct mixer *mixer, struct stream *stream, uint32_t channel, float db);
void mixer_set_muted(struct mixer *mixer, struct stream *stream, bool muted);

/* Silences all playback streams that are not solo. */
void mixer_set_solo(struct mixer *mixer, struct stream *stream, bool solo);

/* By its real name. NULL: it has neither a card nor a level of its own. */
struct guest *mixer_find_guest(const struct mixer *mixer, const char *name);

/* A card's guest; NULL: the card was not added. */
struct guest *mixer_guest_of(const struct mixer *mixer, const struct card *card);

/*
 * Set and remember what holds for all streams of a guest, also those that it has never had. Nothing
 * is set on -ENOSPC, when too many guests are remembered, or -ENOMEM. A guest without cards is gone
 * when it is at 0 dB and not muted. What a domain without a name has is forgotten with the daemon.
 */
int mixer_set_guest_gain(struct mixer *mixer, struct guest *guest, float db);
int mixer_set_guest_muted(struct mixer *mixer, struct guest *guest, bool muted);

/* Loads the remembered levels from a file and sets all faders to them; see levels_load. */
int mixer_reload(struct mixer *mixer, int dir, const char *state);

/* --- what streams do */

/* Closes a stream from our side; the guest may open it again. */
void mixer_kick(struct mixer *mixer, struct stream *stream);

/* Switches metering in the process callbacks, for all streams at once. */
void mixer_want_meters(struct mixer *mixer, bool wanted);

/* Counts since the card connected, or since the last reset. */
struct strip_stats mixer_get_stats(const struct stream *stream);
void mixer_reset_stats(struct stream *stream);

/* --- the listener */

/* Sets the only listener. NULL removes it and answers every pending request with -ESHUTDOWN. */
void mixer_listen(struct mixer *mixer, event_listener *listener, void *arg);

/*
 * Whether the listener gets open, start, stop, close and xrun events of streams. If not, it only
 * gets added and removed streams and level changes. Missed events are not made up for later.
 */
void mixer_want_events(struct mixer *mixer, bool wanted);

/* Announces changes of stream state and xruns since the last call. */
void mixer_watch(struct mixer *mixer);

void mixer_tell(const struct mixer *mixer, const struct event *event);

/* --- requests to JACK */

/* Calls `done` exactly once: at once, before returning, if the request cannot be sent. */
void mixer_request(struct mixer *mixer, enum jack_request_verb verb, const char *a, const char *b,
		   jack_request_done *done, void *arg);

/* Answers and frees a request that is back, or that never will be. */
void mixer_answer(struct mixer *mixer, struct jack_request *request);

#endif
