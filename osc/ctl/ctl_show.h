/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints answers: as text, in tables whose columns have the names of osc/proto/table.h, or as one
 * JSON document. Keeps nothing.
 */
#ifndef XENJACK_CTL_SHOW_H
#define XENJACK_CTL_SHOW_H

#include <stdio.h>

#include "osc/ctl/ctl_answer.h"

struct ctl_grid {
	unsigned columns, rows; /* whole rows; the first has as many cells as there are columns */
	unsigned count, room;
	char **cells; /* row by row, as they are shown */
};

/* Adds a cell to the row. */
void ctl_grid_cell(struct ctl_grid *grid, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Adds to the last cell of the row. */
void ctl_grid_append(struct ctl_grid *grid, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Ends the row; cells that it lacks are empty. */
void ctl_grid_end(struct ctl_grid *grid);
/* Adds a row; tabs separate its cells. */
void ctl_grid_row(struct ctl_grid *grid, const char *cells);
/* Each column is as wide as its widest cell, in characters; numbers are aligned right. */
void ctl_grid_print(const struct ctl_grid *grid, FILE *out);
void ctl_grid_clear(struct ctl_grid *grid);

/* Any answers; many: the address was a pattern, so there may be more than one. */
void ctl_show_text(const struct ctl_answers *answers, bool many, FILE *out);

/* A list or many answers as an array, else an object. In ctl_json.c. */
void ctl_show_json(const struct ctl_answers *answers, bool many, FILE *out);

/* One answer or event as a line, after a time unless that is NULL. */
void ctl_show_line(const struct ctl_answer *answer, const char *time, bool json, FILE *out);

/* The errors, as {"errors": [...]}. */
void ctl_show_errors(const struct ctl_answers *answers, FILE *out);

/* The same for one that is not from the daemon; the code is an errno. */
void ctl_show_failure(int code, const char *text, FILE *out);

#endif
