/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text from outside, made fit for a terminal, which would obey control characters: each of them,
 * C1's included, and each byte that is not UTF-8 is shown as '?'. Text is cleaned where it is
 * shown, never before it is compared: two names that look the same are still two. One thread.
 */
#ifndef XENJACK_CTL_TEXT_H
#define XENJACK_CTL_TEXT_H

#include <stdio.h>

/* Prints it cleaned. */
void ctl_text_put(FILE *out, const char *text);

/* Cleans it in place, where it may become shorter. */
void ctl_text_clean(char *text);

/* The number of characters; of clean text, about that of columns. */
unsigned ctl_text_width(const char *text);

#endif
