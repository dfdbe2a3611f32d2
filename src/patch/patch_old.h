/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections in files of version 1, of xenjack 0.1.0, where one name could stand for two guests;
 * private to patch*.c. Any thread; allocates nothing.
 */
#ifndef XENJACK_PATCH_OLD_H
#define XENJACK_PATCH_OLD_H

#include "src/patch/patch.h"

/* The last version with such names, and the first without. */
#define PATCH_OLD_VERSION 1
#define PATCH_VERSION 2

/* Two ports that a connection in a file may mean. */
struct patch_old_pair {
	char from[PATCH_ID_MAX + 1], to[PATCH_ID_MAX + 1];
};

/*
 * What a connection in a file of this version means: its n-th meaning, from 0 on; the first is the
 * likeliest. False if there are no more. Both texts are ids (patch_is_id).
 */
bool patch_old_read(struct patch_old_pair *pair, const char *from, const char *to, int version,
		    unsigned n);

#endif
