/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/ctl/ctl_show.h"

#include <stdlib.h>
#include <string.h>

#include "osc/ctl/ctl_answer.h"

#define LINE_MAX_BYTES 4096

/* --- tables */

void ctl_grid_add(struct ctl_grid *grid, const char *cells)
{
	unsigned columns = 1;

	for (const char *at = cells; *at; at++) {
		columns += *at == '\t';
	}
	if (!grid->rows) {
		grid->columns = columns;
	}
	if (grid->rows == grid->room) {
		grid->room = grid->room ? 2 * grid->room : 16;
		grid->cells = ctl_alloc(grid->cells,
					(size_t)grid->room * grid->columns * sizeof(*grid->cells));
	}
	for (unsigned i = 0; i < grid->columns; i++) {
		size_t length = strcspn(cells, "\t");

		snprintf(grid->cells[grid->rows * grid->columns + i], CTL_CELL_MAX, "%.*s",
			 (int)length, cells);
		cells += length + (cells[length] == '\t');
	}
	grid->rows++;
}

/* In UTF-8 characters. */
static unsigned width_of(const char *text)
{
	unsigned width = 0;

	for (; *text; text++) {
		width += ((unsigned char)*text & 0xC0) != 0x80;
	}
	return width;
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
			unsigned width = width_of(grid->cells[r * grid->columns + c]);

			widths[c] = width > widths[c] ? width : widths[c];
		}
	}
	for (unsigned r = 0; r < grid->rows; r++) {
		unsigned owed = 0; /* blanks to print, unless nothing follows */

		for (unsigned c = 0; c < grid->columns; c++) {
			const char *cell = grid->cells[r * grid->columns + c];
			unsigned pad = widths[c] - width_of(cell);

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

/* All values from `first` on, separated by `between`. */
static void values_text(const struct ctl_answer *answer, const struct table_row *row,
			unsigned first, const char *between, char *text, size_t size)
{
	size_t length = 0;

	*text = '\0';
	for (unsigned i = first; i < answer->count && length < size; i++) {
		struct ctl_field field;
		bool known = ctl_field(row, i - first, &field);
		char value[CTL_CELL_MAX];

		ctl_value_text(&answer->values[i], known ? &field : NULL, value, sizeof(value));
		length += (size_t)snprintf(text + length, size - length, "%s%s",
					   i > first ? between : "", value);
	}
}

/* The names as headings, such as "gain dB"; a repeated one once. */
static void names_text(const struct table_row *row, const char *head, char *text, size_t size)
{
	struct ctl_field field = { .repeated = false };
	size_t length = (size_t)snprintf(text, size, "%s", head);

	for (unsigned i = 0; !field.repeated && length < size && ctl_field(row, i, &field); i++) {
		char *last = strrchr(field.name, '_');

		if (last && unit_of(field.name)) {
			*last = ' ';
		}
		length += (size_t)snprintf(text + length, size - length, "%s%s", length ? "\t" : "",
					   field.name);
	}
}

static void show_grid(const struct ctl_answers *answers, bool items, FILE *out)
{
	struct ctl_grid grid = { 0 };
	char text[LINE_MAX_BYTES], cells[LINE_MAX_BYTES + CTL_ID_SIZE + 16], id[CTL_ID_SIZE] = "";

	for (unsigned i = 0; i < answers->count; i++) {
		const struct ctl_answer *answer = &answers->all[i];
		const struct table_row *row;
		unsigned first, channel;
		const char *about = ctl_about(answer, &row, &first);
		struct ctl_field field;
		bool repeated = ctl_field(row, 0, &field) && field.repeated;

		if (ctl_is_error(answer) || ctl_is_item(answer) != items) {
			continue;
		}
		channel = ctl_channel_of(about);
		if (!grid.rows) {
			names_text(row,
				   items     ? ""
				   : channel ? "id\tchannel"
					     : "id",
				   text, sizeof(text));
			ctl_grid_add(&grid, text);
		}
		values_text(answer, row, first, repeated ? " " : "\t", text, sizeof(text));
		ctl_id_of(about, id, sizeof(id));
		if (items) {
			snprintf(cells, sizeof(cells), "%s", text);
		} else if (channel) {
			snprintf(cells, sizeof(cells), "%s\t%u\t%s", id, channel, text);
		} else {
			snprintf(cells, sizeof(cells), "%s\t%s", id, text);
		}
		ctl_grid_add(&grid, cells);
	}
	ctl_grid_print(&grid, out);
	ctl_grid_clear(&grid);
}

/* A single value alone; several with their names, one per line. */
static void show_one(const struct ctl_answer *answer, FILE *out)
{
	const struct table_row *row;
	unsigned first;
	char text[CTL_CELL_MAX], line[2 * CTL_CELL_MAX];
	struct ctl_grid grid = { 0 };

	ctl_about(answer, &row, &first);
	for (unsigned i = first; i < answer->count; i++) {
		struct ctl_field field = { .name = "" };
		bool known = ctl_field(row, i - first, &field);
		const char *unit = unit_of(field.name);

		ctl_value_text(&answer->values[i], known ? &field : NULL, text, sizeof(text));
		if (unit) {
			*strrchr(field.name, '_') = '\0';
		}
		unit = unit && strcmp(unit, "percent") == 0 ? "%" : unit;
		if (answer->count - first == 1 || field.repeated) {
			fprintf(out, "%s%s%s\n", text, unit ? " " : "", unit ? unit : "");
			continue;
		}
		for (char *at = field.name; *at; at++) {
			*at = *at == '_' ? ' ' : *at;
		}
		snprintf(line, sizeof(line), "%s\t%s%s%s", field.name, text, unit ? " " : "",
			 unit ? unit : "");
		ctl_grid_add(&grid, line);
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
