/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests' names as keys of JSON, which holds only UTF-8: every byte but printable ASCII, and '\',
 * is \xNN in a key. Each name has one key. Any thread; allocates nothing.
 */
#ifndef XENJACK_GUEST_KEY_H
#define XENJACK_GUEST_KEY_H

#include <stdbool.h>

/* Of a key and of a name; far longer than any toolstack's, with every byte escaped. */
#define GUEST_KEY_MAX 4096u

/* False: too long. */
bool guest_key_of(const char *name, char key[GUEST_KEY_MAX + 1]);

/* The name that has this key. False: none has. */
bool guest_key_name(const char *key, char name[GUEST_KEY_MAX + 1]);

#endif
