/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long names are, for the daemon and for xenjackctl. Any thread. In bytes, without the NUL.
 * The daemon's own limits are in src/; osc/server/tree.c checks that these are the same.
 */
#ifndef XENJACK_LIMITS_H
#define XENJACK_LIMITS_H

/* A stream's id: a card's name, a dot and a label. */
#define LIMITS_ID_MAX 103u
/* A part of an address, without its '/': an id, or a pattern of ids. */
#define LIMITS_PART_MAX 255u
/* A guest's real name. */
#define LIMITS_GUEST_MAX 255u
/* A port's name in JACK; PipeWire's are the longer ones. */
#define LIMITS_PORT_MAX 511u

#endif
