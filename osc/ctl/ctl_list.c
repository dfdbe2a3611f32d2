/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "osc/ctl/ctl.h"
#include "osc/ctl/ctl_guest.h"
#include "osc/ctl/ctl_list.h"
#include "osc/ctl/ctl_show.h"

/* Values of /stream/list, after the address and "item". xenjackd 0.1.0 does not send the last. */
enum { ID = 2, DIRECTION, STATE, CHANNELS, RATE, GAIN, MUTED, LABEL, VALUES, GUEST = VALUES };

/* Whether it is an item that can be shown. */
static bool is_whole(const struct ctl_answer *item)
{
	return ctl_is_item(item) && item->count >= VALUES && item->values[ID].text &&
	       item->values[DIRECTION].text && item->values[STATE].text;
}

/* The guest's name, where the id does not begin with it; else "". */
static const char *other_name(const struct ctl_answer *item)
{
	const char *id = item->values[ID].text, *dot = strrchr(id, '.');
	const char *guest = item->count > GUEST ? item->values[GUEST].text : NULL;
	size_t length = guest ? strlen(guest) : 0;

	return !length || (dot && (size_t)(dot - id) == length && memcmp(id, guest, length) == 0)
		       ? ""
		       : guest;
}

/* Whether any guest is called otherwise than its streams' ids. */
static bool has_other_names(const struct ctl_answers *list)
{
	for (unsigned i = 0; i < list->count; i++) {
		if (is_whole(&list->all[i]) && *other_name(&list->all[i])) {
			return true;
		}
	}
	return false;
}

/* The guest's volume of each channel, or once if all are alike. */
static void guest_text(const struct ctl_answers *more, const char *id, char *text, size_t size)
{
	const struct ctl_answer *volume = ctl_answers_find(more, id, "guest_volume");
	const struct ctl_answer *muted = ctl_answers_find(more, id, "guest_mute");
	struct ctl_field field = { .name = "volume_dB" };
	char one[32], first[32] = "";
	bool alike = true;
	size_t length = 0;

	*text = '\0';
	for (unsigned i = 0; volume && i < volume->count && length < size; i++) {
		if (muted && i < muted->count && muted->values[i].number != 0.0) {
			snprintf(one, sizeof(one), "muted");
		} else {
			ctl_value_text(&volume->values[i], &field, one, sizeof(one));
		}
		if (!i) {
			snprintf(first, sizeof(first), "%s", one);
		}
		alike &= strcmp(one, first) == 0;
		length += (size_t)snprintf(text + length, size - length, "%s%s", i ? " " : "", one);
	}
	if (alike) {
		snprintf(text, size, "%s", first);
	}
}

void ctl_list_print(const struct ctl_answers *list, const struct ctl_answers *more, FILE *out)
{
	struct ctl_grid grid = { 0 };
	struct ctl_field gain_field = { .name = "gain_dB" };
	char line[1024], gain[32], guest[256];
	bool names = has_other_names(list);

	snprintf(line, sizeof(line),
		 "id\tdirection\tstate\tchannels\trate\tgain dB\tmute\tsolo\tguest dB%s",
		 names ? "\tguest" : "");
	ctl_grid_add(&grid, line);
	for (unsigned i = 0; i < list->count; i++) {
		const struct ctl_answer *item = &list->all[i];
		const struct ctl_answer *solo;

		if (!is_whole(item)) {
			continue;
		}
		solo = ctl_answers_find(more, item->values[ID].text, "solo");
		ctl_value_text(&item->values[GAIN], &gain_field, gain, sizeof(gain));
		guest_text(more, item->values[ID].text, guest, sizeof(guest));
		snprintf(line, sizeof(line), "%s\t%s\t%s\t%.0f\t%.0f\t%s\t%s\t%s\t%s%s%s",
			 item->values[ID].text,
			 strcmp(item->values[DIRECTION].text, "p") == 0 ? "playback" : "capture",
			 item->values[STATE].text, item->values[CHANNELS].number,
			 item->values[RATE].number, gain,
			 item->values[MUTED].number != 0.0 ? "mute" : "-",
			 solo && solo->values[0].number != 0.0 ? "solo" : "-", guest,
			 names ? "\t" : "", names ? other_name(item) : "");
		ctl_grid_add(&grid, line);
	}
	ctl_grid_print(&grid, out);
	ctl_grid_clear(&grid);
	ctl_guest_print(more, out);
}

/* Ignores errors: a stream may be removed meanwhile. */
static int ask_more(struct ctl *ctl, bool streams, struct ctl_answers *more)
{
	static const char *const addresses[] = { "/stream/*/solo", "/stream/*/guest_volume",
						 "/stream/*/guest_mute", "/stream/*/info" };
	int status = ctl_get(ctl, "/guest/list", more);

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]) && streams && !status;
	     i++) {
		status = ctl_get(ctl, addresses[i], more);
	}
	return status;
}

int ctl_list(struct ctl *ctl, int count, char **args)
{
	struct ctl_answers list = { 0 }, more = { 0 };
	int status;

	(void)args;
	if (count) {
		return ctl_usage(ctl);
	}
	status = ctl_get(ctl, "/stream/list", &list);
	status = status ? status : ctl_judge(ctl, &list);
	status = status ? status : ask_more(ctl, list.count > 1, &more);
	if (!status && ctl->json) {
		ctl_list_json(&list, &more, stdout);
	} else if (!status) {
		ctl_list_print(&list, &more, stdout);
	}
	ctl_answers_clear(&list);
	ctl_answers_clear(&more);
	return status;
}
