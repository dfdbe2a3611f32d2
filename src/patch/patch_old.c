/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/patch/patch_old.h"

#include <stdio.h>
#include <string.h>

#include "src/base/guest_name.h"

_Static_assert(PATCH_ID_MAX == GUEST_NAME_ID_MAX, "an id is an id");

/* Whether both are ports of one card: they then mean the same guest's. */
static bool is_one_card(const char *from, const char *to)
{
	const char *dot = strrchr(from, '.'), *other = strrchr(to, '.');

	return dot && other && !strchr(from, ':') && !strchr(to, ':') && dot - from == other - to &&
	       memcmp(from, to, (size_t)(dot - from)) == 0;
}

static unsigned count_meanings(const char *id)
{
	char now[GUEST_NAME_ID_MAX + 1];
	unsigned count = 1; /* there always is a first */

	while (guest_name_of_old(now, id, count)) {
		count++;
	}
	return count;
}

bool patch_old_read(struct patch_old_pair *pair, const char *from, const char *to, int version,
		    unsigned n)
{
	unsigned sinks;

	if (version > PATCH_OLD_VERSION) {
		snprintf(pair->from, sizeof(pair->from), "%s", from);
		snprintf(pair->to, sizeof(pair->to), "%s", to);
		return n == 0;
	}
	if (is_one_card(from, to)) {
		return guest_name_of_old(pair->from, from, n) && guest_name_of_old(pair->to, to, n);
	}
	sinks = count_meanings(to);
	return guest_name_of_old(pair->from, from, n / sinks) &&
	       guest_name_of_old(pair->to, to, n % sinks);
}
