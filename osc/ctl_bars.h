/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Meters of streams as they are drawn: levels with a peak that is held and falls, and the text of
 * a screen. Nothing is read or written; levels in dBFS, times in s of a clock that never goes back.
 */
#ifndef XENJACK_CTL_BARS_H
#define XENJACK_CTL_BARS_H

#include <stddef.h>

#include "osc/ctl_answer.h"

#define CTL_BARS_CHANNELS 64u
#define CTL_BARS_ID 104u

struct ctl_level {
	double peak, rms, hold;
	double held_s; /* since when */
};

struct ctl_strip {
	char id[CTL_BARS_ID];
	bool listed; /* in the last list; else it is taken out */
	bool playback, muted;
	char state[12];
	unsigned channels;
	double gain_db, fill, ring, underruns, overruns;
	struct ctl_level levels[CTL_BARS_CHANNELS];
};

struct ctl_bars {
	unsigned count, room;
	struct ctl_strip *strips; /* in the order of the list */
	char jack[16];
	double rate_hz, period, load, xruns;
	double fell_s; /* when holds were made to fall last; 0: never */
};

/* How it is drawn. */
struct ctl_look {
	unsigned width, height; /* 0: as high as it comes */
	bool colour, utf8;
};

/* Takes what the daemon says: levels, fills, counters, the list, the status. */
void ctl_bars_take(struct ctl_bars *bars, const struct packet_message *message);

/* Lets the held peaks fall. */
void ctl_bars_fall(struct ctl_bars *bars, double now_s);

/* A text for free(), lines with "\n". */
char *ctl_bars_draw(const struct ctl_bars *bars, const struct ctl_look *look);

/* A line of all peaks, where there is no terminal. */
char *ctl_bars_line(const struct ctl_bars *bars);

/* A bar of so many cells. */
void ctl_bars_bar(const struct ctl_level *level, unsigned cells, const struct ctl_look *look,
		  char *text, size_t size);

/* As an array of JSON; in ctl_json.c. */
void ctl_bars_json(const struct ctl_bars *bars, bool compact);

/* Accepts a zeroed one. */
void ctl_bars_clear(struct ctl_bars *bars);

#endif
