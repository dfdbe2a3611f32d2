/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any text as a part of an address: what an address cannot hold or a pattern would mean, and '%',
 * is %NN in hexadecimal. Each text has one such part. Any thread; allocates nothing.
 */
#ifndef XENJACK_PART_H
#define XENJACK_PART_H

#include <stdbool.h>
#include <stddef.h>

/* Without the '/' before it. False: it does not fit, or the text is empty. */
bool part_of(const char *text, char *part, size_t size);

/* The text that has this part, `length` bytes long. False: none has, or it does not fit. */
bool part_text(const char *part, size_t length, char *text, size_t size);

#endif
