/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What xenjack-guest tells about its streams at the end, on standard output: as text or as JSON.
 * The main thread, after the players have ended. Nothing is owned; what can not be printed is
 * lost.
 */
#ifndef XENJACK_GUEST_REPORT_H
#define XENJACK_GUEST_REPORT_H

#include "xen/guest/card.h"

/* Of a list of cards. */
void report_text(const struct card *cards);
void report_json(const struct card *cards);

/* A line on standard error about the ramp that a player has checked. */
void report_ramp(const struct player *player);

#endif
