/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mixing desk: every stream of every guest in the order of its id, its fader, who is solo,
 * who hears of changes, and a memory of what was set, by id, that outlives guests and the daemon.
 * ctl. It owns the list, not the cards; io is told of a fader that was moved by `tell`, once until
 * it has looked. Levels in dB.
 */
#ifndef XENJACK_DESK_H
#define XENJACK_DESK_H

#include "src/order.h"

/* Orders under way; JACK may make its thread wait for ever. */
#define DESK_ORDERS_MAX 64u

/* What the listener knows of a stream. */
struct desk_seen {
	enum sight_state state;
	uint64_t xruns;		    /* as they are counted */
	struct control_stats since; /* what is not told any more */
};

struct desk {
	struct json_t
		*memory; /* levels.json's: what is at its default because nobody set it is not */
	bool unsaved;	 /* the memory is another than the file */
	struct control_stream *streams; /* in order */
	struct desk_seen *seen;		/* one a stream */
	unsigned count, room;
	unsigned solos; /* playback streams that are solo: the others are not heard */
	bool watched;	/* somebody is told what streams do */
	bool metered;
	control_heard *heard; /* may be NULL */
	void *heard_arg;
	/* Somebody listens from now on, and desk_watch is wanted often; or nobody. May be NULL. */
	void (*attend)(void *arg, bool listening);
	void *attend_arg;
	/* Has io look at what is wanted of a card; it sets card->moved back before it does. May be
	 * NULL. */
	void (*tell)(void *arg, struct card *card);
	void *tell_arg;
	struct control_status status; /* kept by the owner */
	struct order *orders;	      /* under way to jack and back */
	unsigned order_count;
	/* Posts an order, which desk_ordered takes back. NULL: nobody is there any more. */
	void (*send)(void *arg, struct order *order);
	void *send_arg;
};

/* With an empty memory; 0 or -ENOMEM. */
int desk_init(struct desk *desk);

/* Accepts a zeroed one. */
void desk_finish(struct desk *desk);

/* Takes a card's streams, before io knows it, or lets them go; 0 or -ENOMEM, and nothing taken. */
int desk_add(struct desk *desk, struct card *card);
void desk_remove(struct desk *desk, const struct card *card);

/* The same for the outside. */
struct control desk_control(struct desk *desk);

/* An order is back, or will never be: answers and frees it. */
void desk_ordered(struct desk *desk, struct order *order);

/* The stream of a slot, which is on the desk. */
const struct control_stream *desk_find(const struct desk *desk, const struct slot *slot);

void desk_set_gain(struct desk *desk, const struct control_stream *stream, float db);
void desk_set_trim(struct desk *desk, const struct control_stream *stream, uint32_t channel,
		   float db);
void desk_set_muted(struct desk *desk, const struct control_stream *stream, bool muted);

/* A playback stream that is solo silences all that are not. */
void desk_set_solo(struct desk *desk, const struct control_stream *stream, bool solo);

/* Has io close it, if it is open. */
void desk_kick(struct desk *desk, const struct control_stream *stream);

void desk_want_meters(struct desk *desk, bool wanted);

/* What is counted; of one that is on the list. */
void desk_get_stats(const struct desk *desk, const struct control_stream *stream,
		    struct control_stats *stats);
void desk_reset_stats(struct desk *desk, const struct control_stream *stream);

/* Tells the listener, if there is one, which streams have changed their state, and who was late. */
void desk_watch(struct desk *desk);

/* Tells the listener, if there is one. */
void desk_tell(const struct desk *desk, const struct control_event *event);
void desk_announce(struct desk *desk, enum control_kind kind, const struct control_stream *stream,
		   uint64_t number);

/* Reads the memory from levels.json, or replaces that; see src/statefile.h. */
int desk_load(struct desk *desk, int dir);
int desk_save(struct desk *desk, int dir);

/* Reads it in place of what it has, unless there is no file or it is damaged, and sets all faders
 * by it; with a state's name from levels-NAME.json. */
int desk_reload(struct desk *desk, int dir, const char *state);

/* Writes, or deletes, the file of a state; when it can not be written there is none. -EINVAL: that
 * is no name. */
int desk_save_state(const struct desk *desk, int dir, const char *state);
void desk_delete_state(int dir, const char *state);

/* --- for desk.c: has io look at a stream; between the memory and a stream's fader */

void desk_moved(struct desk *desk, const struct control_stream *stream);
void desk_learn(struct desk *desk, const struct control_stream *stream);
void desk_recall(const struct desk *desk, const struct control_stream *stream);
void desk_forget(struct desk *desk);

#endif
