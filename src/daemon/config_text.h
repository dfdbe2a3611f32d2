/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a line of the configuration says apart from its options: comments, escapes, quotes. '#' or
 * ';' at the beginning of a line or behind a blank begins a comment; "\#" and "\;" stand for
 * themselves, and every other backslash for a backslash. Any thread; allocates nothing.
 */
#ifndef XENJACK_CONFIG_TEXT_H
#define XENJACK_CONFIG_TEXT_H

#include <stdbool.h>
#include <stdio.h>

/* Cuts a line at its comment. */
void config_text_cut(char *line);

/* Replaces escapes by what they stand for. */
void config_text_unescape(char *text);

/* Writes a value, with escapes where the two above would else alter it. */
void config_text_put(const char *value, FILE *file);

/* Takes a text out of its quotes; false if it is in none. They have no meaning in the file. */
bool config_text_unquote(char *text);

#endif
