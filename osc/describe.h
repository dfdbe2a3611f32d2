/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of addresses as JSON in the shape of OSCQuery (FULL_PATH, CONTENTS, TYPE, ACCESS,
 * RANGE, UNIT, DESCRIPTION), with the streams that there are in place of <id>, so that a browser's
 * mixer can be drawn from it. ctl. Github.com/Vidvox/OSCQueryProposal says what the attributes
 * mean.
 */
#ifndef XENJACK_DESCRIBE_H
#define XENJACK_DESCRIBE_H

#include "src/control.h"

/* What fits a message of a datagram, escaped or not, and with the longest prefix. */
#define DESCRIBE_PIECE 896

/* A text for free(), of all at and below a path. NULL and errno: ENOENT, ENOMEM. */
char *describe_path(const struct control *control, const char *path);

#endif
