/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/mixer/guest.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A guest that is really called dom7 is not domain 7 without a name. */
static int compare(const struct guest *guest, const char *name, bool nameless)
{
	int order = strcmp(guest->name, name);

	return order ? order : (int)guest->nameless - (int)nameless;
}

/* The index of a guest, or where it belongs. */
static unsigned place_of(const struct guest_list *list, const char *name, bool nameless)
{
	unsigned low = 0, high = list->count;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (compare(list->all[middle], name, nameless) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

struct guest *guest_find(const struct guest_list *list, const char *name, bool nameless)
{
	unsigned place = place_of(list, name, nameless);

	return place < list->count && compare(list->all[place], name, nameless) == 0
		       ? list->all[place]
		       : NULL;
}

static struct guest *make(const char *name, bool nameless)
{
	size_t size = strlen(name) + 1;
	struct guest *guest = calloc(1, sizeof(*guest) + size);

	if (guest) {
		guest->nameless = nameless;
		memcpy(guest->name, name, size);
	}
	return guest;
}

struct guest *guest_add(struct guest_list *list, const char *name, bool nameless)
{
	struct guest *guest = guest_find(list, name, nameless), **all;
	unsigned place = place_of(list, name, nameless);

	if (guest) {
		return guest;
	}
	all = reallocarray(list->all, list->count + 1, sizeof(struct guest *));
	if (!all) {
		return NULL;
	}
	list->all = all;
	guest = make(name, nameless);
	if (guest) {
		memmove(&all[place + 1], &all[place],
			(list->count - place) * sizeof(struct guest *));
		all[place] = guest;
		list->count++;
	}
	return guest;
}

static void destroy(struct guest *guest)
{
	free(guest->cards);
	free(guest);
}

void guest_remove(struct guest_list *list, struct guest *guest)
{
	unsigned place = place_of(list, guest->name, guest->nameless);

	assert(!guest->card_count);
	list->count--;
	memmove(&list->all[place], &list->all[place + 1],
		(list->count - place) * sizeof(struct guest *));
	destroy(guest);
}

int guest_add_card(struct guest *guest, struct card *card)
{
	struct card **cards = reallocarray(guest->cards, guest->card_count + 1,
					   sizeof(struct card *));

	if (!cards) {
		return -ENOMEM;
	}
	guest->cards = cards;
	cards[guest->card_count++] = card;
	guest->stream_count += card->stream_count;
	return 0;
}

void guest_remove_card(struct guest *guest, const struct card *card)
{
	for (unsigned i = 0; i < guest->card_count; i++) {
		if (guest->cards[i] == card) {
			guest->cards[i] = guest->cards[--guest->card_count];
			guest->stream_count -= card->stream_count;
			return;
		}
	}
}

void guest_finish(struct guest_list *list)
{
	for (unsigned i = 0; i < list->count; i++) {
		destroy(list->all[i]);
	}
	free(list->all);
	*list = (struct guest_list){ .count = 0 };
}
