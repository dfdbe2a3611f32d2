/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/ctl/ctl_show.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "osc/ctl/ctl_answer.h"
#include "osc/ctl/ctl_text.h"

/* --- tables */

static void add(struct ctl_grid *grid, char *cell)
{
	if (grid->count == grid->room) {
		grid->room = grid->room ? 2 * grid->room : 64;
		grid->cells = ctl_alloc(grid->cells, grid->room * sizeof(*grid->cells));
	}
	ctl_text_clean(cell);
	grid->cells[grid->count++] = cell;
}

void ctl_grid_cell(struct ctl_grid *grid, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(grid, ctl_format(format, arguments));
	va_end(arguments);
}

void ctl_grid_append(struct ctl_grid *grid, const char *format, ...)
{
	char *cell = grid->cells[--grid->count], *more;
	va_list arguments;

	va_start(arguments, format);
	more = ctl_format(format, arguments);
	va_end(arguments);
	add(grid, ctl_text("%s%s", cell, more));
	free(more);
	free(cell);
}

void ctl_grid_end(struct ctl_grid *grid)
{
	if (!grid->rows) {
		grid->columns = grid->count;
	}
	grid->rows++;
	while (grid->count < grid->rows * grid->columns) {
		ctl_grid_cell(grid, "%s", "");
	}
	while (grid->count > grid->rows * grid->columns) {
		free(grid->cells[--grid->count]);
	}
}

void ctl_grid_row(struct ctl_grid *grid, const char *cells)
{
	for (;; cells++) {
		size_t length = strcspn(cells, "\t");

		ctl_grid_cell(grid, "%.*s", (int)length, cells);
		cells += length;
		if (!*cells) {
			break;
		}
	}
	ctl_grid_end(grid);
}

static bool is_number(const char *text)
{
	return strcmp(text, "-inf") == 0 ||
	       (*text && strspn(text, "-+.0123456789") == strlen(text));
}

/* Whether all cells but the heading are numbers or empty, and not all empty. */
static bool is_numeric(const struct ctl_grid *grid, unsigned column)
{
	bool some = false;

	for (unsigned r = 1; r < grid->rows; r++) {
		const char *cell = grid->cells[r * grid->columns + column];

		if (*cell && !is_number(cell)) {
			return false;
		}
		some |= *cell != '\0';
	}
	return some;
}

void ctl_grid_print(const struct ctl_grid *grid, FILE *out)
{
	unsigned *widths = ctl_alloc(NULL, grid->columns * sizeof(*widths));
	bool *right = ctl_alloc(NULL, grid->columns * sizeof(*right));

	for (unsigned c = 0; c < grid->columns; c++) {
		widths[c] = 0;
		right[c] = is_numeric(grid, c);
		for (unsigned r = 0; r < grid->rows; r++) {
			unsigned width = ctl_text_width(grid->cells[r * grid->columns + c]);

			widths[c] = width > widths[c] ? width : widths[c];
		}
	}
	for (unsigned r = 0; r < grid->rows; r++) {
		unsigned owed = 0; /* blanks to print, unless nothing follows */

		for (unsigned c = 0; c < grid->columns; c++) {
			const char *cell = grid->cells[r * grid->columns + c];
			unsigned pad = widths[c] - ctl_text_width(cell);

			owed += right[c] ? pad : 0;
			if (*cell) {
				fprintf(out, "%*s%s", (int)owed, "", cell);
				owed = 0;
			}
			owed += 2 + (right[c] ? 0 : pad);
		}
		fputc('\n', out);
	}
	free(widths);
	free(right);
}

void ctl_grid_clear(struct ctl_grid *grid)
{
	for (unsigned i = 0; i < grid->count; i++) {
		free(grid->cells[i]);
	}
	free(grid->cells);
	*grid = (struct ctl_grid){ 0 };
}

/* --- answers */

/* The unit in a name such as "gain_dB", after the last '_'; NULL: none. */
static const char *unit_of(const char *name)
{
	static const char *const units[] = { "Hz", "dB", "dBFS", "frames", "ms", "s", "percent" };
	const char *last = strrchr(name, '_');

	for (size_t i = 0; last && i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(last + 1, units[i]) == 0) {
			return units[i];
		}
	}
	return NULL;
}

