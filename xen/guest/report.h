/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What xenjack-guest tells about its streams at the end, on standard output: as text or as JSON.
 * The main thread, after the players have ended. Nothing is owned; what can not be printed is
 * lost.
 */
#ifndef XENJACK_GUEST_REPORT_H
#define XENJACK_GUEST_REPORT_H

#include "xen/guest/device.h"
#include "xen/guest/player.h"

void report_text(const struct device *device, const struct player *players, unsigned count);

void report_json(const struct device *device, const struct player *players, unsigned count);

/* A line on standard error about a checked ramp. */
void report_ramp(const struct ramp_check *check);

#endif
