/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers on standard output: as text, in tables whose columns are called as osc/table.h does, or
 * as one JSON document. Nothing is kept.
 */
#ifndef XENJACK_CTL_SHOW_H
#define XENJACK_CTL_SHOW_H

#include <stdio.h>

#include "osc/ctl_answer.h"

#define CTL_CELL_MAX 256u

struct ctl_grid {
	unsigned columns, rows, room;
	char (*cells)[CTL_CELL_MAX]; /* row by row */
};

/* A row, its cells in one text with tabs between. */
void ctl_grid_add(struct ctl_grid *grid, const char *cells);
/* Columns as wide as their widest cell, counted in characters; what is a number is to the right. */
void ctl_grid_print(const struct ctl_grid *grid, FILE *out);
void ctl_grid_clear(struct ctl_grid *grid);

/* Whatever came; many: addresses were a pattern, so there may be more than one. */
void ctl_show_text(const struct ctl_answers *answers, bool many, FILE *out);

/* A list is an array, many are an array, else it is an object. In ctl_json.c. */
void ctl_show_json(const struct ctl_answers *answers, bool many, FILE *out);

/* One answer or event as a line. */
void ctl_show_line(const struct ctl_answer *answer, bool json, FILE *out);

/* The refusals, as {"errors": [...]}. */
void ctl_show_errors(const struct ctl_answers *answers, FILE *out);

#endif
