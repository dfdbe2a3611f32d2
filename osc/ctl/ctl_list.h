/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints the table of all streams, and of guests with a level of their own, from the answer to
 * /stream/list and from `more`, the answers to further questions about each. Keeps nothing.
 */
#ifndef XENJACK_CTL_LIST_H
#define XENJACK_CTL_LIST_H

#include <stdio.h>

#include "osc/ctl/ctl_answer.h"

void ctl_list_print(const struct ctl_answers *list, const struct ctl_answers *more, FILE *out);

/* In ctl_json.c. */
void ctl_list_json(const struct ctl_answers *list, const struct ctl_answers *more, FILE *out);

#endif
