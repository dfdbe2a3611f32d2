/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints answers: as text, in tables whose columns have the names of osc/proto/table.h, or as one
 * JSON document. Keeps nothing.
 */
#ifndef XENJACK_CTL_SHOW_H
#define XENJACK_CTL_SHOW_H

#include <stdio.h>

#include "osc/ctl/ctl_answer.h"

#define CTL_CELL_MAX 256u

struct ctl_grid {
	unsigned columns, rows, room;
	char (*cells)[CTL_CELL_MAX]; /* row by row */
};

/* Adds a row; tabs separate its cells. */
void ctl_grid_add(struct ctl_grid *grid, const char *cells);
/* Each column is as wide as its widest cell, in characters; numbers are aligned right. */
void ctl_grid_print(const struct ctl_grid *grid, FILE *out);
void ctl_grid_clear(struct ctl_grid *grid);

/* Any answers; many: the address was a pattern, so there may be more than one. */
void ctl_show_text(const struct ctl_answers *answers, bool many, FILE *out);

/* A list or many answers as an array, else an object. In ctl_json.c. */
void ctl_show_json(const struct ctl_answers *answers, bool many, FILE *out);

/* One answer or event as a line. */
void ctl_show_line(const struct ctl_answer *answer, bool json, FILE *out);

/* The errors, as {"errors": [...]}. */
void ctl_show_errors(const struct ctl_answers *answers, FILE *out);

#endif
