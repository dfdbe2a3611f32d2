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

#define HEADING "id\tdirection\tstate\tchannels\trate\tgain dB\tmute\tsolo\tguest dB"

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

static const char *volume_text(const struct ctl_answer *volume, const struct ctl_answer *muted,
			       unsigned channel, char number[CTL_NUMBER_SIZE])
{
	struct ctl_field field = { .name = "volume_dB" };

	return muted && channel < muted->count && muted->values[channel].number != 0.0
		       ? "muted"
		       : ctl_value_text(&volume->values[channel], &field, number);
}

/* The guest's volume of each channel, or once if all are alike. */
static void add_volume(struct ctl_grid *grid, const struct ctl_answers *more, const char *id)
{
	const struct ctl_answer *volume = ctl_answers_find(more, id, "guest_volume");
	const struct ctl_answer *muted = ctl_answers_find(more, id, "guest_mute");
	char first[CTL_NUMBER_SIZE], number[CTL_NUMBER_SIZE];
	unsigned count = volume ? volume->count : 0;
	bool alike = true;

	for (unsigned i = 1; i < count; i++) {
		alike &= strcmp(volume_text(volume, muted, 0, first),
				volume_text(volume, muted, i, number)) == 0;
	}
	ctl_grid_cell(grid, "%s", count ? volume_text(volume, muted, 0, first) : "");
	for (unsigned i = 1; i < count && !alike; i++) {
		ctl_grid_append(grid, " %s", volume_text(volume, muted, i, number));
	}
}

static void add_stream(struct ctl_grid *grid, const struct ctl_answer *item,
		       const struct ctl_answers *more)
{
	const char *id = item->values[ID].text;
	const struct ctl_answer *solo = ctl_answers_find(more, id, "solo");
	struct ctl_field gain = { .name = "gain_dB" };
	char number[CTL_NUMBER_SIZE];

	ctl_grid_cell(grid, "%s", id);
	ctl_grid_cell(grid, "%s",
		      strcmp(item->values[DIRECTION].text, "p") == 0 ? "playback" : "capture");
	ctl_grid_cell(grid, "%s", item->values[STATE].text);
	ctl_grid_cell(grid, "%.0f", item->values[CHANNELS].number);
	ctl_grid_cell(grid, "%.0f", item->values[RATE].number);
	ctl_grid_cell(grid, "%s", ctl_value_text(&item->values[GAIN], &gain, number));
	ctl_grid_cell(grid, "%s", item->values[MUTED].number != 0.0 ? "mute" : "-");
	ctl_grid_cell(grid, "%s", solo && solo->values[0].number != 0.0 ? "solo" : "-");
	add_volume(grid, more, id);
	ctl_grid_cell(grid, "%s", other_name(item));
	ctl_grid_end(grid);
}

void ctl_list_print(const struct ctl_answers *list, const struct ctl_answers *more, FILE *out)
{
	struct ctl_grid grid = { 0 };

	/* The last column only if there is anything in it: a row's further cells are dropped. */
	ctl_grid_row(&grid, has_other_names(list) ? HEADING "\tguest" : HEADING);
	for (unsigned i = 0; i < list->count; i++) {
		if (is_whole(&list->all[i])) {
			add_stream(&grid, &list->all[i], more);
		}
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
