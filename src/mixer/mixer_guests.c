/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>

#include "src/mixer/mixer_parts.h"

static void announce(const struct mixer *mixer, enum event_kind kind, struct guest *guest,
		     uint64_t what)
{
	mixer_tell(mixer, &(struct event){ .kind = kind, .guest = guest, .number = what });
}

/* The guest may be freed. */
static void release(struct mixer *mixer, struct guest *guest)
{
	if (!guest->card_count && guest->gain_db == 0.0f && !guest->muted) {
		announce(mixer, EVENT_GUEST_REMOVED, guest, 0);
		guest_remove(&mixer->guests, guest);
	}
}

static struct guest *add(struct mixer *mixer, const char *name)
{
	struct guest *guest = guest_find(&mixer->guests, name);

	if (guest) {
		return guest;
	}
	guest = guest_add(&mixer->guests, name);
	if (guest) {
		levels_recall_guest(&mixer->levels, name, &guest->gain_db, &guest->muted);
	}
	return guest;
}

struct guest *mixer_guests_add(struct mixer *mixer, struct card *card)
{
	struct guest *guest = add(mixer, card_guest(card));

	if (guest && guest_add_card(guest, card)) {
		release(mixer, guest);
		return NULL;
	}
	return guest;
}

void mixer_guests_remove(struct mixer *mixer, const struct card *card)
{
	struct guest *guest = guest_find(&mixer->guests, card_guest(card));

	if (guest) {
		guest_remove_card(guest, card);
		release(mixer, guest);
	}
}

/* --- levels */

struct guest *mixer_find_guest(const struct mixer *mixer, const char *name)
{
	return guest_find(&mixer->guests, name);
}

static int set(struct mixer *mixer, struct guest *guest, float db, bool muted, uint64_t what)
{
	/* First: what cannot be remembered would be undone by the next card. */
	int err = levels_learn_guest(&mixer->levels, guest->name, db, muted);

	if (err) {
		return err;
	}
	guest->gain_db = db;
	guest->muted = muted;
	for (unsigned i = 0; i < guest->card_count; i++) {
		struct card *card = guest->cards[i];

		for (unsigned k = 0; k < card->stream_count; k++) {
			fader_set_guest(&card->streams[k].strip.fader, db, muted);
		}
		mixer_apply(mixer, card);
	}
	announce(mixer, EVENT_GUEST_LEVEL, guest, what);
	release(mixer, guest);
	return 0;
}

int mixer_set_guest_gain(struct mixer *mixer, struct guest *guest, float db)
{
	return set(mixer, guest, fader_clamp(db), guest->muted, EVENT_GAIN);
}

int mixer_set_guest_muted(struct mixer *mixer, struct guest *guest, bool muted)
{
	return set(mixer, guest, guest->gain_db, muted, EVENT_MUTE);
}

/* --- remembered levels */

static void on_remembered(void *mixer, const char *name)
{
	/* Out of memory: it is added with its first card. */
	(void)add(mixer, name);
}

void mixer_guests_restore(struct mixer *mixer)
{
	unsigned i = 0;

	levels_each_guest(&mixer->levels, on_remembered, mixer);
	while (i < mixer->guests.count) {
		struct guest *guest = mixer->guests.all[i];
		float db = guest->gain_db;
		bool muted = guest->muted;
		unsigned count = mixer->guests.count;

		levels_recall_guest(&mixer->levels, guest->name, &guest->gain_db, &guest->muted);
		if (guest->gain_db != db || guest->muted != muted) {
			announce(mixer, EVENT_GUEST_LEVEL, guest,
				 (guest->gain_db != db ? EVENT_GAIN : 0) |
					 (guest->muted != muted ? EVENT_MUTE : 0));
		}
		release(mixer, guest);
		i += mixer->guests.count == count;
	}
}
