/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mixing desk: every stream of every guest in the order of its id, its fader, who is solo,
 * who hears of changes. ctl. It owns the list, not the cards; io is told of a fader that was moved
 * by `tell`, once until it has looked. Levels in dB.
 */
#ifndef XENJACK_DESK_H
#define XENJACK_DESK_H

#include "src/control.h"

struct desk {
	struct control_stream *streams; /* in order */
	unsigned count, room;
	unsigned solos; /* playback streams that are solo: the others are not heard */
	bool metered;
	control_heard *heard; /* may be NULL */
	void *heard_arg;
	/* Has io look at the fader of a card's slot; NULL in a test. */
	void (*tell)(void *arg, struct card *card, unsigned number);
	void *tell_arg;
};

/* Accepts a zeroed one. */
void desk_finish(struct desk *desk);

/* Takes a card's streams, or lets them go; 0 or -ENOMEM, and nothing taken. */
int desk_add(struct desk *desk, struct card *card);
void desk_remove(struct desk *desk, const struct card *card);

/* The stream of a slot, which is on the desk. */
const struct control_stream *desk_find(const struct desk *desk, const struct slot *slot);

void desk_set_gain(struct desk *desk, const struct control_stream *stream, float db);
void desk_set_trim(struct desk *desk, const struct control_stream *stream, uint32_t channel,
		   float db);
void desk_set_muted(struct desk *desk, const struct control_stream *stream, bool muted);

/* A playback stream that is solo silences all that are not. */
void desk_set_solo(struct desk *desk, const struct control_stream *stream, bool solo);

void desk_want_meters(struct desk *desk, bool wanted);

/* Tells the listener, if there is one. */
void desk_announce(struct desk *desk, enum control_kind kind, const struct control_stream *stream,
		   uint64_t number);

#endif
