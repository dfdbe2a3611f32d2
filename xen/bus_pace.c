/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/bus_pace.h"

#define PAUSE_MIN_S 0.1
/* A driver that starts over, or is unbound and bound again by hand, never waits longer. */
#define QUICK 5u
/*
 * One attach is forgotten in this time. A front end that reconnects without end comes to about one
 * attach in this time, at the seventh doubling.
 */
#define FORGET_S 10.0
/* 12.8 s: the pause of a front end that has come to its senses. */
#define DOUBLINGS_MAX 7u

double bus_pace_attach(struct bus_pace *pace, double now_s)
{
	unsigned doublings;

	while (pace->recent && now_s - pace->at_s >= FORGET_S) {
		pace->recent--;
		pace->at_s += FORGET_S;
	}
	if (!pace->recent) {
		pace->at_s = now_s;
	}
	if (pace->recent < QUICK + DOUBLINGS_MAX) {
		pace->recent++;
	}
	doublings = pace->recent > QUICK ? pace->recent - QUICK : 0;
	return PAUSE_MIN_S * (1u << doublings);
}
