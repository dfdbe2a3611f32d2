/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The statistics that xenjack-guest prints about its streams at the end, as text or JSON. Main
 * thread, after the players have ended. Owns nothing; ignores output errors.
 */
#ifndef XENJACK_GUEST_REPORT_H
#define XENJACK_GUEST_REPORT_H

#include "xen/guest/card.h"

/* Statistics of a list of cards, on standard output. */
void report_text(const struct card *cards);
void report_json(const struct card *cards);

/* The result of a player's ramp check, as a line on standard error. */
void report_ramp(const struct player *player);

#endif
