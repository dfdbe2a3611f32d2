/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/ctl/ctl_guest.h"

#include <stdio.h>
#include <string.h>

#include "osc/ctl/ctl_show.h"
#include "osc/proto/part.h"

bool ctl_guest_parse(const char *text, char *part, size_t size)
{
	size_t length = strlen(text);
	char name[CTL_GUEST_SIZE];

	if (length < 3 || length - 2 >= sizeof(name) || strcmp(text + length - 2, ".*") != 0) {
		return false;
	}
	snprintf(name, sizeof(name), "%.*s", (int)length - 2, text);
	return !ctl_is_pattern(name) && part_of(name, part, size);
}

const struct ctl_answer *ctl_guest_find(const struct ctl_answers *answers, const char *name)
{
	for (unsigned i = 0; name && i < answers->count; i++) {
		const struct ctl_answer *answer = &answers->all[i];

		if (ctl_guest_is_item(answer) &&
		    strcmp(answer->values[CTL_GUEST_NAME].text, name) == 0) {
			return answer;
		}
	}
	return NULL;
}

bool ctl_guest_is_item(const struct ctl_answer *answer)
{
	return ctl_is_item(answer) && strcmp(answer->values[0].text, "/guest/list") == 0 &&
	       answer->count >= CTL_GUEST_VALUES && answer->values[CTL_GUEST_NAME].text;
}

bool ctl_guest_is_set(const struct ctl_answer *item)
{
	return item && (item->values[CTL_GUEST_GAIN].number != 0.0 ||
			item->values[CTL_GUEST_MUTED].number != 0.0);
}

const char *ctl_guest_of_stream(const struct ctl_answers *answers, const char *id)
{
	const struct ctl_answer *info = ctl_answers_find(answers, id, "info");

	return info ? info->values[0].text : NULL;
}

void ctl_guest_print(const struct ctl_answers *answers, FILE *out)
{
	struct ctl_field field = { .name = "gain_dB" };
	struct ctl_grid grid = { 0 };
	char number[CTL_NUMBER_SIZE];

	for (unsigned i = 0; i < answers->count; i++) {
		const struct ctl_answer *item = &answers->all[i];

		if (!ctl_guest_is_item(item) || !ctl_guest_is_set(item)) {
			continue;
		}
		if (!grid.rows) {
			fputc('\n', out);
			ctl_grid_row(&grid, "guest as a whole\tgain dB\tmute");
		}
		ctl_grid_cell(&grid, "%s", item->values[CTL_GUEST_NAME].text);
		ctl_grid_cell(&grid, "%s",
			      ctl_value_text(&item->values[CTL_GUEST_GAIN], &field, number));
		ctl_grid_cell(&grid, "%s",
			      item->values[CTL_GUEST_MUTED].number != 0.0 ? "mute" : "-");
		ctl_grid_end(&grid);
	}
	if (grid.rows) {
		ctl_grid_print(&grid, out);
	}
	ctl_grid_clear(&grid);
}
