/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long a device waits between attaches, for the bus only. Each attach costs the daemon and the
 * JACK server milliseconds, and a front end decides how often it reconnects: so the pause grows
 * with each attach and shrinks with time. Main thread. Times are in seconds of a monotonic clock
 * and come from the caller.
 */
#ifndef XENJACK_BUS_PACE_H
#define XENJACK_BUS_PACE_H

/* Zeroed at first. */
struct bus_pace {
	unsigned recent; /* attaches that are not forgotten */
	double at_s;	 /* when attaches were last forgotten */
};

/* Counts an attach; returns how long the next one has to wait. */
double bus_pace_attach(struct bus_pace *pace, double now_s);

#endif
