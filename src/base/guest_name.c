/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/guest_name.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/base/siphash.h"

#define CARD_MARK "@"
#define MADE_MARK "~" /* of a hash, and of a number against a second of the same name */
#define CAPTURE "-in"
#define NAMELESS "dom"
/* What is left of a name that is not fit: "~" and 16 digits follow. */
#define MADE_MAX (GUEST_NAME_FIT_MAX - 17u)

#define MARKED_SIZE sizeof(CARD_MARK "4294967295")

#define DIGITS "0123456789"

static const char fit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" DIGITS "_.-";

/* No secret: names must be the same on every host and for ever. */
static const uint8_t key[SIPHASH_KEY_SIZE] = "xenjack's guests";

static bool ends_in_capture(const char *text)
{
	size_t length = strlen(text), tail = strlen(CAPTURE);

	return length >= tail && strcmp(text + length - tail, CAPTURE) == 0;
}

bool guest_name_is_nameless(const char *text)
{
	size_t head = strlen(NAMELESS);

	return strncmp(text, NAMELESS, head) == 0 && text[head] &&
	       !text[head + strspn(text + head, DIGITS)];
}

/* Skips a mark and at most that many digits, if they are there. */
static const char *skip_mark(const char *text, const char *sign, size_t digits_max)
{
	size_t digits = *text == *sign ? strspn(text + 1, DIGITS) : 0;

	return digits && digits <= digits_max ? text + 1 + digits : text;
}

bool guest_name_is_of_nameless(const char *id)
{
	size_t head = strlen(NAMELESS), digits;
	const char *rest;

	if (strncmp(id, NAMELESS, head) != 0) {
		return false;
	}
	digits = strspn(id + head, DIGITS);
	rest = skip_mark(id + head + digits, CARD_MARK, 10);
	/* Longer is the hash of a guest of that name. */
	rest = skip_mark(rest, MADE_MARK, 3);
	return digits && *rest == '.' && rest == strrchr(id, '.');
}

bool guest_name_is_fit(const char *guest)
{
	size_t length = strlen(guest);

	return length && length <= GUEST_NAME_FIT_MAX && strspn(guest, fit) == length &&
	       !ends_in_capture(guest) && !guest_name_is_nameless(guest);
}

/* The name of a guest's first card. */
static void name_guest(char name[GUEST_NAME_FIT_MAX + 1], const char *guest, uint32_t domid)
{
	uint64_t hash = siphash_2_4(key, guest, strlen(guest));
	char made[MADE_MAX + 1];
	unsigned i;

	if (!*guest) {
		snprintf(name, GUEST_NAME_FIT_MAX + 1, NAMELESS "%" PRIu32, domid);
		return;
	}
	if (guest_name_is_fit(guest)) {
		snprintf(name, GUEST_NAME_FIT_MAX + 1, "%s", guest);
		return;
	}
	for (i = 0; i < MADE_MAX && guest[i]; i++) {
		made[i] = '_';
		if (strchr(fit, guest[i])) {
			made[i] = guest[i];
		}
	}
	made[i] = '\0';
	snprintf(name, GUEST_NAME_FIT_MAX + 1, "%s" MADE_MARK "%016" PRIx64, made, hash);
}

/* A mark and a number; nothing if it is no more than the number that goes without. */
static void mark(char text[MARKED_SIZE], const char *sign, uint32_t number, uint32_t without)
{
	*text = '\0';
	if (number > without) {
		snprintf(text, MARKED_SIZE, "%s%" PRIu32, sign, number);
	}
}

void guest_name_of_card(char name[GUEST_NAME_CARD_MAX + 1], const struct guest_name_card *card)
{
	char guest[GUEST_NAME_FIT_MAX + 1], place[MARKED_SIZE], twin[MARKED_SIZE];

	name_guest(guest, card->guest, card->domid);
	mark(place, CARD_MARK, card->devid, 0);
	mark(twin, MADE_MARK, card->twin, 1);
	snprintf(name, GUEST_NAME_CARD_MAX + 1, "%s%s%.4s", guest, place, twin);
}

void guest_name_of_client(char name[GUEST_NAME_CLIENT_MAX + 1], const char *card, bool capture,
			  unsigned attempt)
{
	char suffix[MARKED_SIZE];

	mark(suffix, MADE_MARK, attempt, 1);
	snprintf(name, GUEST_NAME_CLIENT_MAX + 1, "%.*s%s%.3s", (int)GUEST_NAME_CARD_MAX, card,
		 capture ? CAPTURE : "", suffix);
}

/* --- ids in state files of xenjack 0.1.0 */

/* Its devices had numbers like these; anything else is a guest's name that ends in a number. */
#define OLD_CARD_MAX 63u

/* An old id in parts: "daw-1" and ".main_1". */
struct old {
	char card[GUEST_NAME_CARD_MAX + 1];
	const char *rest;
};

/* False if it is not an id that xenjack 0.1.0 could have given. */
static bool take_apart(struct old *old, const char *id)
{
	const char *dot = strrchr(id, '.');
	size_t length = dot ? (size_t)(dot - id) : 0;

	if (!length || length > GUEST_NAME_CARD_MAX || strspn(id, fit) != strlen(id)) {
		return false;
	}
	snprintf(old->card, sizeof(old->card), "%.*s", (int)length, id);
	old->rest = dot;
	return true;
}

/* Takes the number off "daw-1"; 0 if there is none. */
static uint32_t take_devid(char *card)
{
	char *dash = strrchr(card, '-');
	uint32_t devid = 0;

	if (!dash || dash == card || dash[1] == '0' || dash[1 + strspn(dash + 1, DIGITS)] ||
	    strlen(dash + 1) > 2) {
		return 0;
	}
	for (const char *digit = dash + 1; *digit; digit++) {
		devid = devid * 10 + (uint32_t)(*digit - '0');
	}
	*dash = '\0';
	return devid <= OLD_CARD_MAX ? devid : 0;
}

/*
 * The n-th name of a card of a guest that was called that; *n counts down. A domain without a name
 * keeps its own, and a guest with the name of one had the same. Too long is only a card's name.
 */
static bool name_old(char name[GUEST_NAME_CARD_MAX + 1], const char *guest, uint32_t devid,
		     unsigned *n)
{
	struct guest_name_card card = { .guest = guest, .devid = devid, .twin = 1 };
	bool is_long = strlen(guest) > GUEST_NAME_FIT_MAX;

	if ((guest_name_is_nameless(guest) || (is_long && !devid)) && (*n)-- == 0) {
		char place[MARKED_SIZE];

		mark(place, CARD_MARK, devid, 0);
		snprintf(name, GUEST_NAME_CARD_MAX + 1, "%s%s", guest, place);
		return true;
	}
	if (is_long) {
		return false;
	}
	if ((*n)-- == 0) {
		guest_name_of_card(name, &card);
		return true;
	}
	return false;
}

bool guest_name_of_old(char now[GUEST_NAME_ID_MAX + 1], const char *id, unsigned n)
{
	char name[GUEST_NAME_CARD_MAX + 1];
	struct old old;
	uint32_t devid;

	if (!take_apart(&old, id)) {
		snprintf(now, GUEST_NAME_ID_MAX + 1, "%s", id);
		return n == 0;
	}
	if (!name_old(name, old.card, 0, &n)) {
		devid = take_devid(old.card);
		if (!devid || !name_old(name, old.card, devid, &n)) {
			return false;
		}
	}
	snprintf(now, GUEST_NAME_ID_MAX + 1, "%s%s", name, old.rest);
	return true;
}