/* A cell for each value from `first` on; a repeated one has all its values in one. */
static void add_values(struct ctl_grid *grid, const struct ctl_answer *answer,
		       const struct table_row *row, unsigned first)
{
	struct ctl_field field = { .repeated = false };

	for (unsigned i = first; i < answer->count; i++) {
		bool more = field.repeated, known = ctl_field(row, i - first, &field);
		char number[CTL_NUMBER_SIZE];
		const char *value = ctl_value_text(&answer->values[i], known ? &field : NULL,
						   number);

		if (more) {
			ctl_grid_append(grid, " %s", value);
		} else {
			ctl_grid_cell(grid, "%s", value);
		}
	}
}

/* The names as headings, such as "gain dB"; a repeated one once. */
static void add_names(struct ctl_grid *grid, const struct table_row *row)
{
	struct ctl_field field = { .repeated = false };

	for (unsigned i = 0; !field.repeated && ctl_field(row, i, &field); i++) {
		char *last = strrchr(field.name, '_');

		if (last && unit_of(field.name)) {
			*last = ' ';
		}
		ctl_grid_cell(grid, "%s", field.name);
	}
}

static void add_heading(struct ctl_grid *grid, const struct table_row *row, bool items,
			bool channels)
{
	if (!items) {
		ctl_grid_cell(grid, "id");
	}
	if (channels) {
		ctl_grid_cell(grid, "channel");
	}
	add_names(grid, row);
	ctl_grid_end(grid);
}

static void show_grid(const struct ctl_answers *answers, bool items, FILE *out)
{
	struct ctl_grid grid = { 0 };
	char id[CTL_ID_SIZE] = "";

	for (unsigned i = 0; i < answers->count; i++) {
		const struct ctl_answer *answer = &answers->all[i];
		const struct table_row *row;
		unsigned first, channel;
		const char *about = ctl_about(answer, &row, &first);

		if (ctl_is_error(answer) || ctl_is_item(answer) != items) {
			continue;
		}
		channel = items ? 0 : ctl_channel_of(about);
		if (!grid.rows) {
			add_heading(&grid, row, items, channel);
		}
		if (!items) {
			ctl_id_of(about, id, sizeof(id));
			ctl_grid_cell(&grid, "%s", id);
		}
		if (channel) {
			ctl_grid_cell(&grid, "%u", channel);
		}
		add_values(&grid, answer, row, first);
		ctl_grid_end(&grid);
	}
	ctl_grid_print(&grid, out);
	ctl_grid_clear(&grid);
}

/* A single value alone; several with their names, one per line. */
static void show_one(const struct ctl_answer *answer, FILE *out)
{
	const struct table_row *row;
	unsigned first;
	char number[CTL_NUMBER_SIZE];
	struct ctl_grid grid = { 0 };

	ctl_about(answer, &row, &first);
	for (unsigned i = first; i < answer->count; i++) {
		struct ctl_field field = { .name = "" };
		bool known = ctl_field(row, i - first, &field);
		const char *unit = unit_of(field.name);
		const char *text = ctl_value_text(&answer->values[i], known ? &field : NULL,
						  number);

		if (unit) {
			*strrchr(field.name, '_') = '\0';
		}
		unit = unit && strcmp(unit, "percent") == 0 ? "%" : unit;
		if (answer->count - first == 1 || field.repeated) {
			ctl_text_put(out, text);
			fprintf(out, "%s%s\n", unit ? " " : "", unit ? unit : "");
			continue;
		}
		for (char *at = field.name; *at; at++) {
			*at = *at == '_' ? ' ' : *at;
		}
		ctl_grid_cell(&grid, "%s", field.name);
		ctl_grid_cell(&grid, "%s%s%s", text, unit ? " " : "", unit ? unit : "");
		ctl_grid_end(&grid);
	}
	ctl_grid_print(&grid, out);
	ctl_grid_clear(&grid);
}

void ctl_show_text(const struct ctl_answers *answers, bool many, FILE *out)
{
	bool items = false, list = false;

	for (unsigned i = 0; i < answers->count; i++) {
		items |= ctl_is_item(&answers->all[i]);
		list |= ctl_is_end(&answers->all[i]);
	}
	if (items || many) {
		show_grid(answers, items, out);
		return;
	}
	for (unsigned i = 0; !list && i < answers->count; i++) {
		if (!ctl_is_error(&answers->all[i])) {
			show_one(&answers->all[i], out);
		}
	}
}
