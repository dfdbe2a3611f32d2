/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of all streams, from what /stream/list says and what more was asked of them. Nothing
 * is kept.
 */
#ifndef XENJACK_CTL_LIST_H
#define XENJACK_CTL_LIST_H

#include <stdio.h>

#include "osc/ctl_answer.h"

/* An answer of a stream at an address of its own, with values, or NULL. */
const struct ctl_answer *ctl_list_find(const struct ctl_answers *answers, const char *id,
				       const char *leaf);

void ctl_list_print(const struct ctl_answers *list, const struct ctl_answers *more, FILE *out);

/* In ctl_json.c. */
void ctl_list_json(const struct ctl_answers *list, const struct ctl_answers *more, FILE *out);

#endif
