/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The address table as JSON in OSCQuery's form (FULL_PATH, CONTENTS, TYPE, ACCESS, RANGE, UNIT,
 * DESCRIPTION), with the streams that exist in place of <id>, so that a browser can draw a mixer
 * from it. Main thread. https://github.com/Vidvox/OSCQueryProposal defines the attributes.
 */
#ifndef XENJACK_DESCRIBE_H
#define XENJACK_DESCRIBE_H

#include "src/mixer/mixer.h"

/* What fits a message in a datagram, escaped or not, and with the longest prefix. */
#define DESCRIBE_PIECE 896

/* Describes all at and below a path; the caller frees it. NULL and errno: ENOENT, ENOMEM. */
char *describe_path(const struct mixer *mixer, const char *path);

#endif
