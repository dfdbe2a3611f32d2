/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stddef.h>

#include "src/mixer/mixer_parts.h"

static void announce(const struct mixer *mixer, enum event_kind kind, struct guest *guest,
		     uint64_t what)
{
	mixer_tell(mixer, &(struct event){ .kind = kind, .guest = guest, .number = what });
}

static bool is_set(const struct guest *guest)
{
	return guest->gain_db != 0.0f || guest->muted;
}

/* The guest may be freed. */
static void release(struct mixer *mixer, struct guest *guest)
{
	if (!guest->card_count && !is_set(guest)) {
		announce(mixer, EVENT_GUEST_REMOVED, guest, 0);
		guest_remove(&mixer->guests, guest);
	}
}

/* What a card's guest goes by; `made` holds it for a domain without a name. */
static const char *name_of(const struct card *card, char made[GUEST_NAME_CARD_MAX + 1])
{
	const struct guest_name_card first = { .guest = "", .domid = card->domid, .twin = 1 };

	if (*card_guest(card)) {
		return card_guest(card);
	}
	guest_name_of_card(made, &first);
	return made;
}

struct guest *mixer_guest_of(const struct mixer *mixer, const struct card *card)
{
	char made[GUEST_NAME_CARD_MAX + 1];

	return guest_find(&mixer->guests, name_of(card, made), !*card_guest(card));
}

static struct guest *add(struct mixer *mixer, const char *name, bool nameless)
{
	struct guest *guest = guest_find(&mixer->guests, name, nameless);

	if (guest) {
		return guest;
	}
	guest = guest_add(&mixer->guests, name, nameless);
	/* A domain's number is another guest's after the next boot. */
	if (guest && !nameless) {
		levels_recall_guest(&mixer->levels, name, &guest->gain_db, &guest->muted);
	}
	return guest;
}

struct guest *mixer_guests_add(struct mixer *mixer, struct card *card)
{
	char made[GUEST_NAME_CARD_MAX + 1];
	struct guest *guest = add(mixer, name_of(card, made), !*card_guest(card));

	if (guest && guest_add_card(guest, card)) {
		release(mixer, guest);
		return NULL;
	}
	return guest;
}

void mixer_guests_remove(struct mixer *mixer, const struct card *card)
{
	struct guest *guest = mixer_guest_of(mixer, card);

	if (guest) {
		guest_remove_card(guest, card);
		release(mixer, guest);
	}
}

/* --- levels */

struct guest *mixer_find_guest(const struct mixer *mixer, const char *name)
{
	return guest_find(&mixer->guests, name, false);
}

/*
 * Whether one more domain without a name may have a level, which stays as long as the daemon: the
 * guest could else undo it by connecting its card anew.
 */
static bool has_room(const struct mixer *mixer, const struct guest *guest)
{
	unsigned count = 0;

	for (unsigned i = 0; i < mixer->guests.count; i++) {
		const struct guest *other = mixer->guests.all[i];

		count += other->nameless && other != guest && is_set(other);
	}
	return count < LEVELS_GUESTS_MAX;
}

static int learn(struct mixer *mixer, const struct guest *guest, float db, bool muted)
{
	if (guest->nameless) {
		return (db == 0.0f && !muted) || has_room(mixer, guest) ? 0 : -ENOSPC;
	}
	return levels_learn_guest(&mixer->levels, guest->name, db, muted);
}

static int set(struct mixer *mixer, struct guest *guest, float db, bool muted, uint64_t what)
{
	/* First: what cannot be remembered would be undone by the next card. */
	int err = learn(mixer, guest, db, muted);

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
	(void)add(mixer, name, false);
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

		if (!guest->nameless) {
			levels_recall_guest(&mixer->levels, guest->name, &guest->gain_db,
					    &guest->muted);
		}
		if (guest->gain_db != db || guest->muted != muted) {
			announce(mixer, EVENT_GUEST_LEVEL, guest,
				 (guest->gain_db != db ? EVENT_GAIN : 0) |
					 (guest->muted != muted ? EVENT_MUTE : 0));
		}
		release(mixer, guest);
		i += mixer->guests.count == count;
	}
}
